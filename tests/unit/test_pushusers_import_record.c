#include <stdlib.h>
#include <string.h>

#include "pushusers/import_record.h"
#include "tap.h"

/* "request" or "error: sentence", and the user behind a space. */
static bool
gives(const char *line, const char *expected)
{
	struct buf	b;
	struct err_text	why;
	char		*user;
	enum push_err	e;
	bool		same;

	buf_init(&b, 4096);
	e = import_record_put(&b, 3, line, strlen(line), &user, &why);
	if (e != PUSH_OK)
		buf_printf(&b, "%s: %s", err_name(e), why.s);
	buf_printf(&b, " %s", user);
	same = strcmp(buf_str(&b), expected) == 0;
	if (!same)
		printf("# %s\n", buf_str(&b));
	free(user);
	buf_release(&b);
	return same;
}

int
main(void)
{
	ok(gives("{\"user\":\"a\",\"password\":\"p\\u00e4\",\"owner\":null}",
	    "{\"id\":3,\"do\":\"user-add\",\"user\":\"a\","
	    "\"password\":\"p\\u00e4\",\"owner\":null,\"replace\":true}\n a"),
	    "fields are handed on as they are written");
	ok(gives("{\"online\":true,\"sessions\":1,\"queued\":0,\"user\":\"a\","
	    "\"last_seen\":null,\"topics\":[],\"tags\":[]}",
	    "{\"id\":3,\"do\":\"user-add\",\"user\":\"a\","
	    "\"replace\":true}\n a"), "what list only shows is passed over");
	ok(gives("{\"user\":\"a\",\"topics\":[\"x\"]}",
	    "not-supported: topics: not kept by this server a"),
	    "what would be lost is refused");
	ok(gives("{\"user\":\"a\",\"passwort\":\"x\"}",
	    "bad-request: passwort: unknown field a"),
	    "an unknown field is named");
	ok(gives("{\"password\":\"x\"}", "bad-request: user: must be a name ") &&
	    gives("{\"user\":5}", "bad-request: user: must be a name "),
	    "a record needs a name");
	ok(gives("[]", "bad-json: not a JSON object ") &&
	    gives("nonsense", "bad-json: not a JSON value "),
	    "what is no object is refused");
	return tap_done();
}
