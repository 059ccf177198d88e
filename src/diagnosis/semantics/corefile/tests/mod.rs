//! Whole Corefiles: of the field, refused ones, and soups of words.

mod course;
mod field;
mod refused;
mod soup;

use std::collections::BTreeMap;

use super::*;

/// The Corefile of a text that is fine.
fn read(text: &str) -> Corefile {
    parse(text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The Corefile of a text with files around it.
fn read_with(text: &str, folder: &str, names: &[(&str, &str)]) -> Result<Corefile, Fault> {
    let names = names
        .iter()
        .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()));
    let names: BTreeMap<String, String> = names.collect();
    let files = Files {
        folders: [(folder.to_owned(), names)].into(),
    };
    let around = Around {
        home: HOME,
        files: &files,
        plugins: &[],
    };
    parse_with(text, around)
}

/// Who is asked for the IPv4 addresses of a name, in a few words each; `>` where the name may go on.
fn course(corefile: &Corefile, name: &str) -> String {
    on(corefile, name, 53, Kind::A)
}

fn on(corefile: &Corefile, name: &str, port: u16, kind: Kind) -> String {
    let course = fate(corefile, name, port, kind);
    let mut words = Vec::new();
    words.extend(course.rewritten.iter().map(|r| format!("={}", r.to)));
    words.extend(course.steps.iter().map(|s| {
        let line = s.at.map_or(0, |at| at.line);
        let what = match &s.fate {
            Fate::NoBlock => "no block".to_owned(),
            Fate::NoPlugin => "no plugin".to_owned(),
            Fate::Nobody => "nobody".to_owned(),
            Fate::Failed => "failed".to_owned(),
            Fate::Local => "local".to_owned(),
            Fate::Access(action) => format!("{action:?}").to_lowercase(),
            Fate::Hosts(addresses) => format!("hosts {addresses:?}"),
            Fate::Template(t) => format!("template {}", t.rcode),
            Fate::Kubernetes(k) => format!("kubernetes {}", k.zones.join(" ")),
            Fate::Forward(f) => format!("forward {}", f.to.join(" ")),
            Fate::Authority(a) => a.plugin.clone(),
            Fate::Open(why) => format!("{why:?}?"),
        };
        format!("{line}:{what}{}", if s.passes { " >" } else { "" })
    }));
    words.join(" ")
}
