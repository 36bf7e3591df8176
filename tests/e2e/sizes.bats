#!/usr/bin/env bats
# The largest pushes, made of what takes the most bytes in XML: one that no
# device could take would block its queue.
# shards: 1
load helpers

# N characters in a field: filled FIELD CHARACTER N
filled() {
	printf '{"to":"ab12","%s":"%s"}\n' "$1" \
		"$(head -c "$3" /dev/zero | tr '\0' "$2")"
}

# Sends the worst of N bytes and what is behind it; all must come.
worst() {
	for field in title message; do
		for c in "'" '&' '<' '>'; do
			filled $field "$c" "$1"
		done
	done
	echo '{"to":"ab12","title":"behind"}'
}

@test "64 KiB of what XML escapes: delivered online, what is behind, too" {
	start_pushd
	device ab12 got
	await got.err ready
	worst 65000 | "$pushsend" -w -W 60s -o json >result
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "9 delivered"
	equal "$(jq -r '.title + .message | length' got | sort | uniq -c |
		xargs)" "1 6 8 65000"
}

@test "64 KiB of what XML escapes: kept, and delivered later" {
	start_pushd
	away ab12
	worst 65000 | "$pushsend" -o json >result
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "9 queued"
	device ab12 got
	await got behind
	equal "$(wc -l <got)" 9
}

@test "512 KiB, the largest of all, and no limit of output below it" {
	run "$PUSH_BIN/pushd" -D "$T/data" -o object-size=512k \
		-o output-size=12M -t
	status_is 78
	start_pushd -o object-size=512k
	device ab12 got
	await got.err ready
	worst 524000 | "$pushsend" -w -W 60s -o json >result
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "9 delivered"
}

@test "an androidpn client gets them, too" {
	start_pushd
	PUSH_PASSWORD=secret-ab12 background got "$pushsub" --legacy \
		-s "127.0.0.1:$PORT_OFF" --tls off -u ab12 --register -o json
	await got.err ready
	worst 65000 | "$pushsend" -w -W 60s -o json >result
	equal "$(jq -r .state result | sort | uniq -c | xargs)" "9 delivered"
}
