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
