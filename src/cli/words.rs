//! What `--help` says in sentences.

/// How it is called.
pub(super) const USAGE: &str = "\
kubectl hops [OPTIONS] [TARGET]...
       kubectl hops [OPTIONS] COMMAND ...";

pub(super) const ABOUT: &str = "\
The traceroute of a Kubernetes request: hostname in, verdict out.

hops starts from the name that a user types and walks the way of the request: DNS, load balancer, controller, TLS, route, \
Service, endpoints, network policy, pod. At every hop it compares what the cluster says with what really happens, names the \
first hop that breaks and why, and prints the command that fixes it. It only reads: it never changes a cluster.";

pub(super) const AFTER_HELP: &str = "\
Examples:
  kubectl hops shop.example.com/cart              why does this not work?
  kubectl hops --check https://shop.example.com   the same, with an exit code for scripts
  kubectl hops --check --all -n shop -o junit     every host of a namespace, for CI
  kubectl hops -f manifests/ shop.example.com     before anything is applied
  kubectl hops svc/web -n shop                    the hosts of a Service (ingress/NAME, httproute/NAME: theirs)
  kubectl hops --from shop/frontend-7d9c web:8080 what this pod reaches when it calls that name
  kubectl hops --check --from shop/frontend-7d9c  every name that this pod is configured to call
  kubectl hops demo                               without a cluster
  kubectl hops explain tls-secret-missing         one pitfall in full

A host that is called like a command: kubectl hops -- demo

Exit codes:
  0  no finding at or above --fail-on
  1  findings
  2  hops could not do its job: usage, no such context, API server unreachable, unreadable file, no
     object in -f; or --timeout ended it before anything was found
  3  with --strict only: nothing found, but a hop on the path, or whose answer it is, is unknown
  130  Ctrl-C ended it; what is known is printed";

pub(super) const COMPARE_HELP: &str = "\
By the objects alone, unless --probe is given. Examples:
  kubectl hops compare shop.example.com
  kubectl hops compare shop.example.com -f manifests/ -o markdown
  kubectl hops compare shop.example.com --url 'GET https://shop.example.com/cart' --probe

Exit codes: 0 all answers are alike, 1 some differ, 2 it could not be compared, 3 with --strict: an answer is unknown";

pub(super) const DEMO_HELP: &str = "\
Examples:
  kubectl hops demo                 the shop when all is well
  kubectl hops demo --list          the ways in which it breaks, and how it moves to Gateway API
  kubectl hops demo two-ways-in     half migrated: an Ingress, and the Gateway beside it
  kubectl hops demo call            what the frontend reaches inside of the cluster
  kubectl hops demo compare         the requests that these two answer differently

On a terminal the screen opens; c shows another story there. compare prints, as kubectl hops compare does.";
