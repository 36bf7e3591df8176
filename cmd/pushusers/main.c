/* pushusers - the devices of a push server. */
#include "settings.h"

int
main(int argc, char **argv)
{
	struct settings	 s;
	command_fn	*run;
	int		 code;

	term_hold();
	if ((code = settings_parse(&s, argc, argv, &run)) != -1)
		return code;
	if (s.verbose)
		term_tell(settings_tool, "asking %s", s.socket);
	return run(&s);
}
