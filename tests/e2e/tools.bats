#!/usr/bin/env bats
# pushusers and pushctl against a running server; reload, drain, status.
# shards: 1 3
load helpers

users() { "$pushusers" -o json "$@"; }

@test "pushusers: add, list, show, passwd, disable, enable, del" {
	start_pushd
	users add ab12 --password-file - --owner ann <<<first >out
	users add ab12 --if-missing </dev/null
	run users add ab12 </dev/null
	status_is 14
	users list >out
	field out .user ab12
	field out .enabled true
	field out .online false
	field out .queued 0
	field out .owner ann
	jq -er '.created | test("Z$")' out
	background got env PUSH_PASSWORD=first "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u ab12 -o json
	until_true online 1
	users list --online >out
	field out .user ab12
	field out .sessions 1
	users passwd ab12 --password-file - <<<second
	users disable ab12
	until_true online 0
	users show ab12 >out
	field out .enabled false
	users enable ab12
	"$pushsend" -o json -t ab12 -m x </dev/null
	users del ab12
	run users show ab12
	status_is 13
	run users del ab12
	status_is 13
	equal "$(users list)" ""
}

@test "pushusers: a password is made and printed once, and works" {
	start_pushd
	users add ab12 </dev/null >out
	pw=$(jq -r .password out)
	[ "${#pw}" -ge 16 ]
	background got env PUSH_PASSWORD="$pw" "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u ab12 -o json
	until_true online 1
}

@test "pushusers: passwd takes hold at the next login, by SASL and XEP-0078" {
	start_pushd
	users add ab12 --password-file - <<<first
	users passwd ab12 --password-file - <<<second
	for how in '' --legacy; do
		# shellcheck disable=SC2086
		PUSH_PASSWORD=first run timeout 30 "$pushsub" $how -W 3s -C 1 \
			-s "127.0.0.1:$PORT_OFF" --tls off -u ab12
		[ "$status" != 0 ]
	done
	PUSH_PASSWORD=second background got "$pushsub" -o json \
		-s "127.0.0.1:$PORT_OFF" --tls off -u ab12
	until_true online 1
}

@test "pushusers: import and export keep accounts and their logins" {
	start_pushd
	for n in 1 2 3; do
		printf '{"user":"d%d","password":"pw%d","owner":"ann"}\n' $n $n
	done >in
	users import <in >out
	equal "$(wc -l <out)" 3
	users export >exported
	equal "$(wc -l <exported)" 3
	run grep -E 'pw[123]' exported
	equal "$output" ""
	users del d1 d2 d3
	users import <exported
	background got env PUSH_PASSWORD=pw2 "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u d2 -o json
	until_true online 1
	users show d2 >out
	field out .owner ann
	users import >out <<-'BAD' || true
		{"user":"good","password":"x"}
		nonsense
		{"user":"a@b/c","password":"x"}
		{"user":"d9","passwort":"x"}
	BAD
	equal "$(wc -l <out)" 4
	equal "$(users list | jq -r .user | grep -c good)" 1
	equal "$(users list | jq -r .user | grep -c d9)" 0
}

@test "a deleted account's sessions end and its pushes are cancelled" {
	start_pushd
	users add ab12 --password-file - <<<secret-ab12
	device ab12 got
	until_true online 1
	users del ab12
	until_true online 0
	users add ab12 --password-file - <<<secret-ab12
	equal "$(users show ab12 | jq .queued)" 0
}

@test "pushctl status and sessions" {
	start_pushd
	device ab12 got
	device cd34 got2 --legacy
	until_true online 2
	"$pushctl" status -o json >out
	field out .domain "$DOMAIN"
	field out .pid "$PUSHD"
	field out .shards "${PUSH_SHARDS:-3}"
	field out .devices 2
	field out .sessions 2
	field out .draining false
	"$pushctl" sessions -o json >out
	equal "$(jq -r .user out | sort | xargs)" "ab12 cd34"
	equal "$(jq -r 'select(.user=="cd34") | .resource, .legacy' out | xargs)" \
		"AndroidpnClient true"
	equal "$(jq -r 'select(.user=="ab12") | .sm' out)" true
}

@test "reload: a good file takes hold, a bad one is told and changes nothing" {
	cat >conf <<'CONF'
registration = closed
CONF
	"$PUSH_BIN/pushd" -D "$T/data" -S "$PUSH_SOCKET" -c conf \
		-l 127.0.0.1:0,tls=off -o domain="$DOMAIN" -o shards=2 \
		>out 2>"$T/log" 3>&- &
	PUSHD=$!
	await out ready
	PORT_OFF=$(jq -r '.xmpp[0]' out | sed 's/.*://')
	export PORT_OFF PORT_REQUIRED=$PORT_OFF
	equal "$("$pushctl" status -o json | jq -r .registration)" closed
	echo 'nonsense = 1' >conf
	run "$pushctl" reload
	[ "$status" != 0 ]
	[[ $output == *conf:1:*nonsense* ]]
	equal "$("$pushctl" status -o json | jq -r .registration)" closed
	echo 'registration = open' >conf
	"$pushctl" reload
	equal "$("$pushctl" status -o json | jq -r .registration)" open
	device ab12 got
	until_true online 1
	echo 'registration = closed' >conf
	kill -HUP "$PUSHD"
	reg() { [ "$("$pushctl" status -o json | jq -r .registration)" = "$1" ]; }
	until_true reg closed
	online 1
}

@test "drain ends every stream by system-shutdown and leaves with 0" {
	start_pushd
	raw drain_peer 3>&- >peers &
	JOBS+=($!)
	await peers ready
	"$pushctl" drain
	await peers 'system-shutdown system-shutdown'
	wait "$PUSHD"
	PUSHD=
}
