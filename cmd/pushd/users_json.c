#include "users_json.h"

#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#define OWNER_MAX	255	/* bytes */

static void
put_time(struct buf *b, const char *name, int64_t wall_ms)
{
	char	when[CLOCK_TEXT];

	json_put_key(b, name);
	if (wall_ms == 0)
		buf_puts(b, "null");
	else
		buf_printf(b, "\"%s\"", clock_format(wall_ms, when));
}

static void
put_owner(struct buf *b, const char *owner)
{
	json_put_key(b, "owner");
	if (owner == NULL)
		buf_puts(b, "null");
	else
		json_put_string(b, owner, strlen(owner));
}

void
users_json_put(struct buf *b, const struct device *d)
{
	buf_putc(b, '{');
	json_put_member(b, "user", d->name);
	json_put_bool(b, "enabled", d->enabled);
	json_put_bool(b, "online", d->online);
	json_put_int(b, "sessions", d->seat_count);
	json_put_int(b, "queued", (int64_t)device_queued(d));
	put_time(b, "created", d->created_ms);
	put_time(b, "last_seen", d->seen_ms);
	put_owner(b, d->owner);
	buf_putc(b, '}');
}

static void
put_bytes(struct buf *b, const char *name, const void *p, size_t n)
{
	json_put_key(b, name);
	buf_putc(b, '"');
	base64_put(b, p, n);
	buf_putc(b, '"');
}

static void
put_keys(struct buf *b, const char *name, enum digest d,
    const struct scram_keys *k)
{
	json_put_key(b, name);
	buf_putc(b, '{');
	put_bytes(b, "stored", k->stored, digest_size(d));
	put_bytes(b, "server", k->server, digest_size(d));
	buf_putc(b, '}');
}

void
users_json_put_row(struct buf *b, const struct store_account *a)
{
	buf_putc(b, '{');
	json_put_member(b, "user", a->name);
	json_put_bool(b, "enabled", a->enabled);
	put_time(b, "created", a->created_ms);
	put_time(b, "last_seen", a->seen_ms);
	put_owner(b, a->owner);
	json_put_key(b, "scram");
	buf_putc(b, '{');
	json_put_int(b, "iterations", a->cred.iterations);
	put_bytes(b, "salt", a->cred.salt, SCRAM_SALT);
	put_keys(b, "sha1", DIGEST_SHA1, &a->cred.sha1);
	put_keys(b, "sha256", DIGEST_SHA256, &a->cred.sha256);
	buf_puts(b, "}}");
}

static int
read_bytes(const struct json *obj, const char *name, unsigned char *out,
    size_t n)
{
	const char	*s = json_get_string(obj, name);

	if (s == NULL || base64_decode(s, strlen(s), out, n) != (ssize_t)n)
		return -1;
	return 0;
}

static int
read_keys(const struct json *obj, const char *name, enum digest d,
    struct scram_keys *k)
{
	const struct json	*j = json_get(obj, name);

	if (read_bytes(j, "stored", k->stored, digest_size(d)) != 0)
		return -1;
	return read_bytes(j, "server", k->server, digest_size(d));
}

static int
read_cred(const struct json *j, struct scram_cred *c)
{
	int64_t	iterations;

	if (json_integer(json_get(j, "iterations"), &iterations) != 0 ||
	    iterations < SCRAM_ITERATIONS_MIN ||
	    iterations > SCRAM_ITERATIONS_MAX)
		return -1;
	c->iterations = (uint32_t)iterations;
	if (read_bytes(j, "salt", c->salt, SCRAM_SALT) != 0 ||
	    read_keys(j, "sha1", DIGEST_SHA1, &c->sha1) != 0)
		return -1;
	return read_keys(j, "sha256", DIGEST_SHA256, &c->sha256);
}

static int
read_owner(const struct json *j, struct account_op *op, struct err_text *why)
{
	const char	*s = json_string(j);

	if ((s == NULL && !json_is_null(j)) || (s != NULL &&
	    (strlen(s) > OWNER_MAX || !utf8_valid_xml(s, strlen(s)))))
		return err_set(why, "owner: at most 255 bytes of text");
	op->has_owner = true;
	op->want.owner = s != NULL && s[0] != '\0' ?
	    mem_strndup(s, strlen(s)) : NULL;
	return 0;
}

static int
read_enabled(const struct json *j, struct account_op *op,
    struct err_text *why)
{
	op->has_enabled = true;
	op->want.enabled = json_bool(j, true);
	if (op->want.enabled != json_bool(j, false))
		return err_set(why, "enabled: must be true or false");
	return 0;
}

/* null is what an account has that was made before times were kept. */
static int
read_created(const struct json *j, struct account_op *op,
    struct err_text *why)
{
	const char	*s = json_string(j);

	if (json_is_null(j) || (s != NULL &&
	    clock_parse(s, strlen(s), &op->want.created_ms) == 0))
		return 0;
	return err_set(why, "created: not a time such as "
	    "2026-01-31T12:00:00Z");
}

int
users_json_read(const struct json *root, struct account_op *op,
    struct err_text *why)
{
	const struct json	*j;

	if ((j = json_get(root, "owner")) != NULL &&
	    read_owner(j, op, why) != 0)
		return -1;
	if ((j = json_get(root, "enabled")) != NULL &&
	    read_enabled(j, op, why) != 0)
		return -1;
	if ((j = json_get(root, "created")) != NULL &&
	    read_created(j, op, why) != 0)
		return -1;
	if ((j = json_get(root, "scram")) == NULL)
		return 0;
	op->has_cred = true;
	if (read_cred(j, &op->want.cred) != 0)
		return err_set(why, "scram: iterations, salt, sha1 or sha256 "
		    "cannot be read");
	return 0;
}
