#include "ctl/fate.h"

#include <string.h>

#include "tap.h"

static void
test_names(void)
{
	int	f;

	for (f = 0; f <= FATE_MIXED; f++)
		ok(fate_from_name(fate_name((enum fate)f)) == f,
		    "\"%s\" is one state", fate_name((enum fate)f));
	ok(fate_from_name("") == -1 && fate_from_name("Queued") == -1,
	    "other words are none");
}

static void
test_ends(void)
{
	ok(!fate_is_end(FATE_SCHEDULED) && !fate_is_end(FATE_QUEUED) &&
	    !fate_is_end(FATE_SENT), "what is under way has not ended");
	ok(!fate_is_end(FATE_DELIVERED), "delivered may become read");
	ok(fate_is_end(FATE_READ) && fate_is_end(FATE_EXPIRED) &&
	    fate_is_end(FATE_REPLACED) && fate_is_end(FATE_CANCELLED) &&
	    fate_is_end(FATE_REFUSED) && fate_is_end(FATE_FAILED),
	    "ends are ends");
}

/* A row is what was seen last; the columns are what was asked for. */
static void
test_exits(void)
{
	static const struct {
		enum fate	last;
		int		queued, delivered, read;
	} rows[] = {
		{ FATE_SCHEDULED, 0, 10, 10 },
		{ FATE_QUEUED, 0, 10, 10 },
		{ FATE_SENT, 0, 10, 10 },
		{ FATE_DELIVERED, 0, 0, 10 },
		{ FATE_READ, 0, 0, 0 },
		{ FATE_EXPIRED, 11, 11, 11 },
		{ FATE_REPLACED, 14, 14, 14 },
		{ FATE_CANCELLED, 14, 14, 14 },
		{ FATE_REFUSED, 12, 12, 12 },
		{ FATE_FAILED, 15, 15, 15 },
		{ FATE_MIXED, 1, 1, 1 },
	};
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(fate_exit(FATE_QUEUED, rows[i].last) == rows[i].queued &&
		    fate_exit(FATE_DELIVERED, rows[i].last) ==
		    rows[i].delivered &&
		    fate_exit(FATE_READ, rows[i].last) == rows[i].read,
		    "exit codes of %s", fate_name(rows[i].last));
}

int
main(void)
{
	test_names();
	test_ends();
	test_exits();
	return tap_done();
}
