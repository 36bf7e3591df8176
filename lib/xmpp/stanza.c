#include "stanza.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/utf8.h"
#include "xmpp/ns.h"

#define WRITE_DEPTH	1024	/* deeper trees are not written */
#define DIGITS		24	/* of a 64-bit number, in any base */

static const char	replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

bool
stanza_is(const struct stanza *st, const char *name, const char *ns)
{
	return strcmp(st->name, name) == 0 && strcmp(st->ns, ns) == 0;
}

const char *
stanza_attr_ns(const struct stanza *st, const char *name, const char *ns)
{
	const struct stanza_attr	*a;

	for (a = st->attrs; a != NULL; a = a->next)
		if (strcmp(a->name, name) == 0 && strcmp(a->ns, ns) == 0)
			return a->value;
	return NULL;
}

const char *
stanza_attr(const struct stanza *st, const char *name)
{
	return stanza_attr_ns(st, name, "");
}

const struct stanza *
stanza_child(const struct stanza *st, const char *name, const char *ns)
{
	const struct stanza	*c;

	if (ns == NULL)
		ns = st->ns;
	for (c = st->child; c != NULL; c = c->next)
		if (stanza_is(c, name, ns))
			return c;
	return NULL;
}

const struct stanza *
stanza_child_ns(const struct stanza *st, const char *ns)
{
	const struct stanza	*c;

	for (c = st->child; c != NULL; c = c->next)
		if (strcmp(c->ns, ns) == 0)
			return c;
	return NULL;
}

const char *
stanza_child_text(const struct stanza *st, const char *name, const char *ns)
{
	const struct stanza	*c = stanza_child(st, name, ns);

	return c != NULL ? c->text : NULL;
}

size_t
stanza_children(const struct stanza *st)
{
	const struct stanza	*c;
	size_t			 n = 0;

	for (c = st->child; c != NULL; c = c->next)
		n++;
	return n;
}

/*
 * What stands for an ASCII character in text; NULL: itself.  A parser would
 * turn a bare CR into LF (XML 1.0 section 2.11).
 */
static const char *
escape(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\r':
		return "&#13;";
	case '\t':
	case '\n':
		return NULL;
	default:
		return c < 0x20 ? replacement : NULL;
	}
}

/* Length of the character of XML at s, which is not ASCII; 0 for none. */
static size_t
char_length(const char *s, size_t n)
{
	unsigned char	c = (unsigned char)s[0];
	size_t		len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return len <= n && utf8_valid_xml(s, len) ? len : 0;
}

/* Characters that go out as they are; stops at the first that does not. */
static size_t
plain_length(const char *s, size_t n, bool quoted)
{
	/* Set for & < >, the control characters, all beyond ASCII, " and '. */
	static const uint64_t	special[2][4] = {
		{ UINT64_C(0x50000040ffffffff), 0, UINT64_MAX, UINT64_MAX },
		{ UINT64_C(0x500000c4ffffffff), 0, UINT64_MAX, UINT64_MAX },
	};
	unsigned char		c;
	size_t			i = 0, len;

	while (i < n) {
		c = (unsigned char)s[i];
		if ((special[quoted][c >> 6] >> (c & 63) & 1) == 0)
			len = 1;
		else if (c >= 0x80)
			len = char_length(s + i, n - i);
		else
			len = escape(c) == NULL;
		if (len == 0)
			break;
		i += len;
	}
	return i;
}

static void
put_escaped(struct buf *b, const char *s, size_t n, bool quoted)
{
	const char	*as;
	size_t		 len;

	while (n > 0) {
		len = plain_length(s, n, quoted);
		buf_put(b, s, len);
		s += len;
		if ((n -= len) == 0)
			break;
		as = escape((unsigned char)*s);
		buf_puts(b, as != NULL ? as : replacement);
		s++;
		n--;
	}
}

void
stanza_put_text(struct buf *b, const char *s, size_t n)
{
	put_escaped(b, s, n, false);
}

void
stanza_put_attr(struct buf *b, const char *s, size_t n)
{
	put_escaped(b, s, n, true);
}

/* One conversion of a format. */
struct spec {
	int	width;
	int	precision;	/* -1 for none */
	char	size;		/* 'H' for hh, 'L' for ll, else as written */
	bool	zero, left;
};

static const char *
read_spec(const char *f, struct spec *sp, va_list *ap)
{
	memset(sp, 0, sizeof(*sp));
	sp->precision = -1;
	for (; *f == '0' || *f == '-'; f++)
		if (*f == '0')
			sp->zero = true;
		else
			sp->left = true;
	for (; *f >= '0' && *f <= '9'; f++)
		sp->width = 10 * sp->width + (*f - '0');
	if (f[0] == '.' && f[1] == '*') {
		sp->precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.')
		for (f++, sp->precision = 0; *f >= '0' && *f <= '9'; f++)
			sp->precision = 10 * sp->precision + (*f - '0');
	for (; strchr("hlzjt", *f) != NULL && *f != '\0'; f++)
		sp->size = sp->size == *f ? (char)(*f - 'a' + 'A') : *f;
	return f;
}

static intmax_t
signed_arg(char size, va_list *ap)
{
	switch (size) {
	case 'l':
		return va_arg(*ap, long);
	case 'L':
		return va_arg(*ap, long long);
	case 'z':
		return va_arg(*ap, ssize_t);
	case 'j':
		return va_arg(*ap, intmax_t);
	case 't':
		return va_arg(*ap, ptrdiff_t);
	default:
		return va_arg(*ap, int);
	}
}

static uintmax_t
unsigned_arg(char size, va_list *ap)
{
	switch (size) {
	case 'l':
		return va_arg(*ap, unsigned long);
	case 'L':
		return va_arg(*ap, unsigned long long);
	case 'z':
	case 't':
		return va_arg(*ap, size_t);
	case 'j':
		return va_arg(*ap, uintmax_t);
	default:
		return va_arg(*ap, unsigned int);
	}
}

static void
put_fill(struct buf *b, char c, int n)
{
	for (; n > 0; n--)
		buf_putc(b, c);
}

static void
put_number(struct buf *b, const struct spec *sp, bool minus, uintmax_t v,
    const char *digits)
{
	unsigned int	base = (unsigned int)strlen(digits);
	char		s[DIGITS];
	size_t		at = sizeof(s);
	int		fill;

	do {
		s[--at] = digits[v % base];
		v /= base;
	} while (v > 0);
	fill = sp->width - (int)(sizeof(s) - at) - minus;
	if (!sp->left && !sp->zero)
		put_fill(b, ' ', fill);
	if (minus)
		buf_putc(b, '-');
	if (!sp->left && sp->zero)
		put_fill(b, '0', fill);
	buf_put(b, s + at, sizeof(s) - at);
	if (sp->left)
		put_fill(b, ' ', fill);
}

static void
put_string(struct buf *b, const struct spec *sp, const char *s)
{
	size_t	n;

	if (s == NULL)
		return;
	n = sp->precision < 0 ? strlen(s) : strnlen(s, (size_t)sp->precision);
	stanza_put_attr(b, s, n);
}

static void
put_conversion(struct buf *b, char conv, const struct spec *sp, va_list *ap)
{
	intmax_t	v;
	char		c;

	switch (conv) {
	case 's':
		put_string(b, sp, va_arg(*ap, const char *));
		break;
	case 'd':
	case 'i':
		v = signed_arg(sp->size, ap);
		put_number(b, sp, v < 0,
		    v < 0 ? 0 - (uintmax_t)v : (uintmax_t)v, "0123456789");
		break;
	case 'u':
		put_number(b, sp, false, unsigned_arg(sp->size, ap),
		    "0123456789");
		break;
	case 'x':
		put_number(b, sp, false, unsigned_arg(sp->size, ap),
		    "0123456789abcdef");
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		stanza_put_attr(b, &c, 1);
		break;
	default:
		assert(conv == '%');
		buf_putc(b, '%');
	}
}

void
stanza_vprintf(struct buf *b, const char *fmt, va_list args)
{
	struct spec	sp;
	const char	*p;
	va_list		ap;

	/* A copy: only of a va_list of one's own the address may be taken. */
	va_copy(ap, args);
	while ((p = strchr(fmt, '%')) != NULL) {
		buf_put(b, fmt, (size_t)(p - fmt));
		p = read_spec(p + 1, &sp, &ap);
		put_conversion(b, *p, &sp, &ap);
		fmt = p + 1;
	}
	va_end(ap);
	buf_puts(b, fmt);
}

void
stanza_printf(struct buf *b, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	stanza_vprintf(b, fmt, ap);
	va_end(ap);
}

/* n tells generated prefixes of one element apart. */
static void
write_attr(const struct stanza_attr *a, unsigned int n, struct buf *b)
{
	if (a->ns[0] == '\0')
		stanza_printf(b, " %s='", a->name);
	else if (strcmp(a->ns, NS_XML) == 0)
		stanza_printf(b, " xml:%s='", a->name);
	else
		stanza_printf(b, " xmlns:a%u='%s' a%u:%s='", n, a->ns, n,
		    a->name);
	stanza_put_attr(b, a->value, a->len);
	buf_putc(b, '\'');
}

static void
write_element(const struct stanza *st, const char *parent_ns, struct buf *b,
    unsigned int depth)
{
	const struct stanza_attr	*a;
	const struct stanza		*c;
	unsigned int			 n = 0;

	if (depth == 0) {
		b->failed = true;
		return;
	}
	stanza_printf(b, "<%s", st->name);
	if (strcmp(st->ns, parent_ns) != 0)
		stanza_printf(b, " xmlns='%s'", st->ns);
	for (a = st->attrs; a != NULL; a = a->next)
		write_attr(a, n++, b);
	if (st->child == NULL && st->textlen == 0) {
		buf_puts(b, "/>");
		return;
	}
	buf_putc(b, '>');
	stanza_put_text(b, st->text, st->textlen);
	for (c = st->child; c != NULL; c = c->next)
		write_element(c, st->ns, b, depth - 1);
	stanza_printf(b, "</%s>", st->name);
}

void
stanza_write(const struct stanza *st, const char *parent_ns, struct buf *b)
{
	write_element(st, parent_ns != NULL ? parent_ns : "", b, WRITE_DEPTH);
}
