#include "base/log.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"

#include "tap.h"

static char	said[20000];
static FILE	*file;
static int	old;

static void
begin(void)
{
	file = tmpfile();
	old = dup(STDERR_FILENO);
	(void)dup2(fileno(file), STDERR_FILENO);
}

static void
end(void)
{
	size_t	n;

	(void)dup2(old, STDERR_FILENO);
	(void)close(old);
	rewind(file);
	n = fread(said, 1, sizeof(said) - 1, file);
	said[n] = '\0';
	(void)fclose(file);
}

static void
test_levels(void)
{
	begin();
	log_set_level(LOG_WARN);
	log_error("m", "one");
	log_warn("m", "two n=%d", 2);
	log_info("m", "three");
	log_debug("m", "four");
	end();
	ok(strstr(said, " error m: one\n") != NULL &&
	    strstr(said, " warn m: two n=2\n") != NULL,
	    "what the level allows is written");
	ok(strstr(said, "three") == NULL && strstr(said, "four") == NULL,
	    "the rest is not");
	ok(said[4] == '-' && said[23] == 'Z' && said[24] == ' ',
	    "a line begins with its time");
	ok(log_level() == LOG_WARN, "the level can be asked for");
	begin();
	log_set_level(LOG_DEBUG);
	log_debug("m", "four");
	end();
	ok(strstr(said, " debug m: four\n") != NULL, "debug is the most");
	ok(log_level_from("error") == LOG_ERROR &&
	    log_level_from("warn") == LOG_WARN &&
	    log_level_from("info") == LOG_INFO &&
	    log_level_from("debug") == LOG_DEBUG &&
	    log_level_from("loud") == -1 && log_level_from("") == -1,
	    "levels by name");
}

static void
test_json(void)
{
	struct json	*j = NULL;
	char		 quotes[3000];

	log_init("prog", true);
	begin();
	log_warn("mod", "a \"b\"\n");
	end();
	ok(json_parse(said, strlen(said), &j, NULL) == PUSH_OK &&
	    strcmp(json_get_string(j, "message"), "a \"b\"\n") == 0 &&
	    strcmp(json_get_string(j, "level"), "warn") == 0 &&
	    strcmp(json_get_string(j, "program"), "prog") == 0 &&
	    strcmp(json_get_string(j, "module"), "mod") == 0 &&
	    json_get_string(j, "time") != NULL &&
	    strchr(said, '\n')[1] == '\0', "JSON is one object a line");
	if (j != NULL)
		json_free(&j);
	memset(quotes, '\x01', sizeof(quotes) - 1);
	quotes[sizeof(quotes) - 1] = '\0';
	begin();
	log_warn("mod", "%s", quotes);
	end();
	ok(json_parse(said, strlen(said), &j, NULL) == PUSH_OK,
	    "a long text is cut, its line is still whole");
	if (j != NULL)
		json_free(&j);
	log_init("prog", false);
}

static void
test_safe(void)
{
	struct log_safe	s;
	char		all[LOG_SAFE_MAX], c;
	size_t		i, bad = 0;

	ok(strcmp(log_safe(&s, "user@x", 6), "user@x") == 0,
	    "plain text stays");
	ok(strcmp(log_safe(&s, "a b\n\x1b\"\\\xff\0z", 10),
	    "a\\x20b\\x0a\\x1b\\x22\\x5c\\xff\\x00z") == 0,
	    "everything else is escaped");
	memset(all, 'x', sizeof(all));
	(void)log_safe(&s, all, sizeof(all));
	ok(strlen(s.s) < LOG_SAFE_MAX && strlen(s.s) > LOG_SAFE_MAX - 8,
	    "a long text is cut");
	for (i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	(void)log_safe(&s, all, sizeof(all));
	for (i = 0; (c = s.s[i]) != '\0'; i++)
		bad += c <= ' ' || c >= 0x7f || c == '"';
	ok(bad == 0 && i < LOG_SAFE_MAX, "no other byte comes through");
	ok(strcmp(log_safe(&s, "", 0), "") == 0, "nothing stays nothing");
}

int
main(void)
{
	test_levels();
	test_json();
	test_safe();
	return tap_done();
}
