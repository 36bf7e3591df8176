#include "memory.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

#define FILE_MAX_BYTES	((size_t)256 * 1024 * 1024)
#define SEEN_OF_MANY	64	/* ids kept of each of several devices */
#define HEX		16	/* digits of a hash */

static void
replace(char **to, const char *value)
{
	if (value == NULL)
		return;
	free(*to);
	*to = mem_strndup(value, strlen(value));
}

static void
load_seen(struct device *d, const struct json *entry)
{
	const struct json	*item = json_get(entry, "seen");
	const char		*hex;
	char			*end;
	uint64_t		 hash;

	for (item = item != NULL ? json_first(item) : NULL; item != NULL;
	    item = json_next(item)) {
		hex = json_string(item);
		if (hex == NULL || strlen(hex) != HEX)
			continue;
		hash = strtoull(hex, &end, 16);
		if (*end == '\0')
			seen_add(&d->seen, hash, 0);
	}
}

static void
load_device(struct device *d, const struct json *entry)
{
	const char	*password = json_get_string(entry, "password");
	int64_t		 h = 0;

	if (password != NULL && d->made) {
		explicit_bzero(d->password, strlen(d->password));
		replace(&d->password, password);
		d->registered = !d->site->set->make;
	}
	replace(&d->last, json_get_string(entry, "last"));
	load_seen(d, entry);
	if (json_get(entry, "h") == NULL ||
	    json_integer(json_get(entry, "h"), &h) != 0 || h < 0 ||
	    h > UINT32_MAX)
		return;
	replace(&d->resume, json_get_string(entry, "resume"));
	ledger_reset(&d->ledger, (uint32_t)h);
}

static void
load_all(const struct json *doc, struct device *devices, size_t n,
    bool by_place)
{
	const struct json	*e = json_get(doc, "devices");
	const char		*name;
	struct device		*d;
	struct map		 names;
	size_t			 i;

	map_init(&names);
	for (i = 0; i < n && !by_place; i++)
		(void)map_set(&names, devices[i].name,
		    strlen(devices[i].name), &devices[i]);
	e = e != NULL ? json_first(e) : NULL;
	for (i = 0; e != NULL; e = json_next(e), i++) {
		if ((name = json_get_string(e, "name")) == NULL)
			continue;
		d = by_place ? (i < n ? &devices[i] : NULL) :
		    map_get(&names, name, strlen(name));
		if (d == NULL)
			continue;
		if (by_place && json_get_string(e, "password") != NULL)
			replace(&d->name, name);
		load_device(d, e);
	}
	map_release(&names);
}

/* Reads the whole file; 0, or -1 with errno. */
static int
read_file(int fd, struct buf *text)
{
	ssize_t	n;
	char	*to;

	for (;;) {
		if ((to = buf_reserve(text, 65536)) == NULL) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, to, 65536);
		if (n == 0)
			return 0;
		if (n > 0)
			text->len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
}

int
memory_load(const char *path, struct device *devices, size_t n,
    bool by_place, struct err_text *why)
{
	struct json	*doc;
	struct buf	 text;
	int		 fd, rc = 0;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? 0 : err_set(why, "%s: %s", path,
		    strerror(errno));
	buf_init(&text, FILE_MAX_BYTES);
	if (read_file(fd, &text) != 0) {
		rc = err_set(why, "%s: %s", path, strerror(errno));
	} else if (json_parse(text.p, text.len, &doc, NULL) != PUSH_OK) {
		rc = err_set(why, "%s: no state of pushsub (remove it to "
		    "start anew)", path);
	} else {
		load_all(doc, devices, n, by_place);
		json_free(&doc);
	}
	(void)close(fd);
	buf_release_secret(&text);
	return rc;
}

static void
put_seen(struct buf *out, const struct seen *seen, size_t most)
{
	size_t	i = seen->count > most ? seen->count - most : 0;
	char	hex[HEX + 1];

	json_put_key(out, "seen");
	buf_putc(out, '[');
	for (; i < seen->count; i++) {
		(void)snprintf(hex, sizeof(hex), "%016" PRIx64,
		    seen_at(seen, i)->hash);
		json_put_item(out);
		json_put_string(out, hex, HEX);
	}
	buf_putc(out, ']');
}

static void
put_device(struct buf *out, const struct device *d, size_t most)
{
	json_put_item(out);
	buf_putc(out, '{');
	json_put_member(out, "name", d->name);
	/* As androidpn does: an account counts once the server has it. */
	if (d->made && d->registered)
		json_put_member(out, "password", d->password);
	if (d->last != NULL)
		json_put_member(out, "last", d->last);
	/* Of several devices the count is not saved before each <a/>. */
	if (d->resume != NULL && most == SEEN_MAX) {
		json_put_member(out, "resume", d->resume);
		json_put_int(out, "h", ledger_handled(&d->ledger));
	}
	put_seen(out, &d->seen, most);
	buf_putc(out, '}');
}

/* Makes the rename last (open(2), fsync(2)). */
static int
sync_folder(const char *path)
{
	char	*copy = mem_strndup(path, strlen(path));
	int	 fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int	 rc = fd >= 0 ? fsync(fd) : -1;

	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return rc;
}

static int
write_file(const char *path, const char *temp, const struct buf *text)
{
	size_t	at = 0;
	ssize_t	n;
	int	fd, rc;

	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	while (at < text->len) {
		n = write(fd, text->p + at, text->len - at);
		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	rc = at == text->len && fsync(fd) == 0 ? 0 : -1;
	if (close(fd) != 0 || rc != 0 || rename(temp, path) != 0)
		return -1;
	return sync_folder(path);
}

int
memory_save(const char *path, const struct device *devices, size_t n,
    struct err_text *why)
{
	struct buf	text, temp;
	size_t		i;
	int		rc = 0;

	buf_init(&text, FILE_MAX_BYTES);
	buf_init(&temp, PATH_MAX);
	buf_puts(&text, "{\"devices\":[");
	for (i = 0; i < n; i++)
		put_device(&text, &devices[i], n > 1 ? SEEN_OF_MANY :
		    SEEN_MAX);
	buf_puts(&text, "]}\n");
	buf_printf(&temp, "%s.new", path);
	if (!buf_ok(&text) || !buf_ok(&temp))
		errno = EFBIG;
	if (!buf_ok(&text) || !buf_ok(&temp) ||
	    write_file(path, buf_str(&temp), &text) != 0)
		rc = err_set(why, "%s: cannot write: %s", path,
		    strerror(errno));
	buf_release_secret(&text);
	buf_release(&temp);
	return rc;
}
