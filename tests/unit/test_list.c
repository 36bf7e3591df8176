#include "base/list.h"

#include <string.h>

#include "tap.h"

struct item {
	char		name;
	struct list	node;
};

static const char *
names(struct list *head)
{
	static char	 out[16];
	struct list	*node, *after;
	size_t		 n = 0;

	LIST_EACH(node, after, head)
		out[n++] = LIST_ITEM(node, struct item, node)->name;
	out[n] = '\0';
	return out;
}

static const char *
backwards(struct list *head)
{
	static char	 out[16];
	struct list	*node;
	size_t		 n = 0;

	for (node = head->prev; node != head; node = node->prev)
		out[n++] = LIST_ITEM(node, struct item, node)->name;
	out[n] = '\0';
	return out;
}

int
main(void)
{
	struct item	 a = { .name = 'a' }, b = { .name = 'b' };
	struct item	 c = { .name = 'c' }, d = { .name = 'd' };
	struct list	 head, *node, *after;

	list_init(&head);
	ok(list_empty(&head) && strcmp(names(&head), "") == 0,
	    "a new list is empty");
	ok(!list_linked(&a.node), "a zero node is in no list");
	list_append(&head, &b.node);
	list_append(&head, &c.node);
	list_prepend(&head, &a.node);
	list_insert(&c.node, &d.node);
	ok(strcmp(names(&head), "abdc") == 0 &&
	    strcmp(backwards(&head), "cdba") == 0,
	    "append, prepend and insert, both ways");
	ok(list_linked(&a.node) && !list_empty(&head), "nodes are linked");
	list_remove(&b.node);
	ok(strcmp(names(&head), "adc") == 0 &&
	    strcmp(backwards(&head), "cda") == 0 && !list_linked(&b.node),
	    "remove");
	list_remove(&b.node);
	ok(strcmp(names(&head), "adc") == 0, "twice does no harm");
	LIST_EACH(node, after, &head)
		list_remove(node);
	ok(list_empty(&head) && !list_linked(&a.node) &&
	    !list_linked(&c.node), "removing while walking");
	list_append(&head, &a.node);
	ok(strcmp(names(&head), "a") == 0, "a removed node can come back");
	return tap_done();
}
