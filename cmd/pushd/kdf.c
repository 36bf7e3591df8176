#include "kdf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct kdf {
	pthread_mutex_t	 lock;
	pthread_cond_t	 work;
	struct kdf_job	*first, **last;
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

	if (job->check)
		job->ok = scram_cred_check(job->cred, job->password, n);
	else
		scram_cred_make(job->password, n, job->iterations, job->cred);
	job->mail.run = deliver;
	loop_post(NULL, job->from, &job->mail);
}

static struct kdf_job *
take(struct kdf *k)
{
	struct kdf_job	*job;

	pthread_mutex_lock(&k->lock);
	while (k->first == NULL && !k->ending)
		pthread_cond_wait(&k->work, &k->lock);
	job = k->ending ? NULL : k->first;
	if (job != NULL && (k->first = job->next) == NULL)
		k->last = &k->first;
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
	int		 rc;

	k->last = &k->first;
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
	(void)pthread_cond_destroy(&k->work);
	(void)pthread_mutex_destroy(&k->lock);
	free(k->threads);
	free(k);
}

void
kdf_ask(struct kdf *k, struct kdf_job *job)
{
	job->next = NULL;
	pthread_mutex_lock(&k->lock);
	*k->last = job;
	k->last = &job->next;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}
