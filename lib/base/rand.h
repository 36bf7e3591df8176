/* rand - unpredictable bytes from getrandom(2); for ids, salts and nonces. */
#ifndef RAND_H
#define RAND_H

#include <stddef.h>

void	rand_bytes(void *, size_t);
/* Fills out with n lower-case hex digits (n / 2 random bytes) and a NUL. */
void	rand_hex(char *out, size_t n);

#endif
