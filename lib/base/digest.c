#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <assert.h>
#include <pthread.h>

static const EVP_MD *
md(enum digest d)
{
	return d == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
}

size_t
digest_size(enum digest d)
{
	return d == DIGEST_SHA1 ? 20 : 32;
}

void
digest_hash(enum digest d, const void *p, size_t n, unsigned char *out)
{
	int	done = EVP_Digest(p, n, out, NULL, md(d), NULL);

	assert(done == 1);
	(void)done;
}

void
digest_hmac(enum digest d, const void *key, size_t keylen, const void *p,
    size_t n, unsigned char *out)
{
	unsigned	 len = 0;
	unsigned char	*done;

	done = HMAC(md(d), key, (int)keylen, p, n, out, &len);
	assert(done != NULL && len == digest_size(d));
	(void)done;
}

void
digest_pbkdf2(enum digest d, const char *password, size_t n,
    const unsigned char *salt, size_t saltlen, unsigned iterations,
    unsigned char *out)
{
	int	done;

	done = PKCS5_PBKDF2_HMAC(password, (int)n, salt, (int)saltlen,
	    (int)iterations, md(d), (int)digest_size(d), out);
	assert(done == 1);
	(void)done;
}

bool
digest_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

static uint32_t		crc_table[256];
static pthread_once_t	crc_once = PTHREAD_ONCE_INIT;

static void
crc_init(void)
{
	uint32_t	i, c;
	int		bit;

	for (i = 0; i < 256; i++) {
		c = i;
		for (bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78U : c >> 1;
		crc_table[i] = c;
	}
}

uint32_t
digest_crc32c(uint32_t crc, const void *data, size_t n)
{
	const unsigned char	*p = data;

	(void)pthread_once(&crc_once, crc_init);
	crc = ~crc;
	for (; n > 0; n--)
		crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 0xff];
	return ~crc;
}
