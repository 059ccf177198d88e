# Sourced by build, clients/build, up, down, node2 and run: where things live, and what the machine must have.
name=${HOPS_CLUSTER_NAME:-hops}                 # a second instance is a second name
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
api_ip=198.51.100.1 laptop_ip=198.51.100.10       # the addresses of the bench's internet, 198.51.100.0/24
run=/run/$name-cluster                          # everything of this instance, until `down`
hidden=(/run/containerd /var/lib/kubelet /var/lib/cni /var/log) # where the node writes whatever it is told; it gets its own
cache=${XDG_CACHE_HOME:-${HOME:?set HOME or XDG_CACHE_HOME}/.cache}/hops-cluster
bin=$cache/$(find "$here"/{build,image.py,kubernetes,node,nginx,envoy} -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16)
clients=$cache/clients-$(find "$here"/{clients,image.py} -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16)

# end_node HOME: its init is process 1 of its pid namespace; with it the kernel ends every process and mount of the node.
end_node() {
  local pid init
  pid=$(cat "$1/init.pid" 2>/dev/null) || return 0
  tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "/init $1" || return 0
  init=$(cat "/proc/$pid/task/"*/children)
  kill -KILL ${init:-$pid} 2>/dev/null
  for _ in $(seq 200); do kill -0 ${init:-$pid} 2>/dev/null || break; sleep 0.05; done
}

# remove_cgroup PATH: a cgroup is busy for a moment after its last process.
remove_cgroup() {
  local c
  for c in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    for _ in $(seq 50); do [ -d "$c/$1" ] || break; find "$c/$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1; done
  done
}

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
