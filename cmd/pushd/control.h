/*
 * control - the control socket: greeting, lines, the table of verbs, who
 * may, replies.  Shard 0's; push-control(7) is its manual.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/list.h"
#include "io/conn.h"
#include "io/lines.h"
#include "shard.h"

#define CONTROL_OUT	(64 * 1024 * 1024)	/* bytes a client may leave
						 * unread: it is dropped */
#define CONTROL_REST	(2 * 1024 * 1024)	/* input read, not yet used */
#define CONTROL_OUT_LOW	(256 * 1024)	/* more than that unread: its
					 * requests wait */

struct control_client {
	struct list	 node;		/* in control->clients */
	struct control	*control;
	struct conn	*conn;
	struct lines	 lines;
	struct buf	 rest;		/* input held back while paused */
	struct list	 orders;	/* of struct order, in flight */
	struct list	 tasks;		/* of struct control_task */
	struct loop_hook resume;	/* reads on after this turn */
	size_t		 inflight;
	struct control_task *list;	/* in the making: all else waits */
	bool		 paused;
	bool		 closing;
	bool		 ended;		/* it asks no more, but reads */
};

struct control {
	struct shard	*shard;
	struct io	 io;		/* the listening socket */
	char		*path;
	struct list	 clients;
	size_t		 client_count;
	bool		 ended;		/* no loop runs any more */
};

/* A request that is answered later; embedded in the verb's own state. */
struct control_task {
	struct list		 node;	/* in client->tasks */
	struct control_client	*client;	/* NULL: went away */
	uint64_t		 request;
	/* a list that waits for its reader, or for nobody any more */
	void			(*go_on)(struct control_task *);
};

/* A request as its verb gets it: everything is borrowed. */
struct control_request {
	struct control_client	*client;
	uint64_t		 id;
	const struct json	*root;
	const char		*text;	/* its line */
	size_t			 len;
};

struct control_verb {
	const char		*name;
	/* names of its fields besides id and do, NULL at the end */
	const char *const	*fields;
	/* Answers at once or begins a task; owns nothing of the request. */
	void			(*run)(struct control_request *);
};

/* Opens the socket.  Returns 0, or -1 and a sentence. */
int	control_open(struct shard *, const char *path, struct err_text *);
void	control_start(struct control *);
void	control_stop(struct control *);
void	control_free(struct control **);

/* A reply is built in a buffer and then sent to who is still there. */
void	control_reply(struct control_client *, const struct buf *);
void	control_refuse(struct control_client *, uint64_t id, enum push_err,
	    const char *text);
/* A true or false of a request; returns false after a refusal. */
bool	control_flag(struct control_request *, const char *name,
	    bool fallback, bool *out);
/* In flight from begin to end; NULL client: nothing to do. */
void	control_begin(struct control_client *, struct control_task *,
	    uint64_t request);
void	control_end(struct control_task *);
/* The same for a long reply: one at a time, or a few lines of input would
 * keep a shard busy for seconds. */
void	control_begin_list(struct control_client *, struct control_task *,
	    uint64_t request);
/* False: then() is called when the client has read what it was sent. */
bool	control_has_room(struct control_task *,
	    void (*then)(struct control_task *));
/* As the two above, for orders, which have a list of their own. */
void	control_count(struct control_client *, int change);

/* verb_*.c */
extern const struct control_verb	verb_send_rows[];
extern const struct control_verb	verb_users_rows[];
extern const struct control_verb	verb_status_rows[];
/* Its client is gone: what a verb's file keeps for it. */
void	verb_send_client_gone(struct control_client *);

#endif
