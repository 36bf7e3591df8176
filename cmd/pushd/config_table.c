#include "config_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "config_listen.h"
#include "xmpp/jid.h"

#define K		1024
#define M		(1024 * K)
#define SECOND		((uint64_t)1000)
#define MINUTE		(60 * SECOND)
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)

#define PATH		4095	/* bytes of a path, PATH_MAX less its NUL */
#define SOCKET_PATH	107	/* sockaddr_un.sun_path less its NUL */
#define QUEUE_BYTES	(4 * M)	/* where only COUNT is given */
#define QUEUE_BYTES_MIN	(64 * K)
#define QUEUE_BYTES_MAX	((uint64_t)1024 * M)

#define FIELD(f)	offsetof(struct config, f),			\
			sizeof(((struct config *)NULL)->f)

static const char *const	on_off[] = { "off", "on", NULL };
static const char *const	loops[] = { "auto", "epoll", NULL };
static const char *const	log_forms[] = { "text", "json", NULL };
static const char *const	log_levels[] = {
	"error", "warn", "info", "debug", NULL
};
static const char *const	registrations[] = {
	"closed", "token", "open", NULL		/* enum config_registration */
};

const struct config_row	config_rows[] = {
	{ "domain", CONFIG_DOMAIN, FIELD(domain), NULL, 1, JID_PART, NULL },
	{ "dir", CONFIG_STRING, FIELD(dir), CONFIG_DIR, 1, PATH, NULL },
	{ "socket", CONFIG_STRING, FIELD(socket), NULL, 1, SOCKET_PATH,
	    NULL },
	{ "user", CONFIG_STRING, FIELD(user), NULL, 1, 32, NULL },
	{ "listen", CONFIG_LISTEN, 0, 0, "*:5222", 1, CONFIG_LISTENERS,
	    NULL },
	{ "tls", CONFIG_ENUM, FIELD(tls), "required", 0, 0,
	    config_listen_tls },
	{ "certificate", CONFIG_STRING, FIELD(cert[0]), NULL, 1, PATH, NULL },
	{ "key", CONFIG_STRING, FIELD(key[0]), NULL, 1, PATH, NULL },
	{ "certificate-rsa", CONFIG_STRING, FIELD(cert[1]), NULL, 1, PATH,
	    NULL },
	{ "key-rsa", CONFIG_STRING, FIELD(key[1]), NULL, 1, PATH, NULL },
	{ "registration", CONFIG_ENUM, FIELD(registration), "closed", 0, 0,
	    registrations },
	{ "registration-token-file", CONFIG_STRING,
	    FIELD(registration_token_file), NULL, 1, PATH, NULL },
	{ "registration-rate", CONFIG_COUNT, FIELD(registration_rate), "3600",
	    1, 1000000000, NULL },
	{ "legacy", CONFIG_ENUM, FIELD(legacy), NULL, 0, 0, on_off },
	{ "scram-iterations", CONFIG_COUNT, FIELD(iterations), "4096",
	    4096, 1000000, NULL },
	{ "login-tries", CONFIG_COUNT, FIELD(tries), "3", 2, 5, NULL },
	{ "sessions", CONFIG_COUNT, FIELD(sessions_max), "10", 1, 1000,
	    NULL },
	{ "ttl", CONFIG_DURATION, FIELD(ttl_ms), "28d", SECOND, 3650 * DAY,
	    NULL },
	{ "history", CONFIG_DURATION, FIELD(history_ms), "7d", 0, 3650 * DAY,
	    NULL },
	{ "queue", CONFIG_QUEUE, FIELD(queue_count), "1000,4M", 1, 1000000,
	    NULL },
	{ "object-size", CONFIG_SIZE, FIELD(object_max), "64k", 4 * K,
	    512 * K, NULL },
	{ "window", CONFIG_COUNT, FIELD(window), "64", 1, 1024, NULL },
	{ "login-time", CONFIG_DURATION, FIELD(login_ms), "30s",
	    SECOND / 10, HOUR, NULL },
	{ "idle-time", CONFIG_DURATION, FIELD(idle_ms), "15m",
	    SECOND / 10, DAY, NULL },
	{ "ack-time", CONFIG_DURATION, FIELD(ack_ms), "30s",
	    SECOND / 10, HOUR, NULL },
	{ "resume-time", CONFIG_DURATION, FIELD(resume_ms), "5m", 0, DAY,
	    NULL },
	{ "stanza-size", CONFIG_SIZE, FIELD(xml_post.stanza), "64k", 10000,
	    512 * K, NULL },
	{ "stanza-size-login", CONFIG_SIZE, FIELD(xml_pre.stanza), "16k",
	    10000, 64 * K, NULL },
	{ "depth", CONFIG_COUNT, FIELD(xml_post.depth), "64", 8, 256, NULL },
	{ "children", CONFIG_COUNT, FIELD(xml_post.children), "1000",
	    64, 10000, NULL },
	{ "attributes", CONFIG_COUNT, FIELD(xml_post.attributes), "64",
	    16, 256, NULL },
	{ "namespaces", CONFIG_COUNT, FIELD(xml_post.namespaces), "16",
	    8, 256, NULL },
	{ "name-size", CONFIG_COUNT, FIELD(xml_post.name), "256", 128, 1024,
	    NULL },
	{ "output-size", CONFIG_SIZE, FIELD(output_max), NULL, 1 * M, 64 * M,
	    NULL },
	{ "inflight", CONFIG_COUNT, FIELD(inflight), "10000", 1, 100000,
	    NULL },
	{ "control-clients", CONFIG_COUNT, FIELD(control_clients), "64",
	    1, 1024, NULL },
	{ "shards", CONFIG_COUNT, FIELD(shards), NULL, 1, CONFIG_SHARDS,
	    NULL },
	{ "loop", CONFIG_WORD, FIELD(loop), "auto", 0, 0, loops },
	{ "log", CONFIG_ENUM, FIELD(log_json), "text", 0, 0, log_forms },
	{ "log-level", CONFIG_ENUM, FIELD(log_level), "info", 0, 0,
	    log_levels },
	{ NULL, CONFIG_STRING, 0, 0, NULL, 0, 0, NULL },
};

const struct config_row *
config_row_find(const char *name, size_t n)
{
	const struct config_row	*row;

	for (row = config_rows; row->name != NULL; row++)
		if (strlen(row->name) == n && memcmp(row->name, name, n) == 0)
			return row;
	return NULL;
}

static bool
is_text(const struct config_row *row)
{
	return row->kind == CONFIG_STRING || row->kind == CONFIG_DOMAIN ||
	    row->kind == CONFIG_WORD;
}

const char *
config_row_string(const struct config_row *row, const struct config *c)
{
	const char	*s = NULL;

	if (is_text(row))
		memcpy(&s, (const char *)c + row->offset, sizeof(s));
	return s;
}

void
config_row_free(const struct config_row *row, struct config *c)
{
	char	*s;

	if (!is_text(row))
		return;
	memcpy(&s, (char *)c + row->offset, sizeof(s));
	free(s);
	s = NULL;
	memcpy((char *)c + row->offset, &s, sizeof(s));
}

/* text: taken over */
static void
put_string(const struct config_row *row, struct config *c, char *text)
{
	config_row_free(row, c);
	memcpy((char *)c + row->offset, &text, sizeof(text));
}

uint64_t
config_row_get(const struct config_row *row, const struct config *c)
{
	const char	*field = (const char *)c + row->offset;
	uint64_t	 v8;
	uint32_t	 v4;
	uint16_t	 v2;

	switch (row->width) {
	case sizeof(v8):
		memcpy(&v8, field, sizeof(v8));
		return v8;
	case sizeof(v4):
		memcpy(&v4, field, sizeof(v4));
		return v4;
	case sizeof(v2):
		memcpy(&v2, field, sizeof(v2));
		return v2;
	default:
		return (unsigned char)*field;
	}
}

static void
put_field(const struct config_row *row, struct config *c, uint64_t v)
{
	char		*field = (char *)c + row->offset;
	uint32_t	 v4 = (uint32_t)v;
	uint16_t	 v2 = (uint16_t)v;

	switch (row->width) {
	case sizeof(v):
		memcpy(field, &v, sizeof(v));
		break;
	case sizeof(v4):
		memcpy(field, &v4, sizeof(v4));
		break;
	case sizeof(v2):
		memcpy(field, &v2, sizeof(v2));
		break;
	default:
		*field = (char)v;
		break;
	}
}

bool
config_row_copy(const struct config_row *row, struct config *to,
    const struct config *from)
{
	const char	*text = config_row_string(row, from);
	const char	*before = config_row_string(row, to);
	bool		 same;

	if (!is_text(row)) {
		same = config_row_get(row, to) == config_row_get(row, from);
		put_field(row, to, config_row_get(row, from));
		return !same;
	}
	same = text == NULL || before == NULL ? text == before :
	    strcmp(text, before) == 0;
	if (!same)
		put_string(row, to, text != NULL ?
		    mem_strndup(text, strlen(text)) : NULL);
	return !same;
}

static void
put_scaled(uint64_t v, const uint64_t *units, const char *const *names,
    struct buf *b)
{
	size_t	i;

	for (i = 0; v == 0 || v % units[i] != 0; i++)
		if (units[i] == 1)
			break;
	buf_printf(b, "%llu%s", (unsigned long long)(v / units[i]), names[i]);
}

void
config_row_number(const struct config_row *row, uint64_t v, struct buf *b)
{
	static const uint64_t		sizes[] = { 1024 * M, M, K, 1 };
	static const char *const	size_names[] = { "G", "M", "k", "" };
	static const uint64_t		times[] = {
		DAY, HOUR, MINUTE, SECOND, 1
	};
	static const char *const	time_names[] = {
		"d", "h", "m", "s", "ms"
	};

	if (row->kind == CONFIG_DURATION && v == 0)
		buf_puts(b, "off");
	else if (row->kind == CONFIG_DURATION)
		put_scaled(v, times, time_names, b);
	else if (row->kind == CONFIG_SIZE)
		put_scaled(v, sizes, size_names, b);
	else
		buf_printf(b, "%llu", (unsigned long long)v);
}

/* Says that a number is none of this row's.  Returns -1. */
static int
bad_number(const struct config_row *row, const char *text,
    struct err_text *why)
{
	struct buf	b;

	buf_init(&b, sizeof(why->s));
	config_row_number(row, row->min, &b);
	buf_puts(&b, " to ");
	config_row_number(row, row->max, &b);
	(void)err_set(why, "'%.80s' is not possible (give a %s from %s)", text,
	    row->kind == CONFIG_SIZE ? "size" :
	    row->kind == CONFIG_DURATION ? "duration such as 90s" : "number",
	    buf_str(&b));
	buf_release(&b);
	return -1;
}

static int
set_number(const struct config_row *row, struct config *c, const char *text,
    struct err_text *why)
{
	size_t		n = strlen(text);
	uint64_t	v = 0;
	int64_t		ms = 0;
	int		rc;

	if (row->kind == CONFIG_COUNT)
		rc = num_parse(text, n, row->min, row->max, &v);
	else if (row->kind == CONFIG_SIZE)
		rc = num_parse_size(text, n, row->min, row->max, &v);
	else if (strcmp(text, "off") == 0)
		rc = row->min == 0 ? 0 : -1;
	else {
		rc = clock_duration(text, n, &ms);
		v = (uint64_t)ms;
		if (v < row->min || v > row->max)
			rc = -1;
	}
	if (rc != 0)
		return bad_number(row, text, why);
	put_field(row, c, v);
	return 0;
}

int
config_word(const char *const *words, const char *text, size_t n,
    struct err_text *why)
{
	struct buf	b;
	int		i;

	for (i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == n && memcmp(words[i], text, n) == 0)
			return i;
	buf_init(&b, sizeof(why->s));
	for (i = 0; words[i] != NULL; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : words[i + 1] == NULL ?
		    " or " : ", ", words[i]);
	(void)err_set(why, "'%.*s' is not possible (choose %s)",
	    n < 80 ? (int)n : 80, text, buf_str(&b));
	buf_release(&b);
	return -1;
}

static int
set_queue(const struct config_row *row, struct config *c, const char *text,
    struct err_text *why)
{
	size_t		n = strcspn(text, ",");
	uint64_t	count, bytes = QUEUE_BYTES;

	if (num_parse(text, n, row->min, row->max, &count) != 0 ||
	    (text[n] == ',' && num_parse_size(text + n + 1,
	    strlen(text + n + 1), QUEUE_BYTES_MIN, QUEUE_BYTES_MAX,
	    &bytes) != 0))
		return err_set(why, "'%.80s' is not possible (give "
		    "COUNT[,BYTES] from 1,64k to 1000000,1G)", text);
	c->queue_count = count;
	c->queue_bytes = bytes;
	return 0;
}

static int
set_string(const struct config_row *row, struct config *c, const char *text,
    struct err_text *why)
{
	size_t	n = strlen(text);

	if (n < row->min)
		return err_set(why, "it may not be empty (leave the line out "
		    "for the default)");
	if (n > row->max)
		return err_set(why, "it is %zu bytes long (give at most %llu)",
		    n, (unsigned long long)row->max);
	put_string(row, c, mem_strndup(text, n));
	return 0;
}

static int
set_domain(const struct config_row *row, struct config *c, const char *text,
    struct err_text *why)
{
	char	prepared[JID_PART + 1];

	if (jid_prep_domain(text, strlen(text), prepared) != PUSH_OK)
		return err_set(why, "'%.80s' is no domain (give a name such "
		    "as push.example.org)", text);
	return set_string(row, c, prepared, why);
}

int
config_row_set(const struct config_row *row, struct config *c,
    const char *text, struct err_text *why)
{
	int	i;

	switch (row->kind) {
	case CONFIG_STRING:
		return set_string(row, c, text, why);
	case CONFIG_DOMAIN:
		return set_domain(row, c, text, why);
	case CONFIG_QUEUE:
		return set_queue(row, c, text, why);
	case CONFIG_LISTEN:
		return config_listen_add(c, text, why);
	case CONFIG_WORD:
	case CONFIG_ENUM:
		i = config_word(row->words, text, strlen(text), why);
		if (i >= 0 && row->kind == CONFIG_ENUM)
			put_field(row, c, (uint64_t)i);
		else if (i >= 0)
			put_string(row, c, mem_strndup(text, strlen(text)));
		return i < 0 ? -1 : 0;
	case CONFIG_COUNT:
	case CONFIG_SIZE:
	case CONFIG_DURATION:
		break;
	}
	return set_number(row, c, text, why);
}
