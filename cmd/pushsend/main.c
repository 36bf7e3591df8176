/* pushsend - send push notifications. */
#include "base/term.h"
#include "options.h"
#include "record.h"
#include "sender.h"

static int
run(const struct options *o, const struct record_fill *fill)
{
	struct err_text	 why;
	struct loop	*loop = loop_new("auto", &why);
	int		 code;

	if (loop == NULL) {
		term_tell(options_tool, "%s", why.s);
		return err_exit(PUSH_E_INTERNAL);
	}
	code = sender_run(loop, o, fill);
	loop_free(&loop);
	return code;
}

int
main(int argc, char **argv)
{
	struct options		o;
	struct record_fill	fill;
	int			code;

	term_hold();
	if ((code = options_parse(&o, argc, argv)) == -1) {
		code = record_fill_init(&fill, &o);
		if (code == 0)
			code = run(&o, &fill);
		record_fill_release(&fill);
	}
	options_release(&o);
	return code;
}
