#!/usr/bin/env bats
# RFC 6120, SASL, XEP-0077 and XEP-0198 by hand (stream.py).
# shards: 1 3
load helpers

stream() { raw stream "$@"; }

@test "the header names domain, version, language and a fresh id" {
	start_pushd
	stream header
}

@test "a bad header gets a header, the right stream error, and the end" {
	LISTEN+=(127.0.0.1:0,tls=off,legacy=off)
	start_pushd
	stream bad_headers
}

@test "bad XML of every kind ends the stream by name" {
	start_pushd
	stream bad_xml
}

@test "size, depth and counts are bounded, before and after login" {
	start_pushd
	stream limits
}

@test "input may come byte by byte or all at once" {
	start_pushd
	stream split
}

@test "the closing tag is answered" {
	start_pushd
	stream close
}

@test "required TLS: starttls alone is offered and nothing else served" {
	start_pushd
	stream tls_required
}

@test "bytes behind starttls are not taken for protected ones" {
	start_pushd
	stream tls_injection
}

@test "direct TLS: ALPN answered, absent accepted, foreign refused" {
	start_pushd
	stream tls_direct
}

@test "TLS 1.2 and 1.3, no older one" {
	start_pushd
	stream tls_versions
}

@test "G23 TLS 1.0 with an RSA key on the listener that allows it" {
	LISTEN+=(127.0.0.1:0,tls=required,legacy-tls=on)
	start_pushd
	stream tls_old
}

@test "SCRAM-SHA-256, SCRAM-SHA-1, and PLAIN under TLS only" {
	start_pushd
	stream sasl
}

@test "a root with other prefixes logs in every way" {
	start_pushd
	stream odd_root
}

@test "failed logins say why" {
	start_pushd
	stream sasl_refused
}

@test "a stream has few tries" {
	start_pushd
	stream sasl_tries
}

@test "names cannot be probed by SCRAM" {
	start_pushd
	stream sasl_unknown
}

@test "a disabled account is told so" {
	start_pushd
	"$pushusers" add shut --password-file - <<<'pencil and paper'
	"$pushusers" disable shut
	stream disabled shut
}

@test "closed registration is not offered and not possible" {
	start_pushd -o registration=closed
	stream closed
}

@test "registration by token" {
	(umask 077 && printf 'let-me-in\n' >"$T/token")
	start_pushd -o registration=token -o registration-token-file="$T/token"
	stream token let-me-in
}

@test "bind and session" {
	start_pushd
	stream bind
	grep -F 'resource=good\x20device=x' "$T/log"
}

@test "the same resource twice: the older one gets a conflict" {
	start_pushd
	stream conflict
}

@test "sessions of one account are bounded" {
	start_pushd -o sessions=3
	stream sessions 3
}

@test "XEP-0198: counts, acknowledgement, wrong counts" {
	start_pushd
	stream sm
}

@test "XEP-0198: resume brings what was not acknowledged, once" {
	start_pushd
	stream sm_resume
}

@test "XEP-0198: the h of a resume acknowledges" {
	start_pushd
	stream sm_resume_acks
}

@test "XEP-0198: an unknown, foreign or closed id is item-not-found" {
	start_pushd
	stream sm_resume_refused
}

@test "XEP-0198: behind resume-time the push comes to the next session" {
	start_pushd -o resume-time=1s -o ack-time=1s
	stream sm_expired
}

@test "IQs: malformed, to nobody, to the domain, to oneself" {
	start_pushd
	stream iq
}

@test "a device changes its password and removes its account" {
	start_pushd
	stream own_account
}
