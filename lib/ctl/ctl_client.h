/*
 * ctl_client - a tool's end of the control socket, on a loop.
 *
 * Any number of requests may be in flight; replies come in the order of
 * completion.  Writing is bounded by what the server reads: a caller that
 * has much to say looks at ctl_client_backlog() and waits for on_room.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "ctl/ctl_msg.h"
#include "io/loop.h"

struct ctl_client;

struct ctl_client_news {
	/* the greeting was read and its version fits */
	void	(*on_ready)(void *arg, const struct json *greeting);
	/* one reply; borrowed */
	void	(*on_reply)(void *arg, const struct ctl_reply *,
		    const char *line, size_t n);
	/* room again: all that was written is out; may be NULL */
	void	(*on_room)(void *arg);
	/* the connection is over; e and "path: why" say it; told once */
	void	(*on_lost)(void *arg, enum push_err e, const char *why);
};

/* The socket to use: path, else $PUSH_SOCKET, else the default. */
const char	*ctl_client_path(const char *path);
/*
 * Connects.  Returns NULL and a sentence ("tool: what: why (what to do)"
 * without the tool) when nobody listens there; errno is EACCES when we may
 * not.  Freeing it inside its callbacks is allowed.
 */
struct ctl_client	*ctl_client_new(struct loop *, const char *path,
			    const struct ctl_client_news *, void *arg,
			    struct err_text *);
void			 ctl_client_free(struct ctl_client **);
/* A new request's id; use it with ctl_msg_request() into ..._out(). */
uint64_t		 ctl_client_next_id(struct ctl_client *);
struct buf		*ctl_client_out(struct ctl_client *);
void			 ctl_client_flush(struct ctl_client *);
/* Bytes that the server has not taken yet. */
size_t			 ctl_client_backlog(const struct ctl_client *);

/*
 * For tools that ask one thing and wait: connects, sends one request (the
 * line without its end, from ctl_msg_request), hands each good reply to
 * on_reply and returns when the last one came.  Returns an exit code;
 * failures were told on stderr as "tool: ...", refusals as "tool: about:
 * ..." where about is not NULL.
 */
int	ctl_client_ask(const char *tool, const char *path, const char *about,
	    struct buf *request,
	    void (*on_reply)(void *arg, const struct ctl_reply *,
	    const char *line, size_t n), void *arg) MUST_USE;

#endif
