/* commands - what pushusers does: each function is one command. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "settings.h"

command_fn	commands_list, commands_show, commands_export;
command_fn	commands_add, commands_passwd;
command_fn	commands_del, commands_enable, commands_disable;
command_fn	commands_import;

#endif
