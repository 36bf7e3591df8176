/* verb_users - "user-list" to "user-enable": the devices' records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "control.h"
#include "ctl/ctl_msg.h"
#include "device.h"
#include "users_json.h"
#include "xmpp/jid.h"
#include "xmpp/sasl.h"

#define CHUNK		512	/* devices looked at before others' turn */
#define CHUNK_OUT	(4 * 1024 * 1024)
#define REPLY_MAX	(64 * 1024)

/* ---- list ---- */

/*
 * A walk over all devices of all shards, a chunk at a time; the list waits
 * while its reader is behind.
 */
struct walk {
	struct control_task	 task;
	struct mail		 mail;
	struct shard		*home;		/* shard 0 */
	uint64_t		 request;
	bool			 online, secrets;
	unsigned		 shard;		/* where it is */
	size_t			 pos;
	struct buf		 out;
	char			*names[CHUNK];	/* secrets: to be looked up */
	size_t			 name_count, name_next;
};

static void	walk_home(struct mail *, struct loop *);
static void	walk_there(struct mail *, struct loop *);
static void	walk_read(struct control_task *);

static void
walk_free(struct walk *w)
{
	while (w->name_next < w->name_count)
		free(w->names[w->name_next++]);
	control_end(&w->task);
	buf_release(&w->out);
	free(w);
}

static void
walk_look(struct walk *w, const struct device *d)
{
	if (w->online && !d->online)
		return;
	if (w->secrets) {
		w->names[w->name_count++] = mem_strndup(d->name,
		    strlen(d->name));
		return;
	}
	ctl_msg_reply(&w->out, w->request);
	json_put_key(&w->out, "user");
	users_json_put(&w->out, d);
	ctl_msg_end(&w->out, false);
}

/* In the shard whose devices these are. */
static void
walk_there(struct mail *m, struct loop *loop)
{
	struct walk	*w = LIST_ITEM(m, struct walk, mail);
	struct shard	*sh = shard_from(loop);
	size_t		 end = w->pos + CHUNK;

	for (; w->pos < end && w->pos < sh->all_count; w->pos++)
		if (sh->all[w->pos] != NULL)
			walk_look(w, sh->all[w->pos]);
	if (w->pos >= sh->all_count) {
		w->shard++;
		w->pos = 0;
	}
	m->run = walk_home;
	shard_post(sh, w->home, m);
}

static void
walk_on(struct walk *w)
{
	struct pushd	*pd = w->home->pushd;
	struct buf	 b;

	if (w->task.client == NULL) {
		walk_free(w);
		return;
	}
	if (!control_has_room(&w->task, walk_read))
		return;
	if (w->shard < pd->shard_count) {
		w->mail.run = walk_there;
		shard_post(w->home, &pd->shards[w->shard], &w->mail);
		return;
	}
	buf_init(&b, REPLY_MAX);
	ctl_msg_reply(&b, w->request);
	ctl_msg_end(&b, true);
	control_reply(w->task.client, &b);
	buf_release(&b);
	walk_free(w);
}

/* What was listed so far was read, or its reader went away. */
static void
walk_read(struct control_task *t)
{
	walk_on(LIST_ITEM(t, struct walk, task));
}

static void
walk_secret(struct account_op *op)
{
	struct walk	*w = op->arg;
	enum push_err	 e = op->err;

	if (e == PUSH_OK) {
		ctl_msg_reply(&w->out, w->request);
		json_put_key(&w->out, "user");
		users_json_put_row(&w->out, &op->row);
		ctl_msg_end(&w->out, false);
	}
	account_op_free(&op);
	if (e == PUSH_OK || e == PUSH_E_UNKNOWN) {
		walk_home(&w->mail, w->home->loop);
		return;
	}
	/* A backup that lacks somebody must not look like a whole one. */
	control_refuse(w->task.client, w->request, e,
	    "the list is not complete: an account cannot be read");
	walk_free(w);
}

/* Back in shard 0: the chunk goes out, then the next one is asked for. */
static void
walk_home(struct mail *m, struct loop *loop)
{
	struct walk		*w = LIST_ITEM(m, struct walk, mail);
	struct account_op	*op;
	char			*name;

	(void)loop;
	if (w->name_next < w->name_count && w->task.client != NULL) {
		name = w->names[w->name_next++];
		op = account_op_new(w->home, ACCOUNT_LOOKUP, name, NULL,
		    walk_secret, w);
		free(name);
		account_begin(op);
		return;
	}
	if (w->task.client != NULL)
		w->name_next = w->name_count = 0;
	control_reply(w->task.client, &w->out);
	buf_reset(&w->out);
	walk_on(w);
}

static void
list(struct control_request *r)
{
	struct walk	*w;
	bool		 online, secrets;

	if (!control_flag(r, "online", false, &online) ||
	    !control_flag(r, "secrets", false, &secrets))
		return;
	w = mem_zalloc(1, sizeof(*w));
	w->home = r->client->control->shard;
	w->request = r->id;
	w->online = online;
	w->secrets = secrets;
	buf_init(&w->out, CHUNK_OUT);
	control_begin_list(r->client, &w->task, r->id);
	walk_on(w);
}

/* ---- one device ---- */

/* The name of a request, prepared; false after an answer. */
static bool
read_name(struct control_request *r, char *out)
{
	const char	*name = json_get_string(r->root, "user");

	if (name == NULL) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "user: must be a name");
		return false;
	}
	if (jid_prep_local(name, strlen(name), out) == PUSH_OK)
		return true;
	control_refuse(r->client, r->id, PUSH_E_NAME,
	    "user: not a valid device name");
	return false;
}

struct one {
	struct control_task	 task;
	struct mail		 mail;
	struct shard		*from;
	char			 name[JID_PART + 1];
	struct buf		 out;
};

static void
show_home(struct mail *m, struct loop *loop)
{
	struct one	*q = LIST_ITEM(m, struct one, mail);

	(void)loop;
	control_reply(q->task.client, &q->out);
	control_end(&q->task);
	buf_release(&q->out);
	free(q);
}

static void
show_there(struct mail *m, struct loop *loop)
{
	struct one	*q = LIST_ITEM(m, struct one, mail);
	struct shard	*sh = shard_from(loop);
	struct device	*d = device_find(sh, q->name);

	if (d == NULL) {
		ctl_msg_error(&q->out, q->task.request, PUSH_E_UNKNOWN,
		    "no such device");
	} else {
		ctl_msg_reply(&q->out, q->task.request);
		json_put_key(&q->out, "user");
		users_json_put(&q->out, d);
		ctl_msg_end(&q->out, true);
	}
	m->run = show_home;
	shard_post(sh, q->from, m);
}

static void
show(struct control_request *r)
{
	struct one	*q = mem_zalloc(1, sizeof(*q));

	if (!read_name(r, q->name)) {
		free(q);
		return;
	}
	q->from = r->client->control->shard;
	buf_init(&q->out, REPLY_MAX);
	control_begin(r->client, &q->task, r->id);
	q->mail.run = show_there;
	shard_post(q->from, shard_of(q->from->pushd, q->name), &q->mail);
}

/* ---- changes ---- */

struct change {
	struct control_task	 task;
	struct account_op	*op;
	bool			 adds;	/* tells added, replaced, unchanged */
	bool			 if_missing;
};

static void
put_change(struct change *c, const struct account_op *op, struct buf *b)
{
	ctl_msg_reply(b, c->task.request);
	json_put_member(b, "user", op->row.name);
	if (c->adds)
		json_put_member(b, "result", op->err == PUSH_E_EXISTS ?
		    "unchanged" : op->created ? "added" : "replaced");
	if (op->verb == ACCOUNT_DELETE)
		json_put_int(b, "dropped", (int64_t)op->dropped);
	ctl_msg_end(b, true);
}

static const char *
explain(const struct change *c, const struct account_op *op)
{
	if (op->err == PUSH_E_UNKNOWN && c->adds)
		return "password: a new device needs one";
	if (op->err == PUSH_E_UNKNOWN)
		return "no such device";
	if (op->err == PUSH_E_EXISTS)
		return "there is a device of that name";
	return err_text(op->err);
}

static void
changed(struct account_op *op)
{
	struct change	*c = op->arg;
	enum push_err	 e = op->err;
	struct buf	 b;

	buf_init(&b, REPLY_MAX);
	if (e == PUSH_OK || (e == PUSH_E_EXISTS && c->if_missing))
		put_change(c, op, &b);
	else
		ctl_msg_error(&b, c->task.request, e == PUSH_E_UNKNOWN &&
		    c->adds ? PUSH_E_REQUEST : e, explain(c, op));
	control_reply(c->task.client, &b);
	control_end(&c->task);
	buf_release(&b);
	account_op_free(&op);
	free(c);
}

/* Begins an operation on the named device; NULL after an answer. */
static struct change *
change_new(struct control_request *r, enum account_verb verb,
    const char *password)
{
	char		 name[JID_PART + 1], prepared[SASL_PAYLOAD];
	struct change	*c;

	if (!read_name(r, name))
		return NULL;
	if (password != NULL && (password[0] == '\0' ||
	    jid_prep_password(password, strlen(password), prepared,
	    sizeof(prepared)) != PUSH_OK)) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "password: must not be empty or over 4 KiB");
		return NULL;
	}
	c = mem_zalloc(1, sizeof(*c));
	c->op = account_op_new(r->client->control->shard, verb, name,
	    password != NULL ? prepared : NULL, changed, c);
	explicit_bzero(prepared, sizeof(prepared));
	return c;
}

static void
change_begin(struct control_request *r, struct change *c)
{
	control_begin(r->client, &c->task, r->id);
	account_begin(c->op);
}

static void
add(struct control_request *r)
{
	const struct json	*j = r->root;
	bool			 replace, missing;
	struct change		*c;
	struct err_text		 why;

	if (!control_flag(r, "replace", false, &replace) ||
	    !control_flag(r, "if_missing", false, &missing))
		return;
	if (json_get(j, "password") != NULL &&
	    json_get_string(j, "password") == NULL) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "password: must be a string");
		return;
	}
	c = change_new(r, replace ? ACCOUNT_CHANGE : ACCOUNT_CREATE,
	    json_get_string(j, "password"));
	if (c == NULL)
		return;
	c->adds = true;
	c->if_missing = missing;
	if (users_json_read(j, c->op, &why) != 0) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST, why.s);
		account_op_free(&c->op);
		free(c);
		return;
	}
	if (!replace && c->op->password == NULL && !c->op->has_cred) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "password: a new device needs one");
		account_op_free(&c->op);
		free(c);
		return;
	}
	change_begin(r, c);
}

static void
del(struct control_request *r)
{
	struct change	*c = change_new(r, ACCOUNT_DELETE, NULL);

	if (c != NULL)
		change_begin(r, c);
}

static void
passwd(struct control_request *r)
{
	const char	*password = json_get_string(r->root, "password");
	struct change	*c;

	if (password == NULL) {
		control_refuse(r->client, r->id, PUSH_E_REQUEST,
		    "password: must be a string");
		return;
	}
	c = change_new(r, ACCOUNT_CHANGE, password);
	if (c == NULL)
		return;
	c->op->only_existing = true;
	change_begin(r, c);
}

static void
enable(struct control_request *r)
{
	struct change	*c;
	bool		 enabled;

	if (!control_flag(r, "enabled", true, &enabled) ||
	    (c = change_new(r, ACCOUNT_CHANGE, NULL)) == NULL)
		return;
	c->op->has_enabled = true;
	c->op->want.enabled = enabled;
	change_begin(r, c);
}

static const char *const	list_fields[] = { "online", "secrets", NULL };
static const char *const	user_fields[] = { "user", NULL };
static const char *const	add_fields[] = { "user", "password", "scram",
    "owner", "enabled", "created", "if_missing", "replace", NULL };
static const char *const	passwd_fields[] = { "user", "password", NULL };
static const char *const	enable_fields[] = { "user", "enabled", NULL };

const struct control_verb	verb_users_rows[] = {
	{ "user-list", list_fields, list },
	{ "user-show", user_fields, show },
	{ "user-add", add_fields, add },
	{ "user-del", user_fields, del },
	{ "user-passwd", passwd_fields, passwd },
	{ "user-enable", enable_fields, enable },
	{ NULL, NULL, NULL },
};
