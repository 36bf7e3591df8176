#include "jobs.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define ENV_MAX		65536	/* bytes of a variable; longer ones: stdin */
#define NOT_STARTED	126

void
jobs_init(struct jobs *j, const char *command,
    void (*on_end)(void *, struct job *, int), void *arg)
{
	memset(j, 0, sizeof(*j));
	j->command = command;
	j->on_end = on_end;
	j->arg = arg;
	list_init(&j->list);
}

static void
job_free(struct job *job)
{
	size_t	i;

	list_remove(&job->node);
	for (i = 0; i < sizeof(job->env) / sizeof(job->env[0]); i++)
		free(job->env[i]);
	free(job->id);
	free(job);
}

void
jobs_release(struct jobs *j)
{
	struct list	*node, *after;
	struct job	*job;

	LIST_EACH(node, after, &j->list) {
		job = LIST_ITEM(node, struct job, node);
		if (job->pid > 0)
			(void)kill(job->pid, SIGTERM);
		job_free(job);
	}
}

static char *
variable(const char *name, const char *value)
{
	struct buf	b;
	char		*s;

	buf_init(&b, ENV_MAX);
	buf_puts(&b, name);
	buf_puts(&b, value);
	s = buf_ok(&b) ? mem_strndup(b.p, b.len) :
	    mem_strndup(name, strlen(name));
	buf_release(&b);
	return s;
}

/* Our environment and the push's; the array alone is to be freed. */
static char **
environment(const struct job *job)
{
	const size_t	own = sizeof(job->env) / sizeof(job->env[0]);
	size_t		n = 0, i;
	char		**env;

	while (environ[n] != NULL)
		n++;
	env = mem_zalloc(n + own + 1, sizeof(*env));
	for (i = 0; i < own; i++)
		env[i] = job->env[i];
	memcpy(env + own, environ, n * sizeof(*env));
	return env;
}

/* A file in memory that holds the JSON, at its beginning; -1 with errno. */
static int
input_file(const struct job *job)
{
	int	fd = memfd_create("push", MFD_CLOEXEC);
	size_t	at = 0;
	ssize_t	n;

	while (fd >= 0 && at < job->n) {
		n = write(fd, job->json + at, job->n - at);
		if (n < 0 && errno != EINTR) {
			(void)close(fd);
			return -1;
		}
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

/* /bin/sh -c command, with the signals as a new process expects them. */
static int
spawn(const struct jobs *j, struct job *job, int input)
{
	char			 shell[] = "sh", flag[] = "-c";
	char			*command = mem_strndup(j->command,
				    strlen(j->command));
	char			*argv[] = { shell, flag, command, NULL };
	char			**env = environment(job);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t	 attr;
	sigset_t		 set;
	int			 rc;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	(void)sigemptyset(&set);
	(void)posix_spawnattr_setsigmask(&attr, &set);
	(void)sigaddset(&set, SIGPIPE);
	(void)posix_spawnattr_setsigdefault(&attr, &set);
	rc = posix_spawn(&job->pid, "/bin/sh", &files, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	free(env);
	free(command);
	return rc;
}

static void
end(struct jobs *j, struct job *job, int status)
{
	j->on_end(j->arg, job, status);
	job_free(job);
}

static void
start(struct jobs *j, struct job *job)
{
	int	input = input_file(job), rc = -1;

	if (input >= 0) {
		rc = spawn(j, job, input);
		(void)close(input);
	}
	if (rc != 0) {
		job->pid = 0;
		end(j, job, NOT_STARTED);
		return;
	}
	j->running++;
}

static void
start_some(struct jobs *j)
{
	struct list	*node, *after;
	struct job	*job;

	LIST_EACH(node, after, &j->list) {
		if (j->running >= JOBS_RUNNING || j->running >= j->most)
			return;
		job = LIST_ITEM(node, struct job, node);
		if (job->pid == 0)
			start(j, job);
	}
}

struct job *
jobs_add(struct jobs *j, const struct push *p, const char *json, size_t n)
{
	struct job	*job = mem_zalloc(1, sizeof(*job) + n + 1);

	memcpy(job->json, json, n);
	job->n = n;
	job->id = mem_strndup(p->id, strlen(p->id));
	job->sent = p->sent;
	job->received = p->received;
	job->env[0] = variable("PUSH_ID=", p->id);
	job->env[1] = variable("PUSH_TITLE=", p->title);
	job->env[2] = variable("PUSH_MESSAGE=", p->message);
	job->env[3] = variable("PUSH_URI=", p->uri);
	list_append(&j->list, &job->node);
	return job;
}

struct job *
jobs_find(struct jobs *j, const void *device, const char *id)
{
	struct list	*node;
	struct job	*job;

	for (node = j->list.next; node != &j->list; node = node->next) {
		job = LIST_ITEM(node, struct job, node);
		if (job->device == device && strcmp(job->id, id) == 0)
			return job;
	}
	return NULL;
}

void
jobs_reap(struct jobs *j)
{
	struct list	*node, *after;
	struct job	*job;
	int		 status;

	LIST_EACH(node, after, &j->list) {
		job = LIST_ITEM(node, struct job, node);
		if (job->pid == 0 ||
		    waitpid(job->pid, &status, WNOHANG) != job->pid)
			continue;
		j->running--;
		end(j, job, WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status));
	}
	start_some(j);
}
