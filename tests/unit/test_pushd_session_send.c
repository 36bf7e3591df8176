/* What a bound session is sent, and what its answers acknowledge. */
#include "base/clock.h"
#include "pushd/session.h"
#include "pushd/session_send.h"
#include "shard_rig.h"
#include "tap.h"

#define PING_ID	"push-ping-"

static struct shard_rig	rig;
static struct device	*device;
static struct listener	listener = {
	.tls = CONFIG_TLS_OFF,
	.legacy = true,
};

/* ---- the peer at the other end of the socket ---- */

struct peer {
	int		 fd;
	struct session	*session;
	char		 got[65536];	/* since the last say() */
};

static void
hear(struct peer *p)
{
	size_t	len = strlen(p->got);
	ssize_t	n;

	while (len + 1 < sizeof(p->got) && (n = recv(p->fd, p->got + len,
	    sizeof(p->got) - 1 - len, MSG_DONTWAIT)) > 0) {
		len += (size_t)n;
		p->got[len] = '\0';
	}
}

static void
say(struct peer *p, const char *text)
{
	p->got[0] = '\0';
	(void)send(p->fd, text, strlen(text), MSG_NOSIGNAL);
	shard_rig_settle(&rig);
	hear(p);
}

/* Pushes of those numbers, in this order, and no others? */
static bool
heard(const struct peer *p, const char *numbers)
{
	const char	*at = p->got, *n = numbers;

	while ((at = strstr(at, "<body>")) != NULL) {
		at += strlen("<body>");
		if (*n == '\0' || *at != *n)
			break;
		n++;
	}
	if (at != NULL || *n != '\0')
		printf("# wanted %s: %s\n", numbers, p->got);
	return at == NULL && *n == '\0';
}

static bool
heard_text(const struct peer *p, const char *text)
{
	return strstr(p->got, text) != NULL;
}

static void
connect_peer(struct peer *p)
{
	int	fd[2];

	new_pair(fd);
	memset(p, 0, sizeof(*p));
	p->fd = fd[1];
	session_accept(&rig.shard, &listener, fd[0]);
	p->session = LIST_ITEM(rig.shard.sessions.prev, struct session, node);
	say(p, "<stream:stream xmlns='jabber:client' version='1.0' "
	    "xmlns:stream='http://etherx.jabber.org/streams' to='x.test'>");
}

/* As after a login. */
static void
bind_peer(struct peer *p, const char *resource)
{
	connect_peer(p);
	p->session->device = device;
	if (session_bind(p->session, resource) != PUSH_OK)
		shard_rig_bail("cannot bind");
	session_enter(p->session, SESSION_BOUND);
}

static void
hang_up(struct peer *p)
{
	(void)close(p->fd);
	shard_rig_settle(&rig);
}

/* ---- pushes ---- */

static void
drop_mail(struct mail *m, struct loop *loop)
{
	(void)m;
	(void)loop;
}

/* A push whose message is this character. */
static void
submit(char number)
{
	static struct leg	legs[200];
	static char		name[] = "a";
	static size_t		next;
	struct leg		*leg = &legs[next++];
	int64_t			 now = clock_wall_ms();
	char			 body[32];

	(void)snprintf(body, sizeof(body), "{\"message\":\"%c\"}", number);
	leg->name = name;
	leg->row = push_id_mint(&rig.pd.last_id);
	leg->push = push_load(leg->row, now, now + 3600000, body,
	    strlen(body));
	leg->accepted.run = leg->ended.run = drop_mail;
	device_submit(&rig.shard, leg);
	push_unref(&leg->push);
}

static void
submit_all(const char *numbers)
{
	while (*numbers != '\0')
		submit(*numbers++);
	shard_rig_settle(&rig);
}

static void
answer(struct peer *p, unsigned barrier)
{
	char	text[200];

	(void)snprintf(text, sizeof(text), "<iq type='error' id='" PING_ID
	    "%u'><error code='501' type='CANCEL'/></iq>", barrier);
	say(p, text);
}

static void
begin(const char *lines)
{
	shard_rig_new(&rig, lines);
	device = shard_rig_device(&rig, "a");
}

static void
end(struct peer *p)
{
	hang_up(p);
	shard_rig_free(&rig);
}

/* ---- the tests ---- */

static void
test_barrier(void)
{
	struct peer	p;

	begin("window = 4");
	bind_peer(&p, "r");
	submit_all("12");
	say(&p, "<presence/>");
	ok(heard(&p, "12") && heard_text(&p, "</message><iq type='get' id='"
	    PING_ID "1' from='x.test' to='a@x.test/r'>"
	    "<ping xmlns='urn:xmpp:ping'/></iq>"),
	    "what waits, and one ping behind it");
	submit_all("34");
	say(&p, "<iq type='result' id='push-ping-2'/>"
	    "<iq type='result' id='push-ping-'/>"
	    "<iq type='result' id='push-ping-01x'/>"
	    "<iq type='result' id='other'/>"
	    "<iq type='result' id='push-probe'/>");
	ok(heard(&p, "") && device_queued(device) == 4,
	    "other answers acknowledge nothing, and nothing is sent");
	ok(!heard_text(&p, "<iq"), "an answer is not answered");
	answer(&p, 1);
	ok(heard(&p, "34") && heard_text(&p, PING_ID "2") &&
	    device_queued(device) == 2, "its answer acknowledges all before");
	answer(&p, 1);
	ok(device_queued(device) == 2, "an old one is nothing");
	say(&p, "<iq type='result' id='push-ping-2'/>");
	ok(device_queued(device) == 0, "a result is as good as an error");
	submit_all("56789");
	say(&p, "");
	ok(heard(&p, "5"), "the first goes at once");
	answer(&p, 3);
	ok(heard(&p, "678"), "then as many as are in the window");
	answer(&p, 4);
	ok(heard(&p, "9"), "and what was on disk");
	answer(&p, 5);
	ok(device_queued(device) == 0, "all are delivered");
	end(&p);
}

static void
test_presence(void)
{
	struct peer	p;

	begin("");
	bind_peer(&p, "r");
	submit_all("12");
	say(&p, "<presence><priority>-1</priority></presence>");
	ok(heard(&p, "") && !device->online, "nothing for a negative priority");
	say(&p, "<presence><priority>128</priority></presence>");
	ok(heard_text(&p, "bad-request"), "priorities end at 127");
	say(&p, "<presence><priority>0</priority></presence>");
	ok(heard(&p, "12") && device->online, "from 0 on");
	say(&p, "<presence type='unavailable'/>");
	ok(!device->online && device->backlog.len == 2, "it goes away");
	submit_all("3");
	say(&p, "<presence/>");
	ok(heard(&p, ""), "what it had already does not come again");
	answer(&p, 1);
	ok(heard(&p, "3") && device_queued(device) == 1,
	    "and is acknowledged by the same answer");
	answer(&p, 2);
	submit_all("45");
	say(&p, "<presence><priority>-1</priority></presence>");
	ok(heard(&p, "4"), "(one is on its way)");
	say(&p, "<presence/>");
	ok(heard(&p, ""), "neither after a negative priority");
	answer(&p, 3);
	ok(heard(&p, "5") && device_queued(device) == 1, "the next does");
	end(&p);
}

/* The same where nothing holds back what is on its way already. */
static void
test_presence_and_counters(void)
{
	struct peer	p;

	begin("window = 4");
	bind_peer(&p, "r");
	say(&p, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
	submit_all("123");
	say(&p, "<presence><priority>-1</priority></presence>");
	ok(heard(&p, "123"), "(three are on their way)");
	say(&p, "<presence type='unavailable'/>");
	submit_all("4");
	say(&p, "<presence/>");
	ok(heard(&p, "4"), "none comes twice in a session");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	ok(device_queued(device) == 1, "they are acknowledged by number");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	ok(device_queued(device) == 0, "and so is the next");
	end(&p);
}

static void
test_late(void)
{
	struct peer	p;

	begin("");
	submit_all("1");
	shard_rig_skip(&rig, 5100);
	submit_all("2");
	bind_peer(&p, "r");
	say(&p, "<presence/>");
	ok(heard(&p, "12") && heard_text(&p, "<delay ") &&
	    strstr(p.got, "<delay ") < strstr(p.got, "<body>2") &&
	    strstr(strstr(p.got, "<body>2"), "<delay ") == NULL,
	    "a push over 5 s old says so, no other");
	end(&p);
}

static void
test_legacy(void)
{
	struct peer	p;

	begin("");
	submit_all("1");
	bind_peer(&p, "AndroidpnClient");
	say(&p, "<presence/>");
	ok(!heard_text(&p, "notification"), "androidpn gets a moment");
	shard_rig_skip(&rig, 1100);
	hear(&p);
	ok(heard_text(&p, "<notification xmlns='androidpn:iq:notification'>") &&
	    heard_text(&p, "</iq><iq type='get' id='" PING_ID "1'"),
	    "then a notification and a ping");
	answer(&p, 1);
	ok(device_queued(device) == 0, "whose error acknowledges it");
	end(&p);
}

static void
test_counters(void)
{
	struct peer	p;

	begin("window = 8");
	bind_peer(&p, "r");
	say(&p, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
	ok(heard_text(&p, "<enabled xmlns='urn:xmpp:sm:3'/>"), "SM is on");
	submit_all("123");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='2'/>");
	ok(heard(&p, "123") && !heard_text(&p, PING_ID) &&
	    heard_text(&p, "<r xmlns='urn:xmpp:sm:3'/>"),
	    "pushes are followed by <r/>");
	ok(device_queued(device) == 1, "h acknowledges as many");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='0'/>"
	    "<a xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='x'/>");
	ok(device_queued(device) == 1, "a lower one or none is ignored");
	say(&p, "<iq type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>"
	    "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	ok(device_queued(device) == 0 && sm_unacked(&p.session->sm) == 1,
	    "other stanzas are counted too");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	ok(p.session->copies_len == 0, "and are kept no longer");
	p.session->sm.out = p.session->sm.acked = UINT32_MAX - 1;
	submit_all("4567");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>");
	ok(heard(&p, "4567") && device_queued(device) == 3, "at 2^32 - 1");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	ok(device_queued(device) == 1, "numbers wrap around");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='3'/>");
	ok(heard_text(&p, "<handled-count-too-high ") && heard_text(&p,
	    "h='3' send-count='2'") && device_queued(device) == 1,
	    "more than was sent ends the stream");
	end(&p);
}

static void
test_enabled_late(void)
{
	struct peer	p;

	begin("");
	bind_peer(&p, "r");
	submit_all("12");
	say(&p, "<presence/>");
	ok(heard(&p, "12"), "(two are on their way)");
	say(&p, "<enable xmlns='urn:xmpp:sm:3'/>");
	submit_all("3");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='0'/>");
	ok(heard(&p, "") && device_queued(device) == 3,
	    "SM does not count what went out before it");
	answer(&p, 1);
	ok(heard(&p, "3") && device_queued(device) == 1,
	    "its ping acknowledges it, and it is sent once");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	ok(device_queued(device) == 0, "what comes behind it is counted");
	end(&p);
}

static void
test_resume(void)
{
	char		id[SESSION_SM_ID], text[200];
	struct peer	p, q;

	begin("window = 8");
	bind_peer(&p, "r");
	say(&p, "<enable xmlns='urn:xmpp:sm:3' resume='true'/><presence/>");
	submit_all("123");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	(void)snprintf(id, sizeof(id), "%s", p.session->sm_id);
	ok(id[0] != '\0' && device_queued(device) == 2, "(two in flight)");
	hang_up(&p);
	submit_all("4");
	ok(p.session->state == SESSION_DETACHED && !device->online &&
	    device->backlog.len == 3, "the line broke: they wait");
	connect_peer(&q);
	(void)snprintf(q.session->login->name, 2, "a");
	session_enter(q.session, SESSION_BIND);
	(void)snprintf(text, sizeof(text),
	    "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='1'/>", id);
	text[strlen("<resume xmlns='urn:xmpp:sm:3' previd='")] ^= 1;
	say(&q, text);
	ok(heard_text(&q, "item-not-found"), "another id is not found");
	text[strlen("<resume xmlns='urn:xmpp:sm:3' previd='")] ^= 1;
	*strstr(text, "h='1'") = 'h';
	strstr(text, "h='1'")[3] = '2';
	say(&q, text);
	ok(heard_text(&q, "<resumed xmlns='urn:xmpp:sm:3' previd='") &&
	    heard_text(&q, id) && heard(&q, "34"),
	    "resumed: what was acknowledged does not come again");
	ok(device_queued(device) == 2 && device->seat_count == 1,
	    "h of the resume counts");
	say(&q, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	ok(device_queued(device) == 0, "and the counters go on");
	say(&q, "</stream:stream>");
	ok(device->seat_count == 0, "a stream that was ended is not kept");
	end(&q);
}

static void
test_silence(void)
{
	struct peer	p, q;

	begin("ack-time = 10s");
	bind_peer(&p, "r");
	say(&p, "<enable xmlns='urn:xmpp:sm:3'/><presence/>");
	submit_all("1");
	hear(&p);
	p.got[0] = '\0';
	shard_rig_skip(&rig, 10100);
	hear(&p);
	ok(heard_text(&p, "<r ") && device->online,
	    "one that is slow to acknowledge is asked");
	shard_rig_skip(&rig, 10100);
	hear(&p);
	ok(heard_text(&p, "connection-timeout") &&
	    device->backlog.len == 1, "and is cut off at twice the time");
	bind_peer(&q, "q");
	say(&q, "<presence/>");
	ok(heard(&q, "1"), "the next session gets what it had");
	(void)close(p.fd);
	end(&q);
}

/* A client that counts one stanza too few. */
static void
test_miscount(void)
{
	struct peer	p;

	begin("ack-time = 10s");
	bind_peer(&p, "r");
	say(&p, "<enable xmlns='urn:xmpp:sm:3'/><presence/>"
	    "<iq type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>");
	submit_all("1");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	ok(heard(&p, "1") && !heard_text(&p, PING_ID), "it is asked by <r/>");
	shard_rig_skip(&rig, 10100);
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	ok(heard_text(&p, PING_ID "1") && device_queued(device) == 1,
	    "later by a ping as well");
	answer(&p, 1);
	ok(device_queued(device) == 0, "whose answer acknowledges, too");
	submit_all("2");
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
	shard_rig_skip(&rig, 10100);
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	ok(device_queued(device) == 0, "its number still counts");
	submit_all("3");
	say(&p, "");
	ok(heard(&p, "3"), "the unanswered ping is in nobody's way");
	answer(&p, 2);
	ok(device_queued(device) == 1, "and acknowledges nothing behind it");
	shard_rig_skip(&rig, 10100);
	say(&p, "<a xmlns='urn:xmpp:sm:3' h='4'/>");
	shard_rig_skip(&rig, 10100);
	hear(&p);
	ok(heard_text(&p, "connection-timeout") && device_queued(device) == 1,
	    "the same number for ever is no sign of life");
	end(&p);
}

static void
test_output_limit(void)
{
	struct peer	p;
	struct session	*s;
	uint32_t	 i, all = 0;

	begin("window = 64\noutput-size = 1M\nobject-size = 4k");
	bind_peer(&p, "r");
	s = p.session;
	submit_all("1234");
	rig.shard.config->output_max = 4;
	say(&p, "<presence/>");
	ok(s->sent_len == 1, "no second push into an output that is filled");
	for (i = 1; i < 10 && device_queued(device) > 0; i++) {
		answer(&p, i);
		all++;
	}
	ok(device_queued(device) == 0 && all == 4, "each has its turn");
	end(&p);
}

int
main(void)
{
	test_barrier();
	test_presence();
	test_presence_and_counters();
	test_late();
	test_legacy();
	test_counters();
	test_enabled_late();
	test_resume();
	test_silence();
	test_miscount();
	test_output_limit();
	return tap_done();
}
