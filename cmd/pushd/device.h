/*
 * device - one account's queue, in its home shard.
 *
 * A push is in the window (in memory, with its body) or in the backlog (its
 * row's number only; the body is on disk), all of the window before all of
 * the backlog.  Without a session there is no window.  A push leaves when it
 * is acknowledged, expired, or could not be stored.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backlog.h"
#include "base/list.h"
#include "ctl/fate.h"
#include "leg.h"
#include "push.h"
#include "shard.h"
#include "store.h"

/* A push in the window. */
struct device_item {
	struct list	 node;
	struct push	*push;
	uint64_t	 row;
	uint64_t	 pos;		/* order of entry, for sessions */
	uint32_t	 tries;		/* times it was sent */
};

/*
 * A session's place at its device; embedded in the session.
 */
struct seat {
	struct list		 node;		/* in device->seats */
	const struct seat_news	*news;
	bool			 ready;		/* it takes pushes */
};

struct seat_news {
	/* something waits: send what there is room for */
	void	(*on_push)(struct seat *);
	/* the account is gone or shut: leave, with a stream error */
	void	(*on_end)(struct seat *, const char *condition);
};

struct device {
	struct shard		*shard;
	char			*name;		/* prepared localpart */
	char			*owner;		/* NULL: none */
	int64_t			 account;	/* the store's id */
	int64_t			 created_ms, seen_ms;	/* wall */
	struct list		 seats;		/* of bound sessions */
	struct list		 window;	/* of device_item */
	struct backlog		 backlog;
	uint32_t		 window_len;
	uint64_t		 next_pos;
	uint32_t		 seat_count;
	uint64_t		 bytes;		/* of all that waits */
	struct timer		 expiry;
	size_t			 index;		/* in shard->all */
	bool			 enabled;
	bool			 loading;	/* a read is on its way */
	bool			 dead;		/* deleted; read pending */
	bool			 online;	/* some seat is ready */
};

/* A device that the store knows.  Takes over the row's name and owner. */
struct device	*device_new(struct shard *, const struct store_account *);
/* At the end of the process: every device of the shard. */
void		 device_free_all(struct shard *);
/* Deleted: drops its queue and ends its sessions.  Returns pushes dropped. */
size_t		 device_delete(struct device *);
/* The account was changed: owner, enabled; a disabled one is cut off. */
void		 device_update(struct device *, const struct store_account *);
struct device	*device_find(struct shard *, const char *name);
/* At start-up: a push that waits on disk. */
void		 device_restore(struct device *, const struct store_row *,
		    size_t bytes);

/* A leg has arrived: accept or refuse its push. */
void	device_submit(struct shard *, struct leg *);

/* A session is ready, or has room again: send what waits. */
void	device_flush(struct device *);
/* The device acknowledged this row. */
void	device_acknowledged(struct device *, uint64_t row);
/* device_seat.c: a session came, went, or became ready or not. */
void	device_take_seat(struct device *, struct seat *);
void	device_leave_seat(struct device *, struct seat *);
void	device_set_ready(struct device *, struct seat *, bool ready);
/* Nobody is there: bodies leave memory, rows go back to the front. */
void	device_empty_window(struct device *);
/* Pushes that wait. */
size_t	device_queued(const struct device *);
/* The item behind pos in the window's order, or NULL. */
struct device_item	*device_next_item(struct device *, uint64_t pos);

#endif
