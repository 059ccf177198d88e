#compdef kubectl-hops
# zsh completion for kubectl-hops: put this file into a directory of $fpath as _kubectl-hops, or source it after compinit.
# For `kubectl hops`, kubectl's own completion calls kubectl_complete-hops.

_kubectl-hops() {
    local out directive line value
    local -a given candidates
    given=("${(@)words[2,CURRENT]}")
    out=$("${words[1]}" __complete -- "${(@)given}" 2>/dev/null) || return 1
    directive=${out##*$'\n'}
    for line in "${(@f)out}"; do
        [[ $line == :<-> || -z $line ]] && continue
        # _describe parts value and description by a colon.
        value=${line%%$'\t'*}
        if [[ $line == *$'\t'* ]]; then
            candidates+=("${value//:/\\:}:${line#*$'\t'}")
        else
            candidates+=("${value//:/\\:}")
        fi
    done
    if [[ $directive == :0 && ${#candidates} -eq 0 ]]; then
        _files
        return
    fi
    _describe -V 'kubectl-hops' candidates
}

if [[ $funcstack[1] == _kubectl-hops ]]; then
    _kubectl-hops "$@"
elif (( $+functions[compdef] )); then
    compdef _kubectl-hops kubectl-hops
fi
