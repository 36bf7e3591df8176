#include "password.h"

#include <string.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "xmpp/jid.h"

int
password_prepare(const struct buf *raw, struct buf *out, struct err_text *why)
{
	char	prepared[SECRET_MAX + 1];
	int	rc = 0;

	if (raw->len == 0)
		return err_set(why, "the password is empty");
	if (memchr(raw->p, '\0', raw->len) != NULL ||
	    !utf8_valid_xml(raw->p, raw->len))
		return err_set(why, "the password has characters that XML "
		    "cannot hold");
	if (jid_prep_password(raw->p, raw->len, prepared,
	    sizeof(prepared)) != PUSH_OK)
		rc = err_set(why, "the password is too long");
	else
		buf_puts(out, prepared);
	explicit_bzero(prepared, sizeof(prepared));
	(void)buf_str(out);
	return rc;
}

int
password_ask(struct buf *out, struct err_text *why)
{
	struct buf	raw;
	int		rc;

	secret_init(&raw);
	secret_init(out);
	rc = secret_from_tty(&raw, "password: ", false, why);
	if (rc == 0)
		rc = password_prepare(&raw, out, why);
	buf_release_secret(&raw);
	return rc;
}
