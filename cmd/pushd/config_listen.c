#include "config_listen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "config_table.h"

const char *const	config_listen_tls[] = {
	"required", "optional", "direct", "off", NULL
};

static const char *const	on_off[] = { "off", "on", NULL };

/* One of ",tls=...", ",legacy=..." and ",legacy-tls=..." behind an address. */
static int
set_listener_policy(struct config_listener *l, const char *p, size_t n,
    struct err_text *why)
{
	const char	*eq = memchr(p, '=', n);
	size_t		 name = eq != NULL ? (size_t)(eq - p) : n;
	size_t		 len = eq != NULL ? n - name - 1 : 0;
	const char	*value = p + n - len;
	int		 i;

	if (name == 3 && memcmp(p, "tls", 3) == 0) {
		if ((i = config_word(config_listen_tls, value, len, why)) >= 0)
			l->tls = (enum config_tls)i;
	} else if (name == 6 && memcmp(p, "legacy", 6) == 0) {
		if ((i = config_word(on_off, value, len, why)) >= 0)
			l->legacy = i == 1;
	} else if (name == 10 && memcmp(p, "legacy-tls", 10) == 0) {
		if ((i = config_word(on_off, value, len, why)) >= 0)
			l->legacy_tls = i == 1;
	} else
		i = err_set(why, "'%.*s' is no policy of a listener (there are "
		    "tls=, legacy= and legacy-tls=)", n < 80 ? (int)n : 80, p);
	return i < 0 ? -1 : 0;
}

static int
check_address(const char *p, size_t n, struct err_text *why)
{
	const char	*colon = memrchr(p, ':', n);
	size_t		 host = colon != NULL ? (size_t)(colon - p) : 0;
	const char	*port = colon != NULL ? colon + 1 : p;
	uint64_t	 v;

	if (num_parse(port, n - (size_t)(port - p), 0, UINT16_MAX, &v) != 0 ||
	    (colon != NULL && host == 0))
		return err_set(why, "'%.*s' is no address (give ADDR:PORT "
		    "such as 127.0.0.1:5222, [::]:5222 or *:5222)",
		    n < 80 ? (int)n : 80, p);
	if (host > 0 && memchr(p, ':', host) != NULL &&
	    (p[0] != '[' || p[host - 1] != ']'))
		return err_set(why, "'%.*s' is not clear (put an IPv6 address "
		    "in brackets)", n < 80 ? (int)n : 80, p);
	return 0;
}

int
config_listen_add(struct config *c, const char *text, struct err_text *why)
{
	struct config_listener	 l = { NULL, c->tls, c->legacy, false };
	size_t			 n = strcspn(text, ",");
	const char		*p = text + n, *address = text;
	size_t			 address_len = n;

	if (check_address(address, address_len, why) != 0)
		return -1;
	for (; *p == ','; p += n) {
		p++;
		n = strcspn(p, ",");
		if (set_listener_policy(&l, p, n, why) != 0)
			return -1;
	}
	if (c->listener_count == CONFIG_LISTENERS)
		return err_set(why, "there are more than %d listeners (leave "
		    "some out)", CONFIG_LISTENERS);
	l.address = mem_strndup(address, address_len);
	c->listeners[c->listener_count++] = l;
	return 0;
}

void
config_listen_release(struct config *c)
{
	while (c->listener_count > 0)
		free(c->listeners[--c->listener_count].address);
}

static bool
is_same(const struct config_listener *a, const struct config_listener *b)
{
	return strcmp(a->address, b->address) == 0 && a->tls == b->tls &&
	    a->legacy == b->legacy && a->legacy_tls == b->legacy_tls;
}

bool
config_listen_copy(struct config *to, const struct config *from)
{
	struct config_listener	*l;
	bool			 same;
	size_t			 i;

	same = to->listener_count == from->listener_count;
	for (i = 0; same && i < to->listener_count; i++)
		same = is_same(&to->listeners[i], &from->listeners[i]);
	if (same)
		return false;
	config_listen_release(to);
	for (i = 0; i < from->listener_count; i++) {
		l = &to->listeners[to->listener_count++];
		*l = from->listeners[i];
		l->address = mem_strndup(l->address, strlen(l->address));
	}
	return true;
}

void
config_listen_print(const struct config *c, FILE *out)
{
	const struct config_listener	*l;
	size_t				 i;

	for (i = 0; i < c->listener_count; i++) {
		l = &c->listeners[i];
		fprintf(out, "listen = %s,tls=%s,legacy=%s,legacy-tls=%s\n",
		    l->address, config_listen_tls[l->tls],
		    on_off[l->legacy], on_off[l->legacy_tls]);
	}
}
