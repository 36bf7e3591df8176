#!/usr/bin/env bats
# What is written about the tools is what they are.
load helpers

tools="pushd pushsub pushsend pushusers pushctl"
root=$BATS_TEST_DIRNAME/../..

# Every option that --help lists, short and long.
options() {
	"$PUSH_BIN/$1" --help | awk '
		/^ *-/ {
			for (i = 1; i <= 2; i++)
				if ($i ~ /^-/) {
					sub(/[[,=].*/, "", $i)
					print $i
				}
		}' | sort -u
}

@test "README: each stop of the tour is where it is said to be" {
	cd "$root"
	n=0
	while IFS='`' read -r _ file _ function _; do
		n=$((n + 1))
		grep -q "^$function(" "$file" || {
			echo "# $file has no $function()"
			return 1
		}
	done < <(grep '^| [0-9]' README.md)
	[ $n -ge 10 ]
}

@test "manuals: every option of --help, and no other" {
	for t in $tools; do
		page=$(ls "$root"/man/$t.[18])
		options "$t" >options
		[ -s options ]
		sed -n '/^\.It Fl/{
			s/ Fl -/ --/g
			s/ Fl / -/g
			s/ [^-][^ ]*//g
			s/^\.It//
			p
		}' "$page" | tr ' ,' '\n\n' | grep '^-' | sort -u >written
		diff options written || { echo "# in $page"; return 1; }
	done
}

@test "completion: every option of --help, for every tool" {
	. "$root/scripts/completion.bash"
	compopt() { :; }
	for t in $tools; do
		COMP_LINE="$PUSH_BIN/$t -" COMP_POINT=$((${#PUSH_BIN} + ${#t} + 3))
		_push_complete "$PUSH_BIN/$t"
		printf '%s\n' "${COMPREPLY[@]}" | sort -u >offered
		options "$t" | diff - offered || { echo "# $t"; return 1; }
	done
}

@test "completion: settings, words, commands, folders" {
	. "$root/scripts/completion.bash"
	compopt() { :; }
	complete_line() {
		COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
		_push_complete "${COMP_LINE%% *}"
	}
	complete_line "$PUSH_BIN/pushd -o tt"
	equal "${COMPREPLY[*]}" "ttl="
	complete_line "$PUSH_BIN/pushd -o tls=o"
	equal "${COMPREPLY[*]}" "optional off"
	complete_line "$PUSH_BIN/pushd --log=j"
	equal "${COMPREPLY[*]}" "json"
	complete_line "$PUSH_BIN/pushctl -o "
	equal "${COMPREPLY[*]}" "json text none"
	complete_line "$PUSH_BIN/pushctl -q st"
	equal "${COMPREPLY[*]}" "status"
	complete_line "$PUSH_BIN/pushctl status st"
	equal "${COMPREPLY[*]}" ""
	complete_line "$PUSH_BIN/pushusers del"
	equal "${COMPREPLY[*]}" "del"
	cd /
	complete_line "pushd /et"
	equal "${COMPREPLY[*]}" "/etc"
}
