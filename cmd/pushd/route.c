#include "route.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "xmpp/jid.h"

void
route_free(struct order *o)
{
	size_t	i;

	/* A shutdown may have stopped legs on their way. */
	for (i = 0; o->legs != NULL && i < o->count; i++)
		push_unref(&o->legs[i].push);
	for (i = 0; i < o->count; i++)
		free(o->names[i]);
	free(o->names);
	free(o->legs);
	push_ask_release(&o->ask);
	target_free(&o->target);
	free(o);
}

struct order *
route_order(struct shard *sh, struct push_ask *ask, struct target *target)
{
	struct order	*o = mem_zalloc(1, sizeof(*o));

	o->shard = sh;
	o->ask = *ask;
	memset(ask, 0, sizeof(*ask));
	o->target = target;
	o->wait = FATE_QUEUED;
	return o;
}

static void
finish(struct order *o)
{
	if (!o->abandoned) {
		o->on_done(o);
		o->abandoned = true;
	}
	if (o->released == o->count)
		route_free(o);
}

static void
refuse(struct order *o, enum push_err e)
{
	o->err = e;
	finish(o);
}

/* ---- the legs' way back, in shard 0 ---- */

static void
on_leg_accepted(struct mail *m, struct loop *loop)
{
	struct leg	*leg = LIST_ITEM(m, struct leg, accepted);
	struct order	*o = leg->order;

	(void)loop;
	leg->known = leg->answer;
	o->accepted++;
	if (!o->abandoned)
		o->on_accepted(o, leg);
}

static void
on_leg_ended(struct mail *m, struct loop *loop)
{
	struct leg	*leg = LIST_ITEM(m, struct leg, ended);
	struct order	*o = leg->order;

	(void)loop;
	if (leg->cancelled)
		return;		/* its release is on the way */
	leg->over = true;
	leg->known = leg->fate;
	o->ended++;
	o->released++;
	if (!o->abandoned)
		o->on_ended(o, leg);
	if (o->ended == o->count)
		finish(o);
}

static void
on_leg_released(struct mail *m, struct loop *loop)
{
	struct leg	*leg = LIST_ITEM(m, struct leg, released);
	struct order	*o = leg->order;

	(void)loop;
	if (++o->released == o->count)
		route_free(o);
}

/* ---- and there, in the device's home ---- */

static void
on_leg_there(struct mail *m, struct loop *loop)
{
	struct leg	*leg = LIST_ITEM(m, struct leg, there);

	device_submit(shard_from(loop), leg);
	/* Who waits, perhaps for long, keeps no body in memory. */
	push_unref(&leg->push);
}

static void
on_leg_forgotten(struct mail *m, struct loop *loop)
{
	leg_forget(shard_from(loop), LIST_ITEM(m, struct leg, forget));
}

void
route_abandon(struct order *o)
{
	struct leg	*leg;
	size_t		 i;

	o->abandoned = true;
	for (i = 0; o->legs != NULL && i < o->count; i++) {
		leg = &o->legs[i];
		if (leg->over)
			continue;
		leg->cancelled = true;
		/* The leg itself may still be on its way: it goes first. */
		leg->forget.run = on_leg_forgotten;
		shard_post(o->shard, shard_of(o->shard->pushd, leg->name),
		    &leg->forget);
	}
}

/* ---- whom it is for ---- */

static void
add_name(struct order *o, const char *name)
{
	if (o->count == o->name_cap) {
		o->name_cap = o->name_cap > 0 ? o->name_cap * 2 : 1;
		o->names = mem_realloc(o->names, o->name_cap, sizeof(char *));
	}
	o->names[o->count++] = mem_strndup(name, strlen(name));
}

/* A device's name, or its bare JID in our domain, prepared. */
static enum push_err
prepare(const struct order *o, const char *name, char *out)
{
	struct jid	jid;

	if (strchr(name, '@') == NULL)
		return jid_prep_local(name, strlen(name), out);
	if (jid_parse(name, strlen(name), &jid) != PUSH_OK)
		return PUSH_E_NAME;
	if (strcmp(jid.domain, o->shard->config->domain) != 0)
		return PUSH_E_UNKNOWN;
	memcpy(out, jid.local, sizeof(jid.local));
	return PUSH_OK;
}

static enum push_err
prepare_atom(const struct order *o, struct target *t)
{
	char		local[JID_PART + 1];
	enum push_err	e;

	if (t->kind == TARGET_ALIAS || t->kind == TARGET_TOPIC ||
	    t->kind == TARGET_TAG)
		return PUSH_E_UNSUPPORTED;
	if (t->kind != TARGET_DEVICE)
		return PUSH_OK;
	if ((e = prepare(o, t->name, local)) != PUSH_OK)
		return e == PUSH_E_UNKNOWN ? e : PUSH_E_TARGET;
	free(t->name);
	t->name = mem_strndup(local, strlen(local));
	return PUSH_OK;
}

/*
 * Puts the atoms' names into the form that devices have.  Down to the left
 * it is as deep as the expression's parentheses, which are bounded; a list of
 * thousands hangs to the right.
 */
static enum push_err
prepare_atoms(const struct order *o, struct target *t)
{
	enum push_err	e;

	for (; t->left != NULL; t = t->right) {
		if ((e = prepare_atoms(o, t->left)) != PUSH_OK)
			return e;
		if (t->right == NULL)
			return PUSH_OK;		/* "!" has one operand */
	}
	return prepare_atom(o, t);
}

/* Adds the devices of a plain union; false if it is anything else. */
static bool
list_devices(struct order *o, const struct target *t)
{
	for (; t->kind == TARGET_OR; t = t->right)
		if (!list_devices(o, t->left))
			return false;
	if (t->kind != TARGET_DEVICE)
		return false;
	add_name(o, t->name);
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A device that is named twice gets the push once. */
static void
drop_doubles(struct order *o)
{
	size_t	i, kept = 0;

	if (o->count < 2)
		return;
	qsort(o->names, o->count, sizeof(char *), by_name);
	for (i = 0; i < o->count; i++) {
		if (kept > 0 && strcmp(o->names[kept - 1], o->names[i]) == 0)
			free(o->names[i]);
		else
			o->names[kept++] = o->names[i];
	}
	o->count = kept;
}

static void
send_legs(struct order *o)
{
	struct push	*push;
	struct leg	*leg;
	size_t		 i, n = o->count;

	o->id = push_id_mint(&o->shard->pushd->last_id);
	push = push_make(&o->ask, o->id, o->shard->config->ttl_ms);
	o->accepted_ms = push->accepted_ms;
	free(o->ask.object);
	o->ask.object = NULL;
	o->legs = mem_zalloc(n, sizeof(*o->legs));
	for (i = 0; i < n; i++) {
		leg = &o->legs[i];
		leg->order = o;
		leg->name = o->names[i];
		leg->push = push_ref(push);
		leg->row = i == 0 ? o->id :
		    push_id_mint(&o->shard->pushd->last_id);
		leg->wants_end = o->wait != FATE_QUEUED;
		leg->must_store = n > 1;
		leg->there.run = on_leg_there;
		leg->accepted.run = on_leg_accepted;
		leg->ended.run = on_leg_ended;
		leg->released.run = on_leg_released;
		shard_post(o->shard, shard_of(o->shard->pushd, leg->name),
		    &leg->there);
	}
	push_unref(&push);
}

/* ---- a condition is asked of every device ---- */

static bool
device_is(void *arg, const struct target *atom)
{
	const struct device	*d = arg;

	switch (atom->kind) {
	case TARGET_DEVICE:
		return strcmp(d->name, atom->name) == 0;
	case TARGET_USER:
		return d->owner != NULL && strcmp(d->owner, atom->name) == 0;
	case TARGET_ONLINE:
		return d->online;
	default:
		return atom->kind == TARGET_ALL;
	}
}

/* In each shard in turn, so that the order has one owner at a time. */
static void
expand_here(struct shard *sh, void *arg)
{
	struct order	*o = arg;
	size_t		 i;

	for (i = 0; i < sh->all_count && o->count <= ROUTE_LEGS; i++)
		if (sh->all[i] != NULL && sh->all[i]->enabled &&
		    target_eval(o->target, device_is, sh->all[i]))
			add_name(o, sh->all[i]->name);
}

static void
expanded(void *arg)
{
	struct order	*o = arg;

	if (o->abandoned || o->count == 0 || o->count > ROUTE_LEGS) {
		o->released = o->count;
		refuse(o, o->count == 0 ? PUSH_E_UNKNOWN : PUSH_E_TOOLARGE);
		return;
	}
	send_legs(o);
}

void
route_submit(struct order *o)
{
	enum push_err	e = prepare_atoms(o, o->target);

	if (e != PUSH_OK) {
		refuse(o, e);
		return;
	}
	if (!list_devices(o, o->target)) {
		while (o->count > 0)
			free(o->names[--o->count]);
		shard_each(o->shard, expand_here, expanded, o);
		return;
	}
	drop_doubles(o);
	send_legs(o);
}
