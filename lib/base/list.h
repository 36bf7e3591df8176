/*
 * list - intrusive doubly linked list with a head, safe to remove from
 * while walking.  A node that is in no list has next == NULL.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list	*next, *prev;
};

/* The struct that holds a list node. */
#define LIST_ITEM(node, type, member)					\
	((type *)(void *)((char *)(node) - offsetof(type, member)))

#define LIST_EACH(node, after, head)					\
	for ((node) = (head)->next; (after) = (node)->next,		\
	    (node) != (head); (node) = (after))

static inline void
list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static inline bool
list_linked(const struct list *node)
{
	return node->next != NULL;
}

static inline void
list_insert(struct list *before, struct list *node)
{
	node->next = before;
	node->prev = before->prev;
	before->prev->next = node;
	before->prev = node;
}

static inline void
list_append(struct list *head, struct list *node)
{
	list_insert(head, node);
}

static inline void
list_prepend(struct list *head, struct list *node)
{
	list_insert(head->next, node);
}

static inline void
list_remove(struct list *node)
{
	if (node->next == NULL)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
}

#endif
