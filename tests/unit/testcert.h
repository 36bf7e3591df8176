/*
 * testcert - throw-away certificates for tests: self-signed, an hour long,
 * written as two PEM files.
 */
#ifndef TESTCERT_H
#define TESTCERT_H

#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct testcert {
	char	cert[96], key[96];
};

static inline void
testcert_check(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! certificate: %s\n", what);
	exit(1);
}

static inline void
testcert_add(X509 *x, int nid, const char *value)
{
	X509V3_CTX	ctx;
	X509_EXTENSION	*ext;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	testcert_check(ext != NULL && X509_add_ext(x, ext, -1) == 1, value);
	X509_EXTENSION_free(ext);
}

/* from, to: seconds around now; alt: "DNS:a.example,IP:127.0.0.1". */
static inline void
testcert_make(struct testcert *tc, const char *dir, const char *name,
    bool rsa, const char *alt, long to)
{
	EVP_PKEY	*key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	X509		*x = X509_new();
	X509_NAME	*subject;
	FILE		*f;

	testcert_check(key != NULL && x != NULL, "no key");
	(void)X509_set_version(x, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + rsa);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), -7200);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), to);
	(void)X509_set_pubkey(x, key);
	subject = X509_get_subject_name(x);
	(void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	(void)X509_set_issuer_name(x, subject);
	testcert_add(x, NID_subject_alt_name, alt);
	testcert_check(X509_sign(x, key, EVP_sha256()) > 0, "not signed");
	(void)snprintf(tc->cert, sizeof(tc->cert), "%s/%s.crt", dir, name);
	(void)snprintf(tc->key, sizeof(tc->key), "%s/%s.key", dir, name);
	f = fopen(tc->cert, "w");
	testcert_check(f != NULL && PEM_write_X509(f, x) == 1, tc->cert);
	(void)fclose(f);
	f = fopen(tc->key, "w");
	testcert_check(f != NULL && fchmod(fileno(f), 0600) == 0 &&
	    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1,
	    tc->key);
	(void)fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

#endif
