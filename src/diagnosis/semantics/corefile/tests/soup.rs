//! Soups of words: nothing panics, and every step of a course but the last passes the name on.

use super::*;

const WORDS: &[&str] = &[
    ".",
    ".:53",
    "a.test",
    "b.a.test:53",
    "10.0.0.0/9",
    "fd00::/30",
    "{",
    "}",
    "{",
    "}",
    "\n",
    "\n",
    "\n",
    "\n",
    " ",
    ",",
    "\"",
    "\\",
    "#",
    "import",
    "(s)",
    "s",
    "*.conf",
    "{$A}",
    "{%B%}",
    "kubernetes",
    "forward",
    "hosts",
    "rewrite",
    "template",
    "cache",
    "acl",
    "view",
    "file",
    "bind",
    "autopath",
    "errors",
    "local",
    "k8s_external",
    "IN",
    "A",
    "ANY",
    "name",
    "regex",
    "suffix",
    "answer",
    "auto",
    "stop",
    "continue",
    "(.*)\\.a",
    "{1}.b",
    "fallthrough",
    "pods",
    "verified",
    "ttl",
    "30",
    "-1",
    "5s",
    "192.0.2.1",
    "match",
    "net",
    "type",
    "*",
    "block",
    "allow",
    "except",
    "success",
    "denial",
    "disable",
    "\u{e9}",
    "\r\n",
    "expr",
    "rcode",
    "NXDOMAIN",
];

/// A small generator of numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
    }
}

#[test]
fn soups_of_words() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut fine, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let count = numbers.below(40);
        let mut text = String::new();
        if numbers.below(2) == 0 {
            text.push_str("a.test {\n");
        }
        for _ in 0..count {
            text.push_str(WORDS[numbers.below(WORDS.len())]);
            text.push_str(["", " ", " ", "\n"][numbers.below(4)]);
        }
        if numbers.below(2) == 0 {
            text.push_str("\n}\n");
        }
        match parse(&text) {
            Ok(corefile) => {
                fine += 1;
                walks_are_sound(&corefile, &text);
            }
            Err(fault) => {
                refused += 1;
                let lines = text.split('\n').count();
                assert!((1..=lines).contains(&fault.at.line), "{fault}\n{text}");
            }
        }
    }
    assert!(fine > 200 && refused > 200, "{fine} {refused}");
}

/// Lines of directives, so that most soups are read to their end.
#[test]
fn soups_of_directives() {
    const LINES: &[&str] = &[
        "errors",
        "forward . 1.1.1.1",
        "forward a.test 2.2.2.2 {\nexcept b.a.test\nnext NXDOMAIN\n}",
        "kubernetes cluster.local {\nfallthrough\n}",
        "hosts {\n192.0.2.1 a.test\nfallthrough\n}",
        "hosts x.test",
        "rewrite name a.test b.a.test",
        "rewrite continue name suffix test cluster.local",
        "rewrite name regex (.*)\\.test {1}.org",
        "template IN A a.test {\nmatch ^x\nfallthrough\n}",
        "template ANY ANY .",
        "acl {\nblock net 10.0.0.0/8\n}",
        "import x.conf",
        "cache 30",
        "file db a.test {\nfallthrough\n}",
        "local",
        "bind 10.0.0.1",
        "{$A}",
        "autopath @kubernetes",
    ];
    let mut numbers = Numbers(7);
    for _ in 0..1_000 {
        let mut text = String::new();
        for key in ["a.test", ".", "b.a.test:53 c:5353"] {
            let lines: Vec<&str> = (0..numbers.below(5))
                .map(|_| LINES[numbers.below(LINES.len())])
                .collect();
            text.extend([key, " {\n", &lines.join("\n"), "\n}\n"]);
        }
        if let Ok(corefile) = parse(&text) {
            walks_are_sound(&corefile, &text);
        }
    }
}

fn walks_are_sound(corefile: &Corefile, text: &str) {
    for name in [
        "a.test",
        "x.b.a.test.",
        "web.shop.svc.cluster.local",
        "",
        "1.2.3.10.in-addr.arpa",
        "\u{e9}",
    ] {
        for kind in [Kind::A, Kind::Aaaa] {
            let course = fate(corefile, name, 53, kind);
            let (last, before) = course.steps.split_last().expect("a step");
            assert!(!last.passes, "{name}\n{text}");
            assert!(before.iter().all(|s| s.passes), "{name}\n{text}");
        }
    }
}
