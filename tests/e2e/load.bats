#!/usr/bin/env bats
# Many devices, many pushes, one pipe each.
load helpers

# fleet N PORT TLS: N devices by one pushsub; waits until all are online
fleet() {
	PUSH_PASSWORD=pw background got "$pushsub" -s "127.0.0.1:$2" \
		--tls "$3" --insecure -u 'dev-%04d' -n "$1" --register \
		-o json --ramp 500/s
	until_true online "$1"
}

# pushes N DEVICES: numbered, round about
pushes() {
	seq 0 $(($1 - 1)) | awk -v n="$2" '{
		printf "{\"to\":\"device:dev-%04d\",\"title\":\"Load\",", $1 % n
		printf "\"message\":\"%d\"}\n", $1
	}'
}

# all_of N: N lines in result and in got, all delivered, none twice
all_of() {
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "$1 delivered"
	equal "$(jq -r .id got | wc -l)" "$1"
	equal "$(jq -r .id got | sort -u | wc -l)" "$1"
	diff <(jq -r .id result | sort) <(jq -r .id got | sort) >/dev/null
	# in order for each device
	jq -r '.to + " " + .message' got | awk '
		{ if ($1 in last && $2 + 0 <= last[$1]) bad++; last[$1] = $2 + 0 }
		END { exit bad > 0 }'
}

memory() {
	local kib
	kib=$(awk '/^VmRSS/ { print $2 }' "/proc/$PUSHD/status")
	echo "# note: pushd has $kib KiB with $1" >&3
}

@test "1,000 devices, 10,000 pushes: all delivered, none twice" {
	start_pushd -o registration-rate=1000000
	fleet 1000 "$PORT_OFF" off
	memory "1,000 devices online"
	pushes 10000 1000 | "$pushsend" -w -W 120s -o json >result
	until_true has_lines got 10000
	memory "1,000 devices after 10,000 pushes"
	all_of 10000
}

@test "100 devices with TLS, 2,000 pushes" {
	start_pushd -o registration-rate=1000000
	fleet 100 "$PORT_REQUIRED" require
	memory "100 devices with TLS online"
	pushes 2000 100 | "$pushsend" -w -W 120s -o json >result
	until_true has_lines got 2000
	all_of 2000
}

@test "100 devices, 5,000 pushes while they are away, then all come" {
	start_pushd -o registration-rate=1000000
	for n in $(seq 0 99); do
		printf '{"user":"dev-%04d","password":"pw"}\n' "$n"
	done | "$pushusers" import >/dev/null
	pushes 5000 100 | "$pushsend" -o json >queued
	equal "$(jq -r .state queued | sort | uniq -c | xargs)" "5000 queued"
	fleet 100 "$PORT_OFF" off
	until_true has_lines got 5000
	sleep 1
	jq -c '.state = "delivered"' queued >result
	all_of 5000
}

@test "G13 300 androidpn clients come back after a crash, all at once" {
	start_pushd -o registration-rate=1000000
	PUSH_PASSWORD=pw background got "$pushsub" -n 300 --legacy --register \
		-s "127.0.0.1:$PORT_REQUIRED" --tls require --insecure \
		-u 'dev-%04d' -o json
	until_true online 300
	crash_pushd
	start_pushd
	# Each has one try, 10 s later, and 5 s for each answer.
	until_true online 300
	pushes 300 300 | "$pushsend" -w -W 60s -o json >result
	until_true has_lines got 300
	all_of 300
}
