#include "err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char	*name;
	const char	*text;
	const char	*condition;
	const char	*type;
	int		 code;		/* XEP-0086 */
	const char	*stream;
	int		 http;
	int		 exit;
};

static const struct row	rows[PUSH_E_MAX] = {
	[PUSH_OK] = { "ok", "no error", "undefined-condition", "cancel", 200,
	    "undefined-condition", 200, 0 },
	[PUSH_E_JSON] = { "bad-json", "not a JSON value",
	    "bad-request", "modify", 400, "bad-format", 400, 65 },
	[PUSH_E_REQUEST] = { "bad-request", "a field is unknown or wrong",
	    "bad-request", "modify", 400, "bad-format", 400, 65 },
	[PUSH_E_CHARACTER] = { "bad-character",
	    "a character is not UTF-8 or not allowed in XML",
	    "bad-request", "modify", 400, "bad-format", 400, 65 },
	[PUSH_E_TARGET] = { "bad-target", "the target cannot be read",
	    "bad-request", "modify", 400, "bad-format", 400, 65 },
	[PUSH_E_NAME] = { "bad-name", "not a valid device name",
	    "jid-malformed", "modify", 400, "bad-format", 400, 65 },
	[PUSH_E_INCOMPLETE] = { "incomplete", "something required is missing",
	    "not-acceptable", "modify", 406, "bad-format", 406, 65 },
	[PUSH_E_TOOLARGE] = { "too-large", "over the size limit",
	    "not-acceptable", "modify", 406, "policy-violation", 413, 12 },
	[PUSH_E_QUEUEFULL] = { "queue-full", "the device's queue is full",
	    "resource-constraint", "wait", 500, "resource-constraint",
	    429, 12 },
	[PUSH_E_DENIED] = { "denied", "not allowed",
	    "not-allowed", "cancel", 405, "policy-violation", 403, 12 },
	[PUSH_E_AUTH] = { "not-authorized", "wrong name or password",
	    "not-authorized", "auth", 401, "not-authorized", 401, 77 },
	[PUSH_E_UNKNOWN] = { "unknown-target", "no such device",
	    "item-not-found", "cancel", 404, "undefined-condition", 404, 13 },
	[PUSH_E_EXISTS] = { "exists", "already there",
	    "conflict", "cancel", 409, "conflict", 409, 14 },
	[PUSH_E_BUSY] = { "try-later", "overloaded, try again later",
	    "resource-constraint", "wait", 500, "resource-constraint",
	    503, 75 },
	[PUSH_E_DISK] = { "not-stored", "the store is not writable",
	    "internal-server-error", "wait", 500, "internal-server-error",
	    503, 75 },
	[PUSH_E_UNREACHABLE] = { "unreachable", "the server is not reachable",
	    "remote-server-timeout", "wait", 504, "remote-connection-failed",
	    504, 69 },
	[PUSH_E_PROTOCOL] = { "protocol", "the peer broke the protocol",
	    "unexpected-request", "wait", 400, "bad-format", 502, 76 },
	[PUSH_E_UNSUPPORTED] = { "not-supported", "not served here",
	    "feature-not-implemented", "cancel", 501, "unsupported-feature",
	    501, 12 },
	[PUSH_E_XML] = { "not-well-formed", "the XML is not well-formed",
	    "bad-request", "modify", 400, "not-well-formed", 400, 76 },
	[PUSH_E_RESTRICTED] = { "restricted-xml",
	    "comments, DTDs and processing instructions are forbidden",
	    "bad-request", "modify", 400, "restricted-xml", 400, 76 },
	[PUSH_E_ENCODING] = { "unsupported-encoding", "not UTF-8",
	    "bad-request", "modify", 400, "unsupported-encoding", 400, 76 },
	[PUSH_E_DEVICE] = { "failed", "the device could not take it",
	    "undefined-condition", "cancel", 500, "undefined-condition",
	    502, 15 },
	[PUSH_E_INTERNAL] = { "internal", "internal error",
	    "internal-server-error", "wait", 500, "internal-server-error",
	    500, 75 },
};

static const struct row *
row(enum push_err e)
{
	return &rows[e < PUSH_E_MAX ? e : PUSH_E_INTERNAL];
}

const char *
err_name(enum push_err e)
{
	return row(e)->name;
}

enum push_err
err_from_name(const char *name)
{
	enum push_err	e;

	for (e = PUSH_OK; e < PUSH_E_MAX; e++)
		if (strcmp(rows[e].name, name) == 0)
			return e;
	return PUSH_E_INTERNAL;
}

const char *
err_text(enum push_err e)
{
	return row(e)->text;
}

const char *
err_condition(enum push_err e)
{
	return row(e)->condition;
}

const char *
err_type(enum push_err e)
{
	return row(e)->type;
}

int
err_code(enum push_err e)
{
	return row(e)->code;
}

const char *
err_stream(enum push_err e)
{
	return row(e)->stream;
}

int
err_http(enum push_err e)
{
	return row(e)->http;
}

int
err_exit(enum push_err e)
{
	return row(e)->exit;
}

int
err_set(struct err_text *et, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(et->s, sizeof(et->s), fmt, ap);
	va_end(ap);
	return -1;
}
