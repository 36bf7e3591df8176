/*
 * config_said - what the file and the command line say, before it is
 * understood: one text a name, with the place it came from.
 */
#ifndef CONFIG_SAID_H
#define CONFIG_SAID_H

#include <stddef.h>

#include "base/err.h"
#include "config.h"

struct config_setting {
	char		*text;		/* NULL: nothing was said */
	const char	*option;	/* "-o", "-D"; NULL: it was the file */
	unsigned	 line;		/* of the file; 0: of nobody */
};

struct config_said {
	const char		*file;		/* its name, borrowed */
	struct err_text		*err;		/* borrowed */
	struct config_setting	*single;	/* one for each config_rows */
	struct config_setting	 listen[CONFIG_LISTENERS];
	size_t			 listens;
};

void	config_said_init(struct config_said *, const char *file,
	    struct err_text *);
void	config_said_release(struct config_said *);
/* Both return 0, or -1 and a sentence; the flags come second. */
int	config_said_file(struct config_said *, const char *, size_t);
int	config_said_flags(struct config_said *, const struct config_flags *);

/* What a name shall be, or NULL where nobody said it; borrowed. */
const char	*config_said_text(const struct config_said *,
		    const char *name);
/*
 * Says where the value of a name, or the i-th listener, came from and what
 * is wrong with it.  Both return -1.
 */
int	config_said_wrong(const struct config_said *, const char *name,
	    const char *why);
int	config_said_wrong_listen(const struct config_said *, size_t i,
	    const char *why);

#endif
