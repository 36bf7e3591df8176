/*
 * fuzz_scram - who does not know the password is never let in and never
 * believed, whatever the bytes say; names come out as C strings.
 *
 * The first byte chooses the side and the digest; a line feed parts the
 * first message from the second, in which a '$' stands for the nonce that
 * the other side expects there.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "xmpp/scram.h"

#define MUST(cond)	do { if (!(cond)) abort(); } while (0)

static void
put_with_nonce(struct buf *b, const char *p, size_t n, const char *nonce)
{
	for (; n > 0; p++, n--) {
		if (*p == '$')
			buf_puts(b, nonce);
		else
			buf_putc(b, *p);
	}
}

static void
server(enum digest d, const char *p, size_t n)
{
	static const unsigned char	secret[32] = { 1 };
	struct scram_server		s;
	struct scram_cred		cred;
	struct buf			in, out;
	const char			*lf = memchr(p, '\n', n);
	size_t				first = lf != NULL ?
					    (size_t)(lf - p) : n;
	enum push_err			e;

	scram_cred_fake("x", 1, secret, 4096, &cred);
	scram_server_init(&s, d);
	buf_init(&in, 8 * SCRAM_MESSAGE);
	buf_init(&out, 8 * SCRAM_MESSAGE);
	e = scram_server_first(&s, p, first);
	if (e == PUSH_OK) {
		MUST(s.name[0] != '\0' && strlen(s.name) <= SCRAM_NAME);
		MUST(utf8_valid(s.name, strlen(s.name)));
		MUST(strlen(s.authzid) <= SCRAM_NAME);
		MUST(strlen(s.nonce) >= s.client_nonce_len + 24);
		MUST(strchr(s.nonce, ',') == NULL);
		scram_server_challenge(&s, &cred, &out);
		MUST(buf_ok(&out) && out.len <= SCRAM_MESSAGE);
	}
	buf_reset(&out);
	if (lf != NULL) {
		put_with_nonce(&in, lf + 1, n - first - 1, s.nonce);
		e = scram_server_final(&s, buf_str(&in), in.len, &out);
		MUST(e == PUSH_E_AUTH || e == PUSH_E_PROTOCOL);
		MUST(out.len == 0);
	}
	scram_server_wipe(&s);
	buf_release(&in);
	buf_release(&out);
}

static void
client(enum digest d, const char *p, size_t n)
{
	/* Filled so that PBKDF2 is spared; its key is not in the input. */
	struct scram_cache	cache = { .digest = d, .iterations = 4096,
				    .saltlen = 3, .salt = "ABC",
				    .salted = { 42 } };
	struct scram_client	cl;
	struct buf		in, out;
	const char		*lf = memchr(p, '\n', n);
	size_t			first = lf != NULL ? (size_t)(lf - p) : n;
	enum push_err		e = PUSH_E_PROTOCOL;

	buf_init(&in, 8 * SCRAM_MESSAGE);
	buf_init(&out, 8 * SCRAM_MESSAGE);
	scram_client_first(&cl, d, "user", &out);
	put_with_nonce(&in, p, first, cl.nonce);
	buf_reset(&out);
	/* Another count would only cost time: "i=4096" or no proof. */
	if (memmem(buf_str(&in), in.len, ",i=4096", 7) != NULL)
		e = scram_client_final(&cl, in.p, in.len, "", 0, &cache, &out);
	MUST(e == PUSH_OK || e == PUSH_E_PROTOCOL);
	MUST((e == PUSH_OK) == (out.len > 0) && buf_ok(&out));
	if (lf != NULL)
		MUST(scram_client_verify(&cl, lf + 1, n - first - 1) !=
		    PUSH_OK);
	scram_client_wipe(&cl);
	buf_release(&in);
	buf_release(&out);
}

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum digest	d;

	if (n < 2)
		return 0;
	d = data[0] & 1 ? DIGEST_SHA256 : DIGEST_SHA1;
	if (data[0] & 2)
		client(d, (const char *)data + 1, n - 1);
	else
		server(d, (const char *)data + 1, n - 1);
	return 0;
}
