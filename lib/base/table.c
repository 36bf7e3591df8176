#include "table.h"

#include <ctype.h>
#include <string.h>

#include "base/term.h"

#define ROWS_MAX	1000	/* collected before they are put */
#define CELLS_HIGH	(1024 * 1024)	/* the same, in bytes */
#define CELL_MAX	4096

/* A value as text: absent and null "-", true "yes", false "no". */
static void
put_cell(struct buf *b, const struct json *j)
{
	const char	*s = json_string(j);
	int64_t		 n;

	if (s != NULL && *s != '\0')
		term_put(b, s, strlen(s), true);
	else if (json_integer(j, &n) == 0)
		buf_printf(b, "%lld", (long long)n);
	else if (json_bool(j, false))
		buf_puts(b, "yes");
	else if (!json_bool(j, true))
		buf_puts(b, "no");
	else
		buf_puts(b, "-");
}

/* Characters, not bytes. */
static size_t
width_of(const char *s)
{
	size_t	n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
add_cell(struct table *t, size_t column, const char *text)
{
	size_t	width = width_of(text);

	if (t->width[column] < width)
		t->width[column] = width;
	buf_put(&t->cells, text, strlen(text) + 1);
}

static void
add_header(struct table *t)
{
	char	name[64];
	size_t	i, k;

	for (i = 0; i < t->count; i++) {
		for (k = 0; t->columns[i][k] != '\0' &&
		    k + 1 < sizeof(name); k++)
			name[k] = (char)toupper((unsigned char)
			    t->columns[i][k]);
		name[k] = '\0';
		add_cell(t, i, name);
	}
	t->rows++;
}

void
table_init(struct table *t, const char *const *columns, struct buf *out)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
	t->out = out;
	while (t->count < TABLE_COLUMNS && columns[t->count] != NULL)
		t->count++;
	buf_init(&t->cells, CELLS_HIGH + TABLE_COLUMNS * (CELL_MAX + 1));
}

void
table_release(struct table *t)
{
	buf_release(&t->cells);
}

void
table_row(struct table *t, const struct json *object)
{
	struct buf	cell;
	size_t		i;

	if (t->width[0] == 0)
		add_header(t);
	buf_init(&cell, CELL_MAX);
	for (i = 0; i < t->count; i++) {
		buf_reset(&cell);
		put_cell(&cell, json_get(object, t->columns[i]));
		add_cell(t, i, buf_str(&cell));
	}
	buf_release(&cell);
	if (++t->rows >= ROWS_MAX || t->cells.len > CELLS_HIGH)
		table_flush(t);
}

static void
put_row(struct table *t, const char **cell)
{
	size_t	i, n;

	for (i = 0; i < t->count; i++) {
		buf_puts(t->out, *cell);
		n = width_of(*cell);
		*cell += strlen(*cell) + 1;
		while (i + 1 < t->count && n++ < t->width[i] + 2)
			buf_putc(t->out, ' ');
	}
	buf_putc(t->out, '\n');
}

void
table_flush(struct table *t)
{
	const char	*cell = t->cells.p;

	for (; t->rows > 0; t->rows--)
		put_row(t, &cell);
	buf_reset(&t->cells);
}

void
table_object(struct buf *b, const struct json *object)
{
	const struct json	*j;
	size_t			 width = 0, n;

	for (j = json_first(object); j != NULL; j = json_next(j))
		if ((n = strlen(json_name(j))) > width)
			width = n;
	for (j = json_first(object); j != NULL; j = json_next(j)) {
		n = strlen(json_name(j));
		term_put(b, json_name(j), n, true);
		while (n++ < width + 2)
			buf_putc(b, ' ');
		put_cell(b, j);
		buf_putc(b, '\n');
	}
}
