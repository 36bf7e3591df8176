/* device_sasl - the login proper: SCRAM, or PLAIN under TLS. */
#include <string.h>

#include "device_parts.h"
#include "xmpp/ns.h"

/* Strongest first; a clear password only where nobody else can read it. */
static enum sasl_mech
choose(const struct device *d)
{
	enum sasl_mech	m;

	for (m = SASL_SCRAM_SHA_256; m < SASL_NONE; m++)
		if ((d->login->mechs & 1U << m) != 0 &&
		    (m != SASL_PLAIN || stream_is_secure(d->stream)))
			return m;
	return SASL_NONE;
}

/* base64 as an element's text, flushed; the message is wiped. */
static void
put_message(struct device *d, const char *element, const char *mech,
    struct buf *message)
{
	struct buf	text;

	buf_init(&text, 2 * SASL_PAYLOAD);
	if (message->len > 0 || mech != NULL)
		sasl_encode(&text, message->p, message->len);
	if (mech != NULL)
		stream_printf(d->stream, "<%s xmlns='" NS_SASL "' "
		    "mechanism='%s'>%s</%s>", element, mech, buf_str(&text),
		    element);
	else
		stream_printf(d->stream, "<%s xmlns='" NS_SASL "'>%s</%s>",
		    element, buf_str(&text), element);
	buf_release_secret(&text);
	buf_release_secret(message);
}

void
device_sasl_start(struct device *d)
{
	struct login	*l = d->login;
	struct buf	 message;

	l->mech = choose(d);
	if (l->mech == SASL_NONE) {
		device_fail(d, err_exit(PUSH_E_AUTH),
		    "the server offers no login that is known here%s",
		    stream_is_secure(d->stream) ? "" :
		    " without TLS (--tls require)");
		return;
	}
	buf_init(&message, SASL_PAYLOAD);
	if (l->mech == SASL_PLAIN)
		sasl_plain_put(&message, d->name, d->password);
	else
		scram_client_first(&l->scram,
		    l->mech == SASL_SCRAM_SHA_256 ? DIGEST_SHA256 :
		    DIGEST_SHA1, d->name, &message);
	device_enter(d, DEVICE_AUTH);
	put_message(d, "auth", sasl_name(l->mech), &message);
}

static void
broken(struct device *d, const char *what)
{
	device_fail(d, err_exit(PUSH_E_PROTOCOL), "login: %s", what);
}

/* The server's proof, in the last challenge or with <success/>. */
static bool
verify(struct device *d, const char *message, size_t n)
{
	struct login	*l = d->login;

	if (scram_client_verify(&l->scram, message, n) == PUSH_OK) {
		l->verified = true;
		return true;
	}
	broken(d, "the server does not know the password itself");
	return false;
}

static void
on_challenge(struct device *d, const struct stanza *st)
{
	struct login	*l = d->login;
	struct buf	 message, answer;
	enum push_err	 err;

	buf_init(&message, SASL_PAYLOAD);
	buf_init(&answer, SASL_PAYLOAD);
	err = sasl_decode(st->text, st->textlen, &message);
	if (err == PUSH_OK && l->mech != SASL_PLAIN && l->scram.answered) {
		if (verify(d, buf_str(&message), message.len))
			put_message(d, "response", NULL, &answer);
		buf_release(&message);
		return;
	}
	if (err == PUSH_OK && l->mech != SASL_PLAIN)
		err = scram_client_final(&l->scram, buf_str(&message),
		    message.len, d->password, strlen(d->password), &d->cache,
		    &answer);
	if (err == PUSH_OK && answer.len > 0)
		put_message(d, "response", NULL, &answer);
	else
		broken(d, "the server's challenge is malformed");
	buf_release_secret(&answer);
	buf_release(&message);
}

static void
on_success(struct device *d, const struct stanza *st)
{
	struct login	*l = d->login;
	struct buf	 message;
	bool		 good = true;

	if (l->mech != SASL_PLAIN && !l->verified) {
		buf_init(&message, SASL_PAYLOAD);
		good = sasl_decode(st->text, st->textlen, &message) ==
		    PUSH_OK;
		if (!good)
			broken(d, "the server's proof is malformed");
		else
			good = verify(d, buf_str(&message), message.len);
		buf_release(&message);
	}
	if (!good)
		return;
	l->authed = true;
	stream_restart(d->stream);
	device_put_header(d);
}

static void
on_failure(struct device *d, const struct stanza *st)
{
	const struct stanza	*c = st->child;
	const char		*condition;

	condition = c != NULL ? c->name : "not-authorized";
	if (strcmp(condition, "temporary-auth-failure") == 0) {
		device_lost(d, "login: %s", condition);
		return;
	}
	if (d->login->exists)
		device_fail(d, err_exit(PUSH_E_AUTH), "register: exists "
		    "(with another password; take another name)");
	else
		device_fail(d, err_exit(PUSH_E_AUTH), "login: %s",
		    condition);
}

void
device_sasl_stanza(struct device *d, const struct stanza *st)
{
	if (stanza_is(st, "challenge", NS_SASL))
		on_challenge(d, st);
	else if (stanza_is(st, "success", NS_SASL))
		on_success(d, st);
	else if (stanza_is(st, "failure", NS_SASL))
		on_failure(d, st);
}
