#include "ctl_print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "ctl/ctl.h"

#define OUT_MAX		(128 * CTL_LINE_MAX)	/* a table's widest part */
#define WRITE_AT	65536	/* bytes collected before they are written */
#define EXIT_OUTPUT	1

void
ctl_print_init(struct ctl_print *pr, const char *member,
    const char *const *columns, enum term_output output, const char *format)
{
	memset(pr, 0, sizeof(*pr));
	pr->member = member;
	pr->output = output;
	pr->format = format;
	buf_init(&pr->out, OUT_MAX);
	if (columns != NULL)
		table_init(&pr->table, columns, &pr->out);
}

void
ctl_print_release(struct ctl_print *pr)
{
	buf_release_secret(&pr->out);
	table_release(&pr->table);
}

/* SIGPIPE has its default: a reader that left ends us quietly. */
static void
write_out(struct ctl_print *pr)
{
	size_t	at = 0;
	ssize_t	n;

	while (at < pr->out.len && pr->broken == 0) {
		n = write(STDOUT_FILENO, pr->out.p + at, pr->out.len - at);
		if (n >= 0)
			at += (size_t)n;
		else if (errno != EINTR)
			pr->broken = errno;
	}
	buf_reset(&pr->out);
}

void
ctl_print_reply(void *arg, const struct ctl_reply *reply, const char *line,
    size_t n)
{
	struct ctl_print	*pr = arg;
	const struct json	*object = json_get(reply->root, pr->member);
	const char		*text;

	if (object == NULL || !json_slice(line, n, pr->member, &text, &n))
		return;
	if (pr->format != NULL) {
		format_put(pr->format, text, n, isatty(STDOUT_FILENO) != 0,
		    &pr->out);
	} else if (pr->output == TERM_NONE) {
		return;
	} else if (pr->output == TERM_JSON) {
		buf_put(&pr->out, text, n);
		buf_putc(&pr->out, '\n');
	} else if (pr->table.columns != NULL)
		table_row(&pr->table, object);
	else
		table_object(&pr->out, object);
	if (pr->out.len >= WRITE_AT)
		write_out(pr);
}

int
ctl_print_end(struct ctl_print *pr, const char *tool, int code)
{
	if (pr->table.columns != NULL)
		table_flush(&pr->table);
	write_out(pr);
	if (pr->broken == 0)
		return code;
	term_tell(tool, "stdout: cannot write: %s", strerror(pr->broken));
	return EXIT_OUTPUT;
}
