#include <stdlib.h>
#include <string.h>

#include "pushd/users_json.h"
#include "tap.h"

static void
free_read(struct account_op *op)
{
	free(op->want.owner);
	op->want.owner = NULL;
}

/* Reads a text; the sentence of a failure goes to why. */
static int
read_text(const char *text, struct account_op *op, struct err_text *why)
{
	struct json	*j = NULL;
	int		 rc = -2;

	memset(op, 0, sizeof(*op));
	why->s[0] = '\0';
	if (json_parse(text, strlen(text), &j, NULL) == PUSH_OK)
		rc = users_json_read(j, op, why);
	if (j != NULL)
		json_free(&j);
	return rc;
}

static void
fill(unsigned char *p, size_t n, unsigned char from)
{
	while (n-- > 0)
		*p++ = from++;
}

static struct store_account
account(char *name, char *owner)
{
	struct store_account	a = { .name = name, .owner = owner };

	a.created_ms = 1767225600123;
	a.cred.iterations = 10000;
	fill(a.cred.salt, sizeof(a.cred.salt), 1);
	fill(a.cred.sha1.stored, digest_size(DIGEST_SHA1), 20);
	fill(a.cred.sha1.server, digest_size(DIGEST_SHA1), 60);
	fill(a.cred.sha256.stored, digest_size(DIGEST_SHA256), 100);
	fill(a.cred.sha256.server, digest_size(DIGEST_SHA256), 200);
	return a;
}

static void
test_round_trip(void)
{
	char			name[] = "a\\20b", owner[] = "o\"\xc3\xa9";
	struct store_account	a = account(name, owner);
	struct account_op	op;
	struct err_text		why;
	struct buf		b;
	struct json		*j = NULL;

	buf_init(&b, 65536);
	users_json_put_row(&b, &a);
	ok(json_parse(b.p, b.len, &j, NULL) == PUSH_OK &&
	    strcmp(json_get_string(j, "user"), name) == 0,
	    "a row is JSON, whatever the name");
	json_free(&j);
	ok(read_text(buf_str(&b), &op, &why) == 0 && op.has_cred &&
	    op.has_owner && op.has_enabled, "what was put is read");
	ok(memcmp(&op.want.cred, &a.cred, sizeof(a.cred)) == 0,
	    "every byte of the keys is back");
	ok(op.want.owner != NULL && strcmp(op.want.owner, owner) == 0,
	    "the owner is back");
	ok(op.want.created_ms == a.created_ms && !op.want.enabled,
	    "time and state are back");
	free_read(&op);
	buf_release(&b);
}

static void
test_empty_account(void)
{
	char			name[] = "a";
	struct store_account	a = account(name, NULL);
	struct account_op	op;
	struct err_text		why;
	struct buf		b;

	a.enabled = true;
	a.created_ms = 0;
	buf_init(&b, 65536);
	users_json_put_row(&b, &a);
	ok(strncmp(buf_str(&b), "{\"user\":\"a\",\"enabled\":true,\"created\":"
	    "null,\"last_seen\":null,\"owner\":null,\"scram\":{\"iterations\":"
	    "10000,\"salt\":\"", 107) == 0, "null for what is not known");
	ok(read_text(buf_str(&b), &op, &why) == 0 && op.want.enabled &&
	    op.want.owner == NULL && op.want.created_ms == 0,
	    "null is read as nothing");
	buf_release(&b);
}

static void
test_device(void)
{
	struct device	d = { .name = (char[]){ "dev" }, .enabled = true,
			    .online = true, .seat_count = 2, .window_len = 3,
			    .seen_ms = 1767225600000 };
	struct buf	b;

	d.backlog.len = 4;
	buf_init(&b, 65536);
	users_json_put(&b, &d);
	ok(strcmp(buf_str(&b), "{\"user\":\"dev\",\"enabled\":true,"
	    "\"online\":true,\"sessions\":2,\"queued\":7,\"created\":null,"
	    "\"last_seen\":\"2026-01-01T00:00:00.000Z\",\"owner\":null}") == 0,
	    "a device as list shows it");
	printf("# %s\n", buf_str(&b));
	buf_release(&b);
}

static void
test_read(void)
{
	struct account_op	op;
	struct err_text		why;

	ok(read_text("{\"user\":\"a\"}", &op, &why) == 0 && !op.has_owner &&
	    !op.has_enabled && !op.has_cred, "what is not given is not set");
	ok(read_text("{\"owner\":\"\"}", &op, &why) == 0 && op.has_owner &&
	    op.want.owner == NULL, "an empty owner is none");
	ok(read_text("{\"enabled\":false}", &op, &why) == 0 &&
	    op.has_enabled && !op.want.enabled, "disabled is read");
}

static void
expect_refusal(const char *text, const char *field)
{
	struct account_op	op;
	struct err_text		why;

	ok(read_text(text, &op, &why) == -1 &&
	    strncmp(why.s, field, strlen(field)) == 0,
	    "%.50s: %s", text, why.s);
	free_read(&op);
}

static void
test_wrong_types(void)
{
	char	text[400], owner[257];

	expect_refusal("{\"enabled\":\"false\"}", "enabled:");
	expect_refusal("{\"enabled\":0}", "enabled:");
	expect_refusal("{\"enabled\":null}", "enabled:");
	expect_refusal("{\"owner\":1}", "owner:");
	expect_refusal("{\"owner\":[\"o\"]}", "owner:");
	expect_refusal("{\"owner\":\"\\u0001\"}", "owner:");
	expect_refusal("{\"created\":\"yesterday\"}", "created:");
	expect_refusal("{\"created\":1767225600}", "created:");
	memset(owner, 'o', sizeof(owner));
	owner[256] = '\0';
	(void)snprintf(text, sizeof(text), "{\"owner\":\"%s\"}", owner);
	expect_refusal(text, "owner:");
}

/* A row with one thing in it replaced is refused. */
static void
expect_broken(const char *from, const char *to)
{
	char			name[] = "a", *at;
	struct store_account	a = account(name, NULL);
	struct buf		b, broken;

	buf_init(&b, 65536);
	buf_init(&broken, 65536);
	users_json_put_row(&b, &a);
	at = strstr(buf_str(&b), from);
	if (at != NULL) {
		buf_put(&broken, b.p, (size_t)(at - b.p));
		buf_puts(&broken, to);
		buf_puts(&broken, at + strlen(from));
	}
	expect_refusal(buf_str(&broken), "scram:");
	buf_release(&b);
	buf_release(&broken);
}

static void
test_broken_keys(void)
{
	expect_refusal("{\"scram\":null}", "scram:");
	expect_refusal("{\"scram\":{}}", "scram:");
	expect_refusal("{\"scram\":\"x\"}", "scram:");
	expect_broken("\"iterations\":10000", "\"iterations\":0");
	expect_broken("\"iterations\":10000", "\"iterations\":4294977296");
	expect_broken("\"iterations\":10000", "\"iterations\":\"10000\"");
	expect_broken("\"salt\":\"", "\"salt\":\"AAAA");
	expect_broken("\"salt\":\"A", "\"salt\":\"*");
	expect_broken("\"sha1\":{\"stored\":\"", "\"sha1\":{\"stored\":\"AAAA");
	expect_broken("\"server\":\"", "\"server\":\"====");
	expect_broken("\"sha256\"", "\"sha512\"");
	expect_broken("\"sha1\"", "\"sha0\"");
}

int
main(void)
{
	test_round_trip();
	test_empty_account();
	test_device();
	test_read();
	test_wrong_types();
	test_broken_keys();
	return tap_done();
}
