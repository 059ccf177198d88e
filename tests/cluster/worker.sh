# Sourced by up and node2: what a Kubernetes node is made of. They set node, node_ip, subnet, home (its files) and where (its network).

inside() { nsenter -t "$init" --mount --pid "--net=/run/netns/$name-$where" "$@"; }
start() { step=$1; (inside setsid "${@:2}" > "$home/log/$1.log" 2>&1 < /dev/null &) }
kubectl() { KUBECONFIG=$run/kubeconfig KUBECACHEDIR=$run/kube-cache ip netns exec "$name-laptop" "$bin/kubectl" "$@"; }

# cable NETNS ADDRESS: a place on the internet, 198.51.100.0/24. The laptop is the switch, and everybody's default route:
# an address that nobody owns answers nothing.
cable() {
  ip link add eth0 netns "$name-$1" type veth peer name "$1" netns "$name-laptop"
  ip -n "$name-laptop" link set "$1" master eth0 up
  ip -n "$name-$1" addr add "$2/24" dev eth0
  ip -n "$name-$1" link set lo up; ip -n "$name-$1" link set eth0 up
  ip -n "$name-$1" route add default via $laptop_ip
}

# Everything of a node lives in one mount and one pid namespace: when its init dies, the kernel ends all of it.
begin_node() {
  setsid nsenter --net="/run/netns/$name-$where" unshare --mount --pid --fork --mount-proc "$here/init" "$home" > "$home/log/init.log" 2>&1 &
  echo $! > "$home/init.pid"
  for _ in $(seq 100); do [ -e "$home/init.ready" ] && break; sleep 0.05; done
  init=$(cat "/proc/$(cat "$home/init.pid")/task/"*/children); init=${init%% *}
}

certificate() { # NAME SUBJECT [EXTENSION]
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out "$1.crt" -extfile <(echo "${3:-extendedKeyUsage=clientAuth}") 2>/dev/null
}

kubeconfig() { # NAME SUBJECT: a client certificate and the file that uses it
  certificate "$1" "$2"
  cat > "$run/etc/$1.kubeconfig" <<C
apiVersion: v1
kind: Config
clusters: [{name: hops, cluster: {server: "https://$api_ip:6443", certificate-authority: $run/pki/ca.crt}}]
users: [{name: $1, user: {client-certificate: $run/pki/$1.crt, client-key: $run/pki/$1.key}}]
contexts: [{name: bench, context: {cluster: hops, user: $1}}]
current-context: bench
C
}

start_containerd() { # ARCHIVE...: with these images on their way; wait $images
  cat > "$home/etc/containerd.toml" <<C
version = 3
root = "$home/containerd/root"
state = "$home/containerd/state"
[grpc]
address = "$home/containerd.sock"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "hops.test/pause:1"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true        # without CAP_SYS_RESOURCE runc could not lower a score
netns_mounts_under_state_dir = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "$home/cni"
[plugins."io.containerd.nri.v1.nri"]
disable = true
C
  cat > "$home/cni/10-bridge.conflist" <<C
{"cniVersion": "1.0.0", "name": "hops", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$home/ipam", "ranges": [[{"subnet": "$subnet"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
C
  start containerd env "PATH=$bin:$PATH" "$bin/containerd" -c "$home/etc/containerd.toml"
  for _ in $(seq 200); do [ -S "$home/containerd.sock" ] && break; sleep 0.1; done
  step="images"; images=
  for archive; do inside "$bin/ctr" -a "$home/containerd.sock" -n k8s.io image import "$archive" > "$home/log/images.log" 2>&1 & images+=" $!"; done
}

start_kubelet() { # CGROUP: a kubelet removes every pod that it does not know below its own
  cat > "$home/etc/kubelet.yaml" <<C
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
cgroupRoot: /$1
failCgroupV1: false
failSwapOn: false
containerRuntimeEndpoint: unix://$home/containerd.sock
authentication: {anonymous: {enabled: false}, x509: {clientCAFile: $run/pki/ca.crt}, webhook: {enabled: true}}
authorization: {mode: Webhook}
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: $run/etc/resolv.conf
podLogsDir: $home/podlogs
volumePluginDir: $home/volume-plugins
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%", nodefs.inodesFree: "0%"}
C
  start kubelet "$bin/kubelet" --config="$home/etc/kubelet.yaml" --kubeconfig="$run/etc/$node.kubeconfig" --hostname-override=$node --node-ip=$node_ip --root-dir="$home/kubelet"
}

start_proxy() {
  cat > "$home/etc/proxy.yaml" <<C
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: 10.244.0.0/16
hostnameOverride: $node
clientConnection: {kubeconfig: $run/etc/proxy.kubeconfig}
# A change is in the rules at once, where up to a second would pass.
iptables: {minSyncPeriod: 100ms}
conntrack: {maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
C
  start proxy "$bin/kube-proxy" --config="$home/etc/proxy.yaml"
}

node_is_ready() {
  step="node $node"
  for _ in $(seq 240); do kubectl get node $node 2>/dev/null | grep -qw Ready && return; sleep 0.25; done
  return 1
}
