#include "push.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/num.h"
#include "xmpp/ns.h"

#define PRIORITY_DEFAULT	3

/* The number in p[at..at+n), or -1. */
static int
digits(const char *p, size_t at, size_t n)
{
	uint64_t	v;

	return num_parse(p + at, n, 0, 9999, &v) == 0 ? (int)v : -1;
}

/* Offset in minutes of "Z" or "+hh:mm"; false if it is neither. */
static bool
read_zone(const char *p, int *minutes)
{
	int	h, m;

	*minutes = 0;
	if (strcmp(p, "Z") == 0 || strcmp(p, "z") == 0)
		return true;
	if ((*p != '+' && *p != '-') || strlen(p) != 6 || p[3] != ':')
		return false;
	h = digits(p, 1, 2);
	m = digits(p, 4, 2);
	*minutes = (*p == '-' ? -1 : 1) * (h * 60 + m);
	return h >= 0 && m >= 0;
}

/* Reads ".123456" as milliseconds and moves *p behind it. */
static int
read_fraction(const char **p)
{
	int	ms = 0, scale = 100;

	if (**p != '.')
		return 0;
	for (++*p; **p >= '0' && **p <= '9'; ++*p) {
		ms += (**p - '0') * scale;
		scale /= 10;
	}
	return ms;
}

int64_t
push_time(const char *p)
{
	static const char	shape[] = "####-##-##T##:##:##";
	struct tm		tm = { 0 };
	size_t			i;
	int			ms, zone;

	for (i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '#' ? p[i] < '0' || p[i] > '9' :
		    (p[i] | 0x20) != (shape[i] | 0x20))
			return -1;
	tm.tm_year = digits(p, 0, 4) - 1900;
	tm.tm_mon = digits(p, 5, 2) - 1;
	tm.tm_mday = digits(p, 8, 2);
	tm.tm_hour = digits(p, 11, 2);
	tm.tm_min = digits(p, 14, 2);
	tm.tm_sec = digits(p, 17, 2);
	p += i;
	ms = read_fraction(&p);
	if (!read_zone(p, &zone))
		return -1;
	return ((int64_t)timegm(&tm) - zone * 60) * 1000 + ms;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* 1 to 5, or the word that the sender used for it. */
static int64_t
read_priority(const struct json *j)
{
	static const char *const	words[] = { "min", "low", "default",
	    "high", "max" };
	const char			*s = json_string(j);
	int64_t				 v;
	size_t				 i;

	for (i = 0; s != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i]) == 0)
			return (int64_t)i + 1;
	return json_integer(j, &v) == 0 && v >= 1 && v <= 5 ? v :
	    PRIORITY_DEFAULT;
}

static void
read_json(const char *text, size_t n, struct push *p)
{
	const char	*sent;

	if (json_parse(text, n, &p->doc, NULL) != PUSH_OK ||
	    !json_is_object(p->doc)) {
		json_free(&p->doc);
		return;
	}
	p->id = or_empty(json_get_string(p->doc, "id"));
	p->title = or_empty(json_get_string(p->doc, "title"));
	p->message = or_empty(json_get_string(p->doc, "message"));
	p->uri = or_empty(json_get_string(p->doc, "uri"));
	if (!json_slice(text, n, "data", &p->data, &p->datalen))
		p->data = NULL;
	p->priority = read_priority(json_get(p->doc, "priority"));
	if ((sent = json_get_string(p->doc, "sent")) != NULL)
		p->sent = push_time(sent);
}

static void
read_delay(const struct stanza *st, struct push *p)
{
	const struct stanza	*delay = stanza_child(st, "delay", NS_DELAY);
	const char		*stamp;

	if (delay != NULL && (stamp = stanza_attr(delay, "stamp")) != NULL)
		p->sent = push_time(stamp);
}

static bool
read_message(const struct stanza *st, struct push *p)
{
	const struct stanza	*json = stanza_child(st, "json", NS_JSON);
	const struct stanza	*sid = stanza_child(st, "stanza-id", NS_SID);
	const char		*type = stanza_attr(st, "type");
	const char		*body = stanza_child_text(st, "body", NULL);

	if (type != NULL && strcmp(type, "error") == 0)
		return false;
	if (json != NULL)
		read_json(json->text, json->textlen, p);
	if (p->doc == NULL && body == NULL)
		return false;
	if (p->doc == NULL) {
		p->message = body;
		p->title = or_empty(stanza_child_text(st, "subject", NULL));
	}
	if (p->id[0] == '\0' && sid != NULL)
		p->id = or_empty(stanza_attr(sid, "id"));
	if (p->id[0] == '\0')
		p->id = or_empty(stanza_attr(st, "id"));
	if (p->sent < 0)
		read_delay(st, p);
	return true;
}

static bool
read_notification(const struct stanza *n, struct push *p)
{
	const char	*sent;

	p->id = or_empty(stanza_child_text(n, "id", NULL));
	p->title = or_empty(stanza_child_text(n, "title", NULL));
	p->message = or_empty(stanza_child_text(n, "message", NULL));
	p->uri = or_empty(stanza_child_text(n, "uri", NULL));
	if ((sent = stanza_child_text(n, "sent", NULL)) != NULL ||
	    (sent = stanza_child_text(n, "createdDate", NULL)) != NULL)
		p->sent = push_time(sent);
	return true;
}

bool
push_read(const struct stanza *st, int64_t received, struct push *p)
{
	const struct stanza	*n;

	*p = (struct push){ .id = "", .title = "", .message = "", .uri = "",
	    .priority = PRIORITY_DEFAULT, .sent = -1, .received = received };
	if (strcmp(st->name, "message") == 0)
		return read_message(st, p);
	n = stanza_child(st, "notification", NS_ANDROIDPN);
	return n != NULL && read_notification(n, p);
}

void
push_release(struct push *p)
{
	json_free(&p->doc);
}

bool
push_latency(const struct push *p, int64_t *ms)
{
	if (p->sent < 0)
		return false;
	*ms = p->received - p->sent;
	return true;
}

void
push_put_json(const struct push *p, const char *to, struct buf *out)
{
	char	text[CLOCK_TEXT];
	int64_t	ms;

	buf_putc(out, '{');
	json_put_member(out, "id", p->id);
	json_put_member(out, "to", to);
	json_put_member(out, "title", p->title);
	json_put_member(out, "message", p->message);
	json_put_member(out, "uri", p->uri);
	if (p->data != NULL)
		json_put_raw(out, "data", p->data, p->datalen);
	json_put_int(out, "priority", p->priority);
	if (p->sent >= 0)
		json_put_member(out, "sent", clock_format(p->sent, text));
	json_put_member(out, "received", clock_format(p->received, text));
	if (push_latency(p, &ms))
		json_put_int(out, "latency_ms", ms);
	json_put_bool(out, "dup", false);
	buf_putc(out, '}');
}
