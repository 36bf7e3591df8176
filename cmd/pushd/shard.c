#include "shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

void
shard_use_config(struct shard *sh, struct config *cfg)
{
	config_unref(&sh->config);
	sh->config = cfg;
	sh->before_login = cfg->xml_pre;
	sh->after_login = cfg->xml_post;
}

int
shard_init(struct shard *sh, struct pushd *pd, unsigned index,
    struct err_text *why)
{
	struct config	*cfg = atomic_load(&pd->config);

	memset(sh, 0, sizeof(*sh));
	sh->pushd = pd;
	sh->index = index;
	if ((sh->loop = loop_new(cfg->loop, why)) == NULL)
		return -1;
	loop_set_owner(sh->loop, sh);
	sh->xml = xml_pool_new();
	shard_use_config(sh, config_ref(cfg));
	map_init(&sh->devices);
	map_init(&sh->resumable);
	map_init(&sh->legs);
	map_init(&sh->turns);
	list_init(&sh->sessions);
	return 0;
}

void
shard_release(struct shard *sh)
{
	map_release(&sh->devices);
	map_release(&sh->resumable);
	map_release(&sh->legs);
	map_release(&sh->turns);
	loop_free(&sh->loop);
	if (sh->xml != NULL)
		xml_pool_free(&sh->xml);
	config_unref(&sh->config);
}

static void *
run(void *arg)
{
	struct shard	*sh = arg;

	loop_run(sh->loop);
	return NULL;
}

int
shard_start(struct shard *sh, struct err_text *why)
{
	int	rc = pthread_create(&sh->thread, NULL, run, sh);

	if (rc != 0)
		return err_set(why, "cannot start a thread: %s",
		    strerror(rc));
	return 0;
}

struct shard *
shard_of(struct pushd *pd, const char *name)
{
	uint64_t	h;

	if (pd->shard_count == 1)
		return &pd->shards[0];
	h = map_hash(name, strlen(name), 0);
	return &pd->shards[h % pd->shard_count];
}

struct shard *
shard_from(const struct loop *loop)
{
	return loop_owner(loop);
}

void
shard_post(struct shard *from, struct shard *to, struct mail *m)
{
	loop_post(from->loop, to->loop, m);
}

struct tour {
	struct mail	 mail;
	struct shard	*from;
	unsigned	 next;
	void		(*run)(struct shard *, void *);
	void		(*done)(void *);
	void		*arg;
};

static void
tour_stop(struct mail *m, struct loop *loop)
{
	struct tour	*t = LIST_ITEM(m, struct tour, mail);
	struct shard	*here = shard_from(loop);
	struct pushd	*pd = here->pushd;

	if (t->next == pd->shard_count) {
		t->done(t->arg);
		free(t);
		return;
	}
	t->run(here, t->arg);
	t->next++;
	shard_post(here, t->next < pd->shard_count ? &pd->shards[t->next] :
	    t->from, m);
}

void
shard_each(struct shard *from, void (*run_in)(struct shard *, void *),
    void (*done)(void *), void *arg)
{
	struct tour	*t = mem_zalloc(1, sizeof(*t));

	t->mail.run = tour_stop;
	t->from = from;
	t->run = run_in;
	t->done = done;
	t->arg = arg;
	shard_post(from, &from->pushd->shards[0], &t->mail);
}

void
shard_session_gone(struct shard *sh)
{
	if (sh->on_empty != NULL && list_empty(&sh->sessions) &&
	    sh->ops == 0)
		sh->on_empty(sh);
}
