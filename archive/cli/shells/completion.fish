# Completion of archive for fish: archive completion fish | source

function __archive_answer
    set -l answer (archive completion answer (commandline -cp) 2>/dev/null)
    if test (count $answer) -eq 0
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $answer
    end
end

complete -c archive -f -k -a '(__archive_answer)'
