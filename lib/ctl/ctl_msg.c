#include "ctl_msg.h"

#include <inttypes.h>
#include <string.h>

#include "ctl/ctl.h"

void
ctl_msg_reply(struct buf *b, uint64_t id)
{
	buf_printf(b, "{\"id\":%" PRIu64, id);
}

void
ctl_msg_request(struct buf *b, uint64_t id, const char *verb)
{
	ctl_msg_reply(b, id);
	json_put_member(b, "do", verb);
}

void
ctl_msg_end(struct buf *b, bool last)
{
	if (last)
		json_put_bool(b, "done", true);
	buf_puts(b, "}\n");
}

void
ctl_msg_error(struct buf *b, uint64_t id, enum push_err e, const char *text)
{
	ctl_msg_reply(b, id);
	json_put_member(b, "error", err_name(e));
	json_put_member(b, "text", text);
	ctl_msg_end(b, true);
}

/* A member that is a string or absent; false if it is something else. */
static bool
read_text(const struct json *root, const char *name, const char **text)
{
	const struct json	*j = json_get(root, name);

	if (j == NULL)
		return true;
	*text = json_string(j);
	return *text != NULL;
}

enum push_err
ctl_msg_read(const char *p, size_t n, struct ctl_reply *reply)
{
	int64_t	id;

	memset(reply, 0, sizeof(*reply));
	reply->text = "";
	if (n > CTL_LINE_MAX ||
	    json_parse(p, n, &reply->root, NULL) != PUSH_OK)
		return PUSH_E_PROTOCOL;
	if (!json_is_object(reply->root) ||
	    json_integer(json_get(reply->root, "id"), &id) != 0 || id < 0 ||
	    !read_text(reply->root, "error", &reply->error) ||
	    !read_text(reply->root, "text", &reply->text)) {
		ctl_msg_release(reply);
		return PUSH_E_PROTOCOL;
	}
	reply->id = (uint64_t)id;
	reply->done = json_bool(json_get(reply->root, "done"), false);
	return PUSH_OK;
}

void
ctl_msg_release(struct ctl_reply *reply)
{
	json_free(&reply->root);
	memset(reply, 0, sizeof(*reply));
}
