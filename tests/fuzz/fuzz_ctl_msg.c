/*
 * fuzz_ctl_msg - a reply that is accepted can be written again and reads
 * back the same; a refusal with any text is one line and reads back.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "ctl/ctl.h"
#include "ctl/ctl_msg.h"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void
must_be_a_line(const struct buf *b)
{
	MUST(buf_ok(b) && b->len > 0);
	MUST(memchr(b->p, '\n', b->len) == b->p + b->len - 1);
}

static void
must_rewrite(const struct ctl_reply *r)
{
	struct ctl_reply	again;
	struct buf		b;

	buf_init(&b, 8 * CTL_LINE_MAX);
	ctl_msg_reply(&b, r->id);
	if (r->error != NULL)
		json_put_member(&b, "error", r->error);
	json_put_member(&b, "text", r->text);
	ctl_msg_end(&b, r->done);
	must_be_a_line(&b);
	MUST(ctl_msg_read(b.p, b.len, &again) == PUSH_OK);
	MUST(again.id == r->id && again.done == r->done);
	MUST((again.error == NULL) == (r->error == NULL));
	MUST(r->error == NULL || strcmp(again.error, r->error) == 0);
	MUST(strcmp(again.text, r->text) == 0);
	ctl_msg_release(&again);
	buf_release(&b);
}

static void
must_refuse(const char *p, size_t n)
{
	struct ctl_reply	r;
	struct buf		b, text;

	if (memchr(p, '\0', n) != NULL || !utf8_valid(p, n))
		return;
	buf_init(&b, 8 * CTL_LINE_MAX);
	buf_init(&text, CTL_LINE_MAX);
	buf_put(&text, p, n);
	ctl_msg_error(&b, n, PUSH_E_REQUEST, buf_str(&text));
	must_be_a_line(&b);
	MUST(ctl_msg_read(b.p, b.len, &r) == PUSH_OK);
	MUST(r.id == n && r.done && strcmp(r.text, buf_str(&text)) == 0);
	MUST(err_from_name(r.error) == PUSH_E_REQUEST);
	ctl_msg_release(&r);
	buf_release(&b);
	buf_release(&text);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char		*p = (const char *)data;
	struct ctl_reply	 r;

	if (n == 0 || n > 65536)
		return 0;
	if (ctl_msg_read(p, n, &r) == PUSH_OK)
		must_rewrite(&r);
	else
		MUST(r.root == NULL);
	ctl_msg_release(&r);
	must_refuse(p, n);
	return 0;
}
