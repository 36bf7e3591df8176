/* Addresses: splitting, preparation, bounds. */
#include "xmpp/jid.h"

#include <string.h>

#include "tap.h"

#define SHY	"\xc2\xad"		/* soft hyphen: mapped to nothing */

static const struct good {
	const char	*in, *local, *domain, *resource;
} good[] = {
	{ "push.example", "", "push.example", "" },
	{ "d1@push.example", "d1", "push.example", "" },
	{ "d1@push.example/phone", "d1", "push.example", "phone" },
	{ "push.example/a@b/c d", "", "push.example", "a@b/c d" },
	{ "D1@Push.EXAMPLE/Phone", "d1", "push.example", "Phone" },
	{ "\xc3\x84rger@b\xc3\x9c" "cher.example/\xc3\x84", "\xc3\xa4rger",
	    "b\xc3\xbc" "cher.example", "\xc3\x84" },
	{ "stra\xc3\x9f" "e@x", "strasse", "x", "" },
	{ "\xef\xbc\xa1@x", "a", "x", "" },
	{ "a" SHY "b@x", "ab", "x", "" },
	{ "a@x.", "a", "x", "" },
	{ "a@127.0.0.1", "a", "127.0.0.1", "" },
	{ "a@[::1]/r", "a", "[::1]", "r" },
	{ "a@FE80::1", "a", "fe80::1", "" },
	{ "a\\40b!#$%^*()[]{}~@x", "a\\40b!#$%^*()[]{}~", "x", "" },
	{ "a@x/\xf0\x9f\x93\xb1", "a", "x", "\xf0\x9f\x93\xb1" },
};

static const char *const	bad[] = {
	"", "@", "/", "@x", "a@", "a@/r", "a@x/", "/r", "a@b@c", "a b@x",
	"a\"@x", "a&@x", "a'@x", "a:@x", "a<@x", "a>@x", "a\x7f@x", "a\n@x",
	"a@x y", "a@x_y", "a@.x", "a@x..", "a@x..y", "a@.", "a@-x", "a@x-",
	"a@x-.y", "a@[::1", "a@[x]", "a@::g", "a@1:2", "a@x/\x01", "a@x/\n",
	"a\xff@x", "a@\xc3(", "a@x/\xed\xa0\x80", SHY "@x", "a@" SHY,
	"a@x/" SHY, "a\xef\xbc\xa0" "b@x", "a@x\xef\xbc\x8f" "y",
	"a\xe2\x80\xae@x", "a@x/\xef\xbf\xbe", "\xd8\xa7" "a@x",
	"a\xee\x80\x80@x",
};

static void
test_parse(void)
{
	static struct jid	j;
	size_t			i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(jid_parse(good[i].in, strlen(good[i].in), &j) == PUSH_OK &&
		    strcmp(j.local, good[i].local) == 0 &&
		    strcmp(j.domain, good[i].domain) == 0 &&
		    strcmp(j.resource, good[i].resource) == 0,
		    "address %zu is split and prepared: %s", i, good[i].in);
	memset(&j, 'x', sizeof(j));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(jid_parse(bad[i], strlen(bad[i]), &j) == PUSH_E_NAME &&
		    j.local[0] == 'x' && j.domain[0] == 'x',
		    "malformed address %zu is refused, nothing written", i);
	ok(jid_parse("a\0b@x", 5, &j) == PUSH_E_NAME &&
	    jid_parse("a@x/\0", 5, &j) == PUSH_E_NAME &&
	    jid_parse("a@x\0", 4, &j) == PUSH_E_NAME, "NUL is refused");
	ok(jid_parse("a@xy", 3, &j) == PUSH_OK && strcmp(j.domain, "x") == 0,
	    "not a byte behind the length is read");
	ok(jid_parse(NULL, 0, &j) == PUSH_E_NAME, "no bytes are no address");
}

static void
test_bounds(void)
{
	char	s[JID_PART + 2], out[JID_PART + 1];
	size_t	i;

	memset(s, 'a', sizeof(s));
	ok(jid_prep_local(s, JID_PART, out) == PUSH_OK &&
	    strlen(out) == JID_PART, "a localpart of 1023 bytes is allowed");
	ok(jid_prep_local(s, JID_PART + 1, out) == PUSH_E_NAME &&
	    jid_prep_resource(s, JID_PART + 1, out) == PUSH_E_NAME,
	    "parts of 1024 are not");
	for (i = 0; i < 1022; i += 2)
		memcpy(s + i, "\xc3\x9f", 2);
	ok(jid_prep_local(s, 1022, out) == PUSH_OK,
	    "one that keeps its length under preparation is allowed");
	for (i = 0; i < 1023; i += 3)
		memcpy(s + i, "\xef\xb7\xba", 3);
	ok(jid_prep_resource(s, 1023, out) == PUSH_E_NAME,
	    "one that grows over the bound by preparation is not");
	memset(s, 'a', sizeof(s));
	s[63] = '.';
	ok(jid_prep_domain(s, 127, out) == PUSH_OK,
	    "a label of 63 bytes is allowed");
	ok(jid_prep_domain(s, 128, out) == PUSH_E_NAME, "one of 64 is not");
	for (i = 1; i < JID_PART; i += 2)
		s[i] = '.';
	ok(jid_prep_domain(s, JID_PART, out) == PUSH_OK,
	    "a domain of 1023 bytes is allowed");
}

static bool
password_is(const char *in, const char *want)
{
	char	out[64];

	return jid_prep_password(in, strlen(in), out, sizeof(out)) ==
	    PUSH_OK && strcmp(out, want) == 0;
}

static void
test_password(void)
{
	char	out[8];

	ok(password_is("Pa ss", "Pa ss"), "plain ASCII stays");
	ok(password_is("I" SHY "X", "IX") && password_is("\xc2\xaa", "a") &&
	    password_is("\xe2\x85\xa8", "IX") &&
	    password_is("a\xc2\xa0" "b", "a b"),
	    "SASLprep is done (RFC 4013 section 3)");
	ok(password_is("\x07", "\x07") && password_is("\xd8\xa7" "1",
	    "\xd8\xa7" "1") && password_is("a\xff", "a\xff"),
	    "what SASLprep forbids is taken as it is");
	ok(password_is(SHY, SHY), "so is what would become empty");
	ok(password_is("", ""), "an empty one stays empty");
	ok(jid_prep_password("1234567", 7, out, sizeof(out)) == PUSH_OK &&
	    jid_prep_password("12345678", 8, out, sizeof(out)) ==
	    PUSH_E_TOOLARGE, "its size is bounded");
	ok(jid_prep_password("\xef\xb7\xba", 3, out, sizeof(out)) ==
	    PUSH_E_TOOLARGE, "even if it grows by preparation");
	ok(jid_prep_password("a\0b", 3, out, sizeof(out)) ==
	    PUSH_E_CHARACTER, "NUL is refused");
}

static void
test_ip(void)
{
	ok(jid_domain_is_ip("127.0.0.1") && jid_domain_is_ip("::1") &&
	    jid_domain_is_ip("[fe80::1]"), "literals are seen");
	ok(!jid_domain_is_ip("push.example") && !jid_domain_is_ip("1.2.3") &&
	    !jid_domain_is_ip("") && !jid_domain_is_ip("[") &&
	    !jid_domain_is_ip("[]") && !jid_domain_is_ip("[::1") &&
	    !jid_domain_is_ip("[127.0.0.1]"), "names are not");
}

int
main(void)
{
	test_parse();
	test_bounds();
	test_password();
	test_ip();
	return tap_done();
}
