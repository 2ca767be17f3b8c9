#!/usr/bin/env bash
# The step `watch` of action.yml: watch $JOB for $TIMEOUT, write the outputs of the step, and exit as `watch` does.
set -euo pipefail

bin=$RUNNER_TEMP/canvas-progress/bin
unset CANVAS_PROGRESS_PROFILE CANVAS_PROGRESS_CONFIG # of the runner: they would go before the inputs

case $CANVAS_PROGRESS_TOKEN in
    *[!\ -~]*) echo "error: the token has characters that no token can have" >&2; exit 2 ;;
    ?*) echo "::add-mask::${CANVAS_PROGRESS_TOKEN//%/%25}" ;;
esac

# What a job says is printed, and may look like a command to the runner: it obeys none until this word comes.
word=$("$bin/python" -c 'import secrets; print(secrets.token_hex(16))')
events=$(mktemp "$RUNNER_TEMP/canvas-progress-XXXXXX")
trap 'rm -f "$events"; echo "::$word::"' EXIT
echo "::stop-commands::$word"

code=0
"$bin/canvas-progress" watch --json --timeout "$TIMEOUT" -- "$JOB" > "$events" < /dev/null || code=$?
"$bin/python" -I "${BASH_SOURCE[0]%/*}/action_outputs.py" < "$events" >> "$GITHUB_OUTPUT"
exit "$code"
