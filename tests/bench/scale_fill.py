#!/usr/bin/env python3
"""Fills the control plane of `tests/bench/scale` with hosts: an Ingress, a Service and an EndpointSlice each, in 200 namespaces,
written as their authors write them. `scale_fill.py RUN SERVER HOSTS` adds what is missing of HOSTS, with the keys in the folder RUN of
the cluster; with `--pods` each Service selects pods."""
import argparse, http.client, json, multiprocessing, ssl, sys, time, urllib.parse

NAMESPACES, WORKERS = 200, 6
ADDRESS = "203.0.113.80"  # where the controller is reached


def host(i): return f"web-{i:05}.example.com"
def namespace(i): return f"team-{i % NAMESPACES:03}"
def has_tls(i): return i % 5 == 0


def fault(i):
    """One host in a hundred is broken, in turn in each of three ways."""
    return {50: "no Service", 150: "no ready endpoint", 250: "no such port"}.get(i % 300)


class Api:
    """One kept connection as the cluster's admin."""

    def __init__(self, options):
        context = ssl.create_default_context(cafile=f"{options.run}/pki/ca.crt")
        context.load_cert_chain(f"{options.run}/pki/admin.crt", f"{options.run}/pki/admin.key")
        self.connection = http.client.HTTPSConnection(options.server, context=context)

    def send(self, method, path, body=None, manager="", media="application/json"):
        path += f"{'&' if '?' in path else '?'}fieldManager={urllib.parse.quote(manager)}" if manager else ""
        self.connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": media})
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300 and not (method == "POST" and response.status == 409):
            sys.exit(f"{method} {path}: {response.status} {answer.get('message')}")
        return answer

    def create(self, group, ns, plural, body, manager="kubectl"):
        prefix = f"/apis/{group}" if "/" in group else f"/api/{group}"
        path = f"{prefix}/namespaces/{ns}/{plural}" if ns else f"{prefix}/{plural}"
        made = self.send("POST", path, {"apiVersion": group, **body}, manager)
        return path + "/" + body["metadata"].get("name", ""), made

    def status(self, path, status, manager):
        self.send("PATCH", path + "/status", {"status": status}, manager, "application/merge-patch+json")


def metadata(i, kind, group, spec, annotations=None):
    """As `kubectl apply` sends it, of what a chart rendered."""
    name, ns = f"web-{i:05}", namespace(i)
    meta = {"name": name, "namespace": ns,
            "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name,
                       "app.kubernetes.io/part-of": "web", "app.kubernetes.io/version": "1.4.2",
                       "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "web-0.9.1"},
            "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": ns, **(annotations or {})}}
    last = json.dumps({"apiVersion": group, "kind": kind, "metadata": meta, "spec": spec}, separators=(",", ":"))
    return {**meta, "annotations": {**meta["annotations"], "kubectl.kubernetes.io/last-applied-configuration": last}}


def ingress(i):
    port = {"number": 8081} if fault(i) == "no such port" else {"name": "http"}
    backend = {"service": {"name": f"web-{i:05}", "port": port}}
    paths = [{"path": path, "pathType": "Prefix", "backend": backend} for path in (["/api", "/"] if i % 3 == 0 else ["/"])]
    spec = {"ingressClassName": "traefik", "rules": [{"host": host(i), "http": {"paths": paths}}]}
    annotations = {"external-dns.alpha.kubernetes.io/ttl": "60"}
    if has_tls(i):
        spec["tls"] = [{"hosts": [host(i)], "secretName": f"web-{i:05}-tls"}]
        annotations["cert-manager.io/cluster-issuer"] = "letsencrypt"
    return {"metadata": metadata(i, "Ingress", "networking.k8s.io/v1", spec, annotations), "spec": spec}


def service(i, pods):
    spec = {"ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
                      {"name": "metrics", "port": 9090, "targetPort": 9090, "protocol": "TCP"}]}
    if pods:
        spec["selector"] = {"app.kubernetes.io/name": f"web-{i:05}"}
    # To find a free address takes an API server the longer the more it gave away: half a second with 6,000.
    return {"metadata": metadata(i, "Service", "v1", spec), "spec": {**spec, "clusterIP": f"10.96.{16 + i // 250}.{i % 250 + 1}"}}


def address(i, replica): return f"10.244.{(2 * i + replica) // 250}.{(2 * i + replica) % 250 + 1}"
def replicas(i): return range(1 + i % 2)


def endpoint_slice(i, owner, pods):
    name, ns, ready = f"web-{i:05}", namespace(i), fault(i) != "no ready endpoint"

    def endpoint(r):
        pod = {"targetRef": {"kind": "Pod", "name": f"{name}-{r}", "namespace": ns}} if pods else {}
        conditions = {"ready": ready, "serving": ready, "terminating": False}
        return {"addresses": [address(i, r)], "conditions": conditions, "nodeName": f"node-{i % 40}", **pod}
    labels = {"kubernetes.io/service-name": name, "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "Helm",
              "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    owners = [{"apiVersion": "v1", "kind": "Service", "name": name, "uid": owner, "controller": True, "blockOwnerDeletion": True}]
    return {"metadata": {"name": f"{name}-x7k2p", "namespace": ns, "labels": labels, "ownerReferences": owners,
                         "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z"}},
            "addressType": "IPv4", "endpoints": [endpoint(r) for r in replicas(i)],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}, {"name": "metrics", "port": 9090, "protocol": "TCP"}]}


def create_pod(api, ns, name, labels, container, ip, ready):
    now, state = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "True" if ready else "False"
    probe = {"httpGet": {"path": "/", "port": container["ports"][0]["name"]}}
    body = {"metadata": {"name": name, "labels": labels}, "spec": {"containers": [{"readinessProbe": probe, **container}]}}
    path, _ = api.create("v1", ns, "pods", body, "kube-controller-manager")
    conditions = {"Initialized": "True", "ContainersReady": state, "Ready": state, "PodScheduled": "True"}
    ran = {"name": container["name"], "image": container["image"], "imageID": container["image"], "ready": ready,
           "started": True, "restartCount": 0, "state": {"running": {"startedAt": now}}}
    api.status(path, {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "hostIP": "198.51.100.1", "startTime": now,
                      "conditions": [{"type": t, "status": s, "lastTransitionTime": now} for t, s in conditions.items()],
                      "containerStatuses": [ran]}, "kubelet")


def create_host(api, i, options):
    name, ns, ready = f"web-{i:05}", namespace(i), fault(i) != "no ready endpoint"
    if has_tls(i):
        pair = {f"tls.{what}": open(f"{options.run}/web/web.{what}").read() for what in ("crt", "key")}
        secret = {"metadata": {"name": f"{name}-tls"}, "type": "kubernetes.io/tls", "stringData": pair}
        api.create("v1", ns, "secrets", secret, "cert-manager")
    path, _ = api.create("networking.k8s.io/v1", ns, "ingresses", ingress(i), "kubectl-client-side-apply")
    api.status(path, {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}, "traefik")
    if fault(i) == "no Service":
        return
    _, made = api.create("v1", ns, "services", service(i, options.pods), "kubectl-client-side-apply")
    owner = made["metadata"].get("uid", "-")
    api.create("discovery.k8s.io/v1", ns, "endpointslices", endpoint_slice(i, owner, options.pods), "kube-controller-manager")
    if options.pods:
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/version": "1.4.2", "pod-template-hash": "6d4cf56db6"}
        container = {"name": "web", "image": "registry.example.com/web:1.4.2",
                     "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
                     "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}}
        for r in replicas(i):
            create_pod(api, ns, f"{name}-{r}", labels, container, address(i, r), ready)


def create_controller(api):
    """Traefik, as far as objects tell of it; `tests/bench/scale` runs the real one beside them."""
    ns, labels, controllers = "traefik", {"app.kubernetes.io/name": "traefik"}, "kube-controller-manager"
    api.create("v1", None, "namespaces", {"metadata": {"name": ns}})
    api.create("v1", ns, "serviceaccounts", {"metadata": {"name": "default"}}, controllers)
    class_spec = {"controller": "traefik.io/ingress-controller"}
    api.create("networking.k8s.io/v1", None, "ingressclasses", {"metadata": {"name": "traefik"}, "spec": class_spec})
    container = {"name": "traefik", "image": "traefik:v3.7.15",
                 "ports": [{"name": "web", "containerPort": 80}, {"name": "websecure", "containerPort": 443}],
                 "args": ["--entrypoints.web.address=:80", "--entrypoints.websecure.address=:443",
                          "--entrypoints.websecure.http.tls=true", "--providers.kubernetesingress",
                          f"--providers.kubernetesingress.ingressendpoint.ip={ADDRESS}", "--ping"]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    path, _ = api.create("apps/v1", ns, "deployments", {"metadata": {"name": "traefik", "labels": labels}, "spec": spec})
    ready = {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    api.status(path, {"observedGeneration": 1, **ready}, controllers)
    create_pod(api, ns, "traefik-0", labels, container, "198.51.100.1", True)
    ports = [{"name": "web", "port": 80, "targetPort": "web"}, {"name": "websecure", "port": 443, "targetPort": "websecure"}]
    spec = {"type": "LoadBalancer", "clusterIP": "10.96.0.80", "selector": labels, "ports": ports}
    path, _ = api.create("v1", ns, "services", {"metadata": {"name": "traefik"}, "spec": spec})
    api.status(path, {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}}, "cloud-controller-manager")
    pod = {"kind": "Pod", "name": "traefik-0", "namespace": ns}
    leads = {"addressType": "IPv4", "ports": [{"name": "web", "port": 80}, {"name": "websecure", "port": 443}],
             "endpoints": [{"addresses": ["198.51.100.1"], "conditions": {"ready": True}, "targetRef": pod}]}
    named = {"name": "traefik-x7k2p", "labels": {"kubernetes.io/service-name": "traefik"}}
    api.create("discovery.k8s.io/v1", ns, "endpointslices", {"metadata": named, **leads}, controllers)


def work(options, begin, first):
    api = Api(options)
    for i in range(begin + first, options.hosts, WORKERS):
        create_host(api, i, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("server")
    parser.add_argument("hosts", type=int)
    parser.add_argument("--pods", action="store_true")
    options, since = parser.parse_args(), time.monotonic()
    api = Api(options)
    found = api.send("GET", "/apis/networking.k8s.io/v1/ingresses?limit=1")
    there = len(found["items"]) + found["metadata"].get("remainingItemCount", 0)
    if there > options.hosts:
        sys.exit(f"the cluster has {there} hosts already, more than {options.hosts}: end it with tests/cluster/down")
    if there == options.hosts:
        return
    if there == 0:
        create_controller(api)
        for n in range(NAMESPACES):
            api.create("v1", None, "namespaces", {"metadata": {"name": namespace(n)}})
            api.create("v1", namespace(n), "serviceaccounts", {"metadata": {"name": "default"}}, "kube-controller-manager")
    workers = [multiprocessing.Process(target=work, args=(options, there, first)) for first in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit("the cluster could not be filled")
    print(f"{options.hosts - there} hosts added in {time.monotonic() - since:.0f} s", file=sys.stderr)


main()
