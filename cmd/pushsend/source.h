/* source - the bytes of stdin or of files, one after the other, on a loop. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/loop.h"

struct source_news {
	/* borrowed until return */
	void	(*on_bytes)(void *arg, const char *, size_t);
	/* a file ended; more: another one begins */
	void	(*on_end)(void *arg, bool more);
	/* a file could not be read: on_end() follows */
	void	(*on_failed)(void *arg, const char *name, int error);
};

struct source {
	struct loop			*loop;
	struct io			 io;
	char				**names;	/* borrowed */
	int				 count, at;
	const struct source_news	*news;
	void				*arg;
	bool				 open;
};

/* names: files, "-" is stdin; none: stdin. */
void	source_init(struct source *, struct loop *, char **names, int count);
/*
 * The name of a file that cannot be read and errno, or NULL: looked at
 * before anything is sent.
 */
const char	*source_check(const struct source *);
void	source_start(struct source *, const struct source_news *, void *arg);
/* Stops or resumes reading. */
void	source_read(struct source *, bool on);
void	source_release(struct source *);

#endif
