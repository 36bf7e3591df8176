#include "xml_parser.h"

#include <assert.h>
#include <expat.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "xmpp/ns.h"

#define WRAPPER	"<stream:stream xmlns='" NS_CLIENT			\
		"' xmlns:stream='" NS_STREAM "'>"

#define ROOT_MAX	4096	/* bytes of an unusual root: they are kept */

/* What a root declared: the first two alone make the shared profile. */
#define DECLARED_CLIENT	1u
#define DECLARED_STREAM	2u
#define DECLARED_OTHER	4u

/*
 * Debian backported reparse deferral, which delays a split tag until more
 * bytes come, into a library that still calls itself 2.5.0: only the symbol
 * itself tells whether it has to be switched off.
 */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser, XML_Bool)
    __attribute__((weak));

/* Whose memory expat's hooks count; they get no argument of their own. */
static _Thread_local size_t	*counted;

static void *
hook_realloc(void *old, size_t n)
{
	*counted -= malloc_usable_size(old);
	old = mem_realloc(old, n, 1);
	*counted += malloc_usable_size(old);
	return old;
}

static void *
hook_malloc(size_t n)
{
	return hook_realloc(NULL, n);
}

static void
hook_free(void *p)
{
	*counted -= malloc_usable_size(p);
	free(p);
}

/* After every create and every reset, which switches it on again. */
static void
switch_deferral_off(XML_Parser expat)
{
	if (XML_SetReparseDeferralEnabled != NULL)
		(void)XML_SetReparseDeferralEnabled(expat, XML_FALSE);
}

struct xml_parser *
xml_parser_new(struct xml_pool *pool)
{
	static const XML_Memory_Handling_Suite	hooks = {
		hook_malloc, hook_realloc, hook_free
	};
	struct xml_parser			*p;
	size_t					*before = counted;

	p = mem_zalloc(1, sizeof(*p));
	p->pool = pool;
	counted = &p->memory;
	/* LF cannot be in a name, and tree.c refuses it in a namespace. */
	p->expat = XML_ParserCreate_MM("UTF-8", &hooks, "\n");
	counted = before;
	assert(p->expat != NULL);
	switch_deferral_off(p->expat);
	return p;
}

void
xml_parser_free(struct xml_parser *p)
{
	size_t	*before = counted;

	counted = &p->memory;
	XML_ParserFree(p->expat);
	counted = before;
	tree_release(&p->tree);
	free(p);
}

void
xml_parser_reset(struct xml_parser *p)
{
	size_t	*before = counted;

	counted = &p->memory;
	(void)XML_ParserReset(p->expat, "UTF-8");
	counted = before;
	switch_deferral_off(p->expat);
	tree_reset(&p->tree);
	p->root_ns = NULL;
	p->fed = p->start = p->end = 0;
	p->declared = p->depth = 0;
	p->err = PUSH_OK;
}

static enum XML_Status
feed_expat(struct xml_parser *p, const char *s, size_t n)
{
	size_t		*before = counted;
	enum XML_Status	 status;

	counted = &p->memory;
	status = XML_Parse(p->expat, s, (int)n, XML_FALSE);
	counted = before;
	p->fed += n;
	return status;
}

/* Stops the run; nothing is reported any more. */
static void
stop_run(struct xml_parser *p, enum push_err err)
{
	p->err = err;
	(void)XML_StopParser(p->expat, XML_FALSE);
}

/* Expat may call handlers once more after XML_StopParser. */
static bool
is_stopped(const struct xml_parser *p)
{
	return p->owner == NULL || p->err != PUSH_OK || p->owner->stopped ||
	    p->owner->over;
}

/* After each callback: it may have stopped or released the filter. */
static void
reported(struct xml_parser *p)
{
	if (!is_stopped(p))
		return;
	/* The count is 0 behind <a/>, whose index is its end already. */
	p->end = (size_t)XML_GetCurrentByteIndex(p->expat) +
	    (size_t)XML_GetCurrentByteCount(p->expat);
	stop_run(p, PUSH_OK);
}

/*
 * Keeps the start tag that expat is at: a tag that came in pieces is in one
 * in its buffer.
 */
static bool
keep_root(struct xml_parser *p)
{
	const char	*s;
	char		*root;
	int		 at, size, n;

	s = XML_GetInputContext(p->expat, &at, &size);
	n = XML_GetCurrentByteCount(p->expat);
	if (s == NULL || n > ROOT_MAX)
		return false;
	root = mem_strndup(s + at, (size_t)n);
	/* Who stops behind an empty one goes on in it, as in the usual one. */
	if (root[n - 2] == '/')
		root[n - 2] = ' ';
	p->owner->root = root;
	return true;
}

static void
report_header(struct xml_parser *p, const struct stanza *root)
{
	struct xml_header	 h;
	struct xml		*x = p->owner;

	h.ns = p->root_ns;
	h.to = stanza_attr(root, "to");
	h.from = stanza_attr(root, "from");
	h.id = stanza_attr(root, "id");
	h.version = stanza_attr(root, "version");
	h.lang = stanza_attr_ns(root, "lang", NS_XML);
	h.is_stream = stanza_is(root, "stream", NS_STREAM);
	if ((!h.is_stream ||
	    p->declared != (DECLARED_CLIENT | DECLARED_STREAM)) &&
	    !keep_root(p)) {
		stop_run(p, PUSH_E_TOOLARGE);
		return;
	}
	x->open = true;
	p->news->on_header(p->arg, &h);
	tree_reset(&p->tree);
	reported(p);
}

static void XMLCALL
handle_start(void *arg, const XML_Char *name, const XML_Char **atts)
{
	struct xml_parser	*p = arg;
	const struct stanza	*st;
	enum push_err		 err;

	if (is_stopped(p))
		return;
	if (p->depth == 1)
		p->start = (size_t)XML_GetCurrentByteIndex(p->expat);
	err = tree_start(&p->tree, p->owner->limits, name,
	    (const char *const *)atts);
	if (err != PUSH_OK) {
		stop_run(p, err);
		return;
	}
	st = tree_open(&p->tree);
	p->depth++;
	if (p->depth == 1)
		report_header(p, st);
	else if (p->depth == 2 && stanza_is(st, "stream", NS_STREAM))
		stop_run(p, PUSH_E_XML);	/* a header inside a stream */
}

static void XMLCALL
handle_end(void *arg, const XML_Char *name)
{
	struct xml_parser	*p = arg;
	const struct stanza	*st;

	(void)name;
	if (is_stopped(p))
		return;
	if (--p->depth == 0) {
		p->owner->over = true;
		p->news->on_end(p->arg);
		reported(p);
		return;
	}
	st = tree_end(&p->tree);
	if (p->depth > 1)
		return;
	p->news->on_stanza(p->arg, st);
	tree_reset(&p->tree);
	reported(p);
}

static void XMLCALL
handle_text(void *arg, const XML_Char *s, int len)
{
	struct xml_parser	*p = arg;
	int			 i;

	if (is_stopped(p))
		return;
	if (p->depth > 1) {
		tree_text(&p->tree, s, (size_t)len);
		return;
	}
	for (i = 0; i < len; i++)
		if (s[i] != ' ' && s[i] != '\n' && s[i] != '\t' &&
		    s[i] != '\r') {
			stop_run(p, PUSH_E_XML);
			return;
		}
}

/*
 * Between stanzas a parser would be given back inside the section, and the
 * next connection would be read as character data.
 */
static void XMLCALL
handle_cdata(void *arg)
{
	struct xml_parser	*p = arg;

	if (!is_stopped(p) && p->depth <= 1)
		stop_run(p, PUSH_E_XML);
}

/* Notes what the root declares: the profile of the stream. */
static void
note_declared(struct xml_parser *p, const char *prefix, const char *uri)
{
	if (prefix == NULL) {
		p->root_ns = tree_keep(&p->tree, uri, strlen(uri));
		p->declared |= strcmp(uri, NS_CLIENT) == 0 ?
		    DECLARED_CLIENT : DECLARED_OTHER;
	} else
		p->declared |= strcmp(prefix, "stream") == 0 &&
		    strcmp(uri, NS_STREAM) == 0 ?
		    DECLARED_STREAM : DECLARED_OTHER;
}

static void XMLCALL
handle_namespace(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
	struct xml_parser	*p = arg;
	enum push_err		 err;

	if (is_stopped(p))
		return;
	if (uri == NULL)
		uri = "";
	err = tree_namespace(&p->tree, p->owner->limits, prefix, uri);
	if (err != PUSH_OK)
		stop_run(p, err);
	else if (p->depth == 0)
		note_declared(p, prefix, uri);
}

static void XMLCALL
handle_declaration(void *arg, const XML_Char *version,
    const XML_Char *encoding, int standalone)
{
	struct xml_parser	*p = arg;

	(void)version;
	(void)standalone;
	if (!is_stopped(p) && encoding != NULL &&
	    strcasecmp(encoding, "UTF-8") != 0)
		stop_run(p, PUSH_E_ENCODING);
}

static void
handle_restricted(struct xml_parser *p)
{
	if (!is_stopped(p))
		stop_run(p, PUSH_E_RESTRICTED);
}

static void XMLCALL
handle_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int has_internal_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal_subset;
	handle_restricted(arg);
}

static void XMLCALL
handle_comment(void *arg, const XML_Char *text)
{
	(void)text;
	handle_restricted(arg);
}

static void XMLCALL
handle_instruction(void *arg, const XML_Char *target, const XML_Char *text)
{
	(void)target;
	(void)text;
	handle_restricted(arg);
}

void
xml_parser_expect_header(struct xml_parser *p)
{
	XML_SetUserData(p->expat, p);
	XML_SetElementHandler(p->expat, handle_start, handle_end);
	XML_SetCharacterDataHandler(p->expat, handle_text);
	XML_SetStartCdataSectionHandler(p->expat, handle_cdata);
	XML_SetStartNamespaceDeclHandler(p->expat, handle_namespace);
	XML_SetXmlDeclHandler(p->expat, handle_declaration);
	XML_SetStartDoctypeDeclHandler(p->expat, handle_doctype);
	XML_SetCommentHandler(p->expat, handle_comment);
	XML_SetProcessingInstructionHandler(p->expat, handle_instruction);
}

void
xml_parser_assume_header(struct xml_parser *p, const char *root)
{
	if (root == NULL)
		root = WRAPPER;
	/*
	 * Before the handlers: nobody wants to hear of it.  It was parsed
	 * before; an error would come again with the next bytes.
	 */
	(void)feed_expat(p, root, strlen(root));
	p->depth = 1;
	xml_parser_expect_header(p);
}

enum xml_slice
xml_parser_run(struct xml_parser *p, const char *s, size_t n)
{
	enum XML_Status	status;

	p->running = true;
	status = feed_expat(p, s, n);
	p->running = false;
	if (p->owner == NULL)
		return XML_SLICE_GONE;
	if (p->err != PUSH_OK)
		return XML_SLICE_FAILED;
	if (p->owner->stopped)
		return XML_SLICE_STOPPED;
	if (p->owner->over)
		return XML_SLICE_ENDED;
	if (status == XML_STATUS_OK)
		return XML_SLICE_USED;
	p->err = PUSH_E_XML;
	return XML_SLICE_FAILED;
}

size_t
xml_parser_pending(const struct xml_parser *p)
{
	if (p->depth == 0)
		return p->fed;
	if (p->depth > 1)
		return p->fed - p->start;
	return p->fed - (size_t)XML_GetCurrentByteIndex(p->expat);
}
