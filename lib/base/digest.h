/*
 * digest - SHA-1, SHA-256, HMAC, PBKDF2 and comparison in constant time,
 * over libcrypto; CRC32C for rows on disk.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_MAX	32	/* bytes of the longest digest */

enum digest { DIGEST_SHA1, DIGEST_SHA256 };

/* Bytes of a digest: 20 or 32. */
size_t	digest_size(enum digest);
void	digest_hash(enum digest, const void *, size_t, unsigned char *out);
void	digest_hmac(enum digest, const void *key, size_t keylen,
	    const void *, size_t, unsigned char *out);
/* RFC 8018 section 5.2 with HMAC; takes milliseconds: not on a loop. */
void	digest_pbkdf2(enum digest, const char *password, size_t n,
	    const unsigned char *salt, size_t saltlen, unsigned iterations,
	    unsigned char *out);
/* Equal, in a time that depends on n only. */
bool	digest_equal(const void *, const void *, size_t n);
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4), continued from crc. */
uint32_t digest_crc32c(uint32_t crc, const void *, size_t);

#endif
