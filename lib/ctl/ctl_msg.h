/* ctl_msg - requests and replies of the control protocol as JSON lines. */
#ifndef CTL_MSG_H
#define CTL_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* Begins {"id":N,"do":"verb"; the caller adds members, then ctl_msg_end. */
void	ctl_msg_request(struct buf *, uint64_t id, const char *verb);
/* Begins {"id":N; for replies. */
void	ctl_msg_reply(struct buf *, uint64_t id);
/* Adds "done":true if last, closes the object, ends the line. */
void	ctl_msg_end(struct buf *, bool last);
/* A whole refusal: {"id":N,"error":word,"text":...,"done":true}. */
void	ctl_msg_error(struct buf *, uint64_t id, enum push_err,
	    const char *text);

/* A reply as the client reads it; everything is borrowed from root. */
struct ctl_reply {
	struct json	*root;
	uint64_t	 id;
	bool		 done;
	const char	*error;		/* word, NULL for none */
	const char	*text;		/* "" for none */
};

/* PUSH_OK (then ctl_msg_release) or PUSH_E_PROTOCOL. */
enum push_err	ctl_msg_read(const char *, size_t, struct ctl_reply *)
		    MUST_USE;
void		ctl_msg_release(struct ctl_reply *);

#endif
