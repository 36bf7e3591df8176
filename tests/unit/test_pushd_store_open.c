#include "store_rig.h"

#include <sys/stat.h>

#include "tap.h"

static void
test_meta(void)
{
	char		out[4] = "";
	struct rig	g;

	rig_new(&g);
	(void)rig_open(&g);
	ok(store_meta_get(g.store, "secret", out, 4) == 0, "no value is none");
	ok(store_meta_set(g.store, "secret", "abc", 3) == 0 &&
	    store_meta_set(g.store, "secret", "x\0y", 3) == 0,
	    "a value is set, and set again");
	rig_close(&g);
	(void)rig_open(&g);
	ok(store_meta_get(g.store, "secret", out, 4) == 3 &&
	    memcmp(out, "x\0y", 3) == 0, "it is there after a restart");
	ok(store_meta_get(g.store, "secret", out, 2) == -1,
	    "one that does not fit is not cut");
	rig_free(&g);
}

static bool
refused(const struct rig *g, const char *word)
{
	struct err_text	 why = { "" };
	struct store	*s = store_open(g->dir, &why);
	bool		 said = s == NULL && strstr(why.s, word) != NULL;

	if (!said)
		printf("# said: %s\n", why.s);
	store_close(&s);
	return said;
}

static void
test_second_server(void)
{
	struct rig	g;

	rig_new(&g);
	(void)rig_start(&g);
	ok(refused(&g, "in use by another pushd"),
	    "a second server is refused in words");
	ok(rig_put_range(&g, 1, 1) == 1, "the first goes on");
	rig_free(&g);
}

static void
test_other_files(void)
{
	char	path[128];
	struct stat	st;
	struct rig	g;

	rig_new(&g);
	(void)rig_open(&g);
	rig_close(&g);
	rig_path(&g, "push.db", path);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "nobody else can read the file");
	/* user_version, in the header that SQLite documents */
	rig_poke(&g, 60, "\0\0\0\2", 4);
	ok(refused(&g, "newer pushd"), "a newer schema is refused in words");
	rig_poke(&g, 60, "\0\0\0\0", 4);
	ok(refused(&g, "not a store of pushd"),
	    "and so is somebody else's database");
	rig_poke(&g, 0, "garbage garbage!", 16);
	ok(refused(&g, "not a database"), "and what is none");
	(void)unlink(path);
	ok(symlink("/tmp/push-nowhere", path) == 0 && refused(&g, "link"),
	    "a link is not followed");
	(void)unlink(path);
	ok(mkfifo(path, 0600) == 0 && refused(&g, "not a file of ours"),
	    "nor a FIFO waited for");
	(void)unlink(path);
	ok(mkdir(path, 0700) == 0 && refused(&g, "directory"),
	    "nor a folder taken");
	(void)rmdir(path);
	rig_free(&g);
	ok(refused(&(struct rig){ .dir = "/proc/none/x" }, "/proc/none/x"),
	    "a folder that cannot be made is named");
}

int
main(void)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	test_meta();
	test_second_server();
	test_other_files();
	return tap_done();
}
