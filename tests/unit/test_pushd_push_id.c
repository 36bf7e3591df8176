#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "pushd/push_id.h"
#include "tap.h"

#define EPOCH_MS	1704067200000LL
#define THREADS		4
#define EACH		20000

/* The wall clock as the test sets it. */
static _Atomic int64_t	now_ms;

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = (time_t)(now_ms / 1000);
	ts->tv_nsec = (long)(now_ms % 1000) * 1000000;
	return 0;
}

static uint64_t
at(int64_t ms, uint64_t counter)
{
	return (uint64_t)ms << 22 | counter;
}

static void
test_time(void)
{
	atomic_uint_fast64_t	last = 0;

	now_ms = EPOCH_MS + 5;
	ok(push_id_mint(&last) == at(5, 0), "the time is in the id");
	ok(push_id_mint(&last) == at(5, 1), "the same millisecond counts up");
	now_ms += 1;
	ok(push_id_mint(&last) == at(6, 0), "the next begins anew");
	ok(last == at(6, 0), "the last is remembered");
}

static void
test_clock_steps_back(void)
{
	atomic_uint_fast64_t	last = at(1000, 7);
	uint64_t		a, b;

	now_ms = EPOCH_MS + 10;
	a = push_id_mint(&last);
	now_ms -= 5;
	b = push_id_mint(&last);
	ok(a == at(1000, 8) && b == at(1000, 9),
	    "ids go up when the clock goes back");
	now_ms = EPOCH_MS + 2000;
	ok(push_id_mint(&last) == at(2000, 0), "and follow it when it is on");
	now_ms = 0;
	ok(push_id_mint(&last) == at(2000, 1), "1970 is long ago");
	last = 0;
	a = push_id_mint(&last);
	b = push_id_mint(&last);
	ok(a == 1 && b == 2, "a clock never set gives small ids");
}

static void
test_counter_is_full(void)
{
	atomic_uint_fast64_t	last = at(50, 4095);

	now_ms = EPOCH_MS + 50;
	ok(push_id_mint(&last) == at(51, 0), "4096 in a millisecond, then the "
	    "next: the node stays");
	last = at(60, 0) | 3u << 12 | 9;
	ok(push_id_mint(&last) == at(61, 0), "behind an id of another node");
	last = UINT64_C(1) << 62;
	ok(push_id_mint(&last) == (UINT64_C(1) << 62) + 1, "the highest rules");
}

static void
test_text(void)
{
	static const char *const	bad[] = { "", "p", "p0000000000",
	    "p000000000000", "q00000000000", "000000000000", "p0000000000-",
	    "p00000 00000", "P00000000000", "pLygHa16AHYG", "pzzzzzzzzzzz" };
	static const uint64_t		ids[] = { 0, 1, 61, 62, 4095,
	    UINT64_C(7234567890123456789), UINT64_MAX };
	char				out[PUSH_ID], earlier[PUSH_ID] = "";
	uint64_t			id;
	size_t				i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ok(push_id_format(ids[i], out) == out && strlen(out) == 12 &&
		    push_id_parse(out, 12, &id) == 0 && id == ids[i],
		    "%s there and back", out);
		ok(strcmp(earlier, out) < 0, "sorts as its number does");
		memcpy(earlier, out, sizeof(out));
	}
	ok(strcmp(out, "pLygHa16AHYF") == 0, "the highest is pLygHa16AHYF");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(push_id_parse(bad[i], strlen(bad[i]), &id) == -1,
		    "'%s' is none", bad[i]);
	ok(push_id_parse("p0000\0" "000000", 12, &id) == -1, "nor with a NUL");
	ok(push_id_parse("p00000000001x", 12, &id) == 0 && id == 1,
	    "the length rules");
}

struct minter {
	atomic_uint_fast64_t	*last;
	uint64_t		 got[EACH];
};

static void *
mint_many(void *arg)
{
	struct minter	*m = arg;
	size_t		 i;

	for (i = 0; i < EACH; i++)
		m->got[i] = push_id_mint(m->last);
	return NULL;
}

/* Every counter of every millisecond from the first on, each once. */
static void
test_threads(void)
{
	static struct minter	m[THREADS];
	static unsigned char	seen[THREADS * EACH];
	atomic_uint_fast64_t	last = 0;
	pthread_t		t[THREADS];
	bool			up = true;
	size_t			i, k, place, once = 0;

	now_ms = EPOCH_MS + 1;
	for (i = 0; i < THREADS; i++) {
		m[i].last = &last;
		(void)pthread_create(&t[i], NULL, mint_many, &m[i]);
	}
	for (i = 0; i < THREADS; i++)
		(void)pthread_join(t[i], NULL);
	for (i = 0; i < THREADS; i++)
		for (k = 0; k < EACH; k++) {
			up = up && (k == 0 || m[i].got[k - 1] < m[i].got[k]);
			place = (size_t)((m[i].got[k] >> 22) - 1) * 4096 +
			    (m[i].got[k] & 0xfff);
			if (place < sizeof(seen) && seen[place]++ == 0)
				once++;
		}
	ok(once == sizeof(seen), "no id twice, none left out, over threads");
	ok(up, "each thread sees them go up");
}

int
main(void)
{
	test_time();
	test_clock_steps_back();
	test_counter_is_full();
	test_text();
	test_threads();
	return tap_done();
}
