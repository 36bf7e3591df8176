#include "base/base64.h"

#include <string.h>

#include "tap.h"

static bool
encodes(const char *raw, const char *text)
{
	struct buf	b;
	char		back[16];
	ssize_t		n;
	bool		same;

	buf_init(&b, 100);
	base64_put(&b, raw, strlen(raw));
	n = base64_decode(text, strlen(text), back, sizeof(back));
	same = strcmp(buf_str(&b), text) == 0 && n == (ssize_t)strlen(raw) &&
	    memcmp(back, raw, strlen(raw)) == 0;
	buf_release(&b);
	return same;
}

static void
test_vectors(void)
{
	/* RFC 4648 section 10 */
	ok(encodes("", "") && encodes("f", "Zg==") && encodes("fo", "Zm8=") &&
	    encodes("foo", "Zm9v") && encodes("foob", "Zm9vYg==") &&
	    encodes("fooba", "Zm9vYmE=") && encodes("foobar", "Zm9vYmFy"),
	    "the RFC's examples, both ways");
	ok(encodes("\xfb\xef\xbe\xff\xff\xff", "+" "+" "++////"),
	    "the last two digits");
}

static void
test_refused(void)
{
	static const char *const	bad[] = {
		"Z", "Zg", "Zg=", "Zg==\n", " Zg=", "Zh==", "Zm9=", "====",
		"Z===", "Zg==Zg==", "Zm=v", "=Zm8", "Zm9v=", "Zm9-", "Zm9_",
		"Zm9\xff", "Zm9v\nZm9", "Zm8==",
	};
	char	out[16];
	size_t	i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)) ==
		    -1, "refuses text %zu", i);
	ok(base64_decode("Zm9\0", 4, out, sizeof(out)) == -1,
	    "refuses a NUL");
	ok(base64_decode("Zm9v", 4, out, 2) == -1, "refuses what is too much");
	ok(base64_decode("Zm9v", 4, out, 3) == 3 &&
	    base64_decode("Zm8=", 4, out, 2) == 2 &&
	    base64_decode("Zg==", 4, out, 1) == 1, "takes what just fits");
}

static void
test_round_trip(void)
{
	unsigned char	raw[256], back[256];
	struct buf	b;
	size_t		n, wrong = 0;

	for (n = 0; n < sizeof(raw); n++)
		raw[n] = (unsigned char)(n * 167 + 13);
	buf_init(&b, 400);
	for (n = 0; n <= sizeof(raw); n++) {
		buf_reset(&b);
		base64_put(&b, raw, n);
		wrong += base64_decode(b.p, b.len, back, n) != (ssize_t)n ||
		    memcmp(raw, back, n) != 0;
	}
	ok(wrong == 0, "any length comes back the same");
	buf_release(&b);
}

int
main(void)
{
	test_vectors();
	test_refused();
	test_round_trip();
	return tap_done();
}
