#include <string.h>

#include "pushsub/push.h"
#include "tap.h"
#include "xmpp/ns.h"
#include "xmpp/xml.h"

#define HEADER	"<stream:stream xmlns='jabber:client' "			\
		"xmlns:stream='http://etherx.jabber.org/streams'>"

#define RECEIVED	1700000000123	/* 2023-11-14T22:13:20.123Z */

static const struct xml_limits	limits = {
	.stanza = 65536, .depth = 16, .children = 64, .attributes = 16,
	.namespaces = 16, .name = 256,
};

/* What the last stanza was read as. */
static char	line[4096];
static bool	is_push;

static void
on_header(void *arg, const struct xml_header *h)
{
	(void)arg;
	(void)h;
}

static void
on_stanza(void *arg, const struct stanza *st)
{
	struct push	p;
	struct buf	out;

	(void)arg;
	buf_init(&out, sizeof(line) - 1);
	is_push = push_read(st, RECEIVED, &p);
	if (is_push)
		push_put_json(&p, "dev", &out);
	(void)snprintf(line, sizeof(line), "%s", buf_str(&out));
	push_release(&p);
	buf_release(&out);
}

static void
on_end(void *arg)
{
	(void)arg;
}

/* Reads one stanza, cut in two at every byte; true if all gave the line. */
static bool
gives(const char *stanza, const char *expected)
{
	static const struct xml_news	news = { on_header, on_stanza, on_end };
	struct xml_pool			*pool = xml_pool_new();
	struct xml			 x;
	enum push_err			 err;
	size_t				 n = strlen(stanza), cut;
	bool				 good = true;

	for (cut = 0; cut <= n && good; cut++) {
		line[0] = '\0';
		xml_init(&x, pool, &limits);
		good = xml_feed(&x, HEADER, strlen(HEADER), &news, NULL,
		    &err) > 0 &&
		    xml_feed(&x, stanza, cut, &news, NULL, &err) >= 0 &&
		    xml_feed(&x, stanza + cut, n - cut, &news, NULL,
		    &err) >= 0 && strcmp(line, expected) == 0;
		xml_release(&x);
	}
	xml_pool_free(&pool);
	if (!good)
		printf("# got: %s\n", line);
	return good;
}

#define RECEIVED_TEXT	"\"received\":\"2023-11-14T22:13:20.123Z\""

int
main(void)
{
	ok(gives("<message id='p1'><body>b</body><json xmlns='" NS_JSON "'>"
	    "{\"id\":\"p1\",\"title\":\"T&amp;1\",\"message\":\"M\","
	    "\"uri\":\"geo:1\",\"data\":{\"a\": [1.50]},\"priority\":5,"
	    "\"sent\":\"2023-11-14T22:13:20.100Z\",\"more\":1}</json>"
	    "</message>",
	    "{\"id\":\"p1\",\"to\":\"dev\",\"title\":\"T&1\","
	    "\"message\":\"M\",\"uri\":\"geo:1\",\"data\":{\"a\": [1.50]},"
	    "\"priority\":5,\"sent\":\"2023-11-14T22:13:20.100Z\","
	    RECEIVED_TEXT ",\"latency_ms\":23,\"dup\":false}"),
	    "pushd's JSON, data untouched");
	ok(gives("<message id='p1'><json xmlns='" NS_JSON "'>"
	    "{\"priority\":\"high\"}</json></message>",
	    "{\"id\":\"p1\",\"to\":\"dev\",\"title\":\"\","
	    "\"message\":\"\",\"uri\":\"\",\"priority\":4," RECEIVED_TEXT
	    ",\"dup\":false}"), "a priority that is a word");
	ok(gives("<message id='m'><subject>S</subject><body>&lt;b></body>"
	    "<stanza-id xmlns='" NS_SID "' id='sid'/><delay xmlns='" NS_DELAY
	    "' stamp='2023-11-14T22:13:19Z'/></message>",
	    "{\"id\":\"sid\",\"to\":\"dev\",\"title\":\"S\","
	    "\"message\":\"<b>\",\"uri\":\"\",\"priority\":3,"
	    "\"sent\":\"2023-11-14T22:13:19.000Z\"," RECEIVED_TEXT
	    ",\"latency_ms\":1123,\"dup\":false}"),
	    "any server's message, by stanza-id");
	ok(gives("<message id='m'><body>b</body></message>",
	    "{\"id\":\"m\",\"to\":\"dev\",\"title\":\"\",\"message\":\"b\","
	    "\"uri\":\"\",\"priority\":3," RECEIVED_TEXT ",\"dup\":false}"),
	    "without one, by the message's id");
	ok(gives("<message id='m'><body>b</body><json xmlns='" NS_JSON
	    "'>[1]</json></message>",
	    "{\"id\":\"m\",\"to\":\"dev\",\"title\":\"\",\"message\":\"b\","
	    "\"uri\":\"\",\"priority\":3," RECEIVED_TEXT ",\"dup\":false}"),
	    "JSON that is no object is not believed");
	ok(gives("<iq type='set' id='1'><notification xmlns='" NS_ANDROIDPN
	    "'><id>p2</id><apiKey>k</apiKey><title>t</title>"
	    "<message>m</message><uri>u</uri><uuid>p2</uuid></notification>"
	    "</iq>",
	    "{\"id\":\"p2\",\"to\":\"dev\",\"title\":\"t\","
	    "\"message\":\"m\",\"uri\":\"u\",\"priority\":3," RECEIVED_TEXT
	    ",\"dup\":false}"), "androidpn's notification");

	ok(gives("<message type='error'><body>b</body></message>", "") &&
	    !is_push, "an error is no push");
	ok(gives("<message><active xmlns='urn:c'/></message>", "") &&
	    !is_push, "a chat state is no push");
	ok(gives("<iq type='get' id='1'><ping xmlns='" NS_PING "'/></iq>",
	    "") && !is_push, "a ping is no push");

	ok(push_time("1970-01-01T00:00:00Z") == 0, "the epoch");
	ok(push_time("2023-11-14T22:13:20.123Z") == RECEIVED,
	    "milliseconds");
	ok(push_time("2023-11-14T22:13:20.123999Z") == RECEIVED,
	    "what is finer is cut");
	ok(push_time("2023-11-15T00:13:20.123+02:00") == RECEIVED &&
	    push_time("2023-11-14T20:43:20.123-01:30") == RECEIVED,
	    "offsets east and west");
	ok(push_time("2023-11-14 22:13:20Z") == -1 &&
	    push_time("2023-11-14T22:13:20") == -1 &&
	    push_time("2023-11-14T22:13:20+1:00") == -1 &&
	    push_time("yesterday") == -1 && push_time("") == -1,
	    "what is no RFC 3339 time is refused");
	return tap_done();
}
