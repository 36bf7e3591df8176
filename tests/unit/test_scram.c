#include "xmpp/scram.h"

#include <string.h>

#include "base/base64.h"

#include "tap.h"

/* RFC 5802 section 5 and RFC 7677 section 3, word for word. */
static const struct vector {
	enum digest	 d;
	const char	*client_nonce, *server_nonce, *salt, *proof, *verifier;
} vectors[] = {
	{ DIGEST_SHA1, "fyko+d2lbbFgONRv9qkxdawL",
	    "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92",
	    "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	{ DIGEST_SHA256, "rOprNGfwEbeRWgbNEkqO",
	    "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==",
	    "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
};

static bool
is(struct buf *b, const char *text)
{
	bool	same = strcmp(buf_str(b), text) == 0;

	if (!same)
		printf("# got %s\n# not %s\n", b->p, text);
	buf_reset(b);
	return same;
}

/* The client's answers of the RFC's example, and its check of the server. */
static void
test_client_vector(const struct vector *v)
{
	struct scram_client	cl;
	struct scram_cache	cache = { 0 };
	struct buf		out, want;
	int			round;

	buf_init(&out, SCRAM_MESSAGE);
	buf_init(&want, SCRAM_MESSAGE);
	for (round = 0; round < 2; round++) {
		scram_client_first(&cl, v->d, "user", &out);
		buf_printf(&want, "n,,n=user,r=%s", cl.nonce);
		ok(is(&out, buf_str(&want)), "client-first is the example's");
		/* From here on with the example's nonce. */
		memcpy(cl.nonce, v->client_nonce,
		    strlen(v->client_nonce) + 1);
		buf_reset(&cl.first_bare);
		buf_printf(&cl.first_bare, "n=user,r=%s", cl.nonce);
		buf_reset(&want);
		buf_printf(&want, "r=%s%s,s=%s,i=4096", v->client_nonce,
		    v->server_nonce, v->salt);
		ok(scram_client_final(&cl, want.p, want.len, "pencil", 6,
		    &cache, &out) == PUSH_OK, "client reads the challenge");
		buf_reset(&want);
		buf_printf(&want, "c=biws,r=%s%s,p=%s", v->client_nonce,
		    v->server_nonce, v->proof);
		ok(is(&out, buf_str(&want)), "client-final is the example's, "
		    "%s cache", round == 0 ? "filling the" : "from the");
		ok(scram_client_verify(&cl, v->verifier,
		    strlen(v->verifier)) == PUSH_OK,
		    "the example's server is believed");
		scram_client_wipe(&cl);
		buf_reset(&want);
	}
	ok(cache.iterations == 4096, "the cache was filled");
	buf_release(&out);
	buf_release(&want);
}

/* A server that is at the point where the example's proof comes in. */
static void
example_server(struct scram_server *s, const struct vector *v)
{
	struct scram_cred	cred = { .iterations = 4096 };
	unsigned char		salt[64];
	struct buf		b;
	ssize_t			n;

	n = base64_decode(v->salt, strlen(v->salt), salt, sizeof(salt));
	scram_server_init(s, v->d);
	buf_init(&b, SCRAM_MESSAGE);
	buf_printf(&b, "n,,n=user,r=%s", v->client_nonce);
	ok(scram_server_first(s, b.p, b.len) == PUSH_OK &&
	    strcmp(s->name, "user") == 0 && s->authzid[0] == '\0',
	    "server reads client-first");
	ok(strlen(s->nonce) >= s->client_nonce_len + 24,
	    "and adds a nonce of its own");
	memcpy(s->nonce + s->client_nonce_len, v->server_nonce,
	    strlen(v->server_nonce) + 1);
	scram_derive(v->d, "pencil", 6, salt, (size_t)n, 4096,
	    v->d == DIGEST_SHA1 ? &cred.sha1 : &cred.sha256);
	buf_reset(&b);
	scram_server_challenge(s, &cred, &b);
	/* Our salts have 16 bytes, the older example's has 12. */
	buf_reset(&s->server_first);
	buf_printf(&s->server_first, "r=%s,s=%s,i=4096", s->nonce, v->salt);
	if (n == SCRAM_SALT) {
		memcpy(cred.salt, salt, SCRAM_SALT);
		buf_reset(&b);
		scram_server_challenge(s, &cred, &b);
		ok(is(&b, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF"
		    "$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
		    "server-first is the example's");
	}
	buf_release(&b);
}

static void
test_server_vector(const struct vector *v)
{
	struct scram_server	s;
	struct buf		in, out;

	buf_init(&in, SCRAM_MESSAGE);
	buf_init(&out, SCRAM_MESSAGE);
	example_server(&s, v);
	buf_printf(&in, "c=biws,r=%s%s,p=%s", v->client_nonce,
	    v->server_nonce, v->proof);
	ok(scram_server_final(&s, in.p, in.len, &out) == PUSH_OK,
	    "the example's proof is accepted");
	ok(is(&out, v->verifier), "server-final is the example's");
	ok(scram_server_final(&s, in.p, in.len, &out) == PUSH_E_PROTOCOL,
	    "one challenge takes one answer");
	scram_server_wipe(&s);
	buf_release(&in);
	buf_release(&out);
}

/* No prefix and no changed byte of the right answer passes. */
static void
test_wrong_finals(const struct vector *v)
{
	struct scram_server	s;
	struct buf		in, out, keep;
	size_t			i, passed = 0;

	buf_init(&in, SCRAM_MESSAGE);
	buf_init(&out, SCRAM_MESSAGE);
	buf_init(&keep, SCRAM_MESSAGE);
	example_server(&s, v);
	buf_puts(&keep, buf_str(&s.server_first));
	buf_printf(&in, "c=biws,r=%s%s,p=%s", v->client_nonce,
	    v->server_nonce, v->proof);
	for (i = 0; i < in.len; i++) {
		buf_reset(&s.server_first);
		buf_put(&s.server_first, keep.p, keep.len);
		passed += scram_server_final(&s, in.p, i, &out) == PUSH_OK;
		buf_reset(&s.server_first);
		buf_put(&s.server_first, keep.p, keep.len);
		in.p[i] ^= 1;
		passed += scram_server_final(&s, in.p, in.len, &out) ==
		    PUSH_OK;
		in.p[i] ^= 1;
	}
	ok(passed == 0 && out.len == 0, "no cut or changed answer passes");
	buf_reset(&s.server_first);
	buf_put(&s.server_first, keep.p, keep.len);
	ok(scram_server_final(&s, in.p, in.len, &out) == PUSH_OK,
	    "the right one still does");
	scram_server_wipe(&s);
	buf_release(&in);
	buf_release(&out);
	buf_release(&keep);
}

static enum push_err
first(struct scram_server *s, const char *text)
{
	return scram_server_first(s, text, strlen(text));
}

static void
test_client_first_grammar(void)
{
	static const struct {
		const char	*text;
		enum push_err	 e;
	} rows[] = {
		{ "n,,n=a,r=b", PUSH_OK }, { "y,,n=a,r=b", PUSH_OK },
		{ "n,,n=a,r=b,x=ignored", PUSH_OK },
		{ "p=tls-exporter,,n=a,r=b", PUSH_E_AUTH },
		{ "", PUSH_E_PROTOCOL }, { "n", PUSH_E_PROTOCOL },
		{ "n,", PUSH_E_PROTOCOL }, { "n,,", PUSH_E_PROTOCOL },
		{ "x,,n=a,r=b", PUSH_E_PROTOCOL },
		{ "n,n=a,r=b", PUSH_E_PROTOCOL },
		{ "n,a=,n=a,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=a", PUSH_E_PROTOCOL },
		{ "n,,n=a,r=", PUSH_E_PROTOCOL },
		{ "n,,r=b,n=a", PUSH_E_PROTOCOL },
		{ "n,,m=x,n=a,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=a=b,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=a=2c,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=a=2,r=b", PUSH_E_PROTOCOL },
		{ "n,,n=a,r=b c", PUSH_E_PROTOCOL },
		{ "n,,n=a,r=b\x7f", PUSH_E_PROTOCOL },
		{ "n,,n=a\xff,r=b", PUSH_E_PROTOCOL },
	};
	struct scram_server	s;
	char			text[SCRAM_MESSAGE + 2];
	size_t			i;

	scram_server_init(&s, DIGEST_SHA256);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(first(&s, rows[i].text) == rows[i].e,
		    "client-first \"%zu\" ends %s", i, err_name(rows[i].e));
	ok(scram_server_first(&s, "n,,n=a\0b,r=c", 12) == PUSH_E_PROTOCOL,
	    "a name with NUL is refused");
	ok(first(&s, "n,a=x=2Cy=3D,n==3D=2Cz,r=q") == PUSH_OK &&
	    strcmp(s.authzid, "x,y=") == 0 && strcmp(s.name, "=,z") == 0,
	    "=2C and =3D are unescaped in both names");
	ok(first(&s, "n,,n=a,r=b") == PUSH_OK && s.authzid[0] == '\0',
	    "the authzid of an earlier try is gone");
	memset(text, 'a', sizeof(text));
	memcpy(text, "n,,n=", 5);
	memcpy(text + 5 + SCRAM_NAME, ",r=b", 4);
	ok(scram_server_first(&s, text, SCRAM_NAME + 9) == PUSH_OK &&
	    strlen(s.name) == SCRAM_NAME, "the longest name fits");
	memset(text + 5, 'a', SCRAM_NAME + 1);
	memcpy(text + 6 + SCRAM_NAME, ",r=b", 4);
	ok(scram_server_first(&s, text, SCRAM_NAME + 10) == PUSH_E_PROTOCOL,
	    "a longer one does not");
	memset(text, 'r', sizeof(text));
	memcpy(text, "n,,n=a,r=", 9);
	ok(scram_server_first(&s, text, 9 + SCRAM_NONCE) == PUSH_OK,
	    "the longest nonce fits");
	ok(scram_server_first(&s, text, 10 + SCRAM_NONCE) == PUSH_E_PROTOCOL,
	    "a longer one does not");
	scram_server_wipe(&s);
}

/* A whole login; the client's password and the server's credentials. */
static enum push_err
login(enum digest d, const char *name, const char *password,
    const struct scram_cred *cred)
{
	struct scram_server	s;
	struct scram_client	cl;
	struct buf		a, b;
	enum push_err		e;

	scram_server_init(&s, d);
	buf_init(&a, SCRAM_MESSAGE);
	buf_init(&b, SCRAM_MESSAGE);
	scram_client_first(&cl, d, name, &a);
	e = scram_server_first(&s, a.p, a.len);
	if (e == PUSH_OK && strcmp(s.name, name) != 0)
		e = PUSH_E_INTERNAL;
	if (e == PUSH_OK) {
		scram_server_challenge(&s, cred, &b);
		buf_reset(&a);
		e = scram_client_final(&cl, b.p, b.len, password,
		    strlen(password), NULL, &a);
	}
	buf_reset(&b);
	if (e == PUSH_OK)
		e = scram_server_final(&s, a.p, a.len, &b);
	if (e == PUSH_OK)
		e = scram_client_verify(&cl, b.p, b.len);
	scram_client_wipe(&cl);
	scram_server_wipe(&s);
	buf_release(&a);
	buf_release(&b);
	return e;
}

static void
test_logins(void)
{
	static const unsigned char	secret[32] = { 7 }, other[32] = { 8 };
	struct scram_cred		cred, fake, again;

	scram_cred_make("pa,ss=w\xc3\xb6rt", 11, 4096, &cred);
	ok(login(DIGEST_SHA1, "d=,e", "pa,ss=w\xc3\xb6rt", &cred) == PUSH_OK,
	    "client and server agree, SHA-1");
	ok(login(DIGEST_SHA256, "d=,e", "pa,ss=w\xc3\xb6rt", &cred) ==
	    PUSH_OK, "client and server agree, SHA-256");
	ok(login(DIGEST_SHA1, "d", "wrong", &cred) == PUSH_E_AUTH &&
	    login(DIGEST_SHA256, "d", "", &cred) == PUSH_E_AUTH,
	    "a wrong password ends in not-authorized");
	ok(scram_cred_check(&cred, "pa,ss=w\xc3\xb6rt", 11),
	    "PLAIN: the password belongs to the credentials");
	ok(!scram_cred_check(&cred, "pa,ss=w", 7), "another does not");
	scram_cred_make("pa,ss=w\xc3\xb6rt", 11, 4096, &again);
	ok(memcmp(cred.salt, again.salt, SCRAM_SALT) != 0,
	    "the same password gets another salt");
	scram_cred_fake("nobody", 6, secret, 4096, &fake);
	ok(login(DIGEST_SHA1, "nobody", "", &fake) == PUSH_E_AUTH &&
	    login(DIGEST_SHA256, "nobody", "", &fake) == PUSH_E_AUTH &&
	    !scram_cred_check(&fake, "", 0), "nobody is somebody unknown");
	scram_cred_fake("nobody", 6, secret, 4096, &again);
	ok(memcmp(&fake, &again, sizeof(fake)) == 0,
	    "an unknown name is shown the same salt each time");
	scram_cred_fake("nobodz", 6, secret, 4096, &again);
	ok(memcmp(fake.salt, again.salt, SCRAM_SALT) != 0,
	    "another name another salt");
	scram_cred_fake("nobody", 6, other, 4096, &again);
	ok(memcmp(fake.salt, again.salt, SCRAM_SALT) != 0,
	    "another server another salt");
	scram_cred_wipe(&cred);
	ok(cred.iterations == 0 && cred.sha256.stored[0] == 0 &&
	    cred.salt[0] == 0, "wiped is gone");
}

static enum push_err
challenged(const char *rest, bool own_nonce)
{
	struct scram_client	cl;
	struct buf		a, out;
	enum push_err		e;

	buf_init(&a, SCRAM_MESSAGE);
	buf_init(&out, SCRAM_MESSAGE);
	scram_client_first(&cl, DIGEST_SHA1, "a", &out);
	buf_printf(&a, "r=%s%s", own_nonce ? cl.nonce :
	    "AAAAAAAAAAAAAAAAAAAAAAAA", rest);
	buf_reset(&out);
	e = scram_client_final(&cl, a.p, a.len, "p", 1, NULL, &out);
	if (e != PUSH_OK && (out.len != 0 ||
	    scram_client_verify(&cl, "v=", 2) != PUSH_E_PROTOCOL))
		e = PUSH_E_INTERNAL;
	scram_client_wipe(&cl);
	buf_release(&a);
	buf_release(&out);
	return e;
}

static void
test_challenge_grammar(void)
{
	static const char *const	bad[] = {
		"", "s", "s,s=QUJD", "s,s=QUJD,i=", "s,s=QUJD,i=x",
		"s,s=QUJD,i=4095", "s,s=QUJD,i=1000001", "s,s=QUJD,i=-1",
		"s,s=QUJD,i=4294971392", "s,s=,i=4096", "s,s=QUJ,i=4096",
		",s=QUJD,i=4096", "s,i=4096,s=QUJD", " ,s=QUJD,i=4096",
	};
	size_t	i;

	ok(challenged("s,s=QUJD,i=4096", true) == PUSH_OK &&
	    challenged("s,s=QUJD,i=4096,x=y", true) == PUSH_OK,
	    "a good challenge is answered");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(challenged(bad[i], true) == PUSH_E_PROTOCOL,
		    "bad challenge %zu is refused, nothing is put", i);
	ok(challenged("s,s=QUJD,i=4096", false) == PUSH_E_PROTOCOL,
	    "a challenge without our nonce is refused");
}

static void
test_verify(const struct vector *v)
{
	struct scram_client	cl;
	struct buf		b, out;
	char			text[64];
	size_t			n = strlen(v->verifier);

	buf_init(&b, SCRAM_MESSAGE);
	buf_init(&out, SCRAM_MESSAGE);
	scram_client_first(&cl, v->d, "user", &out);
	ok(scram_client_verify(&cl, v->verifier, n) == PUSH_E_PROTOCOL,
	    "a server that skips the challenge is not believed");
	memcpy(cl.nonce, v->client_nonce, strlen(v->client_nonce) + 1);
	buf_reset(&cl.first_bare);
	buf_printf(&cl.first_bare, "n=user,r=%s", cl.nonce);
	buf_printf(&b, "r=%s%s,s=%s,i=4096", v->client_nonce,
	    v->server_nonce, v->salt);
	ok(scram_client_final(&cl, b.p, b.len, "pencil", 6, NULL, &out) ==
	    PUSH_OK, "the challenge is answered");
	memcpy(text, v->verifier, n + 1);
	text[2] = text[2] == 'A' ? 'B' : 'A';
	ok(scram_client_verify(&cl, text, n) == PUSH_E_AUTH,
	    "a wrong signature is not believed");
	ok(scram_client_verify(&cl, "v=", 2) == PUSH_E_PROTOCOL &&
	    scram_client_verify(&cl, v->verifier, n - 1) == PUSH_E_PROTOCOL &&
	    scram_client_verify(&cl, "", 0) == PUSH_E_PROTOCOL,
	    "nor one cut short");
	ok(scram_client_verify(&cl, "e=invalid-proof", 15) == PUSH_E_AUTH,
	    "the server's error is not-authorized");
	ok(scram_client_verify(&cl, v->verifier, n) == PUSH_OK,
	    "the right one is");
	scram_client_wipe(&cl);
	buf_release(&b);
	buf_release(&out);
}

/* The proof of one who knows the password, for any client-final. */
static void
put_proof(struct buf *b, const struct scram_server *s,
    const struct scram_cred *cred, const char *password)
{
	unsigned char	salted[DIGEST_MAX], key[DIGEST_MAX], stored[DIGEST_MAX];
	unsigned char	sig[DIGEST_MAX];
	struct buf	auth;
	size_t		i, size = digest_size(s->digest);

	digest_pbkdf2(s->digest, password, strlen(password), cred->salt,
	    SCRAM_SALT, cred->iterations, salted);
	digest_hmac(s->digest, salted, size, "Client Key", 10, key);
	digest_hash(s->digest, key, size, stored);
	buf_init(&auth, 3 * SCRAM_MESSAGE);
	buf_put(&auth, s->first_bare.p, s->first_bare.len);
	buf_putc(&auth, ',');
	buf_put(&auth, s->server_first.p, s->server_first.len);
	buf_putc(&auth, ',');
	buf_put(&auth, b->p, b->len);
	digest_hmac(s->digest, stored, size, auth.p, auth.len, sig);
	for (i = 0; i < size; i++)
		key[i] ^= sig[i];
	buf_puts(b, ",p=");
	base64_put(b, key, size);
	buf_release(&auth);
}

/* What was promised first is held to, even from who knows the password. */
static void
test_final_is_bound(void)
{
	static const struct {
		const char	*c, *nonce_tail, *extension, *tail;
		enum push_err	 e;
	} rows[] = {
		{ "eSxhPWIs", "", "", "", PUSH_OK },
		{ "eSxhPWIs", "", ",x=y", "", PUSH_OK },
		{ "biws", "", "", "", PUSH_E_AUTH },
		{ "eSxhPWI", "", "", "", PUSH_E_AUTH },
		{ "eSxhPWIs", "x", "", "", PUSH_E_AUTH },
		{ "eSxhPWIs", "", "", ",x=y", PUSH_E_PROTOCOL },
		{ "eSxhPWIs", "", "", ",", PUSH_E_PROTOCOL },
		{ "eSxhPWIs", "", "", "A", PUSH_E_PROTOCOL },
	};
	struct scram_server	s;
	struct scram_cred	cred;
	struct buf		b, out;
	size_t			i;

	scram_cred_make("x", 1, 4096, &cred);
	buf_init(&b, SCRAM_MESSAGE);
	buf_init(&out, SCRAM_MESSAGE);
	scram_server_init(&s, DIGEST_SHA1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		if (first(&s, "y,a=b,n=a,r=b") != PUSH_OK)
			break;
		scram_server_challenge(&s, &cred, &out);
		buf_printf(&b, "c=%s,r=%s%s%s", rows[i].c, s.nonce,
		    rows[i].nonce_tail, rows[i].extension);
		put_proof(&b, &s, &cred, "x");
		buf_puts(&b, rows[i].tail);
		buf_reset(&out);
		ok(scram_server_final(&s, b.p, b.len, &out) == rows[i].e &&
		    (out.len > 0) == (rows[i].e == PUSH_OK),
		    "client-final %zu ends %s", i, err_name(rows[i].e));
	}
	ok(i == sizeof(rows) / sizeof(rows[0]), "all rows were tried");
	scram_server_wipe(&s);
	buf_release(&b);
	buf_release(&out);
}

int
main(void)
{
	size_t	i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		test_client_vector(&vectors[i]);
		test_server_vector(&vectors[i]);
		test_wrong_finals(&vectors[i]);
		test_verify(&vectors[i]);
	}
	test_client_first_grammar();
	test_challenge_grammar();
	test_final_is_bound();
	test_logins();
	return tap_done();
}
