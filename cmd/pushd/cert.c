#include "cert.h"

#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/rand.h"

#define DAYS		3650
#define CLOCK_SKEW	86400	/* seconds a phone's clock may be behind */
#define RSA_BITS	2048
#define SERIAL		16	/* bytes; RFC 5280 allows 20 */
#define COMMON_NAME	64	/* RFC 5280 appendix A.1, ub-common-name */
#define PATH_BYTES	4096
#define FOLDER_BYTES	(PATH_BYTES - 32)
#define TEXT_BYTES	16384

struct kind {
	const char	*name;		/* of the files */
	bool		 rsa;
	const char	*usage;		/* RSA: old TLS encrypts to the key */
};

static const struct kind	kinds[] = {
	{ "ecdsa", false, "digitalSignature" },
	{ "rsa", true, "digitalSignature,keyEncipherment" },
};

/* Says what the system or OpenSSL could not do.  Returns -1. */
static int
failed(struct err_text *err, const char *what, const char *path)
{
	unsigned long	code = ERR_get_error();
	char		why[160];

	if (code == 0)
		return err_set(err, "%s %.200s: %s (make the folder writable, "
		    "or set certificate and key)", what, path,
		    strerror(errno));
	ERR_error_string_n(code, why, sizeof(why));
	ERR_clear_error();
	return err_set(err, "%s %.200s: %s (set certificate and key)", what,
	    path, why);
}

static bool
is_ip(const char *host)
{
	struct in6_addr	a;

	return inet_pton(AF_INET, host, &a) == 1 ||
	    inet_pton(AF_INET6, host, &a) == 1;
}

/* A prepared domain's ASCII is letters, digits, '-', '.' and ':'. */
static bool
is_dns(const char *domain)
{
	const char	*p;

	for (p = domain; *p != '\0'; p++)
		if ((*p & 0x80) != 0)
			return false;
	return true;
}

/* The extensions in OpenSSL's own words, x509v3_config(5). */
static void
put_extensions(struct buf *b, const struct kind *kind, const char *domain)
{
	buf_printf(b, "[ext]\nbasicConstraints=critical,CA:FALSE\n"
	    "keyUsage=critical,%s\nextendedKeyUsage=serverAuth\n"
	    "subjectKeyIdentifier=hash\nsubjectAltName=@san\n"
	    "[san]\n", kind->usage);
	if (is_ip(domain))
		buf_printf(b, "IP.1=%s\n", domain);
	else if (is_dns(domain))
		buf_printf(b, "DNS.1=%s\n", domain);
	else
		/* RFC 6120 section 13.7.1.4: a domain that DNS cannot spell. */
		buf_printf(b, "otherName.1=1.3.6.1.5.5.7.8.5;FORMAT:UTF8,"
		    "UTF8:%s\n", domain);
	buf_puts(b, "DNS.2=localhost\nIP.2=127.0.0.1\nIP.3=::1\n");
}

static bool
add_extensions(X509 *x, const struct kind *kind, const char *domain)
{
	struct buf	 b;
	X509V3_CTX	 ctx;
	CONF		*conf = NCONF_new(NULL);
	BIO		*text;
	long		 line;
	bool		 done;

	buf_init(&b, TEXT_BYTES);
	put_extensions(&b, kind, domain);
	text = BIO_new_mem_buf(buf_str(&b), (int)b.len);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	done = buf_ok(&b) && conf != NULL && text != NULL &&
	    NCONF_load_bio(conf, text, &line) > 0 &&
	    X509V3_EXT_add_nconf(conf, &ctx, "ext", x) == 1;
	BIO_free(text);
	NCONF_free(conf);
	buf_release(&b);
	return done;
}

static bool
set_serial(X509 *x)
{
	unsigned char	 bytes[SERIAL];
	BIGNUM		*n;
	bool		 done;

	rand_bytes(bytes, sizeof(bytes));
	/* Positive and never zero, RFC 5280 section 4.1.2.2. */
	bytes[0] = (bytes[0] & 0x7f) | 0x40;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = n != NULL &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return done;
}

static bool
set_names(X509 *x, const char *domain)
{
	X509_NAME		*name = X509_get_subject_name(x);
	const unsigned char	*cn = (const unsigned char *)domain;

	if (strlen(domain) > COMMON_NAME)
		cn = (const unsigned char *)"push";
	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	    cn, -1, -1, 0) == 1 && X509_set_issuer_name(x, name) == 1;
}

/* A self-signed certificate for a key; NULL on failure. */
static X509 *
make_cert(const struct kind *kind, const char *domain, EVP_PKEY *key)
{
	X509	*x = X509_new();

	if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
	    set_serial(x) && set_names(x, domain) &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -CLOCK_SKEW) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), DAYS, 0, NULL) != NULL &&
	    X509_set_pubkey(x, key) == 1 && add_extensions(x, kind, domain) &&
	    X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

/* Writes a file that appears under its name only when it is on disk. */
static int
write_whole(const char *path, const char *p, size_t n)
{
	char	aside[PATH_BYTES];
	ssize_t	put = 0;
	int	fd, rc;

	if ((size_t)snprintf(aside, sizeof(aside), "%s.new", path) >=
	    sizeof(aside)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* One may be left over from a server that was killed here. */
	(void)unlink(aside);
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	for (; n > 0 && put >= 0; p += put, n -= (size_t)put)
		if ((put = write(fd, p, n)) < 0)
			break;
	rc = n > 0 ? -1 : fsync(fd);
	if (close(fd) != 0)
		rc = -1;
	return rc == 0 ? rename(aside, path) : -1;
}

/* Writes what was put into a memory BIO, and overwrites it there. */
static int
write_bio(const char *path, BIO *bio)
{
	char	*p;
	long	 n = BIO_get_mem_data(bio, &p);
	int	 rc = write_whole(path, p, n > 0 ? (size_t)n : 0);

	OPENSSL_cleanse(p, n > 0 ? (size_t)n : 0);
	return rc;
}

static int
write_key(const char *path, EVP_PKEY *key)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	int	 rc = -1;

	if (bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
	    NULL, NULL) == 1)
		rc = write_bio(path, bio);
	BIO_free(bio);
	return rc;
}

static int
write_cert(const char *path, X509 *x)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	int	 rc = -1;

	if (bio != NULL && PEM_write_bio_X509(bio, x) == 1)
		rc = write_bio(path, bio);
	BIO_free(bio);
	return rc;
}

/* The key in a file, or a new one, written there. */
static EVP_PKEY *
key_for(const struct kind *kind, const char *path)
{
	EVP_PKEY	*key;
	FILE		*f = fopen(path, "re");

	if (f != NULL) {
		key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
		(void)fclose(f);
		return key;
	}
	if (errno != ENOENT)
		return NULL;
	key = kind->rsa ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-256");
	if (key != NULL && write_key(path, key) != 0) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/*
 * The key comes first: a server that was killed between the two finds it
 * and makes the certificate for it.
 */
static int
ensure_pair(const struct kind *kind, const char folder[FOLDER_BYTES],
    const char *domain, struct err_text *err)
{
	char		 cert[PATH_BYTES], path[PATH_BYTES];
	EVP_PKEY	*key;
	X509		*x = NULL;
	int		 rc = -1;

	(void)snprintf(cert, sizeof(cert), "%s/%.8s.crt", folder, kind->name);
	(void)snprintf(path, sizeof(path), "%s/%.8s.key", folder, kind->name);
	if (access(cert, F_OK) == 0 && access(path, F_OK) == 0)
		return 0;
	if (access(cert, F_OK) == 0)
		return err_set(err, "%.200s: its certificate is there, the key "
		    "is not (bring the key back, or remove the certificate)",
		    path);
	if ((key = key_for(kind, path)) == NULL)
		return failed(err, "cannot make", path);
	if ((x = make_cert(kind, domain, key)) == NULL ||
	    write_cert(cert, x) != 0)
		(void)failed(err, "cannot make", cert);
	else
		rc = 0;
	X509_free(x);
	EVP_PKEY_free(key);
	return rc;
}

/* Makes renames in a folder last. */
static int
sync_folder(const char *folder)
{
	int	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	(void)close(fd);
	return rc;
}

int
cert_ensure(const char *dir, const char *domain, struct err_text *err)
{
	char	folder[FOLDER_BYTES];
	size_t	i;

	ERR_clear_error();
	if ((size_t)snprintf(folder, sizeof(folder), "%s/tls", dir) >=
	    sizeof(folder))
		return err_set(err, "%.200s: the path is too long (choose a "
		    "shorter one)", dir);
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return failed(err, "cannot make", folder);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (ensure_pair(&kinds[i], folder, domain, err) != 0)
			return -1;
	return sync_folder(folder) == 0 && sync_folder(dir) == 0 ? 0 :
	    failed(err, "cannot sync", folder);
}
