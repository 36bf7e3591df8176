#include "jid.h"

#include <arpa/inet.h>
#include <string.h>
#include <stringprep.h>

#include "base/utf8.h"

#define LABEL	63	/* bytes, RFC 1035 section 2.3.4 */

static bool
is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* ASCII that Nodeprep leaves alone (RFC 6122 appendix A.5). */
static bool
is_plain_local(char c)
{
	return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z') &&
	    strchr("\"&'/:<>@", c) == NULL;
}

/* ASCII that Resourceprep and SASLprep leave alone. */
static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f;
}

static bool
is_plain_domain(char c)
{
	return is_lower(c) || c == '-' || c == '.';
}

static bool
all(const char *s, size_t n, bool (*is)(char))
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (!is(s[i]))
			return false;
	return true;
}

/* Every ASCII character of a prepared string passes. */
static bool
ascii_all(const char *s, bool (*is)(char))
{
	for (; *s != '\0'; s++)
		if ((*s & 0x80) == 0 && !is(*s))
			return false;
	return true;
}

static enum push_err
prepare(const char *s, size_t n, char *out, const Stringprep_profile *profile,
    bool (*is)(char))
{
	char	again[JID_PART + 1];

	if (n == 0 || n > JID_PART || !utf8_valid_xml(s, n))
		return PUSH_E_NAME;
	memcpy(out, s, n);
	out[n] = '\0';
	if (all(s, n, is))
		return PUSH_OK;
	if (stringprep(out, JID_PART + 1, 0, profile) != STRINGPREP_OK ||
	    out[0] == '\0' || !ascii_all(out, is))
		return PUSH_E_NAME;
	/*
	 * Some strings change again when they are prepared again: one account
	 * would have two names.
	 */
	memcpy(again, out, strlen(out) + 1);
	if (stringprep(again, sizeof(again), 0, profile) != STRINGPREP_OK ||
	    strcmp(again, out) != 0)
		return PUSH_E_NAME;
	return PUSH_OK;
}

enum push_err
jid_prep_local(const char *s, size_t n, char *out)
{
	return prepare(s, n, out, stringprep_xmpp_nodeprep, is_plain_local);
}

enum push_err
jid_prep_resource(const char *s, size_t n, char *out)
{
	return prepare(s, n, out, stringprep_xmpp_resourceprep, is_plain);
}

static bool
is_ipv6(const char *s)
{
	struct in6_addr	a;
	char		bare[INET6_ADDRSTRLEN];
	size_t		n = strlen(s);

	if (n >= 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (n >= sizeof(bare))
		return false;
	memcpy(bare, s, n);
	bare[n] = '\0';
	return inet_pton(AF_INET6, bare, &a) == 1;
}

bool
jid_domain_is_ip(const char *s)
{
	struct in_addr	a;

	return inet_pton(AF_INET, s, &a) == 1 || is_ipv6(s);
}

/* Labels of 1 to 63 bytes that neither begin nor end with a hyphen. */
static bool
labels_fit(const char *s)
{
	const char	*end;

	for (;; s = end + 1) {
		end = strchrnul(s, '.');
		if (end == s || end - s > LABEL || s[0] == '-' ||
		    end[-1] == '-')
			return false;
		if (*end == '\0')
			return true;
	}
}

static bool
is_plain_ipv6(char c)
{
	return is_lower(c) || c == ':' || c == '.' || c == '[' || c == ']';
}

enum push_err
jid_prep_domain(const char *s, size_t n, char *out)
{
	size_t	len;

	if (n > 0 && memchr(s, ':', n) != NULL)
		return prepare(s, n, out, stringprep_nameprep,
		    is_plain_ipv6) == PUSH_OK && is_ipv6(out) ?
		    PUSH_OK : PUSH_E_NAME;
	if (prepare(s, n, out, stringprep_nameprep, is_plain_domain) != PUSH_OK)
		return PUSH_E_NAME;
	len = strlen(out);
	/* RFC 7622 section 3.2: the root's dot is no part of the name. */
	if (len > 1 && out[len - 1] == '.')
		out[len - 1] = '\0';
	return labels_fit(out) ? PUSH_OK : PUSH_E_NAME;
}

enum push_err
jid_prep_password(const char *s, size_t n, char *out, size_t size)
{
	int	rc;

	if (n >= size)
		return PUSH_E_TOOLARGE;
	if (memchr(s, '\0', n) != NULL)
		return PUSH_E_CHARACTER;
	memcpy(out, s, n);
	out[n] = '\0';
	if (all(s, n, is_plain) || !utf8_valid(s, n))
		return PUSH_OK;
	rc = stringprep(out, size, 0, stringprep_saslprep);
	if (rc == STRINGPREP_TOO_SMALL_BUFFER) {
		explicit_bzero(out, size);
		return PUSH_E_TOOLARGE;
	}
	if (rc == STRINGPREP_OK && out[0] != '\0')
		return PUSH_OK;
	memcpy(out, s, n);
	out[n] = '\0';
	return PUSH_OK;
}

enum push_err
jid_parse(const char *s, size_t n, struct jid *out)
{
	struct jid	 j;
	const char	*end, *slash, *at;

	if (n == 0)
		return PUSH_E_NAME;
	end = s + n;
	j.local[0] = j.resource[0] = '\0';
	if ((slash = memchr(s, '/', n)) == NULL)
		slash = end;
	else if (jid_prep_resource(slash + 1, (size_t)(end - slash - 1),
	    j.resource) != PUSH_OK)
		return PUSH_E_NAME;
	if ((at = memchr(s, '@', (size_t)(slash - s))) != NULL) {
		if (jid_prep_local(s, (size_t)(at - s), j.local) != PUSH_OK)
			return PUSH_E_NAME;
		s = at + 1;
	}
	if (jid_prep_domain(s, (size_t)(slash - s), j.domain) != PUSH_OK)
		return PUSH_E_NAME;
	memcpy(out->local, j.local, strlen(j.local) + 1);
	memcpy(out->domain, j.domain, strlen(j.domain) + 1);
	memcpy(out->resource, j.resource, strlen(j.resource) + 1);
	return PUSH_OK;
}
