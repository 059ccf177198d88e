//! The way of names through plugins.

use super::*;

/// The course of a name through one block for everything.
fn within(directives: &str, name: &str) -> String {
    course(&read(&format!(". {{\n{directives}\n}}\n")), name)
}

#[test]
fn the_longest_zone_wins() {
    let corefile = read(
        ". {\n forward . 1.1.1.1\n}\ncorp.local b {\n forward . 2.2.2.2\n}\neu.corp.local {\n}\n10.0.0.0/8 {\n forward . 3.3.3.3\n}\n",
    );
    for (name, expected) in [
        ("a.corp.local", "5:forward 2.2.2.2"),
        ("A.CORP.local.", "5:forward 2.2.2.2"),
        ("b", "5:forward 2.2.2.2"),
        ("notcorp.local", "2:forward 1.1.1.1"),
        ("x.eu.corp.local", "7:no plugin"),
        ("4.3.2.10.in-addr.arpa", "10:forward 3.3.3.3"),
        (".", "2:forward 1.1.1.1"),
    ] {
        assert_eq!(course(&corefile, name), expected, "{name}");
    }
}

#[test]
fn plugins_come_in_their_own_order() {
    // The text has them the other way round.
    let text = " forward . 1.1.1.1\n kubernetes cluster.local\n hosts {\n 192.0.2.1 a.cluster.local\n fallthrough\n }\n template IN A b.cluster.local {\n answer x\n }\n rewrite name c.test b.cluster.local";
    for (name, expected) in [
        ("a.cluster.local", "4:hosts [192.0.2.1]"),
        ("b.cluster.local", "8:template NOERROR"),
        ("c.test", "=b.cluster.local. 8:template NOERROR"),
        ("x.cluster.local", "3:kubernetes cluster.local."),
        ("x.test", "2:forward 1.1.1.1"),
    ] {
        assert_eq!(within(text, name), expected, "{name}");
    }
}

#[test]
fn nobody_takes_a_name() {
    for (text, expected) in [
        ("", "1:no plugin"),
        (" health\n reload\n bind 10.0.0.1", "1:no plugin"),
        (" errors", "1:nobody"),
        (" kubernetes cluster.local", "1:nobody"),
        (" forward corp.local 10.0.0.1", "1:nobody"),
        (" file db corp.local", "1:nobody"),
        // One word is a file, and no zone.
        (" hosts corp.local", "2:File?"),
    ] {
        assert_eq!(within(text, "a.test"), expected, "{text}");
    }
    assert_eq!(course(&read(""), "a"), "2:whoami");
    assert_eq!(course(&read("a {\n errors\n}\n"), "b"), "0:no block");
}

#[test]
fn fallthrough_is_for_some_zones() {
    let text = " kubernetes cluster.local in-addr.arpa {\n fallthrough in-addr.arpa b.cluster.local\n }\n forward . 1.1.1.1";
    for (name, passes) in [
        ("a.cluster.local", false),
        ("a.b.cluster.local", true),
        ("1.in-addr.arpa", true),
    ] {
        let found = within(text, name);
        assert_eq!(found.ends_with("> 5:forward 1.1.1.1"), passes, "{name}");
    }
    let all = within(
        " kubernetes cluster.local {\n fallthrough\n }",
        "a.cluster.local",
    );
    assert_eq!(all, "2:kubernetes cluster.local. > 1:nobody");
}

#[test]
fn several_forwards() {
    let text = " forward corp.local 10.1.1.1 {\n except lab.corp.local corp.local\n }\n forward . /etc/resolv.conf {\n next NXDOMAIN\n }\n forward . 9.9.9.9";
    for (name, expected) in [
        (
            "a.corp.local",
            "5:forward /etc/resolv.conf > 8:forward 9.9.9.9",
        ),
        ("corp.local", "2:forward 10.1.1.1"),
        (
            "example.com",
            "5:forward /etc/resolv.conf > 8:forward 9.9.9.9",
        ),
    ] {
        assert_eq!(within(text, name), expected, "{name}");
    }
}

#[test]
fn hosts_with_and_without_fallthrough() {
    let lines = " hosts /etc/hosts corp.local {\n 192.0.2.1 a.corp.local b.other\n fd00::1 a.corp.local c.corp.local\n 192.0.2.9 *.dev.corp.local\n";
    let closed = format!("{lines} }}\n forward . 1.1.1.1");
    let open = format!("{lines} fallthrough\n }}\n forward . 1.1.1.1");
    for (name, closed_as, open_as) in [
        ("A.corp.local", "2:hosts [192.0.2.1]", "2:hosts [192.0.2.1]"),
        ("c.corp.local", "2:hosts []", "2:hosts []"),
        ("x.corp.local", "2:failed", "8:forward 1.1.1.1"),
        ("b.other", "7:forward 1.1.1.1", "8:forward 1.1.1.1"),
        (
            "x.dev.corp.local",
            "2:Wildcard? > 2:hosts [192.0.2.9]",
            "2:Wildcard? > 2:hosts [192.0.2.9]",
        ),
    ] {
        assert_eq!(within(&closed, name), closed_as, "{name}");
        assert_eq!(within(&open, name), open_as, "{name}");
    }
}

#[test]
fn rules_of_rewrite() {
    let text = " rewrite stop {\n name regex (.*)\\.corp\\.test {1}.shop.svc.cluster.local\n answer name (.*)\\.shop\\.svc\\.cluster\\.local {1}.corp.test\n }\n rewrite continue name suffix .old.test .new.test\n rewrite name exact a.new.test b.test\n rewrite name regex [a[b]x c.test\n kubernetes cluster.local\n forward . 1.1.1.1";
    for (name, expected) in [
        (
            "web.corp.test",
            "=web.shop.svc.cluster.local. 9:kubernetes cluster.local.",
        ),
        ("a.old.test", "=a.new.test. =b.test. 10:forward 1.1.1.1"),
        ("c.old.test", "=c.new.test. 8:Pattern? > 10:forward 1.1.1.1"),
    ] {
        assert_eq!(within(text, name), expected, "{name}");
    }
    let corefile = read(&format!(". {{\n{text}\n}}\n"));
    let course = fate(&corefile, "a.old.test", 53, Kind::A);
    assert_eq!(course.name, "b.test.");
    let back: Vec<_> = course
        .rewritten
        .iter()
        .map(|r| (r.at.line, r.restores))
        .collect();
    assert_eq!(back, [(6, false), (7, true)]);
}

#[test]
fn other_rules_of_rewrite() {
    for (text, expected, touched) in [
        (" rewrite type AAAA A\n rewrite name a b", "=b. 1:nobody", 0),
        (
            " rewrite name regex ^a {1}{k/v} metadata",
            "2:Pattern? > 1:nobody",
            0,
        ),
        (
            " rewrite name regex ^b {k/v} metadata answer auto",
            "1:nobody",
            0,
        ),
        (" rewrite type A MX", "2:Rewrite? > 1:nobody", 0),
        (" rewrite class IN CH", "2:Rewrite? > 1:nobody", 0),
        (" rewrite ttl a 30\n rewrite name a b", "1:nobody", 0),
        (" rewrite ttl x 30\n rewrite name a b", "=b. 1:nobody", 0),
        (
            " rewrite continue rcode a NXDOMAIN NOERROR\n rewrite name a b",
            "=b. 1:nobody",
            1,
        ),
        (" rewrite cname a b\n rewrite name a b", "1:nobody", 1),
        (
            " rewrite edns0 local set 1 x\n rewrite name a b",
            "3:Rewrite? > 1:nobody",
            0,
        ),
        (
            " rewrite edns0 local set 1 x\n rewrite name c d",
            "1:nobody",
            0,
        ),
        (" rewrite name a b..c", "=b..c. 2:failed", 0),
    ] {
        let corefile = read(&format!(". {{\n{text}\n errors\n}}\n"));
        assert_eq!(course(&corefile, "a"), expected, "{text}");
        let course = fate(&corefile, "a", 53, Kind::A);
        assert_eq!(course.touched.len(), touched, "{text}");
    }
}

#[test]
fn templates() {
    let text = " template IN AAAA .\n template ANY ANY a.test {\n match ^x\\. ^y\\.\n rcode NXDOMAIN\n }\n template IN A b.test {\n expr \"true\"\n answer x\n fallthrough\n }\n template CH A c.test\n forward . 1.1.1.1";
    let corefile = read(&format!(". {{\n{text}\n}}\n"));
    for (name, expected) in [
        ("x.a.test", "3:template NXDOMAIN"),
        ("y.a.test", "3:template NXDOMAIN"),
        ("z.a.test", "3:failed"),
        ("b.test", "7:template NOERROR > 13:forward 1.1.1.1"),
        ("c.test", "13:forward 1.1.1.1"),
    ] {
        assert_eq!(course(&corefile, name), expected, "{name}");
    }
    assert_eq!(
        on(&corefile, "c.test", 53, Kind::Aaaa),
        "2:template NOERROR"
    );
}

#[test]
fn who_may_ask() {
    let forward = " forward . 1.1.1.1";
    for (text, expected) in [
        ("block type A net *", "3:block"),
        ("block type AAAA", "5:forward 1.1.1.1"),
        ("filter net 10.0.0.0/8", "3:filter > 5:forward 1.1.1.1"),
        ("drop", "3:drop"),
        ("allow\n drop", "6:forward 1.1.1.1"),
        ("allow net 10.0.0.0/8\n drop", "4:drop > 6:forward 1.1.1.1"),
    ] {
        let text = format!(" acl {{\n {text}\n }}\n{forward}");
        assert_eq!(within(&text, "a"), expected, "{text}");
    }
    // Which of the two names it sees depends on the version.
    let text = format!(" acl a {{\n block\n }}\n rewrite name a b\n{forward}");
    assert_eq!(within(&text, "a"), "=b. 3:block > 6:forward 1.1.1.1");
    let text = format!(" tsig {{\n require all\n }}\n{forward}");
    assert_eq!(within(&text, "a"), "3:Signature? > 5:forward 1.1.1.1");
}

#[test]
fn other_plugins() {
    let forward = " forward . 1.1.1.1";
    for (text, name, expected) in [
        ("file db a.test", "x.a.test", "2:file"),
        ("file db", "x", "2:file"),
        (
            "route53 a.test:Z1 {\n fallthrough\n }",
            "x.a.test",
            "2:route53 > 5:forward 1.1.1.1",
        ),
        ("azure group:a.test", "x.a.test", "2:azure"),
        ("auto a.test", "x.a.test", "2:auto > 3:forward 1.1.1.1"),
        ("k8s_external a.test", "b.test", "3:forward 1.1.1.1"),
        (
            "grpc a.test 10.0.0.1 {\n except b.a.test\n }",
            "a.test",
            "5:forward 1.1.1.1",
        ),
        ("erratic", "a.test", "3:forward 1.1.1.1"),
        ("dynupdate a.test", "x.a.test", "2:dynupdate"),
        ("local", "localhost", "2:local"),
        ("local", "x.localhost", "2:local"),
        ("local", "localhost.corp.test", "2:local"),
        (
            "local {\n localhost_prefix off\n }",
            "localhost.corp.test",
            "5:forward 1.1.1.1",
        ),
    ] {
        let found = within(&format!(" {text}\n{forward}"), name);
        assert_eq!(found, expected, "{text} {name}");
    }
}

#[test]
fn what_is_not_seen() {
    for (text, expected) in [
        (". {\n {$A}\n errors\n}\n", "2:Variable? > 1:nobody"),
        ("{$A} {\n}\n. {\n errors\n}\n", "1:Variable? > 3:nobody"),
        (". {\n forward . {$UP}\n}\n", "2:forward {$UP}"),
        (
            ". {\n forward {$ZONE} 1.1.1.1\n errors\n}\n",
            "2:Variable? > 1:nobody",
        ),
        (". {\n kubernetes {$DOMAIN}\n}\n", "2:Variable? > 1:nobody"),
        (
            ". {\n kubernetes cluster.local {\n import k8s.conf\n }\n}\n",
            "3:Import? > 1:nobody",
        ),
        (". {\n cache {$TTL}\n}\n", "1:nobody"),
        (". {\n view a {\n expr true\n }\n}\n. {\n}\n", "1:View?"),
        (
            ". {\n forward . 1.1.1.1\n}\na.test {\n bind 10.0.0.1\n errors\n}\n",
            "4:Bind?",
        ),
        (
            ". {\n bind 10.0.0.1\n errors\n}\n. {\n bind 10.0.0.2\n errors\n}\n",
            "1:Bind?",
        ),
    ] {
        let found = course(&read(text), "a.test");
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_touches_an_answer() {
    let corefile =
        read(". {\n autopath @kubernetes\n dns64\n kubernetes a.test {\n pods insecure\n }\n}\n");
    let lines = |kind| -> Vec<usize> {
        let course = fate(&corefile, "a.test", 53, kind);
        course.touched.iter().map(|at| at.line).collect()
    };
    assert_eq!(lines(Kind::A), [2]);
    assert_eq!(lines(Kind::Aaaa), [3, 2]);
    let unverified = corefile.blocks[0].autopath_unverified();
    assert_eq!(unverified.map(|d| d.at.line), Some(2));
    let fine = read(". {\n autopath @kubernetes\n kubernetes a.test {\n pods verified\n }\n}\n");
    assert_eq!(fine.blocks[0].autopath_unverified(), None);
}

#[test]
fn options_of_kubernetes() {
    let corefile = read(
        ". {\n kubernetes cluster.local {\n namespaces a b\n labels app in (x, y)\n endpoint_pod_names\n ignore empty_service\n noendpoints\n endpoint https://k8s:6443\n pods verified\n }\n cache {\n serve_stale\n }\n}\n",
    );
    let block = &corefile.blocks[0];
    let told = block.kubernetes.as_ref().expect("kubernetes");
    assert_eq!(told.namespaces, ["a", "b"]);
    assert_eq!(told.labels.as_deref(), Some("app in (x, y)"));
    assert_eq!(told.endpoint.as_deref(), Some("https://k8s:6443"));
    assert!(told.endpoint_pod_names && told.ignore_empty_service && told.noendpoints);
    assert_eq!((told.pods, told.ttl), (Pods::Verified, 5));
    let cache = block.cache.as_ref().expect("cache");
    assert_eq!(cache.serve_stale.map(|d| d.as_secs()), Some(3_600));
    assert_eq!(
        (cache.success.as_secs(), cache.denial.as_secs()),
        (3_600, 1_800)
    );
}
