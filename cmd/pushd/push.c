#include "push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "xmpp/ns.h"
#include "xmpp/stanza.h"

#define API_KEY		"1234567890"	/* androidpn's own: nobody checks */
#define OBJECT_MAX	(1024 * 1024)	/* more than any object-size */

/* Reads one field into ask; the sentence in why is already begun. */
typedef enum push_err field_fn(const struct json *, struct push_ask *,
    struct err_text *why);

struct field {
	const char	*name;
	field_fn	*read;		/* NULL: not served by this release */
	bool		 carried;	/* part of what the device gets */
};

static enum push_err
wrong(struct err_text *why, const char *sentence)
{
	(void)err_set(why, "%s", sentence);
	return PUSH_E_REQUEST;
}

static enum push_err
is_text(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	const char	*s = json_string(j);

	(void)ask;
	if (s == NULL)
		return wrong(why, "must be a string");
	if (utf8_valid_xml(s, strlen(s)))
		return PUSH_OK;
	(void)err_set(why, "holds a character that XML 1.0 forbids");
	return PUSH_E_CHARACTER;
}

static enum push_err
read_ref(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	enum push_err	e = is_text(j, ask, why);

	if (e != PUSH_OK)
		return e;
	if (strlen(json_string(j)) > PUSH_REF_MAX)
		return wrong(why, "is longer than 256 bytes");
	return PUSH_OK;		/* taken by read_names() */
}

static enum push_err
is_target(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	(void)ask;
	if (json_string(j) != NULL || json_is_array(j))
		return PUSH_OK;	/* read by read_names() */
	return wrong(why, "must be a target or a list of targets");
}

static enum push_err
is_priority(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	static const char *const	words[] = { "min", "low", "default",
	    "high", "max" };
	const char			*s = json_string(j);
	int64_t				 v;
	size_t				 i;

	(void)ask;
	for (i = 0; s != NULL && i < 5; i++)
		if (strcmp(s, words[i]) == 0)
			return PUSH_OK;
	if (s == NULL && json_integer(j, &v) == 0 && v >= 1 && v <= 5)
		return PUSH_OK;
	return wrong(why, "must be 1 to 5, or min, low, default, high, max");
}

static enum push_err
read_ttl(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	const char	*s = json_string(j);
	int64_t		 v;

	if (s != NULL && clock_duration(s, strlen(s), &ask->ttl_ms) == 0)
		return PUSH_OK;
	if (s == NULL && json_integer(j, &v) == 0 && v >= 0 &&
	    v <= 3153600000LL) {
		ask->ttl_ms = v * 1000;
		return PUSH_OK;
	}
	return wrong(why, "must be seconds or a duration such as \"28d\"");
}

/* Any JSON, but no string in it may break a stream that carries it. */
static enum push_err
is_data(const struct json *j, struct push_ask *ask, struct err_text *why)
{
	const struct json	*path[JSON_DEPTH + 1];
	size_t			 depth = 0;
	const char		*s, *name;

	(void)ask;
	for (path[0] = j;;) {
		s = json_string(path[depth]);
		name = depth > 0 ? json_name(path[depth]) : "";
		if (!utf8_valid_xml(name, strlen(name)) ||
		    (s != NULL && !utf8_valid_xml(s, strlen(s)))) {
			(void)err_set(why,
			    "holds a character that XML 1.0 forbids");
			return PUSH_E_CHARACTER;
		}
		if (json_first(path[depth]) != NULL) {
			path[depth + 1] = json_first(path[depth]);
			depth++;
			continue;
		}
		while (depth > 0 && json_next(path[depth]) == NULL)
			depth--;
		if (depth == 0)
			return PUSH_OK;
		path[depth] = json_next(path[depth]);
	}
}

static const struct field	fields[] = {
	{ "to", is_target, false },
	{ "ref", read_ref, false },
	{ "ttl", read_ttl, false },
	{ "title", is_text, true },
	{ "message", is_text, true },
	{ "uri", is_text, true },
	{ "priority", is_priority, true },
	{ "data", is_data, true },
	{ "tags", is_data, true },
	{ "icon", is_text, true },
	{ "actions", is_data, true },
	{ "attach", is_data, true },
	{ "format", is_text, true },
	{ "at", NULL, false },
	{ "in", NULL, false },
	{ "collapse", NULL, false },
	{ "key", NULL, false },
	{ "escalate", NULL, false },
	{ NULL, NULL, false },
};

static const struct field *
find(const char *name)
{
	const struct field	*f;

	for (f = fields; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* Joins the list as a union; each item is put in parentheses. */
static enum push_err
join_targets(const struct json *list, struct buf *to, struct err_text *why)
{
	const struct json	*item;
	const char		*s;

	for (item = json_first(list); item != NULL; item = json_next(item)) {
		s = json_string(item);
		if (s == NULL || s[0] == '\0') {
			(void)err_set(why, "to: a list holds only targets");
			return PUSH_E_REQUEST;
		}
		if (to->len > 0)
			buf_puts(to, " | ");
		buf_printf(to, strpbrk(s, "&|!() \t") != NULL ? "(%s)" : "%s",
		    s);
	}
	if (to->len == 0) {
		(void)err_set(why, "to: the list is empty");
		return PUSH_E_REQUEST;
	}
	return PUSH_OK;
}

/* First of all what a refusal's result line needs: ref and to. */
static enum push_err
read_names(const struct json *obj, struct push_ask *ask, struct err_text *why)
{
	const struct json	*to = json_get(obj, "to");
	const char		*ref = json_get_string(obj, "ref");
	struct buf		 b;
	enum push_err		 e = PUSH_OK;

	if (ref != NULL && strlen(ref) <= PUSH_REF_MAX)
		ask->ref = mem_strndup(ref, strlen(ref));
	buf_init(&b, OBJECT_MAX);
	if (json_string(to) != NULL)
		buf_puts(&b, json_string(to));
	else if (json_is_array(to))
		e = join_targets(to, &b, why);
	ask->to = mem_strndup(buf_str(&b), b.len);
	buf_release(&b);
	if (e == PUSH_OK && to == NULL) {
		(void)err_set(why, "to: is missing");
		e = PUSH_E_REQUEST;
	}
	return e;
}

static enum push_err
check_field(const struct json *obj, const struct json *j,
    struct push_ask *ask, struct err_text *why)
{
	const struct field	*f = find(json_name(j));
	struct err_text		 part = { "" };
	enum push_err		 e;

	if (f == NULL) {
		(void)err_set(why, "%.*s: unknown field",
		    utf8_cut(json_name(j), 64), json_name(j));
		return PUSH_E_REQUEST;
	}
	if (f->read == NULL) {
		(void)err_set(why, "%s: not served by this server", f->name);
		return PUSH_E_UNSUPPORTED;
	}
	if (json_get(obj, f->name) != j) {
		(void)err_set(why, "%s: is given twice", f->name);
		return PUSH_E_REQUEST;
	}
	if ((e = f->read(j, ask, &part)) != PUSH_OK)
		(void)err_set(why, "%s: %.400s", f->name, part.s);
	return e;
}

enum push_err
push_parse(const struct json *obj, const char *text, size_t n,
    struct push_ask *ask, struct err_text *why)
{
	const struct json	*j;
	const struct field	*f;
	const char		*value;
	struct buf		 b;
	size_t			 len;
	enum push_err		 e;

	memset(ask, 0, sizeof(*ask));
	ask->ttl_ms = -1;
	if (!json_is_object(obj)) {
		(void)err_set(why, "a push is a JSON object");
		return PUSH_E_REQUEST;
	}
	if ((e = read_names(obj, ask, why)) != PUSH_OK)
		return e;
	for (j = json_first(obj); j != NULL; j = json_next(j))
		if ((e = check_field(obj, j, ask, why)) != PUSH_OK)
			return e;
	/* Values go on byte for byte: a number in data stays as written. */
	buf_init(&b, OBJECT_MAX);
	for (f = fields; f->name != NULL; f++)
		if (f->carried && json_slice(text, n, f->name, &value, &len))
			json_put_raw(&b, f->name, value, len);
	ask->objectlen = b.len;
	ask->object = mem_strndup(buf_str(&b), b.len);
	buf_release(&b);
	return PUSH_OK;
}

void
push_ask_release(struct push_ask *ask)
{
	free(ask->to);
	free(ask->ref);
	free(ask->object);
	memset(ask, 0, sizeof(*ask));
}

struct push *
push_load(uint64_t id, int64_t accepted_ms, int64_t expires_ms,
    const char *body, size_t n)
{
	struct push	*p = mem_zalloc(1, sizeof(*p) + n + 1);

	atomic_init(&p->refs, 1);
	p->id = id;
	p->accepted_ms = accepted_ms;
	p->expires_ms = expires_ms;
	p->len = n;
	memcpy(p->body, body, n);
	return p;
}

struct push *
push_make(const struct push_ask *ask, uint64_t id, int64_t ttl_ms)
{
	char		 text[PUSH_ID], when[CLOCK_TEXT];
	int64_t		 now = clock_wall_ms();
	struct push	*p;
	struct buf	 b;

	buf_init(&b, 2 * OBJECT_MAX);
	buf_putc(&b, '{');
	json_put_member(&b, "id", push_id_format(id, text));
	/* Who else got it is not told to each. */
	if (strpbrk(ask->to, "|&!(") == NULL)
		json_put_member(&b, "to", ask->to);
	if (ask->objectlen > 0) {
		json_put_item(&b);
		buf_put(&b, ask->object, ask->objectlen);
	}
	json_put_member(&b, "sent", clock_format(now, when));
	buf_putc(&b, '}');
	p = push_load(id, now,
	    now + (ask->ttl_ms >= 0 ? ask->ttl_ms : ttl_ms), b.p, b.len);
	buf_release(&b);
	return p;
}

struct push *
push_ref(struct push *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
push_unref(struct push **pp)
{
	struct push	*p = *pp;

	*pp = NULL;
	if (p != NULL && atomic_fetch_sub_explicit(&p->refs, 1,
	    memory_order_acq_rel) == 1)
		free(p);
}

static const char *
text_of(const struct json *j, const char *name)
{
	const char	*s = json_get_string(j, name);

	return s != NULL ? s : "";
}

static void
put_element(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<%s>", name);
	stanza_put_text(out, text, strlen(text));
	buf_printf(out, "</%s>", name);
}

/*
 * The five children that androidpn knows (text only, an element inside one
 * would end its connection), and uuid, which the forks' receipts name.
 */
static void
put_notification(const char *id, const struct json *j, const char *to,
    struct buf *out)
{
	stanza_printf(out, "<iq type='set' id='%s' to='%s'>"
	    "<notification xmlns='" NS_ANDROIDPN "'>", id, to);
	put_element(out, "id", id);
	put_element(out, "apiKey", API_KEY);
	put_element(out, "title", text_of(j, "title"));
	put_element(out, "message", text_of(j, "message"));
	put_element(out, "uri", text_of(j, "uri"));
	put_element(out, "uuid", id);
	buf_puts(out, "</notification></iq>");
}

static void
put_message(const struct push *p, const char *id, const struct json *j,
    const char *to, const char *domain, bool late, struct buf *out)
{
	const char	*title = text_of(j, "title");
	const char	*body = text_of(j, "message");
	char		 when[CLOCK_TEXT];

	stanza_printf(out, "<message type='chat' id='%s' from='%s' to='%s'>",
	    id, domain, to);
	if (title[0] != '\0')
		put_element(out, "subject", title);
	/* Clients show the body only; a title alone is the body. */
	put_element(out, "body", body[0] != '\0' ? body : title);
	buf_puts(out, "<json xmlns='" NS_JSON "'>");
	stanza_put_text(out, p->body, p->len);
	buf_puts(out, "</json>");
	stanza_printf(out, "<stanza-id xmlns='" NS_SID "' id='%s' by='%s'/>",
	    id, domain);
	if (late)
		stanza_printf(out, "<delay xmlns='" NS_DELAY "' from='%s' "
		    "stamp='%s'/>", domain, clock_format(p->accepted_ms,
		    when));
	buf_puts(out, "</message>");
}

void
push_put(const struct push *p, enum push_form form, const char *to,
    const char *domain, bool late, struct buf *out)
{
	char		 id[PUSH_ID];
	struct json	*j = NULL;

	(void)push_id_format(p->id, id);
	if (json_parse(p->body, p->len, &j, NULL) != PUSH_OK)
		j = NULL;	/* the store's CRC rules it out */
	if (form == PUSH_NOTIFICATION)
		put_notification(id, j, to, out);
	else
		put_message(p, id, j, to, domain, late, out);
	if (j != NULL)
		json_free(&j);
}
