# Completion of pushd, pushsub, pushsend, pushusers and pushctl for bash.
#
# The options come from "TOOL --help" and the names of settings from
# "pushd -T" at the moment of completion: what is offered cannot differ from
# what the installed tool takes.
#
# "pushd" without a slash is the shell's own command and completes folders;
# the server is completed where it is named by its path.

# Options, a line each: name, argument ("[ARG" where it is optional) and the
# words that it takes, where the help begins with them: "json, text or none".
_push_options() {
	"$1" --help 2>/dev/null </dev/null | awk '
		!/^ *-/ { next }
		{
			sub(/^ */, "")
			help = words = argument = ""
			if (match($0, /  +/)) {
				help = substr($0, RSTART + RLENGTH)
				$0 = substr($0, 1, RSTART - 1)
			}
			if (match(help, /^[a-z]+(, [a-z]+)*,? or [a-z]+/)) {
				words = substr(help, 1, RLENGTH)
				gsub(/,? or |, /, " ", words)
			}
			gsub(/,/, "")
			sub(/\[=?/, " [")
			for (i = NF; i > 0; i--)
				if ($i !~ /^-/)
					argument = $i
			if (argument == "")
				words = ""
			if (argument ~ /\|/) {
				words = argument
				gsub(/[^a-z|]/, "", words)
				gsub(/\|/, " ", words)
			}
			for (i = 1; i <= NF; i++)
				if ($i ~ /^-/)
					print $i "\t" argument "\t" words
		}'
}

# The settings of the server, a name a line.
_push_settings() {
	"$1" -T 2>/dev/null </dev/null |
		sed -n 's/^#* *\([a-z-]*\) =.*/\1/p' | sort -u
}

# The words that a setting takes: the server says them about a wrong one.
_push_setting_words() {
	"$1" -t -o "$2=?" 2>&1 </dev/null | sed -n '
		s/.*(choose \(.*\)).*/\1/
		t words
		d
		:words
		s/,//g
		s/ or / /
		p'
}

# What may stand behind an option: its tool, name, argument and words.
_push_values() {
	local tool=$1 option=$2 argument=$3 words=$4 cur=$5 name

	case ${tool##*/}:$option:$argument in
	pushd:*:NAME=VALUE)
		if [[ $cur == *=* ]]; then
			name=${cur%%=*}
			compgen -P "$name=" -W \
				"$(_push_setting_words "$tool" "$name")" \
				-- "${cur#*=}"
		else
			compgen -S = -W "$(_push_settings "$tool")" -- "$cur"
		fi ;;
	pushd:-l:*|pushd:--listen:*)
		[[ $cur == *,* ]] && compgen -P "${cur%,*}," -W \
			"$(_push_setting_words "$tool" tls | sed '
				s/[a-z][a-z]*/tls=&/g')
			legacy=on legacy=off legacy-tls=on legacy-tls=off" \
			-- "${cur##*,}" ;;
	*:DIR)	compgen -d -- "$cur" ;;
	*:COMMAND)
		compgen -c -- "$cur" ;;
	*:FILE*|*:PATH|*:SOCKET)
		compgen -f -- "$cur" ;;
	*)	compgen -W "$words" -- "$cur" ;;
	esac
}

# The commands of a tool that has some: "usage: TOOL [options] A | B NAME".
_push_commands() {
	"$1" --help 2>/dev/null </dev/null | awk '
		/^usage: / { on = 1 }
		/^$/ { on = 0 }
		on { usage = usage " " $0 }
		END {
			if (!sub(/.*\[options\]/, "", usage))
				exit
			n = split(usage, part, /\|/)
			for (i = 1; i <= n; i++) {
				split(part[i], word, " ")
				print word[1]
			}
		}'
}

_push_complete() {
	local tool=$1 line=${COMP_LINE:0:COMP_POINT} cur prev cut
	local option= value= before= argument= words= commands=
	local offered=()

	cur=${line##*[[:space:]]}
	line=${line%"$cur"}
	line=${line%"${line##*[![:space:]]}"}
	prev=${line##*[[:space:]]}
	# The part of the word that bash keeps by itself.
	cut=${cur%"${cur##*["$COMP_WORDBREAKS"]}"}

	if [[ $tool == pushd ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	fi
	if [[ $cur == --*=* ]]; then
		option=${cur%%=*} value=${cur#*=} before=$option=
	elif [[ $prev == -?* ]]; then
		option=$prev value=$cur before=
	fi
	if [[ -n $option ]]; then
		IFS=$'\t' read -r _ argument words < <(
			_push_options "$tool" | grep -m 1 -- "^$option"$'\t')
	fi
	# An optional argument stands in the option's own word or nowhere.
	if [[ -n $argument && ( -n $before || $argument != \[* ) ]]; then
		mapfile -t offered < <(_push_values "$tool" "$option" \
			"${argument#\[}" "$words" "$value")
		offered=("${offered[@]/#/$before}")
	elif [[ $cur == -* ]]; then
		mapfile -t offered < <(compgen -W \
			"$(_push_options "$tool" | cut -f1)" -- "$cur")
	elif commands=$(_push_commands "$tool") && [[ -n $commands ]]; then
		# One command, once.
		grep -qFx "$commands" <(printf '%s\n' $line) ||
			mapfile -t offered < <(compgen -W "$commands" \
				-- "$cur")
	else
		mapfile -t offered < <(compgen -f -- "$cur")
	fi
	COMPREPLY=("${offered[@]#"$cut"}")
	if [[ ${#offered[@]} -gt 0 && -e ${offered[0]} ]]; then
		compopt -o filenames 2>/dev/null
	elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _push_complete pushd pushsub pushsend pushusers pushctl
