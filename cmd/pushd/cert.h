/*
 * cert - the certificates that the server makes for itself at its first
 * start: ECDSA P-256, and RSA-2048 for old phones; self-signed, ten years.
 */
#ifndef CERT_H
#define CERT_H

#include "base/err.h"

/*
 * Makes DIR/tls/{ecdsa,rsa}.{crt,key} where they are missing; keys have mode
 * 0600 and appear only complete (written aside, synced, renamed).  Subject
 * and subjectAltName: the domain, localhost and loopback addresses.
 * Returns 0, or -1 and a sentence.
 */
int	cert_ensure(const char *dir, const char *domain, struct err_text *);

#endif
