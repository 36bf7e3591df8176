#include "fate.h"

#include <stddef.h>
#include <string.h>

/* Exit codes of a tool that waited and did not get what it asked for. */
#define EXIT_MIXED	1
#define EXIT_QUEUED	10
#define EXIT_EXPIRED	11
#define EXIT_REFUSED	12
#define EXIT_CANCELLED	14
#define EXIT_FAILED	15

struct row {
	const char	*name;
	bool		 end;
	int		 exit;	/* when that was not asked for */
};

static const struct row	rows[] = {
	[FATE_SCHEDULED] = { "scheduled", false, EXIT_QUEUED },
	[FATE_QUEUED] = { "queued", false, EXIT_QUEUED },
	[FATE_SENT] = { "sent", false, EXIT_QUEUED },
	[FATE_DELIVERED] = { "delivered", false, EXIT_QUEUED },
	[FATE_READ] = { "read", true, EXIT_QUEUED },
	[FATE_EXPIRED] = { "expired", true, EXIT_EXPIRED },
	[FATE_REPLACED] = { "replaced", true, EXIT_CANCELLED },
	[FATE_CANCELLED] = { "cancelled", true, EXIT_CANCELLED },
	[FATE_REFUSED] = { "refused", true, EXIT_REFUSED },
	[FATE_FAILED] = { "failed", true, EXIT_FAILED },
	[FATE_MIXED] = { "mixed", false, EXIT_MIXED },
};

const char *
fate_name(enum fate f)
{
	return rows[f].name;
}

int
fate_from_name(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool
fate_is_end(enum fate f)
{
	return rows[f].end;
}

int
fate_exit(enum fate asked, enum fate last)
{
	/* Asked for "queued" is asked for "accepted", a schedule included. */
	if (asked == FATE_QUEUED)
		asked = FATE_SCHEDULED;
	if (last >= asked && last <= FATE_READ)
		return 0;
	return rows[last].exit;
}
