/*
 * Addresses from hostile bytes.  What was prepared once is its own prepared
 * form, in whole and in parts, and what is written is read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "xmpp/jid.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool good)
{
	if (!good)
		abort();
}

static void
check_again(const struct jid *j)
{
	static struct jid	again;
	char			s[JID_MAX + 1];
	int			n;

	n = snprintf(s, sizeof(s), "%s%s%s%s%s", j->local,
	    j->local[0] != '\0' ? "@" : "", j->domain,
	    j->resource[0] != '\0' ? "/" : "", j->resource);
	check(n > 0 && (size_t)n < sizeof(s));
	check(utf8_valid_xml(s, (size_t)n));
	check(jid_parse(s, (size_t)n, &again) == PUSH_OK);
	check(strcmp(j->local, again.local) == 0);
	check(strcmp(j->domain, again.domain) == 0);
	check(strcmp(j->resource, again.resource) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct jid	j;
	char			out[64];
	char			*s = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(s, data, size);
	if (jid_parse(s, size, &j) == PUSH_OK)
		check_again(&j);
	if (jid_prep_password(s, size, out, sizeof(out)) == PUSH_OK)
		check(strlen(out) < sizeof(out) &&
		    (size == 0) == (out[0] == '\0'));
	free(s);
	return 0;
}
