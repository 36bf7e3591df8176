/* The certificates that the server makes for itself. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "pushd/cert.h"
#include "tap.h"

static char		dir[] = "/tmp/test_cert.XXXXXX";
static struct err_text	err;

static const char *
path_of(const char *name)
{
	static char	path[256];

	(void)snprintf(path, sizeof(path), "%s/tls/%s", dir, name);
	return path;
}

static X509 *
read_cert(const char *name)
{
	FILE	*f = fopen(path_of(name), "r");
	X509	*x = f != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f != NULL)
		(void)fclose(f);
	return x;
}

static EVP_PKEY *
read_key(const char *name)
{
	FILE		*f = fopen(path_of(name), "r");
	EVP_PKEY	*k = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL,
			    NULL) : NULL;

	if (f != NULL)
		(void)fclose(f);
	return k;
}

static mode_t
mode_of(const char *path)
{
	struct stat	st;

	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0;
}

/* Whether a chain of this certificate alone passes for a TLS server. */
static bool
verifies(X509 *x)
{
	X509_STORE	*store = X509_STORE_new();
	X509_STORE_CTX	*ctx = X509_STORE_CTX_new();
	bool		 good;

	X509_STORE_add_cert(store, x);
	X509_STORE_CTX_init(ctx, store, x, NULL);
	X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
	good = X509_verify_cert(ctx) == 1;
	if (!good)
		printf("# %s\n", X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx)));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return good;
}

static bool
lasts_ten_years(X509 *x)
{
	int	days, secs;

	return ASN1_TIME_diff(&days, &secs, NULL, X509_get0_notAfter(x)) ==
	    1 && days >= 3649 && days <= 3650 &&
	    X509_cmp_current_time(X509_get0_notBefore(x)) < 0;
}

static void
test_pair(const char *crt, const char *keyname, int type, int bits)
{
	X509		*x = read_cert(crt);
	EVP_PKEY	*key = read_key(keyname);

	ok(x != NULL && key != NULL, "%s and its key are PEM", crt);
	if (x == NULL || key == NULL)
		return;
	ok(X509_check_private_key(x, key) == 1, "... and belong together");
	ok(EVP_PKEY_get_base_id(key) == type &&
	    EVP_PKEY_get_bits(key) == bits, "... of kind and strength");
	ok(mode_of(path_of(keyname)) == 0600, "... the key is ours alone");
	ok(X509_check_host(x, "push.example.org", 0, 0, NULL) == 1 &&
	    X509_check_host(x, "localhost", 0, 0, NULL) == 1 &&
	    X509_check_host(x, "example.org", 0, 0, NULL) == 0,
	    "... for the domain and localhost, nobody else");
	ok(X509_check_ip_asc(x, "127.0.0.1", 0) == 1 &&
	    X509_check_ip_asc(x, "::1", 0) == 1, "... and the loopback");
	ok(verifies(x), "... and pass for a server where they are trusted");
	ok(X509_get_version(x) == X509_VERSION_3 && lasts_ten_years(x) &&
	    X509_get_signature_nid(x) == (type == EVP_PKEY_RSA ?
	    NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256),
	    "... version 3, ten years, SHA-256");
	EVP_PKEY_free(key);
	X509_free(x);
}

static size_t
files(void)
{
	DIR	*d = opendir(path_of(""));
	size_t	 n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		(void)closedir(d);
	return n - 2;
}

static void
test_again(void)
{
	X509	*before = read_cert("rsa.crt"), *after;
	FILE	*f;

	ok(cert_ensure(dir, "push.example.org", &err) == 0,
	    "a second start finds them");
	after = read_cert("rsa.crt");
	ok(X509_cmp(before, after) == 0, "... and leaves them alone");
	X509_free(after);

	/* As after a kill between the two renames. */
	(void)unlink(path_of("rsa.crt"));
	f = fopen(path_of("rsa.crt.new"), "w");
	if (f != NULL)
		(void)fclose(f);
	ok(cert_ensure(dir, "push.example.org", &err) == 0,
	    "a missing certificate is made for the key that is there");
	after = read_cert("rsa.crt");
	ok(after != NULL && EVP_PKEY_eq(X509_get0_pubkey(before),
	    X509_get0_pubkey(after)) == 1, "... with the same key");
	ok(after != NULL && ASN1_INTEGER_cmp(X509_get0_serialNumber(before),
	    X509_get0_serialNumber(after)) != 0, "... and another serial");
	ok(files() == 4, "nothing is left over beside them");
	X509_free(after);
	X509_free(before);

	(void)unlink(path_of("rsa.key"));
	ok(cert_ensure(dir, "push.example.org", &err) == -1 &&
	    strstr(err.s, "bring the key back") != NULL,
	    "a certificate without its key is an error, not replaced");
	ok(access(path_of("rsa.key"), F_OK) != 0, "... and no key is made");
}

static void
remove_all(void)
{
	static const char *const	names[] = {
		"rsa.crt", "rsa.key", "ecdsa.crt", "ecdsa.key",
	};
	size_t				i;

	for (i = 0; i < 4; i++)
		(void)unlink(path_of(names[i]));
	(void)rmdir(path_of(""));
}

static void
test_odd_domains(void)
{
	char	 longname[200];
	X509	*x;

	ok(cert_ensure(dir, "192.0.2.7", &err) == 0, "an address is a domain");
	x = read_cert("ecdsa.crt");
	ok(x != NULL && X509_check_ip_asc(x, "192.0.2.7", 0) == 1,
	    "... and stands there as an address");
	X509_free(x);
	remove_all();

	ok(cert_ensure(dir, "b\303\274cher.example", &err) == 0,
	    "a domain may be beyond ASCII");
	x = read_cert("ecdsa.crt");
	ok(x != NULL && X509_check_host(x, "localhost", 0, 0, NULL) == 1 &&
	    verifies(x), "... and is good for localhost, too");
	X509_free(x);
	remove_all();

	memset(longname, 'a', sizeof(longname));
	longname[60] = longname[120] = '.';
	longname[180] = '\0';
	ok(cert_ensure(dir, longname, &err) == 0,
	    "a domain may be longer than a common name");
	x = read_cert("ecdsa.crt");
	ok(x != NULL && X509_check_host(x, longname, 0, 0, NULL) == 1,
	    "... and is checked by its whole length");
	X509_free(x);
	remove_all();
}

static void
test_failures(void)
{
	char	deep[5000];

	ok(cert_ensure("/no/such/folder", "d", &err) == -1 &&
	    strstr(err.s, "cannot make /no/such/folder/tls: No such file") ==
	    err.s, "a missing folder is named");
	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	ok(cert_ensure(deep, "d", &err) == -1 &&
	    strstr(err.s, "the path is too long") != NULL,
	    "a path that does not fit is refused");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)umask(0);
	ok(cert_ensure(dir, "push.example.org", &err) == 0,
	    "the first start makes the certificates");
	ok(mode_of(path_of("")) == 0700, "their folder is ours alone");
	ok(files() == 4, "two pairs and nothing else");
	test_pair("ecdsa.crt", "ecdsa.key", EVP_PKEY_EC, 256);
	test_pair("rsa.crt", "rsa.key", EVP_PKEY_RSA, 2048);
	test_again();
	remove_all();
	test_odd_domains();
	test_failures();
	(void)rmdir(dir);
	return tap_done();
}
