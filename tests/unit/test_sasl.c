#include "xmpp/sasl.h"

#include <string.h>

#include "tap.h"

static void
test_names(void)
{
	enum sasl_mech	m;

	for (m = SASL_SCRAM_SHA_256; m < SASL_NONE; m++)
		ok(sasl_from_name(sasl_name(m)) == m, "%s is known",
		    sasl_name(m));
	ok(sasl_from_name("SCRAM-SHA-1-PLUS") == SASL_NONE &&
	    sasl_from_name("plain") == SASL_NONE &&
	    sasl_from_name("") == SASL_NONE, "others are none");
	ok(SASL_SCRAM_SHA_256 < SASL_SCRAM_SHA_1 &&
	    SASL_SCRAM_SHA_1 < SASL_PLAIN, "the strongest comes first");
}

static void
test_payloads(void)
{
	static const char	raw[SASL_PAYLOAD + 1];
	struct buf		b, text;
	size_t			n;

	buf_init(&b, 2 * SASL_PAYLOAD);
	buf_init(&text, 2 * SASL_PAYLOAD);
	ok(sasl_decode("=", 1, &b) == PUSH_OK && b.len == 0,
	    "\"=\" is an empty message");
	ok(sasl_decode("", 0, &b) == PUSH_OK && b.len == 0,
	    "so is no text at all");
	ok(sasl_decode("AGEAYg==", 8, &b) == PUSH_OK && b.len == 4 &&
	    memcmp(b.p, "\0a\0b", 4) == 0, "base64 is decoded, NULs too");
	ok(sasl_decode("AGEAYg", 6, &b) == PUSH_E_ENCODING &&
	    sasl_decode("AGE AYg=", 8, &b) == PUSH_E_ENCODING &&
	    sasl_decode("==", 2, &b) == PUSH_E_ENCODING,
	    "what is no base64 is incorrect-encoding");
	sasl_encode(&text, "", 0);
	ok(strcmp(buf_str(&text), "=") == 0, "nothing is written as \"=\"");
	for (n = SASL_PAYLOAD - 2; n <= SASL_PAYLOAD + 1; n++) {
		buf_reset(&text);
		buf_reset(&b);
		sasl_encode(&text, raw, n);
		ok(sasl_decode(text.p, text.len, &b) ==
		    (n <= SASL_PAYLOAD ? PUSH_OK : PUSH_E_TOOLARGE) &&
		    b.len == (n <= SASL_PAYLOAD ? n : 0),
		    "a message of %zu bytes", n);
	}
	buf_reset(&text);
	for (n = 0; n < 1400; n++)
		buf_puts(&text, "AAAA");
	ok(sasl_decode(text.p, text.len, &b) == PUSH_E_TOOLARGE,
	    "a longer text is not even decoded");
	buf_release(&b);
	buf_init(&b, 2);
	ok(sasl_decode("QUJD", 4, &b) == PUSH_E_TOOLARGE,
	    "a buffer too small is told");
	buf_release(&b);
	buf_release(&text);
}

static enum push_err
plain(const char *msg, size_t n)
{
	struct sasl_plain	p;

	return sasl_plain_parse(msg, n, &p);
}

static void
test_plain(void)
{
	struct sasl_plain	p;
	struct buf		b;
	size_t			i, passed = 0;

	ok(sasl_plain_parse("z\0name\0pass", 11, &p) == PUSH_OK &&
	    strcmp(p.authzid, "z") == 0 && p.authzidlen == 1 &&
	    strcmp(p.name, "name") == 0 && p.namelen == 4 &&
	    strcmp(p.password, "pass") == 0 && p.passlen == 4,
	    "the three parts are found");
	ok(sasl_plain_parse("\0n\0p", 4, &p) == PUSH_OK &&
	    p.authzidlen == 0 && p.authzid[0] == '\0',
	    "the authzid may be empty");
	for (i = 0; i < 8; i++)
		passed += plain("z\0name\0p", i) == PUSH_OK;
	ok(passed == 0, "a message cut anywhere is refused");
	ok(plain("z\0name\0p", 8) == PUSH_OK, "the whole is taken");
	ok(plain("\0\0p", 3) == PUSH_E_PROTOCOL, "an empty name is refused");
	ok(plain("\0n\0", 3) == PUSH_E_PROTOCOL,
	    "an empty password is refused");
	ok(plain("\0n\0p\0", 5) == PUSH_E_PROTOCOL &&
	    plain("\0n\0p\0q", 6) == PUSH_E_PROTOCOL,
	    "a third NUL is refused");
	ok(plain("\0n\xff\0p", 5) == PUSH_E_PROTOCOL,
	    "what is not UTF-8 is refused");
	buf_init(&b, 100);
	sasl_plain_put(&b, "na", "pw");
	ok(b.len == 6 && memcmp(b.p, "\0na\0pw", 6) == 0,
	    "a client puts no authzid");
	buf_release(&b);
}

int
main(void)
{
	test_names();
	test_payloads();
	test_plain();
	return tap_done();
}
