/*
 * store_rig - a store in a folder of its own, and a loop that asks it.
 *
 * Every sync of a file to disk passes through the rig: it counts, fails or
 * is the last thing the process does, as the test wishes.  A read of the
 * database can fail.
 */
#ifndef STORE_RIG_H
#define STORE_RIG_H

#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pushd/store.h"

struct rig {
	char		 dir[64];
	struct store	*store;
	struct loop	*loop;
	size_t		 left;		/* completions that are awaited */
	size_t		 asked;		/* of those below, by one turn */
	struct store_request	*requests;
	void		(*seen)(struct rig *, struct store_request *);
	struct mail	 begin;
};

static atomic_int	rig_syncs;		/* so far */
static atomic_int	rig_sync_kills;		/* at this one; 0: never */
static atomic_bool	rig_sync_fails;
static atomic_bool	rig_read_fails;

static int
rig_sync(int fd)
{
	if (atomic_fetch_add(&rig_syncs, 1) + 1 == atomic_load(&rig_sync_kills))
		(void)kill(getpid(), SIGKILL);
	if (atomic_load(&rig_sync_fails)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int
fdatasync(int fd)
{
	return rig_sync(fd);
}

int
fsync(int fd)
{
	return rig_sync(fd);
}

/* By its name in the object file: C libraries have an inline one as well. */
ssize_t	rig_pread(int, void *, size_t, off64_t) __asm__("pread64");

ssize_t
rig_pread(int fd, void *p, size_t n, off64_t at)
{
	/* EIO is a damaged page to SQLite. */
	if (atomic_load(&rig_read_fails)) {
		errno = ENOMEM;
		return -1;
	}
	return (ssize_t)syscall(SYS_pread64, fd, p, n, at);
}

/* Opens without loading or starting.  False if it was refused. */
static inline bool
rig_open(struct rig *g)
{
	struct err_text	why = { "" };

	g->store = store_open(g->dir, &why);
	if (g->store == NULL)
		printf("# %s\n", why.s);
	return g->store != NULL;
}

static inline bool
rig_start(struct rig *g)
{
	struct err_text	why = { "" };

	if (g->store == NULL && !rig_open(g))
		return false;
	if (g->loop == NULL && (g->loop = loop_new("auto", &why)) == NULL)
		return false;
	loop_set_owner(g->loop, g);
	return store_start(g->store, &why) == 0;
}

static inline void
rig_new(struct rig *g)
{
	memset(g, 0, sizeof(*g));
	(void)snprintf(g->dir, sizeof(g->dir), "/tmp/push-store-XXXXXX");
	if (mkdtemp(g->dir) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
}

static inline void
rig_path(const struct rig *g, const char *name, char path[128])
{
	(void)snprintf(path, 128, "%s/%s", g->dir, name);
}

/* Overwrites bytes of the database behind the store's back. */
static inline bool
rig_poke(const struct rig *g, off_t at, const void *p, size_t n)
{
	char	path[128];
	bool	done;
	int	fd;

	rig_path(g, "push.db", path);
	if ((fd = open(path, O_RDWR)) < 0)
		return false;
	done = at >= 0 && pwrite(fd, p, n, at) == (ssize_t)n;
	(void)close(fd);
	return done;
}

static inline void
rig_close(struct rig *g)
{
	store_close(&g->store);
	loop_free(&g->loop);
}

/* Closes, and the folder goes. */
static inline void
rig_free(struct rig *g)
{
	struct dirent	*e;
	char		 path[384];
	DIR		*d;

	rig_close(g);
	if ((d = opendir(g->dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", g->dir, e->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
	(void)rmdir(g->dir);
}

static inline void
rig_done(struct store_request *r)
{
	struct rig	*g = loop_owner(r->from);

	if (g->seen != NULL)
		g->seen(g, r);
	if (--g->left == 0)
		loop_stop(g->loop);
}

static inline void
rig_begin(struct mail *m, struct loop *loop)
{
	struct rig	*g = loop_owner(loop);
	size_t		 i;

	(void)m;
	for (i = 0; i < g->asked; i++) {
		g->requests[i].from = loop;
		g->requests[i].done = rig_done;
		store_ask(g->store, &g->requests[i]);
	}
}

/* Asks for all of them in one turn and waits for their completions. */
static inline void
rig_ask(struct rig *g, struct store_request *r, size_t n)
{
	g->requests = r;
	g->asked = g->left = n;
	g->begin.run = rig_begin;
	loop_post(NULL, g->loop, &g->begin);
	loop_run(g->loop);
}

/* A put whose body names its row. */
static inline struct store_request
rig_put(uint64_t row, int64_t account)
{
	struct store_request	r;
	char			*body;
	int			 n;

	memset(&r, 0, sizeof(r));
	r.verb = STORE_PUT;
	r.row.row = r.row.push = row;
	r.row.account = account;
	r.row.accepted_ms = 1000;
	r.row.expires_ms = 2000;
	n = asprintf(&body, "{\"to\":\"d\",\"message\":\"<%llu>\"}",
	    (unsigned long long)row);
	r.row.body = n < 0 ? NULL : body;
	r.row.bodylen = n < 0 ? 0 : (size_t)n;
	return r;
}

static inline void
rig_put_free(struct store_request *r)
{
	free((void *)(uintptr_t)r->row.body);
	r->row.body = NULL;
}

/* Puts rows first..last, each of account 1; how many were accepted. */
static inline size_t
rig_put_range(struct rig *g, uint64_t first, uint64_t last)
{
	size_t			 i, good = 0, n = (size_t)(last - first + 1);
	struct store_request	*r = calloc(n, sizeof(*r));

	for (i = 0; r != NULL && i < n; i++)
		r[i] = rig_put(first + i, 1);
	if (r == NULL)
		return 0;
	rig_ask(g, r, n);
	for (i = 0; i < n; i++) {
		good += r[i].err == PUSH_OK;
		rig_put_free(&r[i]);
	}
	free(r);
	return good;
}

/* Is it the row that rig_put() made? */
static inline bool
rig_is_put(const struct store_row *row)
{
	struct store_request	want = rig_put(row->row, row->account);
	bool			same;

	same = row->push == row->row && row->accepted_ms == 1000 &&
	    row->expires_ms == 2000 && row->bodylen == want.row.bodylen &&
	    memcmp(row->body, want.row.body, row->bodylen) == 0;
	rig_put_free(&want);
	return same;
}

/*
 * How many of the rows first..last are there; SIZE_MAX if one of them is not
 * as it was put.
 */
static inline size_t
rig_count(struct rig *g, uint64_t first, uint64_t last)
{
	size_t			 i, good = 0, n = (size_t)(last - first + 1);
	struct store_request	 r = { .verb = STORE_READ };
	uint64_t		*keys = calloc(n, sizeof(*keys));

	if (keys == NULL)
		return 0;
	for (i = 0; i < n; i++)
		keys[i] = first + i;
	r.keys = keys;
	r.keycount = n;
	rig_ask(g, &r, 1);
	for (i = 0; i < r.rowcount && good == i; i++)
		good += rig_is_put(&r.rows[i]);
	if (good < r.rowcount)
		good = SIZE_MAX;
	store_rows_free(&r);
	free(keys);
	return good;
}

#endif
