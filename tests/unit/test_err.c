#include "base/err.h"

#include <stdbool.h>
#include <string.h>

#include "tap.h"

/* The table has a row for every error, and no two share a word. */
static void
test_rows(void)
{
	enum push_err	e;

	for (e = PUSH_OK; e < PUSH_E_MAX; e++)
		ok(err_name(e) != NULL && err_from_name(err_name(e)) == e &&
		    err_text(e) != NULL && err_condition(e) != NULL &&
		    err_type(e) != NULL && err_stream(e) != NULL &&
		    err_code(e) >= 200 && err_code(e) < 600 &&
		    err_http(e) >= 200 && err_http(e) < 600 &&
		    (err_exit(e) == 0) == (e == PUSH_OK),
		    "error %d is %s", (int)e, err_name(e));
	ok(err_from_name("no-such-word") == PUSH_E_INTERNAL &&
	    err_from_name("") == PUSH_E_INTERNAL,
	    "an unknown word is internal");
	ok(strcmp(err_name(PUSH_E_MAX), err_name(PUSH_E_INTERNAL)) == 0,
	    "so is a number out of range");
}

/* An androidpn device that reads "401" drops its account for good. */
static void
test_401_is_auth_only(void)
{
	enum push_err	e;
	bool		alone = true;

	for (e = PUSH_OK; e < PUSH_E_MAX; e++)
		if (e != PUSH_E_AUTH)
			alone = alone && err_code(e) != 401 &&
			    err_http(e) != 401 &&
			    strstr(err_text(e), "401") == NULL;
	ok(err_code(PUSH_E_AUTH) == 401 && alone,
	    "401 is for wrong credentials and for nothing else");
}

/* RFC 6120 section 8.3.3 gives most conditions one type. */
static void
test_types(void)
{
	static const char *const	types[] = {
		"auth", "cancel", "continue", "modify", "wait",
	};
	enum push_err	e;
	size_t		i, known = 0;

	for (e = PUSH_OK; e < PUSH_E_MAX; e++)
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			known += strcmp(err_type(e), types[i]) == 0;
	ok(known == PUSH_E_MAX, "each type is one of RFC 6120's");
	ok(err_exit(PUSH_E_TOOLARGE) == 12 && err_exit(PUSH_E_UNKNOWN) == 13 &&
	    err_exit(PUSH_E_EXISTS) == 14 && err_exit(PUSH_E_DEVICE) == 15 &&
	    err_exit(PUSH_E_JSON) == 65 && err_exit(PUSH_E_UNREACHABLE) == 69 &&
	    err_exit(PUSH_E_BUSY) == 75 && err_exit(PUSH_E_PROTOCOL) == 76 &&
	    err_exit(PUSH_E_AUTH) == 77, "exit codes are the tools' own");
}

static void
test_set(void)
{
	struct err_text	t;
	char		big[2 * sizeof(t.s)];

	ok(err_set(&t, "%s: %d", "a", 5) == -1 && strcmp(t.s, "a: 5") == 0,
	    "a sentence is set, -1 is returned");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)err_set(&t, "%s", big);
	ok(strlen(t.s) == sizeof(t.s) - 1, "a long one is cut");
}

int
main(void)
{
	test_rows();
	test_401_is_auth_only();
	test_types();
	test_set();
	return tap_done();
}
