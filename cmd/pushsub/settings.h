/* settings - what the command line asked for; filled once, then read. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/term.h"

enum settings_tls { TLS_POLICY_REQUIRE, TLS_POLICY_OPTIONAL,
	TLS_POLICY_DIRECT, TLS_POLICY_OFF };

enum settings_ack { ACK_AUTO, ACK_NONE };

struct settings {
	const char		*server;	/* HOST[:PORT] */
	const char		*user;		/* pattern; NULL: made up */
	size_t			 devices;
	bool			 make;		/* register first */
	bool			 legacy;	/* be an androidpn client */
	enum settings_tls	 tls;
	const char		*ca;		/* NULL: the system's */
	bool			 insecure;
	enum settings_ack	 ack;
	uint64_t		 count;		/* leave after; 0: never */
	int64_t			 idle_ms;	/* 0: no limit */
	const char		*state_file;	/* NULL: none */
	const char		*command;	/* run per push; NULL: none */
	uint64_t		 ramp;		/* connections per second */
	int64_t			 stats_ms;	/* 0: none */
	bool			 expects;
	uint64_t		 expect;
	enum term_output	 output;
	const char		*format;	/* NULL: by output */
	bool			 quiet, verbose;
	struct buf		 password;	/* of every device; or empty */
};

#endif
