#include "scram.h"

#include <string.h>

#include "base/base64.h"
#include "base/num.h"
#include "base/rand.h"
#include "base/utf8.h"

#define NONCE_BYTES	18	/* random ones of ours: 24 characters */
#define GS2_NONE	"n,,"	/* no channel binding, no authzid */

struct span {
	const char	*p;
	size_t		 n;
};

/* --- keys --- */

static void
put_keys(enum digest d, const unsigned char *salted, unsigned char *client,
    struct scram_keys *keys)
{
	size_t	size = digest_size(d);

	memset(keys, 0, sizeof(*keys));
	digest_hmac(d, salted, size, "Client Key", 10, client);
	digest_hash(d, client, size, keys->stored);
	digest_hmac(d, salted, size, "Server Key", 10, keys->server);
}

void
scram_derive(enum digest d, const char *password, size_t n,
    const unsigned char *salt, size_t saltlen, uint32_t iterations,
    struct scram_keys *keys)
{
	unsigned char	salted[DIGEST_MAX], client[DIGEST_MAX];

	digest_pbkdf2(d, password, n, salt, saltlen, iterations, salted);
	put_keys(d, salted, client, keys);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
}

void
scram_cred_make(const char *password, size_t n, uint32_t iterations,
    struct scram_cred *cred)
{
	cred->iterations = iterations;
	rand_bytes(cred->salt, sizeof(cred->salt));
	scram_derive(DIGEST_SHA1, password, n, cred->salt, sizeof(cred->salt),
	    iterations, &cred->sha1);
	scram_derive(DIGEST_SHA256, password, n, cred->salt,
	    sizeof(cred->salt), iterations, &cred->sha256);
}

bool
scram_cred_check(const struct scram_cred *cred, const char *password,
    size_t n)
{
	struct scram_keys	keys;
	bool			same;

	scram_derive(DIGEST_SHA256, password, n, cred->salt,
	    sizeof(cred->salt), cred->iterations, &keys);
	same = digest_equal(keys.stored, cred->sha256.stored,
	    digest_size(DIGEST_SHA256));
	explicit_bzero(&keys, sizeof(keys));
	return same;
}

void
scram_cred_fake(const char *name, size_t n, const unsigned char secret[32],
    uint32_t iterations, struct scram_cred *cred)
{
	unsigned char		key[DIGEST_MAX], scratch[DIGEST_MAX];
	const enum digest	d = DIGEST_SHA256;

	memset(cred, 0, sizeof(*cred));
	cred->iterations = iterations;
	digest_hmac(d, secret, 32, name, n, key);
	digest_hmac(d, key, sizeof(key), "salt", 4, scratch);
	memcpy(cred->salt, scratch, sizeof(cred->salt));
	put_keys(DIGEST_SHA1, key, scratch, &cred->sha1);
	put_keys(DIGEST_SHA256, key, scratch, &cred->sha256);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(scratch, sizeof(scratch));
}

void
scram_cred_wipe(struct scram_cred *cred)
{
	explicit_bzero(cred, sizeof(*cred));
}

/* --- the grammar of RFC 5802 section 7 --- */

/* Takes "name=value" and the comma behind it from the front. */
static bool
take(struct span *in, char name, struct span *value)
{
	const char	*comma;
	size_t		 n;

	if (in->n < 2 || in->p[0] != name || in->p[1] != '=')
		return false;
	comma = memchr(in->p, ',', in->n);
	n = comma != NULL ? (size_t)(comma - in->p) : in->n;
	value->p = in->p + 2;
	value->n = n - 2;
	n += comma != NULL;
	in->p += n;
	in->n -= n;
	return true;
}

/* saslname into SCRAM_NAME + 1 bytes: not empty, no NUL, =2C and =3D. */
static bool
unescape(struct span in, char *out)
{
	size_t	i, len = 0;

	for (i = 0; i < in.n && len < SCRAM_NAME; i++) {
		if (in.p[i] == '\0')
			return false;
		out[len++] = in.p[i];
		if (in.p[i] != '=')
			continue;
		if (in.n - i < 3)
			return false;
		if (memcmp(in.p + i, "=2C", 3) == 0)
			out[len - 1] = ',';
		else if (memcmp(in.p + i, "=3D", 3) != 0)
			return false;
		i += 2;
	}
	out[len] = '\0';
	return len > 0 && i == in.n;
}

static void
put_escaped(struct buf *b, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buf_puts(b, "=2C");
		else if (*name == '=')
			buf_puts(b, "=3D");
		else
			buf_putc(b, *name);
	}
}

/* Printable ASCII; take() has seen to the comma. */
static bool
is_nonce(struct span s)
{
	size_t	i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n > 0;
}

static bool
span_is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

/* Writes a nonce of ours and a NUL. */
static void
make_nonce(char *out)
{
	unsigned char	raw[NONCE_BYTES];
	struct buf	text;

	rand_bytes(raw, sizeof(raw));
	buf_init(&text, SCRAM_NONCE);
	base64_put(&text, raw, sizeof(raw));
	memcpy(out, buf_str(&text), text.len + 1);
	buf_release(&text);
}

/* The HMAC of AuthMessage, whose last part is without_proof. */
static void
sign(enum digest d, const unsigned char *key, const struct buf *first_bare,
    struct span server_first, struct span without_proof, unsigned char *out)
{
	struct buf	auth;

	buf_init(&auth, 3 * SCRAM_MESSAGE + 2);
	buf_put(&auth, first_bare->p, first_bare->len);
	buf_putc(&auth, ',');
	buf_put(&auth, server_first.p, server_first.n);
	buf_putc(&auth, ',');
	buf_put(&auth, without_proof.p, without_proof.n);
	digest_hmac(d, key, digest_size(d), auth.p, auth.len, out);
	buf_release(&auth);
}

static void
xor(unsigned char *to, const unsigned char *with, size_t n)
{
	for (; n > 0; n--)
		*to++ ^= *with++;
}

/* --- the server's side --- */

void
scram_server_init(struct scram_server *s, enum digest d)
{
	memset(s, 0, sizeof(*s));
	s->digest = d;
	buf_init(&s->first_bare, SCRAM_MESSAGE);
	buf_init(&s->server_first, SCRAM_MESSAGE);
}

void
scram_server_wipe(struct scram_server *s)
{
	buf_release_secret(&s->first_bare);
	buf_release_secret(&s->server_first);
	explicit_bzero(s, sizeof(*s));
}

/* Takes gs2-header from the front and remembers what c= has to be. */
static enum push_err
take_gs2(struct scram_server *s, struct span *in)
{
	struct span	authzid;
	const char	*from = in->p;
	struct buf	c;
	bool		fits;

	if (in->n > 2 && memcmp(in->p, "p=", 2) == 0)
		return PUSH_E_AUTH;
	if (in->n < 3 || (in->p[0] != 'n' && in->p[0] != 'y') ||
	    in->p[1] != ',')
		return PUSH_E_PROTOCOL;
	in->p += 2;
	in->n -= 2;
	s->authzid[0] = '\0';
	if (in->p[0] == ',') {
		in->p++;
		in->n--;
	} else if (!take(in, 'a', &authzid) || !unescape(authzid, s->authzid))
		return PUSH_E_PROTOCOL;
	buf_init(&c, sizeof(s->gs2_base64) - 1);
	base64_put(&c, from, (size_t)(in->p - from));
	if ((fits = buf_ok(&c)))
		memcpy(s->gs2_base64, buf_str(&c), c.len + 1);
	buf_release(&c);
	return fits ? PUSH_OK : PUSH_E_PROTOCOL;
}

enum push_err
scram_server_first(struct scram_server *s, const char *msg, size_t n)
{
	struct span	in = { msg, n }, name, nonce;
	enum push_err	e;

	if (n > SCRAM_MESSAGE || !utf8_valid(msg, n))
		return PUSH_E_PROTOCOL;
	if ((e = take_gs2(s, &in)) != PUSH_OK)
		return e;
	buf_reset(&s->first_bare);
	buf_put(&s->first_bare, in.p, in.n);
	/* An "m=" in front would ask for an extension: there is none. */
	if (!take(&in, 'n', &name) || !unescape(name, s->name) ||
	    !take(&in, 'r', &nonce) || !is_nonce(nonce) ||
	    nonce.n > SCRAM_NONCE)
		return PUSH_E_PROTOCOL;
	memcpy(s->nonce, nonce.p, nonce.n);
	s->client_nonce_len = nonce.n;
	make_nonce(s->nonce + nonce.n);
	return PUSH_OK;
}

void
scram_server_challenge(struct scram_server *s, const struct scram_cred *cred,
    struct buf *out)
{
	s->keys = s->digest == DIGEST_SHA1 ? cred->sha1 : cred->sha256;
	buf_reset(&s->server_first);
	buf_printf(&s->server_first, "r=%s,s=", s->nonce);
	base64_put(&s->server_first, cred->salt, sizeof(cred->salt));
	buf_printf(&s->server_first, ",i=%u", (unsigned)cred->iterations);
	buf_put(out, s->server_first.p, s->server_first.len);
}

/* Is it a client key's proof?  sig is what signed it, from StoredKey. */
static bool
proves(const struct scram_server *s, const unsigned char *proof,
    const unsigned char *sig)
{
	unsigned char	client[DIGEST_MAX], stored[DIGEST_MAX];
	size_t		size = digest_size(s->digest);
	bool		same;

	memcpy(client, proof, size);
	xor(client, sig, size);
	digest_hash(s->digest, client, size, stored);
	same = digest_equal(stored, s->keys.stored, size);
	explicit_bzero(client, sizeof(client));
	return same;
}

enum push_err
scram_server_final(struct scram_server *s, const char *msg, size_t n,
    struct buf *out)
{
	struct span	in = { msg, n }, bare = { msg, 0 };
	struct span	first = { s->server_first.p, s->server_first.len };
	struct span	c, r, p;
	unsigned char	proof[DIGEST_MAX], sig[DIGEST_MAX];
	const char	*comma;

	/* One answer a challenge; its bytes stay for now. */
	buf_reset(&s->server_first);
	if (first.n == 0 || n > SCRAM_MESSAGE || !take(&in, 'c', &c) ||
	    !take(&in, 'r', &r))
		return PUSH_E_PROTOCOL;
	/* Extensions are skipped; the proof is the last attribute. */
	while (!take(&in, 'p', &p)) {
		if ((comma = memchr(in.p, ',', in.n)) == NULL)
			return PUSH_E_PROTOCOL;
		in.n -= (size_t)(comma + 1 - in.p);
		in.p = comma + 1;
	}
	if (p.p + p.n != msg + n ||
	    base64_decode(p.p, p.n, proof, sizeof(proof)) !=
	    (ssize_t)digest_size(s->digest))
		return PUSH_E_PROTOCOL;
	if (!span_is(c, s->gs2_base64) || !span_is(r, s->nonce))
		return PUSH_E_AUTH;
	bare.n = (size_t)(p.p - 3 - msg);
	sign(s->digest, s->keys.stored, &s->first_bare, first, bare, sig);
	if (!proves(s, proof, sig))
		return PUSH_E_AUTH;
	sign(s->digest, s->keys.server, &s->first_bare, first, bare, sig);
	buf_puts(out, "v=");
	base64_put(out, sig, digest_size(s->digest));
	return PUSH_OK;
}

/* --- the client's side --- */

void
scram_client_first(struct scram_client *cl, enum digest d, const char *name,
    struct buf *out)
{
	memset(cl, 0, sizeof(*cl));
	cl->digest = d;
	make_nonce(cl->nonce);
	buf_init(&cl->first_bare, SCRAM_MESSAGE);
	buf_puts(&cl->first_bare, "n=");
	put_escaped(&cl->first_bare, name);
	buf_printf(&cl->first_bare, ",r=%s", cl->nonce);
	buf_puts(out, GS2_NONE);
	buf_put(out, cl->first_bare.p, cl->first_bare.len);
}

void
scram_client_wipe(struct scram_client *cl)
{
	buf_release_secret(&cl->first_bare);
	explicit_bzero(cl, sizeof(*cl));
}

struct challenge {
	struct span	nonce;
	unsigned char	salt[sizeof(((struct scram_cache *)0)->salt)];
	size_t		saltlen;
	uint32_t	iterations;
};

static bool
read_challenge(const struct scram_client *cl, struct span in,
    struct challenge *ch)
{
	struct span	salt, count;
	uint64_t	iterations;
	size_t		own = strlen(cl->nonce);
	ssize_t		n;

	if (in.n > SCRAM_MESSAGE || !take(&in, 'r', &ch->nonce) ||
	    !take(&in, 's', &salt) || !take(&in, 'i', &count))
		return false;
	if (ch->nonce.n <= own || memcmp(ch->nonce.p, cl->nonce, own) != 0 ||
	    !is_nonce(ch->nonce))
		return false;
	if ((n = base64_decode(salt.p, salt.n, ch->salt,
	    sizeof(ch->salt))) <= 0)
		return false;
	ch->saltlen = (size_t)n;
	if (num_parse(count.p, count.n, SCRAM_ITERATIONS_MIN,
	    SCRAM_ITERATIONS_MAX, &iterations) != 0)
		return false;
	ch->iterations = (uint32_t)iterations;
	return true;
}

static bool
cache_fits(const struct scram_cache *cache, enum digest d,
    const struct challenge *ch)
{
	return cache->iterations == ch->iterations && cache->digest == d &&
	    cache->saltlen == ch->saltlen &&
	    memcmp(cache->salt, ch->salt, ch->saltlen) == 0;
}

static void
fill_cache(struct scram_cache *cache, enum digest d,
    const struct challenge *ch, const char *password, size_t n)
{
	cache->digest = d;
	cache->iterations = ch->iterations;
	cache->saltlen = ch->saltlen;
	memcpy(cache->salt, ch->salt, ch->saltlen);
	digest_pbkdf2(d, password, n, ch->salt, ch->saltlen, ch->iterations,
	    cache->salted);
}

/* Puts the proof for without_proof; expects the server's signature. */
static void
prove(struct scram_client *cl, const unsigned char *salted,
    struct span server_first, struct span without_proof, struct buf *out)
{
	unsigned char		proof[DIGEST_MAX], sig[DIGEST_MAX];
	struct scram_keys	keys;
	size_t			size = digest_size(cl->digest);

	put_keys(cl->digest, salted, proof, &keys);
	sign(cl->digest, keys.stored, &cl->first_bare, server_first,
	    without_proof, sig);
	xor(proof, sig, size);
	sign(cl->digest, keys.server, &cl->first_bare, server_first,
	    without_proof, cl->server_signature);
	base64_put(out, proof, size);
	explicit_bzero(&keys, sizeof(keys));
}

enum push_err
scram_client_final(struct scram_client *cl, const char *msg, size_t n,
    const char *password, size_t passlen, struct scram_cache *cache,
    struct buf *out)
{
	struct span		server_first = { msg, n };
	struct scram_cache	own = { 0 };
	struct challenge	ch;
	struct buf		bare;

	if (!read_challenge(cl, server_first, &ch))
		return PUSH_E_PROTOCOL;
	cache = cache != NULL ? cache : &own;
	if (!cache_fits(cache, cl->digest, &ch))
		fill_cache(cache, cl->digest, &ch, password, passlen);
	buf_init(&bare, SCRAM_MESSAGE + 16);
	buf_puts(&bare, "c=");
	base64_put(&bare, GS2_NONE, strlen(GS2_NONE));
	buf_puts(&bare, ",r=");
	buf_put(&bare, ch.nonce.p, ch.nonce.n);
	buf_put(out, bare.p, bare.len);
	buf_puts(out, ",p=");
	prove(cl, cache->salted, server_first,
	    (struct span){ bare.p, bare.len }, out);
	buf_release(&bare);
	explicit_bzero(&own, sizeof(own));
	cl->answered = true;
	return PUSH_OK;
}

enum push_err
scram_client_verify(struct scram_client *cl, const char *msg, size_t n)
{
	struct span	in = { msg, n }, v;
	unsigned char	sig[DIGEST_MAX];

	if (!cl->answered || n > SCRAM_MESSAGE)
		return PUSH_E_PROTOCOL;
	if (take(&in, 'e', &v))
		return PUSH_E_AUTH;
	if (!take(&in, 'v', &v) ||
	    base64_decode(v.p, v.n, sig, sizeof(sig)) !=
	    (ssize_t)digest_size(cl->digest))
		return PUSH_E_PROTOCOL;
	return digest_equal(sig, cl->server_signature,
	    digest_size(cl->digest)) ? PUSH_OK : PUSH_E_AUTH;
}
