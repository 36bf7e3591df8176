#include "opt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/term.h"

#define TEXT_MAX	(256 * 1024)	/* of an error, with an argument */

static const struct opt	standard[] = {
	{ 'h', "help", NULL, "print this help", OPT_FLAG, NULL },
	{ 'V', "version", NULL, "print the version", OPT_FLAG, NULL },
	{ 0 },
};

int
opt_usage_error(const struct opt_program *pr, const char *fmt, ...)
{
	struct buf	text;
	va_list		ap;

	buf_init(&text, TEXT_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	term_tell(pr->name, "%s (try '%s --help')", buf_str(&text), pr->name);
	buf_release(&text);
	return OPT_USAGE;
}

static void
print_row(const struct opt *o)
{
	char		left[64], arg[32] = "";
	bool		is_long = o->long_name != NULL;

	if (o->kind == OPT_OPTIONAL)
		(void)snprintf(arg, sizeof(arg), "[%s%s]", is_long ? "=" : "",
		    o->argument);
	else if (o->argument != NULL)
		(void)snprintf(arg, sizeof(arg), " %s", o->argument);
	if (o->short_name != 0 && is_long)
		(void)snprintf(left, sizeof(left), "-%c, --%s%s",
		    o->short_name, o->long_name, arg);
	else if (is_long)
		(void)snprintf(left, sizeof(left), "    --%s%s", o->long_name,
		    arg);
	else
		(void)snprintf(left, sizeof(left), "-%c%s", o->short_name,
		    arg);
	printf("  %-28s %s\n", left, o->help);
}

/* What was asked for has to be there, or it is said. */
static int
end_print(const struct opt_program *pr)
{
	if (fflush(stdout) == 0)
		return 0;
	term_tell(pr->name, "stdout: cannot write: %s", strerror(errno));
	return 1;
}

static int
print_help(const struct opt_program *pr)
{
	const struct opt	*o;

	printf("%s - %s\n\nusage: %s %s\n\n", pr->name, pr->about, pr->name,
	    pr->synopsis);
	for (o = pr->options; o->help != NULL; o++)
		print_row(o);
	for (o = standard; o->help != NULL; o++)
		print_row(o);
	return end_print(pr);
}

static const struct opt *
find_in(const struct opt *o, char c, const char *name, size_t n)
{
	for (; o->help != NULL; o++)
		if ((c != 0 && o->short_name == c) ||
		    (c == 0 && o->long_name != NULL &&
		    strlen(o->long_name) == n &&
		    memcmp(o->long_name, name, n) == 0))
			return o;
	return NULL;
}

static const struct opt *
find(const struct opt_program *pr, char c, const char *name, size_t n)
{
	const struct opt	*o = find_in(pr->options, c, name, n);

	return o != NULL ? o : find_in(standard, c, name, n);
}

static int
store(const struct opt_program *pr, const struct opt *o, const char *arg,
    const char *word)
{
	struct opt_list	*list;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_STRING:
	case OPT_OPTIONAL:
		*(const char **)o->value = arg;
		break;
	case OPT_COUNT:
		if (num_parse(arg, strlen(arg), 0, UINT32_MAX,
		    (uint64_t *)o->value) != 0)
			return opt_usage_error(pr,
			    "%s: '%s' is not a number", word, arg);
		break;
	case OPT_DURATION:
		if (clock_duration(arg, strlen(arg),
		    (int64_t *)o->value) != 0)
			return opt_usage_error(pr,
			    "%s: '%s' is not a duration such as 90s", word,
			    arg);
		break;
	case OPT_LIST:
		list = o->value;
		list->item = mem_realloc(list->item, list->count + 1,
		    sizeof(*list->item));
		list->item[list->count++] = arg;
		break;
	}
	return -1;
}

static bool
takes_next_word(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_OPTIONAL;
}

static int
standard_option(const struct opt_program *pr, const struct opt *o)
{
	if (o->short_name == 'h')
		return print_help(pr);
	printf("%s %s\n", pr->name, PUSH_VERSION);
	return end_print(pr);
}

/* Handles one found option; *next is the next word or NULL. */
static int
apply(const struct opt_program *pr, const struct opt *o, const char *inword,
    const char **next, const char *word)
{
	const char	*arg = inword;

	if (o->value == NULL)
		return standard_option(pr, o);
	if (arg == NULL && takes_next_word(o)) {
		if (*next == NULL)
			return opt_usage_error(pr, "%s needs a value (%s)",
			    word, o->argument);
		arg = *next;
		*next = NULL;
	}
	return store(pr, o, arg != NULL ? arg : "", word);
}

static int
long_option(const struct opt_program *pr, const char *word, const char **next)
{
	const char		*eq = strchr(word, '=');
	size_t			 n = eq != NULL ? (size_t)(eq - word) - 2 :
				    strlen(word) - 2;
	const struct opt	*o = find(pr, 0, word + 2, n);

	if (o == NULL)
		return opt_usage_error(pr, "unknown option %s", word);
	if (eq != NULL && o->kind == OPT_FLAG)
		return opt_usage_error(pr, "--%s takes no value",
		    o->long_name);
	return apply(pr, o, eq != NULL ? eq + 1 : NULL, next, word);
}

static int
short_options(const struct opt_program *pr, const char *word,
    const char **next)
{
	const struct opt	*o;
	const char		*p;
	char			 name[3] = "-?";
	int			 rc;

	for (p = word + 1; *p != '\0'; p++) {
		name[1] = *p;
		if ((o = find(pr, *p, NULL, 0)) == NULL)
			return opt_usage_error(pr, "unknown option %s", name);
		if (o->kind != OPT_FLAG)
			return apply(pr, o, p[1] != '\0' ? p + 1 : NULL, next,
			    name);
		if ((rc = apply(pr, o, NULL, next, name)) != -1)
			return rc;
	}
	return -1;
}

int
opt_parse(const struct opt_program *pr, int argc, char **argv, int *operands)
{
	const char	*next;
	bool		 ended = false;
	int		 i, rc, kept = 0;

	for (i = 1; i < argc; i++) {
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[kept++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		next = i + 1 < argc ? argv[i + 1] : NULL;
		rc = argv[i][1] == '-' ? long_option(pr, argv[i], &next) :
		    short_options(pr, argv[i], &next);
		if (rc != -1)
			return rc;
		/* A value that came from the next word has been used up. */
		if (next == NULL)
			i++;
	}
	*operands = kept;
	return -1;
}

void
opt_list_release(struct opt_list *list)
{
	free(list->item);
	list->item = NULL;
	list->count = 0;
}
