#include "ctl/ctl_msg.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"

#include "tap.h"

static void
test_write(void)
{
	struct buf	b;

	buf_init(&b, 1000);
	ctl_msg_request(&b, 7, "send");
	json_put_member(&b, "to", "a\"b");
	ctl_msg_end(&b, false);
	ctl_msg_reply(&b, UINT64_C(1) << 53);
	ctl_msg_end(&b, true);
	ok(strcmp(buf_str(&b), "{\"id\":7,\"do\":\"send\",\"to\":\"a\\\"b\"}"
	    "\n{\"id\":9007199254740992,\"done\":true}\n") == 0,
	    "a request and a reply, a line each");
	buf_reset(&b);
	ctl_msg_error(&b, 3, PUSH_E_QUEUEFULL, "no\nroom");
	ok(strcmp(buf_str(&b), "{\"id\":3,\"error\":\"queue-full\","
	    "\"text\":\"no\\nroom\",\"done\":true}\n") == 0, "a refusal");
	buf_release(&b);
}

static enum push_err
reads(const char *text)
{
	struct ctl_reply	r;
	enum push_err		e = ctl_msg_read(text, strlen(text), &r);

	ctl_msg_release(&r);
	return e;
}

static void
test_read(void)
{
	static const char	line[] = "{\"id\":12,\"error\":\"denied\","
				    "\"text\":\"no\",\"done\":true}";
	struct ctl_reply	r;
	size_t			n, taken = 0;

	ok(ctl_msg_read(line, sizeof(line) - 1, &r) == PUSH_OK &&
	    r.id == 12 && r.done && strcmp(r.error, "denied") == 0 &&
	    strcmp(r.text, "no") == 0, "a refusal is read");
	ctl_msg_release(&r);
	ok(r.root == NULL, "release leaves nothing");
	ok(ctl_msg_read("{\"id\":0,\"x\":1}", 14, &r) == PUSH_OK &&
	    r.id == 0 && !r.done && r.error == NULL &&
	    strcmp(r.text, "") == 0 && json_get(r.root, "x") != NULL,
	    "a reply that is neither last nor a refusal");
	ctl_msg_release(&r);
	for (n = 0; n < sizeof(line) - 1; n++) {
		taken += ctl_msg_read(line, n, &r) == PUSH_OK;
		ctl_msg_release(&r);
	}
	ok(taken == 0, "a line cut anywhere is refused");
}

static void
test_refused(void)
{
	static const char *const	bad[] = {
		"", "[]", "1", "{}", "{\"id\":\"1\"}", "{\"id\":-1}",
		"{\"id\":1.5}", "{\"id\":1,\"error\":2}",
		"{\"id\":1,\"text\":null}", "{\"id\":1}x", "{\"done\":true}",
	};
	struct ctl_reply	 r;
	char			*big;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(reads(bad[i]) == PUSH_E_PROTOCOL, "refuses line %zu", i);
	big = malloc(CTL_LINE_MAX + 1);
	memset(big, ' ', CTL_LINE_MAX + 1);
	memcpy(big, "{\"id\":1}", 8);
	ok(ctl_msg_read(big, CTL_LINE_MAX, &r) == PUSH_OK,
	    "a line of the full length is read");
	ctl_msg_release(&r);
	ok(ctl_msg_read(big, CTL_LINE_MAX + 1, &r) == PUSH_E_PROTOCOL &&
	    r.root == NULL, "a longer one is refused");
	free(big);
}

static void
test_round_trip(void)
{
	struct ctl_reply	r;
	struct buf		b;

	buf_init(&b, 1000);
	ctl_msg_error(&b, 42, PUSH_E_BUSY, "\"later\"\t\\");
	ok(ctl_msg_read(b.p, b.len, &r) == PUSH_OK && r.id == 42 && r.done &&
	    err_from_name(r.error) == PUSH_E_BUSY &&
	    strcmp(r.text, "\"later\"\t\\") == 0,
	    "what is written reads back the same");
	ctl_msg_release(&r);
	buf_release(&b);
}

int
main(void)
{
	test_write();
	test_read();
	test_refused();
	test_round_trip();
	return tap_done();
}
