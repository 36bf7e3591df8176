#include "xmpp/sm.h"

#include "xmpp/ns.h"

#include "tap.h"

static struct stanza_attr	attr = { .name = "h", .ns = "" };

static struct stanza
element(const char *name, const char *ns, const char *h)
{
	struct stanza	st = { .name = name, .ns = ns, .text = "" };

	if (h != NULL) {
		attr.value = h;
		st.attrs = &attr;
	}
	return st;
}

static void
test_counts(void)
{
	struct stanza	st;

	st = element("message", NS_CLIENT, NULL);
	ok(sm_counts(&st), "a message counts");
	st = element("presence", NS_CLIENT, NULL);
	ok(sm_counts(&st), "a presence counts");
	st = element("iq", NS_CLIENT, NULL);
	ok(sm_counts(&st), "an iq counts");
	st = element("r", NS_SM, NULL);
	ok(!sm_counts(&st), "a request for an acknowledgement does not");
	st = element("message", NS_SM, NULL);
	ok(!sm_counts(&st), "nor a message of another namespace");
}

static bool
reads(const char *text, uint32_t *h)
{
	struct stanza	st = element("a", NS_SM, text);

	return sm_read_h(&st, h);
}

static void
test_read_h(void)
{
	uint32_t	h = 5;

	ok(!reads(NULL, &h) && !reads("", &h) && !reads("x", &h) &&
	    !reads("-1", &h) && !reads("1 ", &h) && !reads("4294967296", &h),
	    "what is no 32-bit number is refused");
	ok(h == 5, "and changes nothing");
	ok(reads("4294967295", &h) && h == UINT32_MAX, "the largest h");
	ok(reads("0", &h) && h == 0, "the smallest h");
}

/* Each row from a session with acked and out as given, start added. */
static void
test_window(uint32_t start)
{
	static const struct {
		uint32_t	h;
		enum sm_ack	ack;
		uint32_t	newly;
		const char	*what;
	} rows[] = {
		{ 3, SM_ACK_OK, 0, "the same again" },
		{ 4, SM_ACK_OK, 1, "one more" },
		{ 9, SM_ACK_OK, 6, "all that was sent" },
		{ 10, SM_ACK_TOO_HIGH, 0, "one that was not sent" },
		{ 9 + 0x70000000, SM_ACK_TOO_HIGH, 0, "far too high" },
		{ 2, SM_ACK_STALE, 0, "one lower" },
		{ 3 - 0x70000000U, SM_ACK_STALE, 0, "far lower" },
	};
	struct sm	sm;
	uint32_t	newly;
	size_t		i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sm = (struct sm){ .on = true, .acked = start + 3,
		    .out = start + 9 };
		newly = 77;
		ok(sm_acknowledge(&sm, start + rows[i].h, &newly) ==
		    rows[i].ack && newly == rows[i].newly &&
		    sm.acked == start + 3 + rows[i].newly &&
		    sm_unacked(&sm) == 6 - rows[i].newly,
		    "from %u: %s", (unsigned)start, rows[i].what);
	}
}

int
main(void)
{
	test_counts();
	test_read_h();
	test_window(0);
	test_window(UINT32_MAX - 1);
	test_window(UINT32_MAX - 5);
	test_window(UINT32_MAX - 8);
	test_window(1U << 31);
	return tap_done();
}
