#!/usr/bin/env bash
# The steps of action.yml: `action.sh install` and `action.sh watch`. The latter watches $JOB for $TIMEOUT, writes the
# outputs of the step, and exits as `watch` does.
#
# The working directory is a checked-out repository, of which anybody may be the author: Python is always called with -I,
# or it would import what lies there. Variables of the job say neither what is imported nor which Canvas is meant.
set -euo pipefail

environment=$RUNNER_TEMP/canvas-progress
# What Python starts in turn, such as pip's own processes, has no -I.
unset ${!PYTHON@} ${!CANVAS_@} ${!_CANVAS_@}

fail() {
    echo "error: $1" >&2
    exit 2
}

has_text() {
    [[ $1 == *[![:space:]]* ]]
}

check_url() {
    has_text "$URL" || fail "the input \`url\` is empty"
}

# What an input is set to can be empty though GitHub calls it required.
no_token() {
    fail "the input \`token\` is empty: the secret is not set, or not for this workflow (as for pull requests from forks)"
}

# Leave pip the variables that say where packages are and how to get there; others would install more, or elsewhere.
keep_sources_of_pip() {
    local name
    for name in ${!PIP_@}; do
        case ${name#PIP_} in
            INDEX_URL | EXTRA_INDEX_URL | NO_INDEX | FIND_LINKS | TRUSTED_HOST | KEYRING_PROVIDER) ;;
            CONFIG_FILE | PROXY | CERT | CLIENT_CERT | RETRIES | DEFAULT_TIMEOUT | CACHE_DIR | NO_CACHE_DIR) ;;
            *) unset "$name" ;;
        esac
    done
}

pip_install() {
    python3 -I -m pip --python "$environment" --disable-pip-version-check --quiet install "$@"
}

install() {
    check_url
    [[ $HAS_TOKEN == true ]] || no_token
    keep_sources_of_pip
    python3 -I -m venv --clear --without-pip "$environment"
    pip_install --require-hashes -r "$GITHUB_ACTION_PATH/requirements/install.txt"
    pip_install --no-deps --no-build-isolation "$GITHUB_ACTION_PATH"
}

python() {
    "$environment/bin/python" -I "$@"
}

mask_token() {
    case $TOKEN in
        *[!\ -~]*) fail "the token has characters that no token can have" ;;
        *) echo "::add-mask::${TOKEN//%/%25}" ;;
    esac
}

# Only the command itself gets the token. It knows no profile and no job of the runner. It takes the place of this shell.
become_command() {
    CANVAS_PROGRESS_URL=$URL CANVAS_PROGRESS_TOKEN=$TOKEN CANVAS_PROGRESS_CONFIG=/dev/null CANVAS_PROGRESS_NO_HISTORY=1 \
        exec "$environment/bin/python" -I "$environment/bin/canvas-progress" "$@"
}

# Who cancels a job of a runner may signal this shell alone.
command=
signal=
pass_on() {
    signal=$1
    [[ -z $command ]] || kill -s "$signal" "$command" 2> /dev/null || true
}

# Wait for the command to its end: each signal ends a `wait` before that.
wait_for_command() {
    while true; do
        signal=
        code=0
        wait "$command" || code=$?
        [[ -n $signal ]] || return 0
    done
}

watch() {
    export -n TOKEN
    check_url
    has_text "$TOKEN" || no_token
    mask_token

    # What a job says is printed, and may look like a command to the runner: it obeys none until this word comes.
    word=$(python -c 'import secrets; print(secrets.token_hex(16))')
    events=$(mktemp "$RUNNER_TEMP/canvas-progress-XXXXXX")
    trap 'rm -f "$events"; echo "::$word::"' EXIT
    echo "::stop-commands::$word"

    local name
    for name in INT TERM HUP; do
        trap "pass_on $name" "$name"
    done
    set -m # else what runs in the background ignores SIGINT
    become_command watch --json --timeout "$TIMEOUT" -- "$JOB" > "$events" < /dev/null &
    command=$!
    set +m
    [[ -z $signal ]] || pass_on "$signal"
    wait_for_command
    python "$GITHUB_ACTION_PATH/tools/action_outputs.py" < "$events" >> "$GITHUB_OUTPUT"
    exit "$code"
}

"$1"
