/* users_json - an account as JSON, for lists, export and import. */
#ifndef USERS_JSON_H
#define USERS_JSON_H

#include "account.h"
#include "base/buf.h"
#include "base/json.h"
#include "device.h"

/* {"user","enabled","online","sessions","queued","created",...} */
void	users_json_put(struct buf *, const struct device *);
/* The stored row with its SCRAM keys. */
void	users_json_put_row(struct buf *, const struct store_account *);
/*
 * Reads owner, enabled, created and scram into an operation's new values.
 * Returns 0, or -1 and a sentence that names the field.
 */
int	users_json_read(const struct json *, struct account_op *,
	    struct err_text *);

#endif
