# fish completion for kubectl-hops: put this file into ~/.config/fish/completions/.
# For `kubectl hops`, kubectl's own completion calls kubectl_complete-hops.

function __kubectl_hops_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l out ($words[1] __complete -- $words[2..-1] "$last" 2>/dev/null)
    or return
    set -l directive $out[-1]
    set -l candidates (string match -v -r '^:[0-9]+$' -- $out)
    if test "$directive" = ":0" -a (count $candidates) -eq 0
        __fish_complete_path "$last"
        return
    end
    printf '%s\n' $candidates
end

complete -c kubectl-hops -f -k -a '(__kubectl_hops_complete)'
