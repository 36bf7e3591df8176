#include "io/tls.h"

#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

#define GROUPS		"X25519:P-256:P-384"
#define MODERN		"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK"
/* What Android 2 to 4 and Java 6 can do; still no RC4, DES, MD5. */
#define LEGACY		MODERN ":ECDHE+AES:AES128-GCM-SHA256:AES128-SHA" \
			":AES256-SHA:@SECLEVEL=0"
#define PLAIN_CHUNK	16384	/* a TLS record's most */

static const unsigned char	alpn_xmpp[] = "\013xmpp-client";

struct tls_ctx {
	SSL_CTX		*ssl;
	BIO_METHOD	*bio;
	atomic_uint	 refs;
};

struct tls {
	SSL		*ssl;
	struct tls_ctx	*ctx;
	/* Only during a call: what came off the wire, what goes there. */
	const char	*in;
	size_t		 inlen;
	struct buf	*wire;
	const char	*reason;	/* static; NULL: not failed */
	bool		 alpn;
	bool		 secure;
};

/*
 * A BIO without memory of its own: OpenSSL reads the caller's bytes and
 * writes to the caller's buffer.  BIO_s_mem() would keep its largest size
 * for the life of a connection.
 */
static int
bio_read(BIO *b, char *out, int len)
{
	struct tls	*t = BIO_get_data(b);
	size_t		 n = (size_t)len;

	BIO_clear_retry_flags(b);
	if (len <= 0 || t->inlen == 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (n > t->inlen)
		n = t->inlen;
	memcpy(out, t->in, n);
	t->in += n;
	t->inlen -= n;
	return (int)n;
}

static int
bio_write(BIO *b, const char *p, int len)
{
	struct tls	*t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (len <= 0 || t->wire == NULL)
		return -1;
	buf_put(t->wire, p, (size_t)len);
	return buf_ok(t->wire) ? len : -1;
}

static long
bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
bio_method(void)
{
	BIO_METHOD	*m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "borrowed");

	if (m == NULL)
		return NULL;
	BIO_meth_set_read(m, bio_read);
	BIO_meth_set_write(m, bio_write);
	BIO_meth_set_ctrl(m, bio_ctrl);
	return m;
}

static const char *
ssl_error(void)
{
	unsigned long	 e = ERR_peek_error();
	const char	*s;

	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	s = ERR_reason_error_string(e);
	return s != NULL ? s : "cannot be read";
}

static struct tls_ctx *
ctx_new(const SSL_METHOD *method, enum tls_profile profile)
{
	struct tls_ctx	*ctx = mem_zalloc(1, sizeof(*ctx));
	bool		 old = profile == TLS_LEGACY;
	char		 groups[] = GROUPS;	/* the macro drops const */

	ERR_clear_error();
	atomic_init(&ctx->refs, 1);
	ctx->bio = bio_method();
	ctx->ssl = SSL_CTX_new(method);
	if (ctx->bio == NULL || ctx->ssl == NULL ||
	    SSL_CTX_set_min_proto_version(ctx->ssl,
	    old ? TLS1_VERSION : TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(ctx->ssl, old ? LEGACY : MODERN) != 1 ||
	    SSL_CTX_set1_groups_list(ctx->ssl, groups) != 1) {
		tls_ctx_unref(&ctx);
		return NULL;
	}
	(void)SSL_CTX_set_options(ctx->ssl, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_mode(ctx->ssl, SSL_MODE_RELEASE_BUFFERS);
	/* Tickets resume; a cache would hold kilobytes for each phone. */
	(void)SSL_CTX_set_session_cache_mode(ctx->ssl, SSL_SESS_CACHE_OFF);
	return ctx;
}

static int
check_key_mode(const char *key, struct err_text *why)
{
	struct stat	st;

	if (stat(key, &st) < 0)
		return err_set(why, "%s: %s", key, strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		return err_set(why, "%s: others may read this private key: "
		    "mode %04o (chmod 600 it)", key,
		    (unsigned)st.st_mode & 07777);
	return 0;
}

static int
use_pair(struct tls_ctx *ctx, const char *cert, const char *key,
    struct err_text *why)
{
	ERR_clear_error();
	if (check_key_mode(key, why) < 0)
		return -1;
	if (SSL_CTX_use_certificate_chain_file(ctx->ssl, cert) != 1)
		return err_set(why, "%s: not a usable certificate: %s", cert,
		    ssl_error());
	if (SSL_CTX_use_PrivateKey_file(ctx->ssl, key, SSL_FILETYPE_PEM) != 1)
		return err_set(why, "%s: not a usable private key for %s: %s",
		    key, cert, ssl_error());
	if (SSL_CTX_check_private_key(ctx->ssl) != 1)
		return err_set(why, "%s: does not belong to %s: %s", key, cert,
		    ssl_error());
	return 0;
}

static int
key_type(const struct tls_ctx *ctx)
{
	return EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(ctx->ssl));
}

/*
 * RFC 7301: we answer "xmpp-client" and ignore the rest; where the session
 * is for XMPP from its first byte (XEP-0368), other protocols are refused.
 */
static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	const struct tls	*t = SSL_get_app_data(ssl);
	unsigned char		*found;

	(void)arg;
	if (SSL_select_next_proto(&found, outlen, alpn_xmpp,
	    sizeof(alpn_xmpp) - 1, in, inlen) == OPENSSL_NPN_NEGOTIATED) {
		*out = found;
		return SSL_TLSEXT_ERR_OK;
	}
	return t != NULL && t->alpn ? SSL_TLSEXT_ERR_ALERT_FATAL :
	    SSL_TLSEXT_ERR_NOACK;
}

static int
use_pairs(struct tls_ctx *ctx, const char *cert, const char *key,
    const char *cert2, const char *key2, struct err_text *why)
{
	int	type;

	if (use_pair(ctx, cert, key, why) < 0)
		return -1;
	if (cert2 == NULL)
		return 0;
	type = key_type(ctx);
	if (use_pair(ctx, cert2, key2, why) < 0)
		return -1;
	if (key_type(ctx) == type)
		return err_set(why, "%s: has the same kind of key as %s (use "
		    "one ECDSA and one RSA certificate)", cert2, cert);
	return 0;
}

struct tls_ctx *
tls_ctx_server(const char *cert, const char *key, const char *cert2,
    const char *key2, enum tls_profile profile, struct err_text *why)
{
	static const unsigned char	id[] = "push";
	struct tls_ctx			*ctx;

	if ((ctx = ctx_new(TLS_server_method(), profile)) == NULL) {
		(void)err_set(why, "TLS: %s", ssl_error());
		return NULL;
	}
	(void)SSL_CTX_set_session_id_context(ctx->ssl, id, sizeof(id) - 1);
	/* A phone has one connection: one ticket does. */
	(void)SSL_CTX_set_num_tickets(ctx->ssl, 1);
	SSL_CTX_set_alpn_select_cb(ctx->ssl, select_alpn, NULL);
	if (use_pairs(ctx, cert, key, cert2, key2, why) < 0)
		tls_ctx_unref(&ctx);
	return ctx;
}

struct tls_ctx *
tls_ctx_client(const char *ca, bool verify, struct err_text *why)
{
	struct tls_ctx		*ctx;
	X509_VERIFY_PARAM	*param;

	if ((ctx = ctx_new(TLS_client_method(), TLS_MODERN)) == NULL) {
		(void)err_set(why, "TLS: %s", ssl_error());
		return NULL;
	}
	SSL_CTX_set_verify(ctx->ssl, verify ? SSL_VERIFY_PEER :
	    SSL_VERIFY_NONE, NULL);
	/* A certificate named as trusted is trusted, be it a leaf. */
	param = SSL_CTX_get0_param(ctx->ssl);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	/* RFC 9525 section 6.3: names only where names belong. */
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if ((ca != NULL ? SSL_CTX_load_verify_file(ctx->ssl, ca) :
	    SSL_CTX_set_default_verify_paths(ctx->ssl)) != 1) {
		(void)err_set(why, "%s: no trusted certificate: %s",
		    ca != NULL ? ca : "TLS", ssl_error());
		tls_ctx_unref(&ctx);
	}
	return ctx;
}

struct tls_ctx *
tls_ctx_ref(struct tls_ctx *ctx)
{
	(void)atomic_fetch_add(&ctx->refs, 1);
	return ctx;
}

void
tls_ctx_unref(struct tls_ctx **ctxp)
{
	struct tls_ctx	*ctx = *ctxp;

	*ctxp = NULL;
	if (ctx == NULL || atomic_fetch_sub(&ctx->refs, 1) != 1)
		return;
	SSL_CTX_free(ctx->ssl);
	BIO_meth_free(ctx->bio);
	mem_free_secret(ctx, sizeof(*ctx));
}

static bool
is_address(const char *host)
{
	unsigned char	a[16];

	return inet_pton(AF_INET, host, a) == 1 ||
	    inet_pton(AF_INET6, host, a) == 1;
}

static bool
set_host(SSL *ssl, const char *host)
{
	char	sni[TLSEXT_MAXLEN_host_name + 1];
	size_t	n = strlen(host);

	/* RFC 6066 section 3: no addresses in SNI. */
	if (is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    host) == 1;
	if (n >= sizeof(sni))
		return false;
	memcpy(sni, host, n + 1);
	return SSL_set_tlsext_host_name(ssl, sni) == 1 &&
	    SSL_set1_host(ssl, host) == 1;
}

struct tls *
tls_new(struct tls_ctx *ctx, bool server, const char *host, bool xmpp_alpn)
{
	struct tls	*t = mem_zalloc(1, sizeof(*t));
	BIO		*bio;

	ERR_clear_error();
	t->ctx = tls_ctx_ref(ctx);
	t->alpn = xmpp_alpn;
	t->ssl = SSL_new(ctx->ssl);
	bio = BIO_new(ctx->bio);
	if (t->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		t->reason = "out of memory";
		return t;
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	(void)SSL_set_app_data(t->ssl, t);
	if (server) {
		SSL_set_accept_state(t->ssl);
		return t;
	}
	SSL_set_connect_state(t->ssl);
	if (host != NULL && !set_host(t->ssl, host))
		t->reason = "not a host name";
	if (xmpp_alpn && SSL_set_alpn_protos(t->ssl, alpn_xmpp,
	    sizeof(alpn_xmpp) - 1) != 0)
		t->reason = "out of memory";
	return t;
}

void
tls_free(struct tls **tp)
{
	struct tls	*t = *tp;

	*tp = NULL;
	if (t == NULL)
		return;
	/* A vanished radio is no reason to forget the session. */
	if (t->ssl != NULL && t->secure && t->reason == NULL)
		SSL_set_shutdown(t->ssl,
		    SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	tls_ctx_unref(&t->ctx);
	mem_free_secret(t, sizeof(*t));
}

/* The queue of errors holds why, unless it was the certificate. */
static enum tls_got
fail(struct tls *t)
{
	long	verdict = SSL_get_verify_result(t->ssl);

	if (!t->secure && verdict != X509_V_OK &&
	    SSL_get_verify_mode(t->ssl) != SSL_VERIFY_NONE)
		t->reason = X509_verify_cert_error_string(verdict);
	else if ((t->reason = ERR_reason_error_string(ERR_peek_error())) ==
	    NULL)
		t->reason = "output overflow";
	return TLS_GOT_FAILED;
}

/* What the result r <= 0 of an SSL call means. */
static enum tls_got
judge(struct tls *t, int r)
{
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return TLS_GOT_OK;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_GOT_CLOSED;
	default:
		return fail(t);
	}
}

/* Begins a call: no old errors, and the BIO's two ends. */
static bool
begin(struct tls *t, const char *p, size_t n, struct buf *wire)
{
	ERR_clear_error();
	t->in = p;
	t->inlen = n;
	t->wire = wire;
	return t->reason == NULL;
}

static enum tls_got
end(struct tls *t, enum tls_got got)
{
	t->in = NULL;
	t->inlen = 0;
	t->wire = NULL;
	return got;
}

static enum tls_got
shake_hands(struct tls *t)
{
	int	r = SSL_do_handshake(t->ssl);

	if (r != 1)
		return judge(t, r);
	t->secure = true;
	return TLS_GOT_SECURE;
}

enum tls_got
tls_start(struct tls *t, struct buf *wire)
{
	if (!begin(t, NULL, 0, wire))
		return end(t, TLS_GOT_FAILED);
	return end(t, shake_hands(t));
}

enum tls_got
tls_read(struct tls *t, const char *p, size_t n, struct buf *wire,
    void (*on_plain)(void *, const char *, size_t), void *arg)
{
	enum tls_got	got = TLS_GOT_OK, more;
	char		plain[PLAIN_CHUNK];
	int		r;

	if (!begin(t, p, n, wire))
		return end(t, TLS_GOT_FAILED);
	if (!t->secure && (got = shake_hands(t)) != TLS_GOT_SECURE)
		return end(t, got);
	for (;;) {
		ERR_clear_error();
		if ((r = SSL_read(t->ssl, plain, sizeof(plain))) <= 0)
			break;
		on_plain(arg, plain, (size_t)r);
	}
	more = judge(t, r);
	return end(t, more == TLS_GOT_OK ? got : more);
}

enum tls_got
tls_write(struct tls *t, const char *p, size_t n, struct buf *wire)
{
	enum tls_got	got = TLS_GOT_OK;
	size_t		done;

	if (!begin(t, NULL, 0, wire))
		return end(t, TLS_GOT_FAILED);
	if (n > 0 && SSL_write_ex(t->ssl, p, n, &done) != 1)
		got = fail(t);
	return end(t, got);
}

void
tls_shutdown(struct tls *t, struct buf *wire)
{
	/* After a failure OpenSSL allows no more calls. */
	if (begin(t, NULL, 0, wire) && t->secure)
		(void)SSL_shutdown(t->ssl);
	(void)end(t, TLS_GOT_OK);
}

const char *
tls_reason(const struct tls *t)
{
	return t->reason != NULL ? t->reason : "no error";
}

const char *
tls_version(const struct tls *t)
{
	return t->ssl != NULL ? SSL_get_version(t->ssl) : "none";
}
