#!/usr/bin/env bats
# The hostile and the clumsy peer (hostile.py): the server answers all along,
# nothing is left of them, and no push is lost or doubled.
# shards: 1 3
load helpers

hostile() { raw hostile "$@"; }

@test "logins that are left at every stage, while the accounts change" {
	start_pushd -o registration-rate=100000
	hostile storm
}

@test "guesses from one address do not keep other logins waiting" {
	start_pushd
	hostile guesses
}

@test "an IQ before the login is answered with its own id, whole" {
	start_pushd
	hostile long_id
}

@test "resumes of one session at the same time: one owner, no stranger" {
	start_pushd
	hostile resumes
}

@test "a push behind an unanswered <r/> is asked for once it is answered" {
	start_pushd
	hostile later_ack
}

@test "100,000 pings before the first answer is read" {
	start_pushd
	hostile unread
}

@test "an account that goes takes its sessions along, bound or not" {
	start_pushd
	hostile removed
}

@test "connections reset at random: every push arrives, in order" {
	start_pushd
	hostile cuts
}

@test "senders that hang up at any moment; the states add up" {
	start_pushd
	hostile hang_ups
}

@test "2,000 lists that nobody reads" {
	start_pushd
	hostile lists
}

@test "descriptors run out: the tools still work, and logins later" {
	PUSHD_RUN=(sh -c 'ulimit -n 64; exec "$@"' -)
	start_pushd
	hostile descriptors
}

@test "a drain answers what was asked and tells everybody" {
	start_pushd
	hostile drained
	wait "$PUSHD"
	PUSHD=
}
