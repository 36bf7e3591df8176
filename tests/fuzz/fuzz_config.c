/* The configuration: whatever is taken prints as a file that means it. */
#include <stdlib.h>
#include <string.h>

#include "pushd/config.h"

#define TEXT_MAX	65536

int	LLVMFuzzerTestOneInput(const unsigned char *, size_t);

static void
print_to(const struct config *c, char *out)
{
	FILE	*f = fmemopen(out, TEXT_MAX, "w");

	if (f == NULL)
		abort();
	config_print(c, f);
	(void)fclose(f);
}

static struct config *
parse(const char *p, size_t n)
{
	static const struct config_flags	none;
	struct err_text				err = { "" };
	struct config				*c;

	c = config_parse(p, n, "fuzz", &none, &err);
	if (c == NULL && err.s[0] == '\0')
		abort();
	return c;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static char	 one[TEXT_MAX], two[TEXT_MAX];
	struct config	*c, *again;

	if (n > TEXT_MAX / 4 ||
	    (c = parse((const char *)data, n)) == NULL)
		return 0;
	print_to(c, one);
	again = parse(one, strlen(one));
	if (again == NULL)
		abort();
	print_to(again, two);
	if (strcmp(one, two) != 0)
		abort();
	config_unref(&again);
	config_unref(&c);
	return 0;
}
