# Tab completion of canvas-progress for bash, from 3.2 on, with or without the package bash-completion.
# Written by `make completions` from tools/shells/bash; do not change it here.
# The program itself is run for profiles and the ids of jobs alone.

# Sets what may follow a command: `commands`, `options` with all names of one on a line, `arguments`, `many`.
_canvas_progress_command() {
    commands='' options='' arguments='' many=''
    case $1 in
        '')
            commands=$'show\nwatch\ncancel\nlist\nrecent\ndemo\nprofile\nsandbox'
            options=$'--profile -p\n--verbose -v\n--color\n--version\n--install-completion\n--show-completion\n--help -h'
            arguments='' many=''
            ;;
        'show')
            commands=$''
            options=$'--profile -p\n--course\n--account\n--since\n--output -o\n--json\n--exit-status\n--strict\n--verbose -v\n--color\n--help -h'
            arguments='@jobs' many='yes'
            ;;
        'watch')
            commands=$''
            options=$'--profile -p\n--course\n--account\n--latest\n--since\n--any\n--fail-fast\n--timeout\n--stall-timeout\n--give-up-after\n--exit-zero\n--strict\n--output -o\n--json\n--heartbeat\n--exec\n--notify\n--interval\n--verbose -v\n--color\n--help -h'
            arguments='@jobs' many='yes'
            ;;
        'cancel')
            commands=$''
            options=$'--profile -p\n--account\n--message -m\n--yes -y\n--dry-run\n--force\n--wait\n--timeout\n--output -o\n--json\n--verbose -v\n--color\n--help -h'
            arguments='@jobs' many='yes'
            ;;
        'list')
            commands=$''
            options=$'--profile -p\n--account\n--pending\n--limit -n\n--output -o\n--json\n--verbose -v\n--color\n--help -h'
            arguments='sis_import,report:,blueprint_sync:' many=''
            ;;
        'recent')
            commands=$''
            options=$'--profile -p\n--pending\n--refresh\n--tag\n--outcome\n--since\n--limit -n\n--forget\n--output -o\n--json\n--verbose -v\n--color\n--help -h'
            arguments='' many=''
            ;;
        'demo')
            commands=$''
            options=$'--verbose -v\n--color\n--help -h'
            arguments='' many=''
            ;;
        'profile')
            commands=$'add\nlist\nuse\ncheck\nremove'
            options=$'--help -h'
            arguments='' many=''
            ;;
        'profile add')
            commands=$''
            options=$'--url\n--token-stdin\n--token-env\n--token-command\n--store\n--allow-http\n--timeout\n--ca-bundle\n--proxy\n--check --no-check\n--lti\n--client-id\n--key-file\n--key-id\n--token-url\n--verbose -v\n--color\n--help -h'
            arguments='@stored' many=''
            ;;
        'profile list')
            commands=$''
            options=$'--profile -p\n--verbose -v\n--color\n--help -h'
            arguments='' many=''
            ;;
        'profile use')
            commands=$''
            options=$'--verbose -v\n--color\n--help -h'
            arguments='@stored' many=''
            ;;
        'profile check')
            commands=$''
            options=$'--profile -p\n--json\n--verbose -v\n--color\n--help -h'
            arguments='@profiles' many=''
            ;;
        'profile remove')
            commands=$''
            options=$'--verbose -v\n--color\n--help -h'
            arguments='@stored' many=''
            ;;
        'sandbox')
            commands=$'serve\nreset'
            options=$'--help -h'
            arguments='' many=''
            ;;
        'sandbox serve')
            commands=$''
            options=$'--port\n--token-env\n--verbose -v\n--color\n--help -h'
            arguments='' many=''
            ;;
        'sandbox reset')
            commands=$''
            options=$'--verbose -v\n--color\n--help -h'
            arguments='' many=''
            ;;
    esac
}

# Sets `values` to what the value of an option may be, one a line; to nothing for a flag.
_canvas_progress_values() {
    values=''
    case $1 in
        --profile | -p) values=$'@profiles' ;;
        --color) values=$'auto\nalways\nnever' ;;
        --course | --account | --since | --timeout | --stall-timeout | --give-up-after | --heartbeat | --interval | --message | -m | --limit | -n | --tag | --url | --token-env | --proxy | --client-id | --key-id | --token-url | --port) values=$'@text' ;;
        --output | -o) values=$'table\nplain\njson' ;;
        --latest) values=$'sis_import\nreport:\noutcome_import\nblueprint_sync:' ;;
        --exec | --token-command) values=$'@programs' ;;
        --outcome) values=$'queued\nrunning\nwaiting\ncompleted\nfailed\ncanceled\ngone\nunknown\nunread' ;;
        --store) values=$'keyring\nfile' ;;
        --ca-bundle | --key-file) values=$'@files' ;;
    esac
}

# Takes in the letters of short options such as -vp; the value of the last of them may follow, or be the rest.
_canvas_progress_letters() {
    local letters=${1#-}
    values=''
    while [[ -n $letters && -z $values ]]; do
        given+="-${letters:0:1} "
        _canvas_progress_values "-${letters:0:1}"
        letters=${letters:1}
    done
    [[ -z $letters ]] || _canvas_progress_value "$letters"
}

# Takes in the value of an option: that of `-p` decides what an id means.
_canvas_progress_value() {
    [[ $values != @profiles ]] || profile=${1//[\"\']/}
    values=''
}

# Sets `words` to those up to the cursor, and `typed` to how much of the last one bash takes for the word to complete:
# a colon or an equals sign is a word of its own to it.
_canvas_progress_words() {
    local number word before=''
    words=()
    for ((number = 1; number <= COMP_CWORD; number++)); do
        word=${COMP_WORDS[number]}
        if [[ $number -eq $COMP_CWORD && -z $word && ${COMP_LINE:0:${COMP_POINT:-0}} == *[[:blank:]] ]]; then
            before=''
        fi
        if [[ ${#words[@]} -gt 0 && ( -n $before || ( -n $word && -z ${word//[:=]/} ) ) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        before=''
        [[ -n ${word//[:=]/} ]] || before=$word
    done
    typed=${word//[:=]/}
    [[ -z $typed ]] || typed=$word
}

# Sets what comes before the word to complete: `command`, `given` options, the `profile` among them, `place` among the
# arguments, `ended` after a `--`, and `values` where an option waits for one.
_canvas_progress_read() {
    local word
    _canvas_progress_command ''
    for word in "$@"; do
        if [[ -n $values ]]; then
            _canvas_progress_value "$word"
            continue
        fi
        case $ended$word in
            --) ended=yes ;;
            --*=*)
                given+="${word%%=*} "
                _canvas_progress_values "${word%%=*}"
                _canvas_progress_value "${word#*=}"
                ;;
            --*) given+="$word " && _canvas_progress_values "$word" ;;
            -?*) _canvas_progress_letters "$word" ;;
            *)
                if [[ $'\n'$commands$'\n' == *$'\n'"$word"$'\n'* ]]; then
                    command=${command:+$command }$word given=' '
                    _canvas_progress_command "$command"
                else
                    place=$((place + 1))
                fi
                ;;
        esac
    done
}

# Sets `values` to the options that were not given yet.
_canvas_progress_options() {
    local names name
    while IFS= read -r names; do
        for name in $names; do
            [[ $given != *" $name "* ]] || continue 2
        done
        values+=${names// /$'\n'}$'\n'
    done <<< "$options"
}

# Sets `values` to what the argument at this place may be.
_canvas_progress_argument() {
    local number=0 may_be
    for may_be in $arguments; do
        if [[ $number -eq $place || ( -n $many && $number -lt $place ) ]]; then
            values=${may_be//,/$'\n'}
        fi
        number=$((number + 1))
    done
}

_canvas_progress_completion() {
    local IFS=$' \t\n'
    local words typed command='' given=' ' profile='' place=0 ended='' commands options arguments many values=''
    local current kept='' value before
    COMPREPLY=()
    compopt +o default 2> /dev/null # on: the names of files, where nothing else is offered
    _canvas_progress_words
    current=${words[${#words[@]} - 1]}
    before=${current%"$typed"}
    _canvas_progress_read "${words[@]:0:${#words[@]} - 1}"
    if [[ -n $values ]]; then
        :
    elif [[ -z $ended && $current == --*=* ]]; then
        kept=${current%%=*}=
        _canvas_progress_values "${current%%=*}"
        values=${values:-@text}
    elif [[ -z $ended && $current == -[!-]?* ]] && _canvas_progress_values "${current:0:2}" && [[ -n $values ]]; then
        kept=${current:0:2}
    elif [[ -z $ended && $current == -* ]]; then
        _canvas_progress_options
    elif [[ -n $commands ]]; then
        values=$commands
    else
        _canvas_progress_argument
    fi
    current=${current#"$kept"}
    current=${current#[\"\']}
    case $values in
        @files)
            compopt -o default 2> /dev/null
            return
            ;;
        @programs) values=$(compgen -c -- "$current") ;;
        @jobs | @profiles | @stored)
            values=$(
                export _CANVAS_PROGRESS_COMPLETE=${values#@} _CANVAS_PROGRESS_PROFILE=$profile
                "${1/#~\//$HOME/}" "$current" 2> /dev/null
            )
            ;;
        @text) return ;;
    esac
    while IFS=$'\t' read -r value _; do
        # One that is all typed and goes on is none to end with a space.
        if [[ -n $value && $value == "$current"* && ( $value != "$current" || $value != *: ) ]]; then
            value=$kept$value
            COMPREPLY+=("${value#"$before"}")
        fi
    done <<< "$values"
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *: ]]; then
        compopt -o nospace 2> /dev/null
    fi
}

complete -o default -F _canvas_progress_completion canvas-progress
