#include "sasl.h"

#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

/* The longest base64 text of SASL_PAYLOAD bytes, and what it may hold. */
#define TEXT_MAX	((SASL_PAYLOAD + 2) / 3 * 4)
#define RAW_MAX		(TEXT_MAX / 4 * 3)

static const char *const	names[] = {
	[SASL_SCRAM_SHA_256] = "SCRAM-SHA-256",
	[SASL_SCRAM_SHA_1] = "SCRAM-SHA-1",
	[SASL_PLAIN] = "PLAIN",
	[SASL_NONE] = "",
};

const char *
sasl_name(enum sasl_mech m)
{
	return names[m];
}

enum sasl_mech
sasl_from_name(const char *name)
{
	enum sasl_mech	m = SASL_SCRAM_SHA_256;

	while (m < SASL_NONE && strcmp(names[m], name) != 0)
		m++;
	return m;
}

enum push_err
sasl_decode(const char *text, size_t n, struct buf *out)
{
	unsigned char	raw[RAW_MAX];
	ssize_t		len;

	if (n > TEXT_MAX)
		return PUSH_E_TOOLARGE;
	if (n == 1 && text[0] == '=')
		return PUSH_OK;
	if ((len = base64_decode(text, n, raw, sizeof(raw))) < 0)
		return PUSH_E_ENCODING;
	if (len <= SASL_PAYLOAD)
		buf_put(out, raw, (size_t)len);
	explicit_bzero(raw, sizeof(raw));
	return len <= SASL_PAYLOAD && buf_ok(out) ? PUSH_OK : PUSH_E_TOOLARGE;
}

void
sasl_encode(struct buf *out, const char *msg, size_t n)
{
	if (n == 0)
		buf_putc(out, '=');
	base64_put(out, msg, n);
}

enum push_err
sasl_plain_parse(const char *msg, size_t n, struct sasl_plain *plain)
{
	const char	*first, *second, *end = msg + n;

	/* message = [authzid] NUL authcid NUL passwd */
	if ((first = memchr(msg, '\0', n)) == NULL)
		return PUSH_E_PROTOCOL;
	plain->authzid = msg;
	plain->authzidlen = (size_t)(first - msg);
	plain->name = first + 1;
	second = memchr(plain->name, '\0', (size_t)(end - plain->name));
	if (second == NULL)
		return PUSH_E_PROTOCOL;
	plain->namelen = (size_t)(second - plain->name);
	plain->password = second + 1;
	plain->passlen = (size_t)(end - plain->password);
	if (plain->namelen == 0 || plain->passlen == 0 ||
	    memchr(plain->password, '\0', plain->passlen) != NULL ||
	    !utf8_valid(msg, n))
		return PUSH_E_PROTOCOL;
	return PUSH_OK;
}

void
sasl_plain_put(struct buf *out, const char *name, const char *password)
{
	buf_putc(out, '\0');
	buf_puts(out, name);
	buf_putc(out, '\0');
	buf_puts(out, password);
}
