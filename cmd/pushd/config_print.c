/* config_print - the effective configuration as a file, for pushd -T. */
#include "config.h"

#include "base/buf.h"
#include "config_listen.h"
#include "config_table.h"

#define TEXT_MAX	64	/* bytes of a number and its suffix */

static void
print_number(const struct config *c, const struct config_row *row, FILE *out)
{
	struct config_row	bytes = { .kind = CONFIG_SIZE };
	struct buf		b;

	buf_init(&b, TEXT_MAX);
	config_row_number(row, config_row_get(row, c), &b);
	if (row->kind == CONFIG_QUEUE) {
		buf_putc(&b, ',');
		config_row_number(&bytes, c->queue_bytes, &b);
	}
	fprintf(out, "%s = %s\n", row->name, buf_str(&b));
	buf_release(&b);
}

static void
print_row(const struct config *c, const struct config_row *row, FILE *out)
{
	const char	*s;

	switch (row->kind) {
	case CONFIG_LISTEN:
		config_listen_print(c, out);
		break;
	case CONFIG_ENUM:
		fprintf(out, "%s = %s\n", row->name,
		    row->words[config_row_get(row, c)]);
		break;
	case CONFIG_STRING:
	case CONFIG_DOMAIN:
	case CONFIG_WORD:
		s = config_row_string(row, c);
		if (s == NULL)
			fprintf(out, "# %s =\n", row->name);
		else
			fprintf(out, "%s = %s\n", row->name, s);
		break;
	case CONFIG_COUNT:
	case CONFIG_SIZE:
	case CONFIG_DURATION:
	case CONFIG_QUEUE:
		print_number(c, row, out);
		break;
	}
}

void
config_print(const struct config *c, FILE *out)
{
	const struct config_row	*row;

	for (row = config_rows; row->name != NULL; row++)
		print_row(c, row, out);
}
