/*
 * scram - SCRAM-SHA-1 and SCRAM-SHA-256 (RFC 5802, RFC 7677), both ends,
 * without channel binding.
 *
 * Messages are the decoded SASL strings; base64 is the caller's.  Every
 * struct that holds secrets has a _wipe().
 */
#ifndef SCRAM_H
#define SCRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

#define SCRAM_SALT	16	/* bytes of the salts we make */
#define SCRAM_ITERATIONS_MIN	4096	/* RFC 7677 section 4 */
#define SCRAM_ITERATIONS_MAX	1000000
#define SCRAM_NAME	1023	/* bytes of a user name */
#define SCRAM_MESSAGE	4096	/* bytes of any message */
#define SCRAM_NONCE	64	/* bytes of the nonce that we accept per side */

/* One hash's half of what the server stores; no password follows from it. */
struct scram_keys {
	unsigned char	stored[DIGEST_MAX];
	unsigned char	server[DIGEST_MAX];
};

/* What is stored of a password. */
struct scram_cred {
	uint32_t		iterations;
	unsigned char		salt[SCRAM_SALT];
	struct scram_keys	sha1, sha256;
};

/* Keys from a (SASLprep'd) password; takes milliseconds. */
void	scram_derive(enum digest, const char *password, size_t n,
	    const unsigned char *salt, size_t saltlen, uint32_t iterations,
	    struct scram_keys *);
/* A new salt, and both halves. */
void	scram_cred_make(const char *password, size_t n, uint32_t iterations,
	    struct scram_cred *);
/* PLAIN: does the password belong to cred?  Takes milliseconds. */
bool	scram_cred_check(const struct scram_cred *, const char *password,
	    size_t n);
/*
 * What an unknown user is shown (RFC 5802 section 9): the same for the same
 * name, never matching; secret is a key of this server.
 */
void	scram_cred_fake(const char *name, size_t n,
	    const unsigned char secret[32], uint32_t iterations,
	    struct scram_cred *);
void	scram_cred_wipe(struct scram_cred *);

/* The server's side of one exchange. */
struct scram_server {
	enum digest	digest;
	char		name[SCRAM_NAME + 1];	/* from client-first */
	char		authzid[SCRAM_NAME + 1];/* "" for none */
	struct buf	first_bare;		/* client-first-message-bare */
	struct buf	server_first;
	char		gs2_base64[2 * SCRAM_NAME];	/* expected c= */
	char		nonce[2 * SCRAM_NONCE + 1];
	size_t		client_nonce_len;
	struct scram_keys keys;
};

void	scram_server_init(struct scram_server *, enum digest);
void	scram_server_wipe(struct scram_server *);
/*
 * Reads client-first-message; name and authzid are set on PUSH_OK.  Returns
 * PUSH_E_PROTOCOL when malformed, PUSH_E_AUTH for channel binding ("p=")
 * that was not offered.
 */
enum push_err	scram_server_first(struct scram_server *, const char *,
		    size_t n) MUST_USE;
/* Puts server-first-message for these credentials. */
void		scram_server_challenge(struct scram_server *,
		    const struct scram_cred *, struct buf *out);
/*
 * Reads client-final-message, checks the proof in constant time and puts
 * server-final-message.  PUSH_OK, PUSH_E_PROTOCOL or PUSH_E_AUTH.
 */
enum push_err	scram_server_final(struct scram_server *, const char *,
		    size_t n, struct buf *out) MUST_USE;

/* The client's side. */
struct scram_client {
	enum digest	digest;
	struct buf	first_bare;
	char		nonce[SCRAM_NONCE + 1];
	unsigned char	server_signature[DIGEST_MAX];
	bool		answered;
};

/*
 * A salted password may be reused while salt and iterations stay the same:
 * PBKDF2 is 99 % of a login.  Zero it before its first use.
 */
struct scram_cache {
	enum digest	digest;
	uint32_t	iterations;	/* 0: empty */
	size_t		saltlen;
	unsigned char	salt[64];
	unsigned char	salted[DIGEST_MAX];
};

/* Puts client-first-message. */
void		scram_client_first(struct scram_client *, enum digest,
		    const char *name, struct buf *out);
void		scram_client_wipe(struct scram_client *);
/*
 * Reads server-first-message and puts client-final-message; cache may be
 * NULL.  PUSH_E_PROTOCOL when malformed, or iterations out of bounds.
 */
enum push_err	scram_client_final(struct scram_client *, const char *msg,
		    size_t n, const char *password, size_t passlen,
		    struct scram_cache *, struct buf *out) MUST_USE;
/* Checks server-final-message: PUSH_OK only from who knows the keys. */
enum push_err	scram_client_verify(struct scram_client *, const char *msg,
		    size_t n) MUST_USE;

#endif
