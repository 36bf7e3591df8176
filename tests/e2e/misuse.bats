#!/usr/bin/env bats
# Wrong input of every kind: a clear error with its place, nothing lost.
load helpers

tools="pushd pushsub pushsend pushusers pushctl"

@test "--help and --version go to stdout with exit 0" {
	for t in $tools; do
		for o in -h --help -V --version; do
			run --separate-stderr "$PUSH_BIN/$t" "$o"
			status_is 0
			[ -n "$output" ] && [ -z "$stderr" ]
		done
		"$PUSH_BIN/$t" --help | grep -q "$t"
		"$PUSH_BIN/$t" --version | grep -Eq '[0-9]+\.[0-9]+'
	done
}

@test "a wrong option: one line and a hint, exit 64" {
	for t in $tools; do
		for o in --no-such-option -Z -o; do
			run --separate-stderr "$PUSH_BIN/$t" $o </dev/null
			status_is 64
			equal "$output" ""
			[[ $stderr == "$t: "* ]]
			[[ $stderr == *--help* ]]
			[ "${#stderr_lines[@]}" -le 2 ]
		done
	done
}

@test "--help fits 80 columns below its usage line" {
	for t in $tools; do
		"$PUSH_BIN/$t" --help >help
		equal "$(awk '!/^usage: / && length > 80' help)" ""
	done
}

@test "configuration: every bad line is told as file:line, exit 78" {
	n=0
	while IFS='|' read -r text word; do
		n=$((n + 1))
		printf '# a comment\n\n%b\n' "$text" >conf
		run --separate-stderr "$PUSH_BIN/pushd" -c conf -D "$T/data" -t
		status_is 78 || { echo "# line: $text"; return 1; }
		[[ $stderr == *conf:3:* ]] && [[ $stderr == *"$word"* ]] || {
			echo "# '$text' told as: $stderr"
			return 1
		}
	done <<'LINES'
nonsense=1|nonsense
domain|domain
registration=perhaps|perhaps
shards=0|0
shards=many|many
shards=-1|-1
shards=99999999999999999999|99999999999999999999
listen=nowhere|nowhere
listen=127.0.0.1:70000|70000
listen=127.0.0.1:1,tls=maybe|maybe
listen=::1:5222|brackets
ttl=soon|soon
queue=1,2,3|1,2,3
object-size=1G|1G
log-level=loud|loud
domain=a b|a b
domain=\0001|
tls=|
certificate=|
LINES
	[ $n -ge 19 ]
}

@test "configuration: a good file passes -t, and -T prints it back" {
	cat >conf <<'CONF'
# the server
domain = example.org
listen = 127.0.0.1:0,tls=off
listen = [::1]:0
ttl = 7d
queue = 10,1M
CONF
	"$PUSH_BIN/pushd" -c conf -D "$T/data" -t
	"$PUSH_BIN/pushd" -c conf -D "$T/data" -T >printed
	"$PUSH_BIN/pushd" -c conf -D "$T/data" -o ttl=1d -T >other
	grep -Eq '^ttl *= *1d$' other
	grep -Eq '^domain *= *example.org$' printed
	"$PUSH_BIN/pushd" -c printed -t
	"$PUSH_BIN/pushd" -c printed -T | diff printed -
	[ ! -e "$T/data" ]
}

@test "configuration: a bad -o and -l, and a missing file" {
	run "$PUSH_BIN/pushd" -D "$T/data" -o nonsense=1 -t
	status_is 78
	[[ $output == *nonsense* ]]
	run "$PUSH_BIN/pushd" -D "$T/data" -l 1:2:3 -t
	status_is 78
	run "$PUSH_BIN/pushd" -c "$T/missing" -t
	[ "$status" = 78 ] || [ "$status" = 66 ]
	[[ $output == *missing* ]]
}

@test "a taken port, a taken folder and a folder that cannot be: told, no start" {
	start_pushd
	run timeout 20 "$PUSH_BIN/pushd" -D "$T/other" -S "$T/s2" \
		-l "127.0.0.1:$PORT_OFF"
	[ "$status" != 0 ] && [ "$status" != 124 ]
	[[ $output == *"$PORT_OFF"* ]]
	run timeout 20 "$PUSH_BIN/pushd" -D "$T/data" -S "$T/s2" \
		-l 127.0.0.1:0
	[ "$status" != 0 ] && [ "$status" != 124 ]
	[[ $output == *"$T/data"* ]]
	run timeout 20 "$PUSH_BIN/pushd" -D "$T/third" -S "$PUSH_SOCKET" \
		-l 127.0.0.1:0
	[ "$status" != 0 ] && [ "$status" != 124 ]
	[[ $output == *"$PUSH_SOCKET"* ]]
	: >file
	run timeout 20 "$PUSH_BIN/pushd" -D "$T/file/x" -S "$T/s2" \
		-l 127.0.0.1:0
	[ "$status" != 0 ] && [ "$status" != 124 ]
	"$pushctl" status >/dev/null
}

@test "a stale control socket is replaced" {
	start_pushd
	crash_pushd
	[ -S "$PUSH_SOCKET" ]
	start_pushd
	"$pushctl" status >/dev/null
}

@test "bad JSON records: each line refused with its number, the rest goes on" {
	start_pushd
	away ab12
	cat >in <<'JSON'
{"to":"ab12","title":"1"}
{"to":"ab12",
not json
{"to":"ab12","titel":"typo"}
{"to":"ab12","title":5}
{"title":"no target"}
{"to":"nobody","title":"x"}
[]
{"to":"((","title":"x"}
{"to":"ab12","priority":9}
{"to":"ab12","ttl":"soon"}
"text"
{"to":"ab12","title":"13"}
JSON
	run --separate-stderr "$pushsend" -o json <in
	status_is 1
	echo "$output" >out
	for l in 3:bad-json 4:bad-request 5:bad-request 6:bad-request \
	    7:unknown-target 9:bad-target 10:bad-request 11:bad-request; do
		jq -se --argjson l "${l%%:*}" --arg e "${l#*:}" \
			'any(.[]; .line == $l and .state == "refused" and
			.error == $e and (.text | length) > 0)' out || {
			echo "# line $l not refused so:"
			cat out
			return 1
		}
	done
	jq -se 'any(.[]; .line == 4 and (.text | test("titel")))' out
	jq -se 'any(.[]; .line == 1 and .state == "queued")' out
	jq -se 'any(.[]; .line == 13 and .state == "queued")' out
	equal "$("$pushusers" show ab12 -o json | jq .queued)" 2
}

@test "exit codes: unknown device 13, bad record 65, no server 69" {
	start_pushd
	away ab12
	run "$pushsend" -o json <<<'{"to":"device:nobody","title":"x"}'
	status_is 13
	[[ $output == *unknown-target* ]]
	run "$pushsend" -o json <<<'{'
	status_is 65
	run "$pushsend" -o json <<<'{"to":"ab12","x":1}'
	status_is 65
	run "$pushsend" -t ab12 "$T/missing-file"
	status_is 66
	run --separate-stderr "$pushsend" --fail-fast -o json <<<'{
nonsense'
	status_is 65
	stop_pushd
	for c in "$pushsend -t ab12 -m x" "$pushctl status" \
	    "$pushusers list"; do
		run --separate-stderr $c </dev/null
		status_is 69
		[[ $stderr == *"$PUSH_SOCKET"* ]]
		equal "$output" ""
	done
	PUSH_PASSWORD=x run --separate-stderr "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u x -C 1 -W 1s
	[ "$status" = 75 ] || [ "$status" = 69 ]
	[ -n "$stderr" ]
}

@test "a wrong password is told, exit 77" {
	start_pushd
	"$pushusers" add ab12 --password-file - <<<right
	PUSH_PASSWORD=wrong run --separate-stderr timeout 20 "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u ab12 -C 1
	status_is 77
	[[ $stderr == *not-authorized* || $stderr == *password* ]]
}

@test "no option takes a password" {
	for t in $tools; do
		for o in --password --pass; do
			run "$PUSH_BIN/$t" "$o" secret </dev/null
			status_is 64
		done
	done
}

@test "stdout closed or full: the tool says so or leaves quietly" {
	start_pushd
	away ab12
	for i in $(seq 200); do echo '{"to":"ab12","title":"x"}'; done >in
	"$pushsend" -o json <in | head -n 1 >/dev/null
	run bash -c "'$pushsend' -o json <in >/dev/full"
	[ "$status" != 0 ]
	[[ $output == *pushsend:* ]]
	run bash -c "'$pushusers' list >/dev/full"
	[ "$status" != 0 ]
	run bash -c "'$pushctl' status >&-"
	[ "$status" != 0 ]
	"$pushctl" status >/dev/null
}

@test "INT and TERM: what is known is printed, the exit is 128+n in 2 s" {
	start_pushd
	away ab12
	for s in INT:130 TERM:143; do
		"$PY" "$E2E/signal_tool.py" "${s%:*}" "$pushsend" -w -o json \
			>"out$s" 2>"err$s"
		equal "$(tail -n 1 "out$s")" "exit ${s#*:}"
		grep -q '"state":"queued"' "out$s"
	done
}

@test "stdin a terminal and nothing given: a usage error, never a hang" {
	run timeout 10 script -qec "$pushsend" /dev/null
	status_is 64
}

@test "the control socket: bad lines are refused by name, the line goes on" {
	start_pushd
	raw control misuse
}

@test "a control client that never reads is dropped and slows nobody" {
	start_pushd
	away ab12
	raw control deaf
	"$pushctl" status >/dev/null
}

@test "the control socket is closed to others" {
	start_pushd
	equal "$(stat -c %a "$PUSH_SOCKET")" 660
	equal "$(stat -c %a "$T/data")" 700
	run find "$T/data" -name '*.key' -perm /077
	equal "$output" ""
}
