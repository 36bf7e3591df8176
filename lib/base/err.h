/*
 * err - the one vocabulary of failures.
 *
 * Every failure that is told to somebody is one of these; the table in err.c
 * maps it to its word, its XMPP stanza condition, its HTTP status and the
 * exit code of a tool.  What is told to nobody stays an errno.
 */
#ifndef ERR_H
#define ERR_H

#define MUST_USE	__attribute__((warn_unused_result))

enum push_err {
	PUSH_OK = 0,
	PUSH_E_JSON,		/* input is not JSON */
	PUSH_E_REQUEST,		/* unknown, missing or mistyped field */
	PUSH_E_CHARACTER,	/* not UTF-8, or not allowed in XML 1.0 */
	PUSH_E_TARGET,		/* target expression cannot be read */
	PUSH_E_NAME,		/* not a valid device name */
	PUSH_E_INCOMPLETE,	/* something required is missing */
	PUSH_E_TOOLARGE,	/* over a size limit */
	PUSH_E_QUEUEFULL,	/* the device's queue is full */
	PUSH_E_DENIED,		/* policy says no */
	PUSH_E_AUTH,		/* wrong or missing credentials */
	PUSH_E_UNKNOWN,		/* no such device */
	PUSH_E_EXISTS,		/* already there */
	PUSH_E_BUSY,		/* overloaded, try again */
	PUSH_E_DISK,		/* could not be stored, try again */
	PUSH_E_UNREACHABLE,	/* no server */
	PUSH_E_PROTOCOL,	/* peer broke the protocol */
	PUSH_E_UNSUPPORTED,	/* known, but not served here */
	PUSH_E_XML,		/* not well-formed */
	PUSH_E_RESTRICTED,	/* XML that RFC 6120 section 11.1 forbids */
	PUSH_E_ENCODING,	/* not UTF-8 on an XML stream */
	PUSH_E_DEVICE,		/* the device could not take it */
	PUSH_E_INTERNAL,	/* our own fault */
	PUSH_E_MAX
};

/* A sentence for a person, filled by functions that run at start-up. */
struct err_text {
	char	s[512];
};

/* The word used in result lines, logs and replies, such as "queue-full". */
const char	*err_name(enum push_err);
/* The enum for a word, PUSH_E_INTERNAL for an unknown one. */
enum push_err	 err_from_name(const char *);
/* What it means, for a person, without a full stop. */
const char	*err_text(enum push_err);
/* RFC 6120 section 8.3.3 condition, its type, and the XEP-0086 code. */
const char	*err_condition(enum push_err);
const char	*err_type(enum push_err);
int		 err_code(enum push_err);
/* RFC 6120 section 4.9.3 condition, for failures that close a stream. */
const char	*err_stream(enum push_err);
int		 err_http(enum push_err);
/* Exit code of a tool, tools.md rule 6. */
int		 err_exit(enum push_err);

/* Writes a sentence, cut where it does not fit.  Returns -1, always. */
int	err_set(struct err_text *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
