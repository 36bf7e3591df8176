#include "pushsub/ledger.h"
#include "tap.h"

int
main(void)
{
	struct ledger	l = { 0 };
	uint32_t	a, b, c;

	ok(ledger_handled(&l) == 0, "nothing came, nothing is handled");
	a = ledger_take(&l);
	ok(ledger_handled(&l) == 0, "what has come is not handled yet");
	ledger_done(&l, a);
	ok(ledger_handled(&l) == 1, "done is handled");

	a = ledger_take(&l);
	b = ledger_take(&l);
	c = ledger_take(&l);
	ledger_done(&l, b);
	ok(ledger_handled(&l) == 1, "an open one holds back those behind it");
	ledger_done(&l, a);
	ok(ledger_handled(&l) == 3, "the first one done frees the second");
	ledger_done(&l, b);
	ok(ledger_handled(&l) == 3 && l.count == 1, "done twice is done once");
	ledger_done(&l, c);
	ok(ledger_handled(&l) == 4 && l.count == 0, "all done");

	(void)ledger_take(&l);
	ledger_reset(&l, UINT32_MAX - 1);
	ok(ledger_handled(&l) == UINT32_MAX - 1, "a reset forgets open ones");
	a = ledger_take(&l);
	b = ledger_take(&l);
	ok(a == UINT32_MAX && b == 0, "numbers wrap around");
	ledger_done(&l, b);
	ok(ledger_handled(&l) == UINT32_MAX - 1, "held back at the wrap");
	ledger_done(&l, a);
	ok(ledger_handled(&l) == 0, "and handled behind it");
	ledger_release(&l);
	return tap_done();
}
