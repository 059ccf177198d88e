//! Tests: answers as a real CoreDNS gave them and as its own tests expect them, and a zone written out name by name against random objects.

mod against_zone;
mod knowledge;
mod samples;
mod services;
mod worlds;
mod zone;

use super::{Objects, Options, Record, Type, answer, parse};

const DOMAIN: &str = "cluster.local";

fn words(record: &Record) -> String {
    let list = |all: &[std::net::IpAddr]| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        all.join(" ")
    };
    match record {
        Record::NxDomain => "no name".to_owned(),
        Record::NoData => "no data".to_owned(),
        Record::Addresses(all) => list(all),
        Record::Alias(name) => format!("-> {name}"),
        Record::Aliases { names, addresses } => {
            format!("-> {} and {}", names.join(" "), list(addresses))
        }
        Record::Servers(all) => {
            let each = all.iter().map(|s| {
                let target = s.target.text("D");
                format!("{}:{} {}", target, s.port, list(&s.addresses))
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Record::Text(text) => format!("{text:?}"),
        Record::Authority => "authority".to_owned(),
        Record::Unknown(missing) => format!("{missing:?}?"),
    }
}

#[track_caller]
fn check(objects: &Objects, options: &Options, rows: &[(&str, Type, &str)]) {
    for (name, kind, expected) in rows {
        let whole = match *name {
            "" => DOMAIN.to_owned(),
            name => format!("{name}.{DOMAIN}"),
        };
        let read = parse(&whole, DOMAIN).expect("a name of the domain");
        let found = words(&answer(&read, *kind, objects, options));
        assert_eq!(&found, expected, "{name} {kind:?}");
    }
}
