/* The device against a scripted server in a thread, over loopback. */
#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sock.h"
#include "pushsub/device.h"
#include "tap.h"
#include "xmpp/ns.h"
#include "xmpp/sasl.h"

#define WAIT_MS		5000	/* for what the script expects next */
#define PASSWORD	"secret"
#define HEADER		"<?xml version='1.0'?><stream:stream xmlns='" NS_CLIENT \
			"' xmlns:stream='" NS_STREAM "' from='push.test' "	\
			"id='1' version='1.0'>"
#define PUSH(id)	"<message id='" id "'><body>b</body></message>"
#define NOTE(id)	"<iq type='set' id='" id "'><notification xmlns='" \
			NS_ANDROIDPN "'><id>" id "</id><title>t</title>"	\
			"</notification></iq>"
#define R		"<r xmlns='" NS_SM "'/>"
#define PING		"<iq type='get' id='b1' from='push.test'>"	\
			"<ping xmlns='" NS_PING "'/></iq>"

/* What the device reported. */
static struct {
	unsigned	pushes, ready, lost, duplicates, again, failed;
	bool		leave;		/* do not handle the next push */
	uint32_t	left;		/* its number */
	int		code;
	char		last[64];
} told;

static struct settings	set;
static struct site	site;
static struct device	device;

/* The script's side. */
static int		listener, fd;
static char		got[65536];
static size_t		gotlen;
static bool		followed;	/* all that was expected came */
static bool		with_sm;	/* offer stream management */

static void
on_ready(struct device *d)
{
	(void)d;
	told.ready++;
}

static void
on_lost(struct device *d, const char *reason, bool was_ready)
{
	(void)d;
	(void)reason;
	(void)was_ready;
	told.lost++;
}

static void
on_failed(struct device *d, int code, const char *reason)
{
	(void)reason;
	told.failed++;
	told.code = code;
	loop_stop(d->site->loop);
}

static bool
on_push(struct device *d, const struct push *p, uint32_t number)
{
	(void)d;
	told.pushes++;
	(void)snprintf(told.last, sizeof(told.last), "%s", p->id);
	if (!told.leave)
		return true;
	told.leave = false;
	told.left = number;
	return false;
}

static void
on_duplicate(struct device *d, bool again)
{
	(void)d;
	told.duplicates++;
	told.again += again;
}

static void
on_acknowledge(struct device *d)
{
	(void)d;
}

static void
on_closed(struct device *d)
{
	loop_stop(d->site->loop);
}

static const struct device_news	news = {
	.on_ready = on_ready, .on_lost = on_lost, .on_failed = on_failed,
	.on_push = on_push, .on_duplicate = on_duplicate,
	.on_acknowledge = on_acknowledge, .on_closed = on_closed,
};

static void
say(const char *text)
{
	size_t	n = strlen(text);

	if (followed && send(fd, text, n, MSG_NOSIGNAL) != (ssize_t)n)
		followed = false;
}

/* Reads until the device has said this, and forgets all up to its end. */
static void
expect(const char *text)
{
	struct pollfd	 p = { fd, POLLIN, 0 };
	const char	*at;
	ssize_t		 n;

	while (followed && (at = strstr(got, text)) == NULL) {
		p.fd = fd;
		n = poll(&p, 1, WAIT_MS) == 1 ? read(fd, got + gotlen,
		    sizeof(got) - 1 - gotlen) : -1;
		if (n <= 0) {
			printf("# expected %s, got %s\n", text, got);
			followed = false;
		}
		gotlen += n > 0 ? (size_t)n : 0;
		got[gotlen] = '\0';
	}
	if (!followed)
		return;
	gotlen -= (size_t)(at - got) + strlen(text);
	memmove(got, at + strlen(text), gotlen + 1);
}

static void
meet(void)
{
	struct pollfd	p = { listener, POLLIN, 0 };

	gotlen = 0;
	got[0] = '\0';
	fd = poll(&p, 1, WAIT_MS) == 1 ? accept(listener, NULL, NULL) : -1;
	followed = followed && fd >= 0;
	expect("<stream:stream");
	expect(">");
	say(HEADER);
}

/* The text of the element that comes next, decoded. */
static void
read_payload(struct buf *out)
{
	const char	*end;

	expect(">");
	if ((end = strchr(got, '<')) == NULL ||
	    sasl_decode(got, (size_t)(end - got), out) != PUSH_OK)
		followed = false;
}

static void
say_payload(const char *element, struct buf *payload)
{
	struct buf	text;

	buf_init(&text, 2 * SASL_PAYLOAD);
	buf_printf(&text, "<%s xmlns='" NS_SASL "'>", element);
	sasl_encode(&text, payload->p, payload->len);
	buf_printf(&text, "</%s>", element);
	say(buf_str(&text));
	buf_release(&text);
	buf_reset(payload);
}

/* The server's side of a login; impostor: one without the password. */
static void
log_in(bool impostor)
{
	struct scram_server	s;
	struct scram_cred	cred;
	struct buf		in, out;

	buf_init(&in, SASL_PAYLOAD);
	buf_init(&out, SASL_PAYLOAD);
	scram_cred_make(PASSWORD, strlen(PASSWORD), 4096, &cred);
	scram_server_init(&s, DIGEST_SHA256);
	say("<stream:features><mechanisms xmlns='" NS_SASL "'><mechanism>"
	    "PLAIN</mechanism><mechanism>SCRAM-SHA-256</mechanism>"
	    "</mechanisms></stream:features>");
	expect("mechanism='SCRAM-SHA-256'");
	read_payload(&in);
	followed = followed && scram_server_first(&s, buf_str(&in),
	    in.len) == PUSH_OK && strcmp(s.name, "dev") == 0;
	scram_server_challenge(&s, &cred, &out);
	say_payload("challenge", &out);
	expect("<response");
	buf_reset(&in);
	read_payload(&in);
	followed = followed && scram_server_final(&s, buf_str(&in), in.len,
	    &out) == PUSH_OK;
	if (impostor)
		out.p[4] = out.p[4] == 'A' ? 'B' : 'A';
	say_payload("success", &out);
	scram_server_wipe(&s);
	buf_release(&in);
	buf_release(&out);
	if (impostor)
		return;
	expect("<stream:stream");
	expect(">");
	say(HEADER "<stream:features><bind xmlns='" NS_BIND "'/>");
	say(with_sm ? "<sm xmlns='" NS_SM "'/></stream:features>" :
	    "</stream:features>");
}

/* Waits until the device has hung up. */
static void
await_end(void)
{
	struct pollfd	p = { fd, POLLIN, 0 };
	ssize_t		n = 1;

	while (followed && n > 0)
		n = poll(&p, 1, WAIT_MS) == 1 ? read(fd, got, sizeof(got)) :
		    -1;
}

static void
part(void)
{
	(void)close(fd);
}

/* Waits for the device's goodbye and answers it. */
static void
see_off(void)
{
	expect("</stream:stream>");
	say("</stream:stream>");
	part();
	loop_stop(site.loop);
}

static void *
script_sm(void *arg)
{
	(void)arg;
	meet();
	log_in(false);
	expect("<bind");
	say("<iq type='result' id='bind'/>");
	expect("<enable");
	say("<enabled xmlns='" NS_SM "' id='tok&amp;en' resume='true'/>");
	expect("<presence/>");
	say(PUSH("p1") PUSH("p2") PUSH("p1") "<presence/>" R);
	expect("<a xmlns='" NS_SM "' h='4'/>");
	say(PING);
	expect("<iq type='result' id='b1' to='push.test'");
	say("<iq type='get' id='v'><query xmlns='" NS_VERSION "'/></iq>");
	expect("<name>pushsub</name>");
	say("<iq type='set' id='u'><odd xmlns='urn:odd'/></iq>");
	expect("<service-unavailable");
	part();

	meet();
	log_in(false);
	expect("<resume xmlns='" NS_SM "' h='7' previd='tok&amp;en'/>");
	say("<resumed xmlns='" NS_SM "' previd='tok&amp;en' h='2'/>"
	    PUSH("p2") PUSH("p3") R);
	expect("<a xmlns='" NS_SM "' h='9'/>");
	part();

	meet();
	log_in(false);
	expect("<resume");
	say("<failed xmlns='" NS_SM "'><item-not-found xmlns='" NS_STANZAS
	    "'/></failed>");
	expect("<bind");
	say("<iq type='result' id='bind'/>");
	expect("<enable");
	say("<enabled xmlns='" NS_SM "' id='t2' resume='1'/>");
	expect("<presence/>");
	say(PUSH("p3") R);
	expect("<a xmlns='" NS_SM "' h='1'/>");
	say("<stream:error><conflict xmlns='" NS_STREAMS "'/>"
	    "</stream:error>");
	await_end();
	part();
	loop_stop(site.loop);
	return NULL;
}

static void *
script_legacy(void *arg)
{
	(void)arg;
	meet();
	say("<stream:features/>");
	expect("\" type=\"get\"><query xmlns=\"" NS_AUTH "\">"
	    "<username>dev</username></query></iq>");
	say("<iq type='result' id='");
	device.word[5] = '\0';
	say(device.word);
	say("-0'><query xmlns='" NS_AUTH "'><username/><password/>"
	    "<resource/></query></iq>");
	expect("<password>" PASSWORD "</password><resource>AndroidpnClient"
	    "</resource></query></iq>");
	say("<iq type='result' id='");
	say(device.word);
	say("-1'/>");
	expect("<query xmlns=\"" NS_ROSTER "\" >");
	expect("<presence id=");
	say(NOTE("p1") NOTE("p2") PING);
	expect("<iq id=\"b1\" to=\"push.test\" type=\"error\">"
	    "<error code=\"501\" type=\"CANCEL\">");
	see_off();
	return NULL;
}

/* A push that is not handled holds back the answer to the ping. */
static void *
script_held(void *arg)
{
	(void)arg;
	meet();
	log_in(false);
	expect("<bind");
	say("<iq type='result' id='bind'/>");
	expect("<presence/>");
	say(PUSH("p1") PING "<iq type='get' id='v'><query xmlns='" NS_VERSION
	    "'/></iq>");
	expect("<iq type='result' id='v'");
	followed = followed && strstr(got, "id='b1'") == NULL;
	loop_stop(site.loop);
	return NULL;
}

static void *
script_held_on(void *arg)
{
	(void)arg;
	expect("<iq type='result' id='b1' to='push.test'/>");
	see_off();
	return NULL;
}

static void *
script_impostor(void *arg)
{
	(void)arg;
	meet();
	log_in(true);
	await_end();
	part();
	loop_stop(site.loop);
	return NULL;
}

static void
run(void *(*script)(void *))
{
	pthread_t	thread;

	if (pthread_create(&thread, NULL, script, NULL) != 0)
		exit(1);
	loop_run(site.loop);
	(void)pthread_join(thread, NULL);
}

static void
begin(void)
{
	struct err_text	why;
	static char	name[SOCK_ADDR];

	memset(&told, 0, sizeof(told));
	memset(&site, 0, sizeof(site));
	followed = true;
	listener = sock_listen_tcp("127.0.0.1:0", 4, &why);
	sock_name(listener, name);
	set.server = name;
	set.user = "dev";
	set.tls = TLS_POLICY_OFF;
	site.set = &set;
	site.news = &news;
	site.loop = loop_new("epoll", &why);
	site.pool = xml_pool_new();
	if (where_init(&site.where, name, "5222", &why) != 0)
		exit(1);
	device_init(&device, &site, "dev", PASSWORD);
	device_start(&device);
}

static void
end(void)
{
	device_release(&device);
	loop_free(&site.loop);
	xml_pool_free(&site.pool);
	(void)close(listener);
}

static void
leave_soon(struct timer *t)
{
	if (told.pushes < 2)
		loop_timer_set(site.loop, t, 20);
	else
		device_close(&device, true);
}

int
main(void)
{
	struct timer	leave = { .fire = leave_soon };

	with_sm = true;
	begin();
	run(script_sm);
	ok(followed, "SCRAM, bind, stream management, resume, and a new "
	    "session when that fails");
	ok(told.ready == 3, "ready after each login");
	ok(told.pushes == 3, "each push is new once");
	ok(told.duplicates == 3 && told.again == 1,
	    "what comes again is counted, on the same stream apart");
	ok(told.lost == 3, "two cuts and a stream error");
	end();

	set.legacy = true;
	begin();
	loop_timer_set(site.loop, &leave, 20);
	run(script_legacy);
	ok(followed, "androidpn's login, answer to a ping, and leaving");
	ok(told.pushes == 2 && strcmp(told.last, "p2") == 0,
	    "androidpn's notifications");
	end();
	set.legacy = false;

	with_sm = false;
	begin();
	told.leave = true;
	run(script_held);
	ok(followed && told.pushes == 1,
	    "an open push holds back the answer to a ping, no other");
	device_done(&device, device.streams, told.left);
	device_close(&device, true);
	run(script_held_on);
	ok(followed, "once it is done the ping is answered");
	end();

	begin();
	run(script_impostor);
	ok(told.failed == 1 && told.code == 76 && told.ready == 0,
	    "a server that does not know the password is not believed");
	end();
	return tap_done();
}
