#!/usr/bin/env bats
# The tools among others of a shell: closed, full and odd descriptors.
load helpers

@test "a closed stdin or stdout is an error, never a hang" {
	start_pushd
	"$pushusers" add ab12 -q --password-file - <<<x
	run timeout 10 sh -c '"$0" -t ab12 -m x >&-' "$pushsend"
	status_is 1
	run timeout 10 sh -c '"$0" list >&-' "$pushusers"
	status_is 1
	run timeout 10 sh -c '"$0" status >&-' "$pushctl"
	status_is 1
	run timeout 10 sh -c '"$0" -t ab12 -l <&-' "$pushsend"
	status_is 66
	[[ $output == *stdin* ]]
	run timeout 10 sh -c '"$0" import <&-' "$pushusers"
	status_is 66
	run timeout 10 sh -c '"$0" import </' "$pushusers"
	status_is 66
}

@test "pushsend: a FIFO is waited for, and the wait can be ended" {
	start_pushd
	"$pushusers" add ab12 -q --password-file - <<<x
	mkfifo fifo
	background out "$pushsend" -l -t ab12 -F '%{line} %{state}\n' fifo
	printf 'a\nb\n' >fifo
	wait $!
	equal "$(cat out)" "$(printf '1 queued\n2 queued')"
	background out "$pushsend" -l -t ab12 fifo
	sleep 0.3
	kill -TERM $!
	rc=0
	wait $! || rc=$?
	equal $rc 143
}

@test "pushsub: files that cannot be read or written, and ports that are none" {
	start_pushd
	export PUSH_PASSWORD=x
	sub=("$pushsub" -s "127.0.0.1:$PORT_OFF" --tls off -u ab12 --register
		-W 1s -q)
	echo junk >junk
	for args in '--state junk' "--state $T" '--password-file none'; do
		# shellcheck disable=SC2086
		run timeout 20 "${sub[@]}" $args
		status_is 66
	done
	run timeout 20 "$pushsub" -s localhost -u ab12 --ca none
	status_is 66
	run timeout 20 "${sub[@]}" --state none/state
	status_is 1
	[ "${#lines[@]}" = 1 ]
	run timeout 20 "$pushsub" -s 127.0.0.1:65536 -u ab12
	status_is 64
	"$pushsend" -q -o none -t ab12 -m kept
	run timeout 20 sh -c '"$@" >/dev/full' - "${sub[@]}"
	status_is 1
	timeout 20 "${sub[@]}" -C 1 -F '%{message}\n' >out
	equal "$(cat out)" kept
}

@test "pushsub: goes on under nohup, and runs commands with SIGCHLD ignored" {
	start_pushd
	export PUSH_PASSWORD=x
	sub=("$pushsub" -s "127.0.0.1:$PORT_OFF" --tls off -u ab12 --register
		-C 1 -F '%{message}\n')
	background got env nohup "${sub[@]}"
	await got.err ready
	kill -HUP $!
	"$pushsend" -q -o none -t ab12 -m still
	await got still
	"$pushsend" -q -o none -t ab12 -m run
	(trap '' CHLD; timeout 20 "${sub[@]}" -e 'exit 0' >out)
	equal "$(cat out)" run
}

@test "-F: every tool prints lines of the user's making" {
	start_pushd
	"$pushusers" add ab12 -q --password-file - <<<x
	equal "$("$pushusers" list -F '%{user} %{enabled}%%\n')" "ab12 true%"
	equal "$("$pushctl" status -F '%{devices}')" 1
	equal "$("$pushctl" sessions -F '%{user}\n')" ""
	equal "$("$pushctl" reload -F '%{result}')" reloaded
	printf '%s\n' '{"user":"i1","password":"x"}' nonsense |
		{ "$pushusers" import -F '%{line} %{result}%{error}\n' ||
			true; } | sort >out
	equal "$(cat out)" "$(printf '1 added\n2 bad-json')"
	pw=$("$pushusers" add ab13 -F '%{password}' </dev/null)
	[ "${#pw}" -ge 16 ]
	run "$pushusers" add ab14 -F '%{user}' </dev/null
	status_is 64
	for t in "$pushusers list" "$pushctl status" "$pushsend -t a -m b"; do
		# shellcheck disable=SC2086
		run $t -F '%{nonsense}' </dev/null
		status_is 64
		# shellcheck disable=SC2086
		run $t -F x -o json </dev/null
		status_is 64
	done
}

@test "pushsub: -C runs no command for one push too many" {
	start_pushd
	export PUSH_PASSWORD=x
	"$pushusers" add ab12 -q </dev/null
	seq 1 9 | "$pushsend" -l -t ab12 -p high -o none
	timeout 20 "$pushsub" -s "127.0.0.1:$PORT_OFF" --tls off -u ab12 -q \
		-C 3 -e 'cat >>ran; echo >>ran' -F '%{message} %{priority}\n' \
		>out
	equal "$(sort out)" "$(printf '1 4\n2 4\n3 4')"
	equal "$(jq -s length ran)" 3
	until_true queued 6
}
