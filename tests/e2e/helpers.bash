# helpers - a server of its own for each test, and what looks at it.
#
# PUSH_BIN is where the tools are, PUSH_TESTS where the interop clients are,
# PUSH_SHARDS how many shards a server gets.  $T is the test's own folder.
# PUSHD_RUN may hold a command that ends in exec'ing what follows it.
# Ports are 0 at the first start of a test and stay the same at a restart.

bats_require_minimum_version 1.5.0
: "${PUSH_BIN:?the folder of the built tools}"
E2E=$BATS_TEST_DIRNAME
PY=/usr/bin/python3		# another one may be first in PATH
export PYTHONDONTWRITEBYTECODE=1
pushsend=$PUSH_BIN/pushsend pushsub=$PUSH_BIN/pushsub
pushctl=$PUSH_BIN/pushctl pushusers=$PUSH_BIN/pushusers
export DOMAIN=push.test PUSH_BIN PUSH_TESTS

setup() {
	T=$BATS_TEST_TMPDIR
	export T HOME=$T XDG_CONFIG_HOME=$T/config PUSH_SOCKET=$T/s
	for v in ASAN UBSAN TSAN; do
		eval "export ${v}_OPTIONS=\"\${${v}_OPTIONS:-}:log_path=$T/san\""
	done
	unset PUSH_PASSWORD PUSH_TOKEN
	LISTEN=(127.0.0.1:0,tls=optional 127.0.0.1:0,tls=off
		127.0.0.1:0,tls=required 127.0.0.1:0,tls=direct)
	JOBS=()
	PUSHD_RUN=()
	PUSHD=
	EXPECT_ERRORS=
	cd "$T" || return 1
}

# Runs pushd with further arguments and waits until it is ready.
run_pushd() {
	local a args=() line i
	for a in "${LISTEN[@]}"; do
		args+=(-l "$a")
	done
	rm -f "$T/ready"
	mkfifo "$T/ready"
	exec 9<>"$T/ready"
	"${PUSHD_RUN[@]}" "$PUSH_BIN/pushd" -D "$T/data" -S "$PUSH_SOCKET" \
		-o domain="$DOMAIN" -o registration=open \
		-o shards="${PUSH_SHARDS:-3}" "${args[@]}" "$@" \
		>"$T/ready" 2>>"$T/log" 3>&- 9>&- &
	PUSHD=$!
	READY=
	for ((i = 0; i < 60; i++)); do
		# the second may be over in the middle of the line
		IFS= read -r -t 1 line <&9 && { READY+=$line; break; }
		READY+=$line
		kill -0 "$PUSHD" 2>/dev/null || break
	done
	exec 9>&-
	[ -n "$READY" ]
}

# The same; a second start waits for its ports: they are from the range
# that outgoing connections use, so that any program may have one of them
# for a while.
start_pushd() {
	local i a
	for ((i = 0; i < 60; i++)); do
		run_pushd "$@" && break
		tail -n 1 "$T/log" | grep -q 'Address already in use' || break
		sleep 1
	done
	[ -n "$READY" ] || { echo "# pushd did not become ready"; return 1; }
	for ((i = 0; i < ${#LISTEN[@]}; i++)); do
		a=$(jq -er ".xmpp[$i]" <<<"$READY") || return 1
		LISTEN[i]=$a,${LISTEN[i]#*,}
		case ${LISTEN[i]} in
		*tls=off,legacy=off*) export PORT_STRICT=${a##*:} ;;
		*legacy-tls=on*) export PORT_OLD=${a##*:} ;;
		*tls=optional*)	export PORT_OPTIONAL=${a##*:} ;;
		*tls=off*)	export PORT_OFF=${a##*:} ;;
		*tls=required*)	export PORT_REQUIRED=${a##*:} ;;
		*tls=direct*)	export PORT_DIRECT=${a##*:} ;;
		esac
	done
}

# Ends it with TERM; it must leave with 0.
stop_pushd() {
	local rc=0
	[ -n "$PUSHD" ] || return 0
	kill "${1:--TERM}" "$PUSHD"
	wait "$PUSHD" || rc=$?
	PUSHD=
	[ "${1:--TERM}" = -KILL ] || [ $rc = 0 ] || {
		echo "# pushd left with $rc"
		return 1
	}
}
crash_pushd() { stop_pushd -KILL; }

# Runs a command in the background: its stdout in $T/NAME, its stderr in
# $T/NAME.err, its pid in $!.
background() {
	local name=$1
	shift
	"$@" >"$T/$name" 2>"$T/$name.err" 3>&- </dev/null &
	JOBS+=($!)
}

# Waits until a file holds N lines (one) that match; looks 50 times a second.
await() {
	local file=$1 pattern=$2 n=${3:-1} i
	for ((i = 0; i < 50 * ${PUSH_TEST_TIMEOUT:-30}; i++)); do
		[ "$(grep -Ec -- "$pattern" "$file" 2>/dev/null)" -ge "$n" ] \
			2>/dev/null && return 0
		sleep 0.02
	done
	echo "# no $n lines /$pattern/ in $file:"
	tail -n 20 "$file" | sed 's/^/# /'
	return 1
}

# Waits until a command succeeds.
until_true() {
	local i
	for ((i = 0; i < 20 * ${PUSH_TEST_TIMEOUT:-30}; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "# never true: $*"
	return 1
}

online() {
	[ "$("$pushctl" status -o json | jq .online)" = "$1" ]
}

queued() {
	[ "$("$pushctl" status -o json | jq .queued)" = "$1" ]
}
has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# away NAME...: devices that exist and are not there (yet)
away() {
	local name
	for name; do
		"$pushusers" add "$name" --password-file - \
			<<<"secret-$name" >/dev/null || return 1
	done
}

# A device of pushsub's, on the plain listener: device NAME FILE [ARG...]
device() {
	local name=$1 file=$2
	shift 2
	PUSH_PASSWORD=secret-$name background "$file" "$pushsub" \
		-s "127.0.0.1:$PORT_OFF" --tls off -u "$name" --register \
		-o json "$@"
}

raw() { "$PY" "$E2E/$1.py" "${@:2}"; }

# field FILE EXPRESSION VALUE: what jq -c says of the last line.
field() {
	local got
	got=$(tail -n 1 "$1" | jq -rc "$2") || return 1
	[ "$got" = "$3" ] || {
		echo "# $2 is '$got', not '$3', in: $(tail -n 1 "$1")"
		return 1
	}
}

# equal GOT WANTED
equal() {
	[ "$1" = "$2" ] || { echo "# got '$1', wanted '$2'"; return 1; }
}

status_is() {
	[ "$status" = "$1" ] || {
		echo "# exit $status, wanted $1: $output"
		return 1
	}
}

teardown() {
	local rc=0 pid f
	for pid in "${JOBS[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in "${JOBS[@]}"; do
		wait "$pid" 2>/dev/null
	done
	[ -z "$PUSHD" ] || kill -CONT "$PUSHD" 2>/dev/null
	stop_pushd || rc=1
	for f in "$T"/san*; do
		[ -e "$f" ] || continue
		echo "# sanitizer:"
		sed 's/^/# /' "$f"
		rc=1
	done
	if [ -z "$EXPECT_ERRORS" ] && grep -Eq \
	    '^[0-9T:.Z-]+ error |"level":"error"|runtime error:' "$T/log" \
	    2>/dev/null; then
		echo "# the log has an error"
		rc=1
	fi
	if [ $rc != 0 ] || [ "${BATS_TEST_COMPLETED:-0}" != 1 ]; then
		for f in "$T"/*.err; do
			[ -s "$f" ] && sed "s|^|# ${f##*/}: |" "$f" | tail -n 20
		done
		[ -f "$T/log" ] && tail -n 60 "$T/log" | sed 's/^/# log: /'
	fi
	return $rc
}
