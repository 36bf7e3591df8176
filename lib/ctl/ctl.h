/*
 * ctl - what both ends of the control socket agree on; push-control(7) is
 * its manual.
 *
 * A Unix stream socket, one JSON object a line in both directions.  The
 * server greets; requests carry an id of the client's, replies carry it
 * back, and the last reply to a request has "done":true.
 */
#ifndef CTL_H
#define CTL_H

#define CTL_VERSION	1
#define CTL_LINE_MAX	(1024 * 1024)	/* bytes of a line */
#define CTL_SOCKET	"/run/push/pushd.sock"	/* default path */

#endif
