# Sourced by build, up, down and run: where things live, and what the machine must have.
name=${HOPS_CLUSTER_NAME:-hops}                 # a second instance is a second name
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
run=/run/$name-cluster                          # everything of this instance, until `down`
hidden=(/run/containerd /var/lib/kubelet /var/lib/cni /var/log) # where the node writes whatever it is told; it gets its own
cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME}/.cache}/hops-cluster
bin=$cache/$(cat "$here"/{build,image.py} "$here"/{kubernetes,node}/go.{mod,sum} | sha256sum | cut -c1-16)

# require PROGRAM=PACKAGE ...: names everything that is missing, with its Debian package, and exits 2.
require() {
  local missing=() item
  [ "$(uname -s)" = Linux ] || missing+=("Linux (this is $(uname -s))")
  [ "$(id -u)" = 0 ] || missing+=("root (run it with sudo)")
  for item; do
    command -v "${item%%=*}" >/dev/null || [ -x "${item%%=*}" ] || missing+=("${item%%=*} (Debian package ${item#*=})")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "tests/cluster/$(basename "$0") needs:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 2
}
