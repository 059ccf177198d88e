# bash completion for kubectl-hops. Load it with: source <(kubectl-hops completion bash)
# For `kubectl hops`, kubectl's own completion calls kubectl_complete-hops.

_kubectl_hops() {
    local line words last out directive candidate cut
    # The line up to the cursor, split at blanks alone: COMP_WORDS is split at ':' and '=' too.
    line=${COMP_LINE:0:COMP_POINT}
    read -r -a words <<<"$line"
    last=${words[${#words[@]} - 1]}
    if [[ $line == *[[:blank:]] ]]; then
        last=
        words+=("")
    fi
    COMPREPLY=()
    out=$("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null) || return 0
    directive=${out##*$'\n'}
    # What stands before the last ':' or '=' is a word of its own to bash: it must not be in the candidates.
    cut=
    if [[ $last == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]]; then
        cut=${last%"${last##*[:=]}"}
    fi
    while IFS=$'\t' read -r candidate _; do
        [[ $candidate == :[0-9]* || -z $candidate ]] && continue
        COMPREPLY+=("${candidate#"$cut"}")
    done <<<"$out"
    if [[ $directive == :0 && ${#COMPREPLY[@]} -eq 0 ]]; then
        while IFS= read -r candidate; do
            COMPREPLY+=("$candidate")
        done < <(compgen -f -- "${last##*=}")
        compopt -o filenames 2>/dev/null
    fi
    return 0
}

complete -F _kubectl_hops kubectl-hops
