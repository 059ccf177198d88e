//! Answers against the zone written out.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::{Known, Name, Record, Type, answer, parse, resolve};
use super::DOMAIN;
use super::worlds::{NAMESPACES, SERVICES, a_name, a_world};
use super::zone::{looked_up, sorted};

const TYPES: [Type; 4] = [Type::A, Type::Aaaa, Type::Srv, Type::Txt];

fn read(name: &str) -> Name {
    let whole = format!("{name}.{DOMAIN}");
    parse(whole.trim_start_matches('.'), DOMAIN).expect("a name of the domain")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_the_zone(world in a_world(), name in a_name(), kind in select(TYPES.to_vec())) {
        let zone = world.zone();
        let names = zone.keys().cloned().chain([name]);
        for name in names {
            let read = read(&name);
            let found = answer(&read, kind, &world.known(&read), &world.options);
            prop_assert_eq!(sorted(&found), looked_up(&zone, &name, kind), "{} {:?}", name, kind);
        }
    }

    #[test]
    fn what_is_told_from_a_part_holds_for_the_whole(
        world in a_world(),
        name in a_name(),
        kind in select(TYPES.to_vec()),
        cut in any::<[bool; 4]>(),
    ) {
        let read = read(&name);
        let whole = world.known(&read);
        let mut part = whole.clone();
        if cut[0] { part.namespace = Known::No; }
        if cut[1] { part.service = Known::No; }
        if cut[2] { part.slices = Known::No; }
        if cut[3] { part.pods = Known::No; }
        let found = answer(&read, kind, &part, &world.options);
        if !matches!(found, Record::Unknown(_)) {
            prop_assert_eq!(found, answer(&read, kind, &whole, &world.options));
        }
    }

    #[test]
    fn aliases_end_where_the_zone_ends_them(world in a_world(), at in 0..4_usize, kind in select(TYPES.to_vec())) {
        let zone = world.zone();
        let name = format!("{}.{}.svc", SERVICES[at / 2], NAMESPACES[at % 2]);
        let found = resolve(&read(&name), kind, DOMAIN, &world.options, |n| world.known(n));
        let (mut at, mut seen) = (name, Vec::new());
        let expected = loop {
            let answer = looked_up(&zone, &at, kind);
            let only = answer.strip_prefix("{\"").and_then(|a| a.strip_suffix("\"} {}"));
            let Some(target) = only.filter(|t| !t.contains('"')) else {
                break if seen.is_empty() || answer != "NxDomain" { answer } else { "NoData".to_owned() };
            };
            let target = target.trim_end_matches('.').to_owned();
            let own = format!("{at}.{DOMAIN}");
            if seen.contains(&target) || target == own {
                break "NoData".to_owned();
            }
            seen.push(target.clone());
            match target.strip_suffix(&format!(".{DOMAIN}")) {
                Some(inside) => at = inside.to_owned(),
                None => break answer,
            }
        };
        prop_assert_eq!(sorted(&found.record), expected);
    }
}
