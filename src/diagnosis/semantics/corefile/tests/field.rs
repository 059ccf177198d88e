//! Corefiles as distributions write them.

use std::time::Duration;

use super::*;

const KUBEADM: &str = ".:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
";

const K3S: &str = ".:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
";

const AKS: &str = r#".:53 {
    errors
    ready
    health {
      lameduck 5s
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
      ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import custom/*.override
    template ANY ANY internal.cloudapp.net {
      match "^(?:[^.]+\.){4,}internal\.cloudapp\.net\.$"
      rcode NXDOMAIN
      fallthrough
    }
    template ANY ANY reddog.microsoft.com {
      rcode NXDOMAIN
    }
}
import custom/*.server
"#;

const EKS: &str = ".:53 {
    errors
    health {
        lameduck 5s
      }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
";

const RKE2: &str = ".:53 {
    errors
    health  {
        lameduck 5s
    }
    ready
    kubernetes  cluster.local  cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus  0.0.0.0:9153
    forward  . /etc/resolv.conf
    cache  30
    loop
    reload
    loadbalance
}
";

const NODE_LOCAL: &str = "cluster.local:53 {
    errors
    cache {
            success 9984 30
            denial 9984 5
    }
    reload
    loop
    bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__
    forward . __PILLAR__CLUSTER__DNS__ {
            force_tcp
    }
    prometheus :9253
    health __PILLAR__LOCAL__DNS__:8080
    }
in-addr.arpa:53 {
    errors
    cache 30
    reload
    loop
    bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__
    forward . __PILLAR__CLUSTER__DNS__ {
            force_tcp
    }
    prometheus :9253
    }
.:53 {
    errors
    cache 30
    reload
    loop
    bind __PILLAR__LOCAL__DNS__ __PILLAR__DNS__SERVER__
    forward . __PILLAR__UPSTREAM__SERVERS__
    prometheus :9253
    }
";

const OPENSHIFT: &str = "# corp
corp.example:5353 lab.example:5353 {
    prometheus 127.0.0.1:9153
    forward . 10.0.0.53 10.0.1.53:5353 {
        policy random
    }
    errors
    log . {
        class error
    }
    bufsize 1232
    cache 900 {
        denial 9984 30
    }
}
.:5353 {
    bufsize 1232
    errors
    log . {
        class error
    }
    health {
        lameduck 20s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus 127.0.0.1:9153
    forward . /etc/resolv.conf {
        policy sequential
    }
    cache 900 {
        denial 9984 30
    }
    reload
}
hostname.bind:5353 {
    chaos
}
";

#[test]
fn kubeadm() {
    let corefile = read(KUBEADM);
    let kubernetes = "7:kubernetes cluster.local. in-addr.arpa. ip6.arpa.";
    for (name, expected) in [
        ("web.shop.svc.cluster.local", kubernetes.to_owned()),
        ("WEB.Shop.svc.Cluster.Local.", kubernetes.to_owned()),
        ("cluster.local", kubernetes.to_owned()),
        (
            "1.0.96.10.in-addr.arpa",
            format!("{kubernetes} > 13:forward /etc/resolv.conf"),
        ),
        ("example.com", "13:forward /etc/resolv.conf".to_owned()),
        ("mycluster.local", "13:forward /etc/resolv.conf".to_owned()),
    ] {
        assert_eq!(course(&corefile, name), expected, "{name}");
    }
    let block = corefile.block_for("a.b", 53).expect("a block");
    let told = block.kubernetes.as_ref().expect("kubernetes");
    assert_eq!((told.pods, told.ttl), (Pods::Insecure, 30));
    assert!(!told.passes("a.cluster.local") && told.passes("1.10.in-addr.arpa"));
    assert_eq!(block.forwards[0].max_concurrent, Some(1_000));
    let cache = block.cache.as_ref().expect("cache");
    let half = Some(Duration::from_secs(30));
    assert_eq!(
        (cache.success("a.com"), cache.denial("a.com")),
        (half, half)
    );
    assert_eq!(cache.success("a.cluster.local"), None);
    assert_eq!(cache.serve_stale, None);
    for plugin in ["loop", "errors", "ready", "health", "reload"] {
        assert!(block.has(plugin), "{plugin}");
    }
    for plugin in ["acl", "view", "autopath"] {
        assert!(!block.has(plugin), "{plugin}");
    }
    assert!(corefile.block_for("a.b", 5353).is_none());
    assert_eq!(on(&corefile, "a.b", 5353, Kind::A), "0:no block");
}

#[test]
fn lines_are_quoted_as_they_are_written() {
    let corefile = read(KUBEADM);
    let forward = corefile.blocks[0].directive("forward").expect("forward");
    assert_eq!(forward.words, [".", "/etc/resolv.conf"]);
    let lines: Vec<_> = forward.lines.iter().map(|l| (l.line, &*l.text)).collect();
    let expected = [
        (13, "forward . /etc/resolv.conf {"),
        (14, "max_concurrent 1000"),
        (15, "}"),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn k3s_without_its_files() {
    let corefile = read(K3S);
    let open = "22:Import? > 20:Import? >";
    let node = "9:File? >";
    assert_eq!(
        course(&corefile, "web.shop.svc.cluster.local"),
        format!("{open} {node} 5:kubernetes cluster.local. in-addr.arpa. ip6.arpa.")
    );
    assert_eq!(
        course(&corefile, "node-1"),
        format!("{open} {node} 15:forward /etc/resolv.conf")
    );
}

#[test]
fn k3s_with_its_files() {
    let around = |custom: &[(&str, &str)]| {
        let map = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            let all = all.iter();
            all.map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
                .collect()
        };
        let own = map(&[
            ("Corefile", K3S),
            ("NodeHosts", "192.0.2.7 node-1 # first\nfd00::7 node-1\n"),
        ]);
        let folders = [
            ("/etc/coredns".to_owned(), own),
            ("/etc/coredns/custom".to_owned(), map(custom)),
        ];
        let files = Files {
            folders: folders.into(),
        };
        let around = Around {
            home: HOME,
            files: &files,
            plugins: &[],
        };
        parse_with(K3S, around)
    };
    let corefile = around(&[]).expect("a Corefile");
    assert_eq!(course(&corefile, "Node-1."), "9:hosts [192.0.2.7]");
    assert_eq!(on(&corefile, "node-1", 53, Kind::Aaaa), "9:hosts [fd00::7]");
    assert_eq!(course(&corefile, "node-2"), "15:forward /etc/resolv.conf");
    let corefile = around(&[
        (
            "a.override",
            "log\nrewrite name web.test web.shop.svc.cluster.local\n",
        ),
        ("b.server", "corp.local:53 {\n  forward . 10.0.0.2\n}\n"),
        ("readme", "nothing { to read"),
    ]);
    let corefile = corefile.expect("a Corefile");
    assert!(course(&corefile, "web.test").starts_with("=web.shop.svc.cluster.local. 5:kubernetes"));
    assert_eq!(course(&corefile, "x.corp.local"), "2:forward 10.0.0.2");
    let block = corefile.block_for("corp.local", 53).expect("a block");
    let file = block.at.file.as_deref();
    assert_eq!(file, Some("/etc/coredns/custom/b.server"));
    // A second `hosts` in the custom part is what ends CoreDNS.
    let fault = around(&[(
        "a.override",
        "hosts {\n  192.0.2.1 a.test\n  fallthrough\n}\n",
    )]);
    let fault = fault.expect_err("a fault");
    assert_eq!((fault.at.line, fault.unknown), (1, None));
    assert!(fault.at.file.is_some() && fault.what.contains("only once"));
}

#[test]
fn aks() {
    let corefile = read_with(AKS, "/etc/coredns/custom", &[]).expect("a Corefile");
    for (name, expected) in [
        ("a.b.c.d.internal.cloudapp.net", "19:template NXDOMAIN"),
        ("a.internal.cloudapp.net", "13:forward /etc/resolv.conf"),
        ("x.reddog.microsoft.com", "24:template NXDOMAIN"),
        (
            "a.cluster.local",
            "7:kubernetes cluster.local. in-addr.arpa. ip6.arpa.",
        ),
    ] {
        assert_eq!(course(&corefile, name), expected, "{name}");
    }
}

#[test]
fn others_with_one_block() {
    for (text, line) in [(EKS, 12), (RKE2, 13)] {
        let corefile = read(text);
        let forward = format!("{line}:forward /etc/resolv.conf");
        assert_eq!(course(&corefile, "example.com"), forward);
        assert!(course(&corefile, "a.cluster.local").contains(":kubernetes cluster.local."));
    }
}

#[test]
fn node_local() {
    let corefile = read(NODE_LOCAL);
    for (name, expected) in [
        ("a.cluster.local", "10:forward __PILLAR__CLUSTER__DNS__"),
        ("1.10.in-addr.arpa", "22:forward __PILLAR__CLUSTER__DNS__"),
        ("example.com", "33:forward __PILLAR__UPSTREAM__SERVERS__"),
    ] {
        assert_eq!(course(&corefile, name), expected, "{name}");
    }
    let block = corefile.block_for("cluster.local", 53).expect("a block");
    let cache = block.cache.as_ref().expect("cache");
    let ttls = (cache.success.as_secs(), cache.denial.as_secs());
    assert_eq!(ttls, (30, 5));
    assert!(block.forwards[0].force_tcp);
}

#[test]
fn openshift() {
    let corefile = read(OPENSHIFT);
    for (name, expected) in [
        ("web.corp.example", "4:forward 10.0.0.53 10.0.1.53:5353"),
        ("lab.example", "4:forward 10.0.0.53 10.0.1.53:5353"),
        ("example.com", "31:forward /etc/resolv.conf"),
        ("hostname.bind", "39:nobody"),
    ] {
        assert_eq!(on(&corefile, name, 5353, Kind::A), expected, "{name}");
    }
    assert_eq!(course(&corefile, "example.com"), "0:no block");
    let block = corefile.block_for("a.lab.example", 5353).expect("a block");
    assert_eq!(block.zones(), ["corp.example.", "lab.example."]);
    let at = (block.at.line, &*block.at.text);
    assert_eq!(at, (2, "corp.example:5353 lab.example:5353 {"));
}
