//! Plugin `rewrite`: questions that are turned into others (CoreDNS plugin/rewrite: rewrite.go, `newRule`; name.go, `newNameRule`).

use super::cursor::Cursor;
use super::fault::Fault;
use super::lex::Place;
use super::pattern::Pattern;
use super::zones::fqdn;

/// One rule, in the order of the rules.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Where it stands.
    pub at: Place,
    /// The next rules are looked at too, with what it made of the question (`continue`).
    pub goes_on: bool,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// The name.
    Name {
        names: Names,
        to: String,
        /// Whether the records of the answer get the name back that was asked for.
        restores: bool,
    },
    /// The type.
    Type { from: String, to: String },
    /// The class.
    Class { from: String },
    /// The code of the answer.
    Code(Names),
    /// How long the answer holds.
    Ttl(Names),
    /// The target of an alias in the answer.
    Alias,
    /// The extensions of the question (EDNS0).
    Extension,
}

/// Which names a rule is for.
#[derive(Clone, Debug)]
pub(super) enum Names {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Substring(String),
    Regex(Option<Pattern>),
    /// The new name is made of what other plugins know of the question.
    Metadata(Option<Pattern>),
}

/// What a rule makes of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rewriting {
    Same,
    New(String),
    Unclear,
}

impl Names {
    fn new(how: &str, from: &str) -> Option<Self> {
        Some(match how {
            "exact" => Self::Exact(fqdn(from)),
            "prefix" => Self::Prefix(fqdn(from)),
            "suffix" => Self::Suffix(fqdn(from)),
            "substring" => Self::Substring(fqdn(from)),
            "regex" => Self::Regex(Pattern::new(from)),
            _ => return None,
        })
    }

    /// What becomes of a name. What `prefix` and `substring` look for has its final dot too, so they find whole labels at their end.
    pub(super) fn rewrite(&self, name: &str, to: &str) -> Rewriting {
        let new = match self {
            Self::Exact(from) => (from == name).then(|| to.to_owned()),
            Self::Prefix(from) => name.strip_prefix(from).map(|rest| format!("{to}{rest}")),
            Self::Suffix(from) => name.strip_suffix(from).map(|rest| format!("{rest}{to}")),
            Self::Substring(from) => name.contains(from).then(|| name.replace(from, to)),
            Self::Regex(Some(pattern)) => pattern.replace(name, to),
            Self::Metadata(Some(pattern)) if !pattern.matches(name) => None,
            Self::Regex(None) | Self::Metadata(_) => return Rewriting::Unclear,
        };
        new.map_or(Rewriting::Same, Rewriting::New)
    }
}

impl Rule {
    pub(super) fn parse(cursor: &mut Cursor) -> Result<Vec<Self>, Fault> {
        let mut rules = Vec::new();
        while cursor.next() {
            let at = cursor.at();
            let mut words = cursor.rest();
            if words.len() < 2 {
                while cursor.next_inside() {
                    words.push(cursor.text().to_owned());
                }
            }
            let fault = |what: String| Fault::new(&at, format!("rewrite: {what}"));
            let (goes_on, what) = rule(&words).map_err(fault)?;
            rules.push(Self { at, goes_on, what });
        }
        Ok(rules)
    }
}

fn rule(words: &[String]) -> Result<(bool, What), String> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mode = words.first().map(|w| w.to_lowercase()).unwrap_or_default();
    if ["continue", "stop"].contains(&mode.as_str()) {
        words.remove(0);
    }
    let Some((kind, rest)) = words.split_first() else {
        return Err("a rule has no type".to_owned());
    };
    let what = match (kind.to_lowercase().as_str(), rest) {
        ("name", rest) => name(rest)?,
        ("answer", _) => {
            return Err("a rule for answers has to begin with one for names".to_owned());
        }
        ("class", [from, _]) => What::Class {
            from: from.to_uppercase(),
        },
        ("type", [from, to]) => What::Type {
            from: from.to_uppercase(),
            to: to.to_uppercase(),
        },
        ("class" | "type", _) => return Err(format!("`{kind}` takes two words")),
        ("cname", [_, _] | [_, _, _]) => What::Alias,
        ("rcode", [from, _, _]) => What::Code(Names::Exact(fqdn(from))),
        ("rcode", [how, from, _, _]) => What::Code(names(how, from)?),
        ("ttl", [from, _]) => What::Ttl(Names::Exact(fqdn(from))),
        ("ttl", [how, from, _]) => What::Ttl(names(how, from)?),
        ("cname" | "rcode" | "ttl", _) => {
            return Err(format!("`{kind}` has a wrong number of words"));
        }
        ("edns0", _) => What::Extension,
        _ => return Err(format!("there is no rule of type `{kind}`")),
    };
    Ok((mode == "continue", what))
}

fn names(how: &str, from: &str) -> Result<Names, String> {
    let names = Names::new(&how.to_lowercase(), from);
    names.ok_or_else(|| format!("`{how}` is no way to match a name"))
}

fn name(words: &[&str]) -> Result<What, String> {
    let (how, from, to, answer) = match words {
        [from, to] => ("exact", *from, *to, [].as_slice()),
        [how, from, to, answer @ ..] => (*how, *from, *to, answer),
        _ => return Err("`name` needs two names".to_owned()),
    };
    let (names, answer) = match (names(how, from)?, answer) {
        (Names::Regex(pattern), ["metadata", answer @ ..]) => (Names::Metadata(pattern), answer),
        (Names::Regex(Some(pattern)), answer) => {
            has_groups(&pattern, to)?;
            (Names::Regex(Some(pattern)), answer)
        }
        other => other,
    };
    let restores = !answer.is_empty() && restores(answer)?;
    let restores = restores || matches!(names, Names::Exact(_));
    let to = fqdn(to);
    Ok(What::Name {
        names,
        to,
        restores,
    })
}

/// Whether the `answer` parts of a rule give the name back (name.go, `parseAnswerRules`).
fn restores(words: &[&str]) -> Result<bool, String> {
    if words.len() < 2 {
        return Err("an `answer` is not complete".to_owned());
    }
    let (mut rest, mut first, mut auto, mut names) = (words, true, false, false);
    while !rest.is_empty() {
        match rest {
            ["answer", after @ ..] => rest = after,
            _ if first => return Err("after the names there can only be `answer`".to_owned()),
            _ => {}
        }
        first = false;
        match rest {
            ["auto", after @ ..] => (auto, rest) = (true, after),
            [kind @ ("name" | "value"), from, to, after @ ..] => {
                names |= *kind == "name";
                if let Some(pattern) = Pattern::new(from) {
                    has_groups(&pattern, to)?;
                }
                rest = after;
            }
            [kind, ..] => return Err(format!("`answer {kind}` is not complete")),
            [] => return Err("an `answer` is not complete".to_owned()),
        }
    }
    if auto && names {
        return Err("`answer auto` and `answer name` exclude each other".to_owned());
    }
    Ok(auto || names)
}

/// A replacement must not use more groups than its pattern has.
fn has_groups(pattern: &Pattern, to: &str) -> Result<(), String> {
    let used = (0..=100).filter(|n| to.contains(&format!("{{{n}}}")));
    if used.count() > pattern.groups() {
        return Err(format!("`{to}` uses more groups than its pattern has"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn names_that_are_rewritten() {
        for (text, from, to) in [
            ("name a.b c.d", "a.b.", Some("c.d.")),
            ("name a.b c.d", "x.a.b.", None),
            ("NAME Exact A.b c.d", "a.b.", Some("c.d.")),
            ("name prefix a c", "a.", Some("c.")),
            ("name prefix a c", "a.b.", Some("c.b.")),
            ("name prefix a c", "ab.", None),
            (
                "name suffix .dev .svc.cluster.local",
                "x.dev.",
                Some("x.svc.cluster.local."),
            ),
            ("name suffix dev svc", "x.mydev.", Some("x.mysvc.")),
            ("name substring b x", "a.b.c.", Some("a.x.c.")),
            (
                r"name regex (.*)\.dev {1}.svc.local",
                "a.dev.",
                Some("a.svc.local."),
            ),
            ("stop name regex ^(a|b)$ c", "x.", None),
        ] {
            let (goes_on, what) = rule(&words(text)).expect(text);
            assert!(!goes_on, "{text}");
            let What::Name { names, to: new, .. } = what else {
                panic!("{text}");
            };
            let expected = to.map_or(Rewriting::Same, |n| Rewriting::New(n.to_owned()));
            assert_eq!(names.rewrite(from, &new), expected, "{text}");
        }
    }

    #[test]
    fn answers_that_are_put_back() {
        for (text, expected) in [
            ("name a b", true),
            ("name suffix a b", false),
            ("name suffix a b answer auto", true),
            ("name regex (a) {1} answer name b a", true),
            ("name regex (a) {1} answer value b a", false),
            (
                "continue name regex (a) {1} answer name b a answer value b a",
                true,
            ),
        ] {
            let (_, what) = rule(&words(text)).expect(text);
            assert!(
                matches!(what, What::Name { restores, .. } if restores == expected),
                "{text}"
            );
        }
    }

    #[test]
    fn rules_that_are_refused() {
        for text in [
            "",
            "stop",
            "name a",
            "name like a b",
            "name regex (a) {2}{1}",
            "name exact a b reply auto",
            "name regex a b answer",
            "name regex a b answer name c",
            "name regex a b answer auto answer name c d",
            "type A",
            "class IN CH HS",
            "answer name a b",
            "rcode a",
            "rcode like a NXDOMAIN NOERROR",
            "cname a",
            "host a b",
        ] {
            assert!(rule(&words(text)).is_err(), "{text}");
        }
    }
}
