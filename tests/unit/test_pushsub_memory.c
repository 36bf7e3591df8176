#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "pushsub/memory.h"
#include "tap.h"

static char		folder[] = "/tmp/push-memory-XXXXXX";
static char		path[64];
static struct settings	set = { .user = "dev", .make = true };
static struct site	site = { .set = &set };

static void
write_text(const char *text)
{
	FILE	*f = fopen(path, "w");

	(void)fputs(text, f);
	(void)fclose(f);
}

/* As after some pushes: a made password that the server has. */
static void
live(struct device *d)
{
	d->registered = true;
	d->resume = strdup("token");
	ledger_reset(&d->ledger, UINT32_MAX);
	device_remember(d, "p1");
	device_remember(d, "p2");
}

static void
test_round_trip(void)
{
	struct device	a, b;
	struct err_text	why;
	struct stat	st;

	site.loop = loop_new("epoll", &why);
	device_init(&a, &site, "dev", NULL);
	device_init(&b, &site, "dev", NULL);
	ok(memory_load(path, &b, 1, false, &why) == 0 && b.last == NULL,
	    "no file is no error");
	live(&a);
	ok(memory_save(path, &a, 1, &why) == 0, "saved");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "only the owner may read it");
	ok(memory_load(path, &b, 1, false, &why) == 0, "loaded");
	ok(strcmp(a.password, b.password) == 0, "the made password is back");
	ok(strcmp(b.last, "p2") == 0 && strcmp(b.resume, "token") == 0 &&
	    ledger_handled(&b.ledger) == UINT32_MAX,
	    "the last id, the resume token and its count");
	ok(seen_find(&b.seen, seen_hash("p1", 2)) != NULL &&
	    seen_find(&b.seen, seen_hash("p2", 2)) != NULL &&
	    seen_find(&b.seen, seen_hash("p3", 2)) == NULL,
	    "what was handled is known");
	device_release(&a);
	device_release(&b);
	loop_free(&site.loop);
}

static void
test_passwords(void)
{
	struct device	a, b;
	struct err_text	why;
	struct buf	text;
	char		bytes[4096];
	FILE		*f;

	site.loop = loop_new("epoll", &why);
	device_init(&a, &site, "dev", "hidden");
	device_init(&b, &site, "other", NULL);
	live(&a);
	ok(memory_save(path, &a, 1, &why) == 0, "saved again");
	f = fopen(path, "r");
	buf_init(&text, sizeof(bytes));
	buf_put(&text, bytes, fread(bytes, 1, sizeof(bytes), f));
	(void)fclose(f);
	ok(strstr(buf_str(&text), "hidden") == NULL,
	    "a given password is never written");
	buf_release(&text);
	ok(memory_load(path, &b, 1, false, &why) == 0 && b.last == NULL,
	    "another name's memory is not taken");
	device_release(&a);
	device_release(&b);
	loop_free(&site.loop);
}

static void
test_damage(void)
{
	static const char *const	odd[] = {
		"{}", "{\"devices\":1}", "{\"devices\":[1,null,{}]}",
		("{\"devices\":[{\"name\":\"dev\",\"seen\":[1,\"xyz\"],"
		"\"h\":-1,\"resume\":7}]}"),
	};
	struct device	d;
	struct err_text	why = { "" };
	size_t		i;
	bool		all = true;

	site.loop = loop_new("epoll", &why);
	device_init(&d, &site, "dev", NULL);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		write_text(odd[i]);
		all = all && memory_load(path, &d, 1, false, &why) == 0 &&
		    d.seen.count == 0 && d.resume == NULL;
	}
	ok(all, "odd fields are passed over");
	write_text("{\"devices\":[");
	ok(memory_load(path, &d, 1, false, &why) == -1 &&
	    strstr(why.s, path) != NULL, "half a file is refused by name");
	device_release(&d);
	loop_free(&site.loop);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/state", folder);
	test_round_trip();
	test_passwords();
	test_damage();
	(void)unlink(path);
	(void)rmdir(folder);
	return tap_done();
}
