#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "tap.h"

static const char *const	columns[] = { "user", "online", "queued",
				    "owner", NULL };

static struct json *
parsed(const char *text)
{
	struct json	*j = NULL;

	return json_parse(text, strlen(text), &j, NULL) == PUSH_OK ? j : NULL;
}

static void
add(struct table *t, const char *text)
{
	struct json	*j = parsed(text);

	table_row(t, j);
	json_free(&j);
}

static void
test_rows(void)
{
	struct table	t;
	struct buf	out;

	buf_init(&out, 65536);
	table_init(&t, columns, &out);
	table_flush(&t);
	ok(out.len == 0, "a table without rows is nothing");
	add(&t, "{\"user\":\"anna\",\"online\":true,\"queued\":12,"
	    "\"owner\":null}");
	add(&t, "{\"user\":\"b\xc3\xb6\\u001b\",\"online\":false,"
	    "\"more\":1}");
	table_flush(&t);
	ok(strcmp(buf_str(&out),
	    "USER    ONLINE  QUEUED  OWNER\n"
	    "anna    yes     12      -\n"
	    "b\xc3\xb6\\x1b  no      -       -\n") == 0,
	    "columns are aligned, control characters escaped");
	buf_reset(&out);
	add(&t, "{\"user\":\"c\"}");
	table_flush(&t);
	ok(strcmp(buf_str(&out), "c       -       -       -\n") == 0,
	    "later rows keep the widths, without a second header");
	table_release(&t);
	buf_release(&out);
}

static void
test_many(void)
{
	struct table	t;
	struct buf	out;
	size_t		i, lines = 0;

	buf_init(&out, 1 << 20);
	table_init(&t, columns, &out);
	for (i = 0; i < 2500; i++)
		add(&t, "{\"user\":\"x\"}");
	ok(out.len > 0, "many rows do not wait for the last");
	table_flush(&t);
	for (i = 0; i < out.len; i++)
		lines += out.p[i] == '\n';
	ok(lines == 2501, "all of them are there");
	table_release(&t);
	buf_release(&out);
}

static void
test_object(void)
{
	struct json	*j = parsed("{\"version\":\"0.1\",\"pid\":7,"
			    "\"draining\":false}");
	struct buf	 out;

	buf_init(&out, 4096);
	table_object(&out, j);
	ok(strcmp(buf_str(&out),
	    "version   0.1\npid       7\ndraining  no\n") == 0,
	    "an object alone is a line for each member");
	json_free(&j);
	buf_release(&out);
}

int
main(void)
{
	test_rows();
	test_many();
	test_object();
	return tap_done();
}
