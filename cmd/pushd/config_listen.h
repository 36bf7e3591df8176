/* config_listen - a listener as text: ADDR:PORT[,tls=...][,legacy=...]. */
#ifndef CONFIG_LISTEN_H
#define CONFIG_LISTEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "config.h"

/* The words of enum config_tls; ends with NULL. */
extern const char *const	config_listen_tls[];

/*
 * Adds a listener; it has config->tls and ->legacy where it names none.
 * Returns 0, or -1 and what is wrong and, in brackets, what to do.
 */
int	config_listen_add(struct config *, const char *text,
	    struct err_text *why) MUST_USE;
/* Replaces the listeners; true if they were different. */
bool	config_listen_copy(struct config *to, const struct config *from);
void	config_listen_release(struct config *);
/* A line for each listener, with all its policies. */
void	config_listen_print(const struct config *, FILE *);

#endif
