#!/usr/bin/env bats
# pushd dies by kill -9 under load, again and again; then we count.
# shards: 1 3
load helpers

# crash_test KILLS PUSHES
crash_test() {
	local i roomy=(-o queue=100000,64M)
	start_pushd "${roomy[@]}"
	away on1 on2 leg1 off1 off2
	device on1 got-on1
	device on2 got-on2
	device leg1 got-leg1 --legacy
	until_true online 3
	background sent "$PY" "$E2E/crash.py" send "$2" on1 on2 leg1 off1 off2
	for ((i = 0; i < $1; i++)); do
		# while pushes are on their way, and at another moment each time
		await sent '"id"' $(($2 * 4 * (i + 1) / ($1 + 1)))
		sleep "0.0$((RANDOM % 10))"
		crash_pushd
		start_pushd "${roomy[@]}"
	done
	await sent '^done' 1
	until_true online 3
	device off1 got-off1	# a late comer; off2 stays away
	until_true online 4
	settled() {
		[ "$("$pushctl" status -o json | jq .queued)" = \
			"$("$pushusers" show off2 -o json | jq .queued)" ]
	}
	until_true settled
	"$pushusers" list -o json >users
	raw crash count sent users got-on1 got-on2 got-leg1 got-off1 off2
}

@test "kill -9 under load, 3 times: none lost, none twice, order kept" {
	crash_test "${PUSH_CRASHES:-3}" "${PUSH_CRASH_PUSHES:-2000}"
}

@test "kill -9 while devices register: what was answered is there" {
	start_pushd
	PUSH_PASSWORD=pw background got "$pushsub" -s "127.0.0.1:$PORT_OFF" \
		--tls off -u 'dev-%03d' -n 200 --register --ramp 200/s -o json
	some() { [ "$("$pushusers" list -o json | wc -l)" -gt 40 ]; }
	until_true some
	crash_pushd
	start_pushd
	until_true online 200
	equal "$("$pushusers" list -o json | wc -l)" 200
}

@test "pushsend loses its server: what was accepted is told, exit 69 or 75" {
	start_pushd
	away off1
	mkfifo in
	background out "$PY" -c '
import subprocess, sys
r = subprocess.run([sys.argv[1], "-w", "-o", "json"], stdin=open("in"))
print("exit", r.returncode)' "$pushsend"
	exec 8>in
	for n in 1 2 3; do echo '{"to":"off1","title":"x"}'; done >&8
	until_true queued 3
	crash_pushd
	await out '^exit'
	exec 8>&-
	grep -Eq '^exit (69|75|1)$' out
	start_pushd
	equal "$("$pushctl" status -o json | jq .queued)" 3
}

@test "a full disk: refused as not-stored, exit 75; what was accepted stays" {
	EXPECT_ERRORS=1
	PUSHD_RUN=(bash -c 'trap "" XFSZ; ulimit -f 2048; exec "$@"' -)
	start_pushd -o queue=100000,256M
	away off1
	body=$(printf '%8000s' x)
	for n in $(seq 1000); do
		printf '{"to":"off1","title":"%d","message":"%s"}\n' "$n" "$body"
	done >in
	run "$pushsend" -o json <in
	status_is 1
	echo "$output" >out
	grep -q '"error":"not-stored"' out
	accepted=$(grep -c '"state":"queued"' out)
	[ "$accepted" -gt 10 ]
	run "$pushsend" -o json <<<'{"to":"off1","message":"'"$body"'"}'
	status_is 75
	equal "$("$pushctl" status -o json | jq .queued)" "$accepted"
	crash_pushd
	PUSHD_RUN=()
	start_pushd -o queue=100000,256M
	equal "$("$pushctl" status -o json | jq .queued)" "$accepted"
	device off1 got
	until_true has_lines got "$accepted"
	diff <(jq -r 'select(.state == "queued") | .id' out) <(jq -r .id got)
}
