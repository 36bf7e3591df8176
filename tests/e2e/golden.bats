#!/usr/bin/env bats
# The unmodified androidpn client, byte for byte (golden.py).
# shards: 1 3
load helpers

golden() { raw golden "$@"; }

@test "G1 first start: STARTTLS, register, auth, roster, presence, push" {
	start_pushd
	golden g1
}

@test "G2 second start: no registration, auth, push" {
	start_pushd
	golden g2
}

@test "G3 no digest is offered, and one that comes is no 401" {
	start_pushd
	golden g3
}

@test "G4 the password is nowhere: store, log, configuration, ps" {
	start_pushd -v
	golden g4 clara 'Zebra-7-crossing'
	"$PUSH_BIN/pushd" -D "$T/data" -S "$PUSH_SOCKET" -T >"$T/dump"
	ps -eo args >"$T/ps"
	stop_pushd
	run grep -rl 'Zebra-7-crossing' "$T"
	equal "$output" ""
	# nor as base64, whatever stood before it, nor hashed without salt
	for pad in '' x xx; do
		run grep -rlF "$(printf '%sZebra-7-crossing' "$pad" |
			base64 | cut -c 5-20)" "$T"
		equal "$output" ""
	done
	run grep -rl "$(printf %s Zebra-7-crossing | sha1sum | cut -d' ' -f1)" "$T"
	equal "$output" ""
	grep -q clara "$T/log"
}

@test "G5 unknown account: 401 at the set, registration on the same stream" {
	start_pushd
	golden g5
}

@test "G6 a 0.4.5 client without TLS" {
	start_pushd
	golden g6
}

@test "G7 the stream's to is an IP address or another name" {
	start_pushd
	golden g7
}

@test "G8 an early push leaves only after presence" {
	start_pushd
	golden g8
}

@test "G9 the ping barrier delivers; without an answer the push comes again" {
	start_pushd
	golden g9
}

@test "G10 offline: restarts by TERM and by kill -9, once, in order" {
	start_pushd
	golden g10_send aa11 pw 5 >"$T/ids"
	stop_pushd
	start_pushd
	crash_pushd
	start_pushd
	golden g10_receive aa11 pw 0 5 >"$T/got"
	diff "$T/ids" "$T/got"
	stop_pushd
	start_pushd
	golden g10_receive aa11 pw 5 5 >"$T/again"
	equal "$(cat "$T/again")" ""
}

@test "G14 duplicate login: the second wins and stays" {
	start_pushd
	golden g14
}

@test "G15 silence is probed; who does not answer is cut off" {
	start_pushd -o idle-time=1s -o ack-time=1s
	golden g15
}

@test "G15 no byte after presence is fine" {
	start_pushd
	golden g15_idle 5
}

@test "G16 texts arrive as they were sent" {
	start_pushd
	golden g16
}

@test "G16 forbidden characters and too large objects are refused" {
	start_pushd
	golden g16_refused
}

@test "G19 registration pressure delays and never refuses" {
	start_pushd -o registration-rate=2
	golden g19
}

@test "G20 corners of registration" {
	start_pushd
	golden g20
}

@test "G21 unknown stanzas get an error and the stream survives" {
	start_pushd
	golden g21
}

@test "G22 roster, bind, session, version, disco and ping are answered" {
	start_pushd
	golden g22
}
