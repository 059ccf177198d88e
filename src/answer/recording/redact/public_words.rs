//! Words and domains that everybody uses: they identify nobody, and verdicts hang on some of them.

use crate::facts::config::KEYS;

/// Words that are never replaced.
const WORDS: &str = "
    http https tcp udp sctp grpc h2 h2c ws wss tls ssl dns ip url uri tcp4 tcp6 icmp quic
    com org net io dev example invalid test local localhost internal cluster svc arpa addr in
    kubernetes k8s kube networking discovery system public node nodes lease pod pods namespace namespaces name names metadata spec status
    service services endpoint endpoints endpointslice endpointslices ingress ingresses ingressclass class deployment deployments
    deploy sts ds po daemonset daemonsets replicaset replicasets statefulset statefulsets networkpolicy networkpolicies secret secrets event events
    gateway route controller controllers admission webhook operator manager managed by part of component instance version
    template hash generation revision index topology region zone hostname arch os linux amd64 arm64 beta alpha stable
    default fake certificate certificates cert certs crt key ca tls1 app apps application web websecure www api proxy server
    serving port ports host hosts path paths entrypoint entrypoints router routers middleware middlewares provider providers
    kubernetesingress kubernetesingressnginx kubernetescrd kubernetesgateway ingressclassname allowemptyservices
    strictprefixmatching publishedservice address http3 tlsoptions domains main sans redirections
    ping dashboard metrics prometheus health healthz ready readyz live livez log level accesslog debug info error true false none
    rke2 traefik containous containo us nginx nginxinc ic plus kubernetesnginx haproxy haproxytech jcmoraisjr github haproxyingress
    gateways gatewayclass gatewayclasses httproute httproutes grpcroute grpcroutes tlsroute tlsroutes referencegrant listener listeners
    listenerset listenersets owning envoyproxy distroless kgateway agentgateway fabric exact pathprefix prefix regularexpression all same
    selector terminate passthrough
    envoy contour projectcontour istio cilium kong konghq aws eks alb nlb elb awselb amazonaws elasticloadbalancing cloudfront
    awsglobalaccelerator load balancer loadbalancer gce gcp google googleapis azure microsoft cloud cloudapp windows
    cloudflare metallb
    coredns kubelet kubectl apiserver scheduler etcd containerd docker registry gcr ghcr quay library mirror
    election id watch without annotation annotations rewrite target regex canary use backends backend map frontend internal external
    public private regional global production staging letsencrypt encrypt let acme0 r3 r10 r11 r12 r13 e5 e6 e7 e8
    token access root serviceaccount
    configz ndots timeout attempts rotate single request reopen kubeletconfig clusterdns clusterdomain
    authorization cookie always never
    in notin exists hops and or not to the for with from
    bin usr local etc var run tmp sh bash entry start no listen bind
    conf config configmap yaml json
    phase type involvedobject uid fieldpath kind nodename
    hidden
";

/// Domains (of label keys, annotation keys, controllers) that belong to Kubernetes or to a known controller.
const DOMAINS: &[&str] = &[
    "kubernetes.io",
    "k8s.io",
    "traefik.io",
    "traefik.containo.us",
    "nginx.org",
    "nginx.com",
    "haproxy.org",
    "haproxy.com",
    "haproxy-ingress.github.io",
    "konghq.com",
    "projectcontour.io",
    "istio.io",
    "envoyproxy.io",
    "kgateway.dev",
    "cilium.io",
    "cert-manager.io",
    "amazonaws.com",
    "k8s.aws",
    "cloud.google.com",
    "gke.io",
    "azure.com",
    "metallb.io",
    "metallb.universe.tf",
    "hetzner.cloud",
    "openstack.org",
];

/// Whether a word stays, whatever it names.
pub(super) fn is_known_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let version = word
        .strip_prefix('v')
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    version || WORDS.split_ascii_whitespace().any(|known| known == word)
}

/// Whether the key of a label or annotation belongs to Kubernetes, to a known controller, or to hops.
pub(super) fn is_known_key(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else {
        return matches!(key, "tls.crt" | "tls.key" | "ca.crt") || KEYS.contains(&key);
    };
    domain == "hops"
        || DOMAINS.iter().any(|known| {
            domain
                .strip_suffix(known)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}
