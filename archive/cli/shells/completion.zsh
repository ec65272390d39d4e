#compdef archive
# Completion of archive for zsh: source <(archive completion zsh)

_archive() {
    local program=${words[1]/#\~/$HOME} answer value
    local -a values shown open open_shown
    while IFS= read -r answer; do
        value=${answer%%$'\t'*}
        if [[ $value == *[:=] ]]; then
            open+=("$value") open_shown+=("${answer/$'\t'/  -- }")
        else
            values+=("$value") shown+=("${answer/$'\t'/  -- }")
        fi
    done < <("$program" completion answer "${(j: :)words[1,CURRENT]}" 2>/dev/null)
    if (( ${#values} + ${#open} == 0 )); then
        _files
        return
    fi
    (( ${#values} )) && compadd -l -d shown -a values
    (( ${#open} )) && compadd -l -S '' -d open_shown -a open
    return 0
}

(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _archive archive
