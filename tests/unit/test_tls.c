#include <openssl/ssl.h>

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/tls.h"
#include "tap.h"
#include "testcert.h"

#define WIRE_MAX	(4 << 20)

static char		dir[] = "/tmp/test_tls.XXXXXX";
static struct testcert	ec, rsa, old, other;

/* One end: a session, what it wants to send, what it has read. */
struct side {
	struct tls	*tls;
	struct buf	 wire, plain;
	enum tls_got	 got;
	bool		 secure;
};

static void
take_plain(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

static void
side_init(struct side *s, struct tls_ctx *ctx, bool server, const char *host,
    bool alpn)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->wire, WIRE_MAX);
	buf_init(&s->plain, WIRE_MAX);
	s->tls = tls_new(ctx, server, host, alpn);
	if (!server)
		s->got = tls_start(s->tls, &s->wire);
}

static void
side_release(struct side *s)
{
	tls_free(&s->tls);
	buf_release(&s->wire);
	buf_release(&s->plain);
}

/* Carries what from has to say to the other, in pieces. */
static void
carry(struct side *from, struct side *to, size_t step)
{
	struct buf	wire = from->wire;
	size_t		at, n;

	buf_init(&from->wire, WIRE_MAX);
	for (at = 0; at < wire.len && to->got < TLS_GOT_CLOSED; at += n) {
		n = wire.len - at < step ? wire.len - at : step;
		to->got = tls_read(to->tls, wire.p + at, n, &to->wire,
		    take_plain, &to->plain);
		to->secure |= to->got == TLS_GOT_SECURE;
	}
	buf_release(&wire);
}

static void
talk(struct side *c, struct side *s, size_t step)
{
	while (c->wire.len > 0 || s->wire.len > 0) {
		carry(c, s, step);
		carry(s, c, step);
	}
}

static struct tls_ctx *
server_ctx(enum tls_profile profile)
{
	struct err_text	 why;
	struct tls_ctx	*ctx;

	ctx = tls_ctx_server(ec.cert, ec.key, rsa.cert, rsa.key, profile, &why);
	if (ctx == NULL) {
		printf("Bail out! %s\n", why.s);
		exit(1);
	}
	return ctx;
}

static struct tls_ctx *
client_ctx(const char *ca)
{
	struct err_text	 why;
	struct tls_ctx	*ctx = tls_ctx_client(ca, ca != NULL, &why);

	if (ctx == NULL) {
		printf("Bail out! %s\n", why.s);
		exit(1);
	}
	return ctx;
}

static void
test_exchange(size_t step)
{
	struct tls_ctx	*sctx = server_ctx(TLS_MODERN);
	struct tls_ctx	*cctx = client_ctx(ec.cert);
	size_t		 big = 100000;
	char		*p = malloc(big);
	struct side	 c, s;

	memset(p, 'x', big);
	side_init(&s, sctx, true, NULL, false);
	side_init(&c, cctx, false, "a.example", false);
	tls_ctx_unref(&sctx);
	tls_ctx_unref(&cctx);
	talk(&c, &s, step);
	ok(c.secure && s.secure, "both ends are secure, %zu bytes a time: %s",
	    step, tls_reason(c.tls));
	ok(strcmp(tls_version(c.tls), "TLSv1.3") == 0, "by TLS 1.3");
	ok(tls_write(c.tls, p, big, &c.wire) == TLS_GOT_OK &&
	    tls_write(s.tls, "hello", 5, &s.wire) == TLS_GOT_OK,
	    "both write");
	talk(&c, &s, step);
	ok(s.plain.len == big && memcmp(s.plain.p, p, big) == 0 &&
	    c.plain.len == 5 && memcmp(c.plain.p, "hello", 5) == 0,
	    "both read what the other wrote");
	tls_shutdown(s.tls, &s.wire);
	talk(&c, &s, step);
	ok(c.got == TLS_GOT_CLOSED, "close_notify is told");
	side_release(&c);
	side_release(&s);
	free(p);
}

/* Says whether a client gets through to a server. */
static bool
gets_through(const char *ca, const char *host, const struct testcert *tc,
    char *reason, size_t size)
{
	struct err_text	 why;
	struct tls_ctx	*sctx = tls_ctx_server(tc->cert, tc->key, NULL, NULL,
			    TLS_MODERN, &why);
	struct tls_ctx	*cctx = client_ctx(ca);
	struct side	 c, s;
	bool		 secure;

	side_init(&s, sctx, true, NULL, false);
	side_init(&c, cctx, false, host, false);
	talk(&c, &s, 65536);
	secure = c.secure && c.got != TLS_GOT_FAILED;
	(void)snprintf(reason, size, "%s", tls_reason(c.tls));
	ok(secure || s.got == TLS_GOT_FAILED, "the server hears of it, too");
	side_release(&c);
	side_release(&s);
	tls_ctx_unref(&sctx);
	tls_ctx_unref(&cctx);
	return secure;
}

static void
test_verify(void)
{
	char	r[200];

	ok(gets_through(ec.cert, "a.example", &ec, r, sizeof(r)),
	    "the right name passes");
	ok(gets_through(ec.cert, "127.0.0.1", &ec, r, sizeof(r)),
	    "so does the right address");
	ok(!gets_through(ec.cert, "b.example", &ec, r, sizeof(r)) &&
	    strstr(r, "ostname mismatch") != NULL,
	    "another name does not: %s", r);
	ok(!gets_through(ec.cert, "127.0.0.2", &ec, r, sizeof(r)),
	    "nor another address: %s", r);
	ok(!gets_through(other.cert, "a.example", &ec, r, sizeof(r)),
	    "nor a certificate nobody trusts: %s", r);
	ok(!gets_through(old.cert, "a.example", &old, r, sizeof(r)) &&
	    strstr(r, "expired") != NULL, "nor an expired one: %s", r);
	ok(!gets_through(other.cert, "cn.example", &other, r, sizeof(r)),
	    "nor one with the name in its CN only: %s", r);
	ok(gets_through(NULL, "b.example", &ec, r, sizeof(r)),
	    "without verification all pass");
}

static void
test_pairs(void)
{
	struct err_text	why;
	struct tls_ctx	*ctx;

	ctx = tls_ctx_server(ec.cert, rsa.key, NULL, NULL, TLS_MODERN, &why);
	ok(ctx == NULL, "a key of another certificate is refused: %s", why.s);
	ctx = tls_ctx_server(ec.cert, ec.key, ec.cert, ec.key, TLS_MODERN,
	    &why);
	ok(ctx == NULL, "two of one kind are refused: %s", why.s);
	ctx = tls_ctx_server("/nonexistent", ec.key, NULL, NULL, TLS_MODERN,
	    &why);
	ok(ctx == NULL && strstr(why.s, "/nonexistent") != NULL,
	    "a missing file is named: %s", why.s);
	ctx = tls_ctx_server(ec.key, ec.key, NULL, NULL, TLS_MODERN, &why);
	ok(ctx == NULL, "a key is no certificate: %s", why.s);
	(void)chmod(ec.key, 0640);
	ctx = tls_ctx_server(ec.cert, ec.key, NULL, NULL, TLS_MODERN, &why);
	ok(ctx == NULL && strstr(why.s, "0640") != NULL,
	    "a key that others may read is refused: %s", why.s);
	(void)chmod(ec.key, 0600);
	ctx = tls_ctx_client("/nonexistent", true, &why);
	ok(ctx == NULL && strstr(why.s, "/nonexistent") != NULL,
	    "missing trust is told: %s", why.s);
}

/* A foreign client of the old times, by OpenSSL itself. */
static const char *
connect_old(enum tls_profile profile, int version, const char *ciphers,
    const char *alpn, bool xmpp)
{
	static char	 result[64];
	struct tls_ctx	*sctx = server_ctx(profile);
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	BIO		*in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL		*ssl;
	struct side	 s;
	char		*p;
	long		 n;
	int		 i;

	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	(void)SSL_CTX_set_max_proto_version(ctx, version);
	(void)SSL_CTX_set_cipher_list(ctx, ciphers);
	ssl = SSL_new(ctx);
	SSL_set_bio(ssl, in, out);
	if (alpn != NULL)
		(void)SSL_set_alpn_protos(ssl, (const unsigned char *)alpn,
		    (unsigned)strlen(alpn));
	SSL_set_connect_state(ssl);
	side_init(&s, sctx, true, NULL, xmpp);
	for (i = 0; i < 10 && s.got < TLS_GOT_CLOSED; i++) {
		(void)SSL_do_handshake(ssl);
		n = BIO_get_mem_data(out, &p);
		s.got = tls_read(s.tls, p, (size_t)n, &s.wire, take_plain,
		    &s.plain);
		(void)BIO_reset(out);
		(void)BIO_write(in, s.wire.p, (int)s.wire.len);
		buf_reset(&s.wire);
	}
	(void)snprintf(result, sizeof(result), "%s %s",
	    s.got == TLS_GOT_FAILED || !SSL_is_init_finished(ssl) ? "failed" :
	    SSL_get_version(ssl), s.got == TLS_GOT_FAILED ?
	    tls_reason(s.tls) : SSL_get_cipher_name(ssl));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	side_release(&s);
	tls_ctx_unref(&sctx);
	return result;
}

static void
test_profiles(void)
{
	static const char	weak[] = "ALL:@SECLEVEL=0";
	const char		*r;

	r = connect_old(TLS_MODERN, TLS1_2_VERSION, weak, NULL, false);
	ok(strcmp(r, "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384") == 0,
	    "TLS 1.2 takes ECDHE, AEAD and the ECDSA key: %s", r);
	r = connect_old(TLS_MODERN, TLS1_2_VERSION,
	    "ECDHE-RSA-AES128-GCM-SHA256", NULL, false);
	ok(strncmp(r, "TLSv1.2", 7) == 0, "or the RSA key: %s", r);
	r = connect_old(TLS_MODERN, TLS1_1_VERSION, weak, NULL, false);
	ok(strncmp(r, "failed", 6) == 0, "TLS 1.1 is refused: %s", r);
	r = connect_old(TLS_MODERN, TLS1_2_VERSION,
	    "AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0", NULL, false);
	ok(strncmp(r, "failed", 6) == 0, "so is CBC: %s", r);
	r = connect_old(TLS_LEGACY, TLS1_VERSION, "AES128-SHA:@SECLEVEL=0",
	    NULL, false);
	ok(strcmp(r, "TLSv1 AES128-SHA") == 0,
	    "the legacy profile serves an old phone: %s", r);
	r = connect_old(TLS_LEGACY, TLS1_2_VERSION,
	    "aNULL:eNULL:3DES:RC4:PSK:@SECLEVEL=0", NULL, false);
	ok(strncmp(r, "failed", 6) == 0, "but not everything: %s", r);
}

static void
test_alpn(void)
{
	const char	*r;

	r = connect_old(TLS_MODERN, TLS1_3_VERSION, "ALL", "\013xmpp-client",
	    true);
	ok(strncmp(r, "TLSv1.3", 7) == 0, "xmpp-client is agreed on");
	r = connect_old(TLS_MODERN, TLS1_3_VERSION, "ALL", NULL, true);
	ok(strncmp(r, "TLSv1.3", 7) == 0, "no ALPN is accepted");
	r = connect_old(TLS_MODERN, TLS1_3_VERSION, "ALL", "\002h2", true);
	ok(strncmp(r, "failed", 6) == 0,
	    "another protocol is refused on direct TLS: %s", r);
	r = connect_old(TLS_MODERN, TLS1_3_VERSION, "ALL", "\002h2", false);
	ok(strncmp(r, "TLSv1.3", 7) == 0, "and ignored after STARTTLS");
}

static void
test_garbage(void)
{
	struct tls_ctx	*ctx = server_ctx(TLS_MODERN);
	struct side	 s;

	side_init(&s, ctx, true, NULL, false);
	s.got = tls_read(s.tls, "GET / HTTP/1.1\r\n\r\n", 18, &s.wire,
	    take_plain, &s.plain);
	ok(s.got == TLS_GOT_FAILED && s.plain.len == 0,
	    "garbage fails: %s", tls_reason(s.tls));
	ok(tls_read(s.tls, "x", 1, &s.wire, take_plain, &s.plain) ==
	    TLS_GOT_FAILED && tls_write(s.tls, "x", 1, &s.wire) ==
	    TLS_GOT_FAILED, "and stays so");
	tls_shutdown(s.tls, &s.wire);
	side_release(&s);
	tls_ctx_unref(&ctx);
}

static void
test_full_buffer(void)
{
	struct tls_ctx	*sctx = server_ctx(TLS_MODERN);
	struct tls_ctx	*cctx = client_ctx(NULL);
	struct side	 c, s;

	side_init(&s, sctx, true, NULL, false);
	side_init(&c, cctx, false, NULL, false);
	talk(&c, &s, 65536);
	s.wire.max = 10;
	ok(tls_write(s.tls, "hello", 5, &s.wire) == TLS_GOT_FAILED &&
	    s.wire.len <= 10, "a full buffer ends it: %s", tls_reason(s.tls));
	side_release(&c);
	side_release(&s);
	tls_ctx_unref(&sctx);
	tls_ctx_unref(&cctx);
}

int
main(void)
{
	static const struct testcert	*all[] = { &ec, &rsa, &old, &other };
	size_t				 i;

	if (mkdtemp(dir) == NULL)
		return 1;
	testcert_make(&ec, dir, "ec", false,
	    "DNS:a.example,IP:127.0.0.1", 3600);
	testcert_make(&rsa, dir, "rsa", true, "DNS:a.example", 3600);
	testcert_make(&old, dir, "old", false, "DNS:a.example", -3600);
	testcert_make(&other, dir, "cn.example", false, "email:a@b.example",
	    3600);
	test_exchange(65536);
	test_exchange(1);
	test_exchange(7);
	test_verify();
	test_pairs();
	test_profiles();
	test_alpn();
	test_garbage();
	test_full_buffer();
	for (i = 0; i < 4; i++) {
		(void)unlink(all[i]->cert);
		(void)unlink(all[i]->key);
	}
	(void)rmdir(dir);
	return tap_done();
}
