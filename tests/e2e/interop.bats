#!/usr/bin/env bats
# Clients that others wrote: libstrophe and slixmpp.
# shards: 1 3
load helpers

account() {
	export PUSH_PASSWORD=their-own-secret
	"$pushusers" add "$1" --password-file - <<<"$PUSH_PASSWORD" >/dev/null
}
send() { "$pushsend" -o json -w -W 30s -t "$1" -T "$2" -m "$2" </dev/null; }

@test "libstrophe, SCRAM over STARTTLS: delivered, with the id" {
	start_pushd
	account stranger
	background got "$PUSH_TESTS/strophe" scram "stranger@$DOMAIN/x" \
		"$PORT_REQUIRED" 2
	await got online
	send stranger one >result
	field result .state delivered
	await got "^push $(jq -r .id result) one$"
	send stranger two >result
	field result .state delivered
	wait "${JOBS[0]}"
}

@test "libstrophe, jabber:iq:auth over STARTTLS: the androidpn IQ, delivered" {
	start_pushd
	account stranger
	background got "$PUSH_TESTS/strophe" legacy \
		"stranger@$DOMAIN/AndroidpnClient" "$PORT_REQUIRED" 2
	await got online
	send stranger one >result
	field result .state delivered
	await got "^push $(jq -r .id result) one$"
	send stranger two >result
	field result .state delivered
	wait "${JOBS[0]}"
}

@test "slixmpp with XEP-0198: delivered, with the id" {
	start_pushd
	account stranger
	background got "$PY" "$E2E/../interop/slix.py" "stranger@$DOMAIN/x" \
		"$PORT_REQUIRED" 2
	await got online
	send stranger one >result
	field result .state delivered
	await got "^push $(jq -r .id result) one$"
	send stranger two >result
	field result .state delivered
	wait "${JOBS[0]}"
}

@test "slixmpp resumes: what was acknowledged does not come again" {
	start_pushd
	account stranger
	background got "$PY" "$E2E/../interop/slix.py" "stranger@$DOMAIN/x" \
		"$PORT_REQUIRED" 2 drop
	await got online
	send stranger one >result
	field result .state delivered
	await got cut
	send stranger two >result
	field result .state delivered
	await got resumed
	wait "${JOBS[0]}"
	equal "$(grep -c '^push' got)" 2
}
