#!/usr/bin/env bats
# pushsend to pushsub: accepted, queued, delivered, and what is told of it.
# shards: 1 3
load helpers

send() { "$pushsend" -o json "$@"; }
hi() { printf '{"to":"device:%s","title":"Hi","message":"%s"}\n' "$1" "${2:-x}"; }

@test "online: pushsend -w ends in delivered and exit 0" {
	start_pushd
	device ab12 got
	until_true online 1
	hi ab12 'the message' | send -w >"$T/result"
	field result .state delivered
	field result .to device:ab12
	field result .line 1
	field result .tries 1
	field result '.ms >= 0' true
	await got '"the message"'
	field got .title Hi
	field got .message 'the message'
	field got .dup false
	field got .id "$(jq -r .id result)"
	grep -Eq '^p[0-9A-Za-z]{11}$' <<<"$(jq -r .id result)"
	jq -er '.accepted, .delivered | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$")' result
}

@test "offline: -w -W 1s ends in queued and exit 10; at the next login it comes once" {
	start_pushd
	device ab12 got -C 1
	until_true online 1
	hi ab12 first | send -w >"$T/result"
	wait "${JOBS[0]}"
	until_true online 0
	run send -w -W 1s <<<"$(hi ab12 second)"
	status_is 10
	echo "$output" >result
	field result .state queued
	device ab12 got2
	await got2 second
	field got2 .id "$(jq -r .id result)"
	sleep 1
	equal "$(wc -l <got2)" 1
}

@test "without -w the line comes when the push is accepted" {
	start_pushd
	away ab12
	hi ab12 | send >"$T/result"
	field result .state queued
}

@test "offline, and pushd killed by -9 in between: once, with the same id" {
	start_pushd
	device ab12 got -C 1
	until_true online 1
	hi ab12 first | send -w >"$T/result"
	wait "${JOBS[0]}"
	for n in 1 2 3; do hi ab12 "later $n"; done | send >"$T/result"
	crash_pushd
	start_pushd
	device ab12 got2
	await got2 'later 3'
	equal "$(jq -r .id got2 | tr '\n' ' ')" "$(jq -r .id result | tr '\n' ' ')"
	until_true queued 0
	crash_pushd
	start_pushd
	sleep 1
	equal "$(grep -c . got2)" 3
	device ab12 got3
	until_true online 1
	sleep 1
	equal "$(cat got3)" ""
}

@test "a TERM while pushes wait loses none" {
	start_pushd
	away ab12
	for n in $(seq 50); do hi ab12 "n$n"; done | send >"$T/result"
	stop_pushd
	start_pushd
	queued 50
	equal "$("$pushusers" show ab12 -o json | jq .queued)" 50
}

@test "kill -9 resets the clients' connections; it ends no stream by FIN" {
	start_pushd
	raw crash_peer 3 >"$T/peers" 3>&- &
	JOBS+=($!)
	await peers ready
	crash_pushd
	await peers 'reset reset reset'
}

@test "a device gets pushes of each form: SASL, --legacy, over each listener" {
	start_pushd
	n=0
	for how in "$PORT_OFF --tls off" "$PORT_OPTIONAL --tls optional" \
	    "$PORT_REQUIRED --tls require" "$PORT_DIRECT --tls direct"; do
		for legacy in '' --legacy; do
			n=$((n + 1))
			# shellcheck disable=SC2086
			PUSH_PASSWORD=pw background "got$n" "$pushsub" \
				-s "127.0.0.1:"$how --insecure -u "dev$n" \
				--register $legacy -o json
		done
	done
	until_true online 8
	for i in $(seq 8); do hi "dev$i" "to $i"; done | send -w >"$T/result"
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "8 delivered"
	for i in $(seq 8); do
		await "got$i" "to $i"
		equal "$(wc -l <"got$i")" 1
	done
}

@test "the certificate is checked: --ca with ours passes, without it fails" {
	start_pushd
	"$pushusers" add ab12 --password-file - <<<pw
	PUSH_PASSWORD=pw background ok "$pushsub" -s "127.0.0.1:$PORT_REQUIRED" \
		-u ab12 --ca "$T/data/tls/ecdsa.crt" -o json
	until_true online 1
	hi ab12 | send -w >"$T/result"
	PUSH_PASSWORD=pw run timeout 30 "$pushsub" \
		-s "127.0.0.1:$PORT_REQUIRED" -u ab12 -o json -W 2s
	[ "$status" != 0 ]
}

@test "all three inputs: an object, an array, JSON lines; -l, -b, -0, -m" {
	start_pushd
	device ab12 got
	until_true online 1
	hi ab12 1 | send -w
	printf '[%s,\n%s]' "$(hi ab12 2)" "$(hi ab12 3)" | send -w
	printf '{\n"to":"device:ab12",\n"message":"4"\n}\n' | send -w
	printf '5\n6\n' | send -w -t ab12 -l
	printf '7\n8' | send -w -t ab12 -b
	printf '%s\0' 9 10 | send -w -t ab12 -0
	send -w -t ab12 -T title -m 11 </dev/null
	await got '"11"'
	equal "$(jq -r .message got | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 10 11 "
}

@test "several targets: one summary, with --each a line per device" {
	start_pushd
	for d in a b; do device "$d" "got-$d"; done
	away c
	until_true online 2
	echo '{"to":["device:a","device:b"],"title":"x"}' | send -w >result
	field result .state delivered
	field result .targets 2
	run send -w -W 1s <<<'{"to":"a | b | c","title":"y"}'
	echo "$output" >result
	field result .state mixed
	field result .targets 3
	field result .delivered 2
	run send -w -W 1s --each <<<'{"to":["a","b","c"],"title":"z"}'
	equal "$(jq -r '.to + " " + .state' <<<"$output" | sort | xargs)" \
		"device:a delivered device:b delivered device:c queued"
}

@test "several targets: a list of hundreds, in JSON and by @file" {
	start_pushd
	away d1
	"$pushusers" export -o json >one
	for n in $(seq 2 500); do sed "s/\"d1\"/\"d$n\"/" one; done |
		"$pushusers" import >/dev/null
	seq -f 'device:d%g' 1 500 >names
	jq -Rnc '{to: [inputs], title: "x"}' names | send >result
	field result .state queued
	field result .targets 500
	send -t @names -m y >result
	field result .queued 500
}

@test "ttl: a push that nobody fetched in time expires; 0 is now or never" {
	start_pushd
	away ab12
	run send -w -W 20s <<<'{"to":"ab12","title":"x","ttl":1}'
	status_is 11
	echo "$output" >result
	field result .state expired
	device ab12 got
	until_true online 1
	hi ab12 only | send -w >result
	equal "$(jq -r .message got | xargs)" only
}

@test "a full queue refuses with queue-full and exit 12, the rest stays" {
	start_pushd -o queue=3
	away ab12
	for n in 1 2 3; do hi ab12 "$n"; done | send >result
	run send <<<"$(hi ab12 4)"
	status_is 12
	equal "$(jq -r '.state + " " + .error' <<<"$output")" \
		"refused queue-full"
	device ab12 got
	await got '"3"'
	equal "$(jq -r .message got | xargs)" "1 2 3"
}

@test "a device with a window full of unacknowledged pushes keeps order" {
	start_pushd -o window=4 -o queue=5000
	away ab12
	for n in $(seq 1000); do hi ab12 "$n"; done | send >/dev/null
	device ab12 got
	await got '"1000"'
	equal "$(jq -r .message got | md5sum)" "$(seq 1000 | md5sum)"
	for n in $(seq 1000); do hi ab12 "$n"; done | send -w >result
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "1000 delivered"
	equal "$(jq -r .message got | md5sum)" "$( (seq 1000; seq 1000) | md5sum)"
}

@test "pushsub reconnects by itself after a restart and misses nothing" {
	start_pushd
	device ab12 got
	device cd34 got-legacy --legacy
	until_true online 2
	stop_pushd
	start_pushd
	{ hi ab12 a; hi cd34 b; } | send -w -W 60s >result
	equal "$(jq -r .state result | xargs)" "delivered delivered"
	equal "$(jq -r .message got got-legacy | xargs)" "a b"
}

@test "-C, -W, --expect and --state of pushsub" {
	start_pushd
	device ab12 got -C 2 --state "$T/state"
	until_true online 1
	{ hi ab12 1; hi ab12 2; } | send -w >result
	wait "${JOBS[0]}"
	hi ab12 3 | send >result
	PUSH_PASSWORD=secret-ab12 "$pushsub" -s "127.0.0.1:$PORT_OFF" \
		--tls off -u ab12 -C 1 --state "$T/state" -o json >got2
	equal "$(jq -r .message got got2 | xargs)" "1 2 3"
	PUSH_PASSWORD=secret-ab12 run "$pushsub" -s "127.0.0.1:$PORT_OFF" \
		--tls off -u ab12 -C 1 -W 1s -o json
	status_is 75
}

@test "--expect: exit 1 if fewer came; --ack none: never delivered" {
	start_pushd
	away ab12
	for n in 1 2 3; do hi ab12 "$n"; done | send >result
	for x in 3:0 1:1; do
		PUSH_PASSWORD=secret-ab12 run "$pushsub" --tls off -W 1s \
			-s "127.0.0.1:$PORT_OFF" -u ab12 --expect "${x%:*}" \
			-o none
		status_is "${x#*:}"
	done
	device ab12 got --ack none
	until_true online 1
	run send -w -W 1s <<<"$(hi ab12 4)"
	status_is 10
	await got '"4"'
	queued 1
}

@test "pushsub -e: the command gets the push and its exit code acknowledges" {
	start_pushd
	cat >hook <<'SH'
#!/bin/sh
cat >>stdin
echo "$PUSH_ID $PUSH_TITLE" >>env
SH
	chmod +x hook
	device ab12 got -e ./hook
	until_true online 1
	hi ab12 | send -w >result
	await env Hi
	equal "$(cat env)" "$(jq -r .id result) Hi"
	equal "$(jq -r .id stdin)" "$(jq -r .id result)"
}
