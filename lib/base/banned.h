/*
 * banned - calls that have no safe use here, turned into compile errors.
 *
 * Force-included into every translation unit (-include).  What to use
 * instead: buf_printf, snprintf, strtoull via num.h, gmtime_r, epoll.
 */
#ifndef BANNED_H
#define BANNED_H

/* The declarations themselves must come before the ban. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Some are macros too, depending on the C library and the compiler. */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison atoi atol gets mktemp

#endif
