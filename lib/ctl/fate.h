/* fate - the states of a push (delivery.md): one word each, everywhere. */
#ifndef FATE_H
#define FATE_H

#include <stdbool.h>

enum fate {
	FATE_SCHEDULED,		/* waits for its time */
	FATE_QUEUED,		/* on disk, waits for its device */
	FATE_SENT,		/* on its way to a session */
	FATE_DELIVERED,		/* a device acknowledged it */
	FATE_READ,		/* a person saw it */
	FATE_EXPIRED,		/* its time to live ran out */
	FATE_REPLACED,		/* by a newer one of its collapse key */
	FATE_CANCELLED,
	FATE_REFUSED,		/* never accepted */
	FATE_FAILED,		/* the device could not take it */
	FATE_MIXED,		/* of several devices: see the counts */
};

const char	*fate_name(enum fate);
/* -1 for a word that is none. */
int		 fate_from_name(const char *);
/* Nothing more will happen to it.  Delivered is no end: it may become read. */
bool		 fate_is_end(enum fate);
/*
 * Exit code of a tool that waited for `asked` and saw `last` (tools.md rule
 * 6): 0, 10, 11, 12, 14, 15 or 1.
 */
int		 fate_exit(enum fate asked, enum fate last);

#endif
