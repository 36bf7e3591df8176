#include "store_rig.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tap.h"

#define FULL_ROWS	20000
#define STREAM	200	/* rows in one group of a test that kills */

/* In a child: puts group after group and reports each row when it is told. */
static void
report(struct rig *g, struct store_request *r)
{
	(void)g;
	if (r->err == PUSH_OK &&
	    write(STDOUT_FILENO, &r->row.row, sizeof(r->row.row)) < 0)
		_exit(2);
}

static void
put_for_ever(struct rig *g, uint64_t groups)
{
	uint64_t	n;

	g->seen = report;
	if (!rig_start(g))
		_exit(2);
	for (n = 0; n < groups; n++)
		(void)rig_put_range(g, 1 + n * STREAM, (n + 1) * STREAM);
	_exit(0);
}

/*
 * Runs put_for_ever() in a child that dies at its kill_at-th sync, or, if
 * that is 0, by our hand once so many rows were reported.  Returns how many
 * rows were; they are 1, 2, ...
 */
static uint64_t
child_that_dies(struct rig *g, int kill_at, uint64_t enough)
{
	uint64_t	row, count = 0;
	int		fds[2], status = 0;
	pid_t		pid;

	(void)fflush(stdout);
	if (pipe(fds) != 0 || (pid = fork()) < 0)
		return 0;
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		atomic_store(&rig_syncs, 0);
		atomic_store(&rig_sync_kills, kill_at);
		put_for_ever(g, 50);
	}
	(void)close(fds[1]);
	while (read(fds[0], &row, sizeof(row)) == (ssize_t)sizeof(row))
		if (row == ++count && count == enough)
			(void)kill(pid, SIGKILL);
	(void)close(fds[0]);
	(void)waitpid(pid, &status, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		printf("# the child was not killed, status %d\n", status);
	return count;
}

static void
test_kill(void)
{
	struct rig	g;
	uint64_t	told;

	rig_new(&g);
	told = child_that_dies(&g, 0, 5 * STREAM + 1);
	ok(told > 5 * STREAM, "a server that is killed had accepted pushes");
	ok(rig_start(&g) && rig_count(&g, 1, told) == told,
	    "and each of them is there after the restart");
	rig_free(&g);
}

static void
test_kill_at_syncs(void)
{
	uint64_t	told = 0, most = 0, there;
	size_t		lost = 0;
	struct rig	g;
	int		k;

	for (k = 1; k <= 30; k++) {
		rig_new(&g);
		told = child_that_dies(&g, k, 0);
		most = told > most ? told : most;
		if (!rig_start(&g)) {
			lost++;
			rig_free(&g);
			continue;
		}
		there = rig_count(&g, 1, 50 * STREAM);
		lost += rig_count(&g, 1, told + 1) < told || there < told;
		lost += rig_put_range(&g, 50 * STREAM + 1,
		    50 * STREAM + 1) != 1;
		rig_free(&g);
	}
	ok(most >= STREAM, "servers die before each of 30 syncs");
	ok(lost == 0, "none has lost what it accepted, all go on");
}

/* Where in push.db a row's body lies; -1 if nowhere. */
static off_t
find_body(const struct rig *g, uint64_t row)
{
	char		 path[128], mark[32], *all;
	struct stat	 st;
	const char	*at = NULL;
	off_t		 where = -1;
	int		 fd;

	(void)snprintf(mark, sizeof(mark), "<%llu>", (unsigned long long)row);
	rig_path(g, "push.db", path);
	if ((fd = open(path, O_RDONLY)) < 0 || fstat(fd, &st) != 0)
		return -1;
	all = calloc(1, (size_t)st.st_size + 1);
	if (all != NULL && read(fd, all, (size_t)st.st_size) == st.st_size)
		at = memmem(all, (size_t)st.st_size, mark, strlen(mark));
	if (at != NULL)
		where = at - all;
	free(all);
	(void)close(fd);
	return where;
}

static void
test_damaged_row(void)
{
	struct store_request	r = { .verb = STORE_SHOW,
				    .row = { .push = 50 } };
	struct rig		g;

	rig_new(&g);
	(void)rig_start(&g);
	(void)rig_put_range(&g, 1, 100);
	rig_close(&g);
	ok(rig_poke(&g, find_body(&g, 50) + 1, "4", 1), "a bit flips on disk");
	ok(rig_start(&g), "the store opens all the same");
	ok(rig_count(&g, 50, 50) == 0, "the damaged push is left out");
	ok(rig_count(&g, 1, 49) == 49 && rig_count(&g, 51, 100) == 50,
	    "its neighbours are served");
	rig_ask(&g, &r, 1);
	ok(r.err == PUSH_E_UNKNOWN && r.rowcount == 0, "it is not shown");
	store_rows_free(&r);
	rig_free(&g);
}

/* Rows 2500 and 2501 lie on a damaged page. */
static void
put_among_damage(struct rig *g)
{
	const uint64_t		keys[] = { 2500, 3000 };
	struct store_account	a = { .name = strdup("tv") };
	struct store_request	r[6];
	size_t			i;

	memset(r, 0, sizeof(r));
	r[0] = rig_put(6000, 1);
	r[1].verb = STORE_READ;
	r[1].keys = keys;
	r[1].keycount = 2;
	r[2].verb = STORE_ACCOUNT_ADD;
	r[2].account = &a;
	r[3].verb = r[4].verb = STORE_END;
	r[3].row.row = 2501;
	r[4].row.row = 3000;
	r[5] = rig_put(6001, 1);
	rig_ask(g, r, 6);
	ok(r[1].err == PUSH_OK && r[1].rowcount == 1 && rig_is_put(r[1].rows),
	    "a reader gets what is whole");
	ok(r[3].err == PUSH_E_DISK, "an end that cannot be written fails");
	ok(r[0].err == PUSH_OK && r[2].err == PUSH_OK && a.id > 0 &&
	    r[4].err == PUSH_OK && r[5].err == PUSH_OK,
	    "but not the others of its group");
	rig_close(g);
	(void)rig_start(g);
	ok(rig_count(g, 6000, 6001) == 2 && rig_count(g, 3000, 3000) == 0,
	    "which are on disk");
	for (i = 0; i < 6; i++)
		store_rows_free(&r[i]);
	rig_put_free(&r[0]);
	rig_put_free(&r[5]);
	free(a.name);
}

static void
test_damaged_page(void)
{
	static char	zeroes[64];
	struct rig	g;
	off_t		at;
	size_t		left;

	rig_new(&g);
	(void)rig_start(&g);
	(void)rig_put_range(&g, 1, 5000);
	rig_close(&g);
	at = find_body(&g, 2500);
	ok(rig_poke(&g, at - at % 4096, zeroes, sizeof(zeroes)),
	    "a page loses its head");
	ok(rig_start(&g), "the store opens all the same");
	left = rig_count(&g, 1, 5000);
	printf("# served: %zu of 5000\n", left);
	ok(rig_count(&g, 2500, 2500) == 0 && left >= 4900 && left < 5000,
	    "what lies on it is left out, all else is served");
	ok(rig_put_range(&g, 5001, 5100) == 100, "and new pushes are taken");
	put_among_damage(&g);
	rig_free(&g);
}

/* Sets how large a file this process may write. */
static void
limit_files(rlim_t most)
{
	struct rlimit	l;

	(void)getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = most;
	(void)setrlimit(RLIMIT_FSIZE, &l);
}

static bool	accepted[FULL_ROWS + 1];

static void
note_accepted(struct rig *g, struct store_request *r)
{
	(void)g;
	if (r->verb == STORE_PUT && r->row.row <= FULL_ROWS)
		accepted[r->row.row] = r->err == PUSH_OK;
}

/*
 * Puts ten rows at a time until several in a row are refused: log and
 * database are full.  Returns how many rows were asked; 0: it never was.
 */
static uint64_t
fill(struct rig *g)
{
	uint64_t	n;
	int		refused = 0;

	g->seen = note_accepted;
	for (n = 0; n < FULL_ROWS && refused < 5; n += 10)
		refused = rig_put_range(g, n + 1, n + 10) == 0 ?
		    refused + 1 : 0;
	return refused == 5 ? n : 0;
}

/* Is each row there, or not, as was told? */
static bool
is_as_told(struct rig *g, uint64_t n)
{
	uint64_t	i;

	for (i = 1; i <= n; i++)
		if (rig_count(g, i, i) != (accepted[i] ? 1 : 0))
			return false;
	return true;
}

static void
test_full_disk(void)
{
	struct rig	g;
	uint64_t	n;

	(void)signal(SIGXFSZ, SIG_IGN);
	rig_new(&g);
	(void)rig_start(&g);
	(void)fflush(stdout);
	limit_files(256 * 1024);
	n = fill(&g);
	ok(n > 200, "a full disk refuses pushes");
	ok(is_as_told(&g, n),
	    "what was accepted is served, what was refused is not there");
	limit_files(RLIM_INFINITY);
	ok(rig_put_range(&g, 100001, 100010) == 10,
	    "when there is room again pushes are accepted");
	rig_close(&g);
	(void)rig_start(&g);
	ok(is_as_told(&g, n) &&
	    rig_count(&g, 100001, 100010) == 10,
	    "a restart finds what was accepted and nothing else");
	rig_free(&g);
}

static off_t
log_size(const struct rig *g)
{
	char		path[128];
	struct stat	st;

	rig_path(g, "push.db-wal", path);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void
test_failed_sync(void)
{
	struct store_account	a = { .name = strdup("tv") };
	struct store_request	r = { .verb = STORE_ACCOUNT_ADD,
				    .account = &a };
	struct rig		g;
	off_t			before;

	rig_new(&g);
	(void)rig_start(&g);
	(void)rig_put_range(&g, 1, 2000);
	before = log_size(&g);
	atomic_store(&rig_sync_fails, true);
	ok(rig_put_range(&g, 2001, 2100) == 0,
	    "nothing is accepted whose sync failed");
	rig_ask(&g, &r, 1);
	ok(r.err == PUSH_E_DISK && a.id == 0, "nor while it goes on failing");
	ok(rig_count(&g, 1, 2100) == 2000, "the rest is served meanwhile");
	atomic_store(&rig_sync_fails, false);
	ok(rig_put_range(&g, 2101, 2110) == 10, "then pushes are accepted");
	ok(before > 100000 && log_size(&g) > 0 && log_size(&g) < before / 2,
	    "into a new log: the one that failed is abandoned");
	ok(rig_count(&g, 1, 2110) == 2010, "and those refused stay away");
	rig_close(&g);
	(void)rig_start(&g);
	ok(rig_count(&g, 1, 2110) == 2010, "also after a restart");
	free(a.name);
	rig_free(&g);
}

/* A server that could not sync is killed before it could start a new log. */
static void
test_failed_sync_and_kill(void)
{
	struct rig	g;
	pid_t		pid;
	int		status = 0;

	rig_new(&g);
	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		(void)rig_start(&g);
		(void)rig_put_range(&g, 1, 500);
		atomic_store(&rig_sync_fails, true);
		(void)rig_put_range(&g, 501, 600);
		(void)kill(getpid(), SIGKILL);
	}
	(void)waitpid(pid, &status, 0);
	ok(log_size(&g) > 0, "a log is left of which nobody knows the end");
	ok(rig_start(&g) && log_size(&g) == 0,
	    "the next server writes it out before it accepts anything");
	ok(rig_count(&g, 1, 500) == 500, "nothing accepted is lost");
	rig_free(&g);
}

int
main(void)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	/* Those that fork come first: before any thread. */
	test_kill();
	test_kill_at_syncs();
	test_failed_sync_and_kill();
	test_damaged_row();
	test_damaged_page();
	test_full_disk();
	test_failed_sync();
	return tap_done();
}
