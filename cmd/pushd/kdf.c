#include "kdf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LANES	64

struct lane {
	struct kdf_job	*first, **last;
};

struct kdf {
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;
	struct lane	 lanes[LANES];
	size_t		 turn;		/* the lane that is looked at first */
	size_t		 waiting;	/* jobs in all lanes */
	bool		 ending;
	pthread_t	*threads;
	unsigned	 count;
};

static void
deliver(struct mail *m, struct loop *loop)
{
	struct kdf_job	*job = LIST_ITEM(m, struct kdf_job, mail);

	(void)loop;
	job->done(job);
}

static void
work(struct kdf_job *job)
{
	size_t	n = strlen(job->password);

	if (job->check && atomic_load(&job->unwanted))
		job->ok = false;
	else if (job->check)
		job->ok = scram_cred_check(job->cred, job->password, n);
	else
		scram_cred_make(job->password, n, job->iterations, job->cred);
	job->mail.run = deliver;
	loop_post(NULL, job->from, &job->mail);
}

/* The first of the next lane that has any. */
static struct kdf_job *
pop(struct kdf *k)
{
	struct lane	*l;
	struct kdf_job	*job;

	do {
		l = &k->lanes[k->turn++ % LANES];
	} while (l->first == NULL);
	job = l->first;
	if ((l->first = job->next) == NULL)
		l->last = &l->first;
	k->waiting--;
	return job;
}

static struct kdf_job *
take(struct kdf *k)
{
	struct kdf_job	*job;

	pthread_mutex_lock(&k->lock);
	while (k->waiting == 0 && !k->ending)
		pthread_cond_wait(&k->work, &k->lock);
	job = k->ending ? NULL : pop(k);
	pthread_mutex_unlock(&k->lock);
	return job;
}

static void *
run(void *arg)
{
	struct kdf	*k = arg;
	struct kdf_job	*job;

	while ((job = take(k)) != NULL)
		work(job);
	return NULL;
}

struct kdf *
kdf_new(unsigned threads, struct err_text *why)
{
	struct kdf	*k = mem_zalloc(1, sizeof(*k));
	size_t		 i;
	int		 rc;

	for (i = 0; i < LANES; i++)
		k->lanes[i].last = &k->lanes[i].first;
	k->threads = mem_zalloc(threads, sizeof(*k->threads));
	(void)pthread_mutex_init(&k->lock, NULL);
	(void)pthread_cond_init(&k->work, NULL);
	for (; k->count < threads; k->count++) {
		rc = pthread_create(&k->threads[k->count], NULL, run, k);
		if (rc == 0)
			continue;
		(void)err_set(why, "cannot start a thread: %s", strerror(rc));
		kdf_free(&k);
		return NULL;
	}
	return k;
}

void
kdf_free(struct kdf **kp)
{
	struct kdf	*k = *kp;
	struct kdf_job	*job;
	unsigned	 i;

	*kp = NULL;
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->ending = true;
	pthread_cond_broadcast(&k->work);
	pthread_mutex_unlock(&k->lock);
	for (i = 0; i < k->count; i++)
		(void)pthread_join(k->threads[i], NULL);
	while (k->waiting > 0) {
		job = pop(k);
		job->dropped(job);
	}
	(void)pthread_cond_destroy(&k->work);
	(void)pthread_mutex_destroy(&k->lock);
	free(k->threads);
	free(k);
}

void
kdf_ask(struct kdf *k, struct kdf_job *job)
{
	struct lane	*l = &k->lanes[job->lane % LANES];

	job->next = NULL;
	pthread_mutex_lock(&k->lock);
	*l->last = job;
	l->last = &job->next;
	k->waiting++;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}
