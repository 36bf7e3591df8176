# Completion of pushd, pushsub, pushsend, pushusers and pushctl for bash.
#
# The options come from "TOOL --help" and the names of settings from
# "pushd -T" at the moment of completion: what is offered cannot differ from
# what the installed tool takes.
#
# "pushd" without a slash is the shell's own command and completes folders;
# the server is completed where it is named by its path.

# Options and their arguments, a line each: "-c FILE", "--wait [STATE]", "-v".
_push_options() {
	"$1" --help 2>/dev/null </dev/null | sed -n '
		/^  *-/!d
		s/^  *//
		s/  .*//
		s/\(-[a-z-]*\)\[=\{0,1\}/\1 [/
		/^-., --/{
			h
			s/, --[^ ]*//p
			g
			s/^-., //
		}
		p'
}

# The settings of the server, a name a line.
_push_settings() {
	"$1" -T 2>/dev/null </dev/null | sed -n 's/^\([a-z-]*\) =.*/\1/p' |
		sort -u
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

# What may stand behind an option whose argument is called $3.
_push_values() {
	local tool=$1 option=$2 argument=$3 cur=$4 name

	case ${tool##*/}:$option in
	pushd:-o|pushd:--option|pushd:--set)
		if [[ $cur == *=* ]]; then
			name=${cur%%=*}
			compgen -P "$name=" -W \
				"$(_push_setting_words "$tool" "$name")" \
				-- "${cur#*=}"
		else
			compgen -S = -W "$(_push_settings "$tool")" -- "$cur"
		fi
		return ;;
	pushd:-l|pushd:--listen)
		[[ $cur == *,* ]] && compgen -P "${cur%,*}," -W \
			"$(printf 'tls=%s ' $(_push_setting_words "$tool" tls))
			legacy=on legacy=off legacy-tls=on legacy-tls=off" \
			-- "${cur##*,}"
		return ;;
	*:-o|*:--output)
		compgen -W 'json text none' -- "$cur"
		return ;;
	pushsub:--ack)
		compgen -W 'auto manual none read' -- "$cur"
		return ;;
	*:--tls)
		compgen -W 'require optional direct off' -- "$cur"
		return ;;
	*:-D|*:--dir)
		compgen -d -- "$cur"
		return ;;
	*:-e)
		compgen -c -- "$cur"
		return ;;
	esac
	case $argument in
	*'|'*)	compgen -W "${argument//|/ }" -- "$cur" ;;
	DIR)	compgen -d -- "$cur" ;;
	FILE*|PATH*|SOCKET)
		compgen -f -- "$cur" ;;
	esac
}

_push_commands() {
	case ${1##*/} in
	pushusers)
		echo list show add del passwd disable enable import export ;;
	pushctl)
		echo status sessions events metrics reload drain kick log \
			backup check ;;
	esac
}

_push_complete() {
	local tool=$1 line=${COMP_LINE:0:COMP_POINT} cur prev option cut
	local argument= offered=()

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
		option=${cur%%=*}
	elif [[ $prev == -?* ]]; then
		option=$prev
	fi
	if [[ -n $option ]]; then
		argument=$(_push_options "$tool" |
			awk -v o="$option" '$1 == o { print $2; exit }')
	fi
	if [[ $cur == --*=* ]]; then
		argument=${argument//[\[\]]/}
		mapfile -t offered < <(_push_values "$tool" "$option" \
			"$argument" "${cur#*=}")
		offered=("${offered[@]/#/$option=}")
	elif [[ -n $argument && $argument != \[* ]]; then
		mapfile -t offered < <(_push_values "$tool" "$option" \
			"$argument" "$cur")
	elif [[ $cur == -* ]]; then
		mapfile -t offered < <(compgen -W \
			"$(_push_options "$tool" | cut -d' ' -f1)" -- "$cur")
	elif [[ -n $(_push_commands "$tool") ]]; then
		mapfile -t offered < <(compgen -W \
			"$(_push_commands "$tool")" -- "$cur")
	else
		mapfile -t offered < <(compgen -f -- "$cur")
	fi
	COMPREPLY=("${offered[@]#"$cut"}")
	if [[ -e ${offered[0]} ]]; then
		compopt -o filenames 2>/dev/null
	elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _push_complete pushd pushsub pushsend pushusers pushctl
