/*
 * strophe - a stranger's client: libstrophe logs in over STARTTLS, prints
 * the id and text of each push, and leaves with 0 after COUNT of them.
 *
 *	strophe scram|legacy JID PORT COUNT
 *
 * scram: SASL, bind; a push is a <message>.  legacy: jabber:iq:auth
 * (XEP-0078) as androidpn does it; a push is its notification IQ, which is
 * not answered, and the ping behind it gets androidpn's 501.  The password
 * comes from $PUSH_PASSWORD.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#define NS_NOTIFICATION	"androidpn:iq:notification"
#define NS_PING		"urn:xmpp:ping"

static int	wanted, got;

static void
say(xmpp_conn_t *conn, const char *id, char *text)
{
	printf("push %s %s\n", id != NULL ? id : "-",
	    text != NULL ? text : "");
	fflush(stdout);
	xmpp_free(xmpp_conn_get_context(conn), text);
	got++;
}

static int
on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	(void)arg;
	say(conn, xmpp_stanza_get_id(stanza), xmpp_message_get_body(stanza));
	return 1;
}

static int
on_notification(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	xmpp_stanza_t	*n, *id, *title;
	char		*text;

	(void)arg;
	n = xmpp_stanza_get_child_by_name(stanza, "notification");
	id = xmpp_stanza_get_child_by_name(n, "id");
	title = xmpp_stanza_get_child_by_name(n, "title");
	if (id == NULL || title == NULL)
		return 1;
	text = xmpp_stanza_get_text(id);
	say(conn, text, xmpp_stanza_get_text(title));
	xmpp_free(xmpp_conn_get_context(conn), text);
	return 1;
}

static int
on_ping(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *arg)
{
	(void)arg;
	xmpp_send_raw_string(conn, "<iq id='%s' type='error'><error code='501' "
	    "type='CANCEL'><feature-not-implemented xmlns='%s'/></error></iq>",
	    xmpp_stanza_get_id(stanza), XMPP_NS_STANZAS_IETF);
	return 1;
}

/* Leaves a moment later, so that the last acknowledgement is out. */
static int
on_tick(xmpp_conn_t *conn, void *arg)
{
	(void)arg;
	if (got < wanted)
		return 1;
	xmpp_disconnect(conn);
	return 0;
}

static void
on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
    xmpp_stream_error_t *why, void *arg)
{
	xmpp_ctx_t	*ctx = arg;
	xmpp_stanza_t	*presence;

	(void)why;
	if (event != XMPP_CONN_CONNECT) {
		fprintf(stderr, "connection over: %d\n", error);
		xmpp_stop(ctx);
		return;
	}
	xmpp_handler_add(conn, on_message, NULL, "message", NULL, NULL);
	xmpp_handler_add(conn, on_notification, NS_NOTIFICATION, "iq", "set",
	    NULL);
	xmpp_handler_add(conn, on_ping, NS_PING, "iq", "get", NULL);
	xmpp_timed_handler_add(conn, on_tick, 500, NULL);
	presence = xmpp_presence_new(ctx);
	xmpp_send(conn, presence);
	xmpp_stanza_release(presence);
	printf("online\n");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	const char	*password = getenv("PUSH_PASSWORD");
	long		 flags;
	unsigned short	 port;
	xmpp_ctx_t	*ctx;
	xmpp_conn_t	*conn;

	if (argc != 5 || password == NULL) {
		fprintf(stderr, "usage: strophe scram|legacy JID PORT COUNT\n");
		return 64;
	}
	port = (unsigned short)strtol(argv[3], NULL, 10);
	wanted = (int)strtol(argv[4], NULL, 10);
	flags = (long)(XMPP_CONN_FLAG_TRUST_TLS |
	    XMPP_CONN_FLAG_MANDATORY_TLS);
	if (strcmp(argv[1], "legacy") == 0)
		flags |= (long)XMPP_CONN_FLAG_LEGACY_AUTH;

	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_WARN));
	conn = xmpp_conn_new(ctx);
	xmpp_conn_set_flags(conn, flags);
	xmpp_conn_set_jid(conn, argv[2]);
	xmpp_conn_set_pass(conn, password);
	if (xmpp_connect_client(conn, "127.0.0.1", port, on_event, ctx) == 0)
		xmpp_run(ctx);
	xmpp_conn_release(conn);
	xmpp_ctx_free(ctx);
	xmpp_shutdown();
	return got >= wanted ? 0 : 1;
}
