/*
 * config - pushd.conf(5) and the command line as one struct; the one table
 * of limits.
 *
 * Precedence: -o and other options > the file > the defaults.  A struct
 * config is read-only once loaded, shared by all threads, and replaced as a
 * whole by a reload.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/opt.h"
#include "xmpp/xml.h"

#define CONFIG_LISTENERS	16
#define CONFIG_SHARDS		64
#define CONFIG_DIR		"/var/lib/push"

enum config_tls {		/* a listener's policy */
	CONFIG_TLS_REQUIRED, CONFIG_TLS_OPTIONAL, CONFIG_TLS_DIRECT,
	CONFIG_TLS_OFF,
};

enum config_registration {
	CONFIG_REG_CLOSED, CONFIG_REG_TOKEN, CONFIG_REG_OPEN,
};

struct config_listener {
	char		*address;	/* as sock_listen_tcp() takes it */
	enum config_tls	 tls;
	bool		 legacy;	/* XEP-0078 and any `to` are served */
	bool		 legacy_tls;	/* TLS 1.0 for old phones */
};

struct config {
	atomic_int		  refs;
	char			 *domain;
	char			 *dir;		/* data folder */
	char			 *socket;	/* control socket */
	char			 *user;		/* to run as; NULL: stay */
	char			 *loop;		/* "auto", "epoll" */
	unsigned		  shards;	/* 1..CONFIG_SHARDS */
	enum config_tls		  tls;		/* of listeners naming none */
	bool			  legacy;	/* the same */
	struct config_listener	  listeners[CONFIG_LISTENERS];
	size_t			  listener_count;
	char			 *cert[2], *key[2];	/* PEM; NULL: ours */
	enum config_registration  registration;
	char			 *registration_token_file;
	char			 *registration_token;	/* read from it */
	uint64_t		  registration_rate;	/* by one an hour */
	int			  log_level;
	bool			  log_json;
	int64_t			  ttl_ms, history_ms;
	uint64_t		  queue_count, queue_bytes;
	uint64_t		  object_max;
	uint64_t		  iterations;
	/* limits of streams, before and after login */
	struct xml_limits	  xml_pre, xml_post;
	uint64_t		  output_max;
	int64_t			  login_ms;	/* each step before bound */
	int64_t			  idle_ms;	/* silence before a probe */
	int64_t			  ack_ms;	/* unacked before a probe */
	int64_t			  resume_ms;	/* XEP-0198 */
	uint64_t		  sessions_max;	/* per account */
	uint64_t		  tries;	/* logins per stream */
	uint64_t		  window;	/* unacked pushes per session */
	uint64_t		  inflight;	/* of one control client */
	uint64_t		  control_clients;
};

/* What main() found on the command line. */
struct config_flags {
	const char	*file;		/* -c, NULL: none */
	const char	*dir;		/* -D */
	const char	*socket;	/* -S */
	const char	*log;		/* --log */
	bool		 verbose;	/* -v */
	struct opt_list	 listen;	/* -l, each as in the file */
	struct opt_list	 set;		/* -o NAME=VALUE */
};

/*
 * Reads the file and applies the flags.  Returns NULL and a sentence that
 * begins with file:line, or with the option.
 */
struct config	*config_load(const struct config_flags *, struct err_text *);
/* The same with the file's text in memory; file is what to call it. */
struct config	*config_parse(const char *text, size_t n, const char *file,
		    const struct config_flags *, struct err_text *);
/*
 * At a reload: puts back what only a start can change, such as the domain;
 * true if something was different.
 */
bool		 config_keep(struct config *fresh, const struct config *old);
struct config	*config_ref(struct config *);
void		 config_unref(struct config **);
/* Every line of the effective configuration; secrets as their file's name. */
void		 config_print(const struct config *, FILE *);

#endif
