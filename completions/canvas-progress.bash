_canvas_progress_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _CANVAS_PROGRESS_COMPLETE=complete_bash $1 ) )
    return 0
}

complete -o default -F _canvas_progress_completion canvas-progress
