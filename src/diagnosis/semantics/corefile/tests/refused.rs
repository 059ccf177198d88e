//! What CoreDNS does not start with.

use super::*;

/// The line of a fault, and the word it does not know.
fn fault(text: &str) -> (usize, Option<String>) {
    let fault = parse(text).map(|_| ()).expect_err(text);
    (fault.at.line, fault.unknown)
}

#[test]
fn by_the_grammar() {
    for (text, line) in [
        (".:53 {\n  errors\n", 2),
        (".:53 {\n  forward . 1.1.1.1 {\n    force_tcp\n", 3),
        (".:53 { errors }\n", 1),
        (".:53,\n{\n}\n", 2),
        (".:53,", 1),
        (".:53 {\n  import\n}\n", 2),
        (".:53 {\n  import a b\n}\n", 2),
        (".:53 {\n  import */*.conf\n}\n", 2),
        ("(a) {\n  errors\n", 2),
        ("(a)\nerrors\n", 2),
        ("(a) {\n}\n(a) {\n}\n", 3),
        ("(a) {\n  import a\n}\n. {\n  import a\n}\n", 3),
        (
            "(a) {\n  import b\n}\n(b) {\n  import a\n}\n. {\n  import a\n}\n",
            5,
        ),
        (":53 {\n}\n", 1),
        ("a: {\n}\n", 1),
        ("a..b {\n}\n", 1),
        (".:53 {\n}\n.:53 {\n}\n", 3),
        (". {\n}\ndns://.:53 {\n}\n", 3),
        ("a a {\n}\n", 1),
        ("Example.org {\n}\nexample.org. {\n}\n", 3),
        ("10.0.0.0/8 {\n}\n10.in-addr.arpa {\n}\n", 3),
        (". {\n  bind 10.0.0.1\n}\n. {\n}\n", 4),
        (
            ". {\n  bind 10.0.0.1\n}\n. {\n  bind 10.0.0.2 10.0.0.1\n}\n",
            4,
        ),
    ] {
        assert_eq!(fault(text), (line, None), "{text}");
    }
}

#[test]
fn nothing_is_wrong_with_these() {
    for text in [
        "",
        "# nothing\n",
        ".",
        ". {\n}\n",
        ".\n{\n}\n",
        ". {\n}\n}\n",
        "a b, c,\nd {\n}\n",
        ".:53\nerrors\nlog\n",
        // The last word happens to be a brace.
        ".:53 {\n  forward . 1.1.1.1 {\n    force_tcp\n  }\n",
        "cache.local {\n  cache { success 100 \n }\n}\n",
        ".:53 {\n}\n.:5353 {\n}\ntls://.:53 {\n}\n",
        ". {\n  bind 10.0.0.1\n}\n. {\n  bind 10.0.0.2\n}\n",
        ". {\n  view a {\n    expr true\n  }\n}\n. {\n}\n",
        ". {\n  import x.conf\n}\n. {\n}\n",
        "{$A} {\n  kubernetes\n}\n{$A} {\n}\n",
        ". {\n  forward . {$UPSTREAM} {\n    max_fails {$FAILS}\n  }\n}\n",
        ". {\n  {$PLUGIN} a b\n}\n",
        ". {\n  cache 30 {\n    import x.conf\n    nonsense {$A}\n  }\n}\n",
        ". {\n  rewrite {\n    name regex (.*)\\.a {1}.b\n    answer auto\n  }\n}\n",
        ". {\n  hosts {\n    no address\n    192.0.2.1 a\n    fallthrough\n  }\n}\n",
        ". {\n  template IN A a {\n    match \"[a[b]\"\n    answer \"{{ .Name }} 60 IN A 192.0.2.1\"\n  }\n}\n",
        "(common) {\n  errors\n  log\n}\na {\n  import common\n}\nb {\n  import common\n  cache\n}\n",
    ] {
        read(text);
    }
}

#[test]
fn by_a_word_that_is_not_known() {
    for (text, line, word) in [
        (". {\n  foward . 1.1.1.1\n}\n", 2, "foward"),
        (". {\n  proxy . 1.1.1.1\n}\n", 2, "proxy"),
        (". {\n}\n}\nb {\n}\n", 4, "b"),
        (
            ". {\n  kubernetes cluster.local {\n    upstream\n  }\n}\n",
            3,
            "upstream",
        ),
        (
            ". {\n  kubernetes cluster.local {\n    pod insecure\n  }\n}\n",
            3,
            "pod",
        ),
        (
            ". {\n  forward . 1.1.1.1 {\n    protocol dns\n  }\n}\n",
            3,
            "protocol",
        ),
        (". {\n  cache {\n    sucess 10\n  }\n}\n", 3, "sucess"),
        (
            ". {\n  hosts {\n    fallthrough\n    recheck 5s\n  }\n}\n",
            4,
            "recheck",
        ),
        (". {\n  health {\n    lame 5s\n  }\n}\n", 3, "lame"),
        (". {\n  template IN A {\n    answr x\n  }\n}\n", 3, "answr"),
        (". {\n  acl {\n    deny net *\n  }\n}\n", 3, "deny"),
    ] {
        assert_eq!(fault(text), (line, Some(word.to_owned())), "{text}");
    }
}

#[test]
fn by_a_plugin() {
    for (line, text) in [
        (2, "forward"),
        (2, "forward ."),
        (2, "forward . {\n max_fails 1\n }"),
        (3, "forward . 1.1.1.1 {\n max_fails\n }"),
        (3, "forward . 1.1.1.1 {\n max_fails -1\n }"),
        (3, "forward . 1.1.1.1 {\n policy best\n }"),
        (3, "forward . 1.1.1.1 {\n health_check 5\n }"),
        (3, "forward . 1.1.1.1 {\n force_tcp yes\n }"),
        (2, "forward . grpc://1.1.1.1"),
        (2, "forward . 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"),
        (2, "forward a..b 1.1.1.1"),
        (2, "kubernetes 10.0.0.0/8"),
        (3, "kubernetes a\n kubernetes b"),
        (3, "kubernetes a {\n pods\n }"),
        (3, "kubernetes a {\n pods some\n }"),
        (3, "kubernetes a {\n ttl 3601\n }"),
        (3, "kubernetes a {\n endpoint_pod_names yes\n }"),
        (3, "kubernetes a {\n ignore all\n }"),
        (5, "kubernetes a {\n namespaces a\n namespace_labels b\n }"),
        (4, "kubernetes a {\n multicluster b\n }"),
        (4, "hosts {\n fallthrough\n 192.0.2.1 a\n }"),
        (3, "hosts {\n ttl 0\n }"),
        (3, "hosts {\n reload\n }"),
        (2, "cache 0"),
        (3, "cache\n cache"),
        (3, "cache {\n success\n }"),
        (3, "cache {\n success 10 0\n }"),
        (3, "cache {\n serve_stale 1\n }"),
        (3, "cache {\n servfail 6m\n }"),
        (3, "cache {\n disable all\n }"),
        (4, "cache {\n serve_stale_policy prefer_positive\n }"),
        (2, "rewrite name"),
        (2, "rewrite host a b"),
        (2, "template IN"),
        (3, "template IN A {\n match\n }"),
        (3, "errors\n errors"),
        (2, "errors a b"),
        (2, "health a b"),
        (3, "loop\n loop"),
        (2, "loop a"),
        (2, "autopath"),
        (2, "bind"),
        (2, "file"),
        (3, "acl {\n block a\n }"),
        (3, "acl {\n block net\n }"),
        (3, "log . {\n class\n }"),
    ] {
        let text = format!("example.org {{\n {text}\n}}\n");
        assert_eq!(fault(&text), (line, None), "{text}");
    }
}

#[test]
fn the_first_plugin_in_coredns_s_order_tells_first() {
    let text = ". {\n  forward .\n  cache 0\n}\na {\n  errors a b\n}\n";
    assert_eq!(fault(text), (6, None));
}

#[test]
fn another_build_knows_more() {
    let text = ". {\n  ocp_dnsnameresolver\n  k8s_gateway example.org\n  forward . 1.1.1.1\n}\n";
    assert_eq!(fault(text), (2, Some("ocp_dnsnameresolver".to_owned())));
    let around = Around {
        home: HOME,
        files: &Files::default(),
        plugins: &["ocp_dnsnameresolver", "k8s_gateway"],
    };
    let corefile = parse_with(text, around).expect("a Corefile");
    assert_eq!(course(&corefile, "a.b"), "3:Plugin? > 4:forward 1.1.1.1");
}

#[test]
fn files_that_do_not_exist() {
    let text = "import custom/a.server\n. {\n}\n";
    let none = read_with(text, "/etc/coredns/custom", &[]).expect_err("a fault");
    assert_eq!(none.at.line, 1);
    assert_eq!(
        none.to_string(),
        "line 1: the file `custom/a.server` does not exist"
    );
    let other = read_with(text, "/elsewhere", &[]).expect("a Corefile");
    assert_eq!(other.unseen.len(), 1);
}
