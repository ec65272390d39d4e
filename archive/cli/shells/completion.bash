# Completion of archive for bash: source <(archive completion bash)

_archive_completion() {
    local program=${COMP_WORDS[0]/#\~/$HOME} line=${COMP_LINE:0:COMP_POINT} answer value
    COMPREPLY=()
    while IFS= read -r answer; do
        value=${answer%%$'\t'*}
        [[ $value == *[:=] ]] && compopt -o nospace
        COMPREPLY+=("$(printf '%q' "$value")")
    done < <(COMP_WORDBREAKS=$COMP_WORDBREAKS "$program" completion answer "$line" 2>/dev/null)
}

complete -o default -o nosort -F _archive_completion archive
