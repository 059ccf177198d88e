//! Several rules for one page: the one that takes it, and another one whose author may expect it.

use crate::diagnosis::checks::Case;
use crate::diagnosis::declared::Declarations;
use crate::diagnosis::dialect::spec::rank;
use crate::diagnosis::hops::journey::Rival;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::routing::{Rule, same_backends};
use crate::report::Severity;

/// Two rules for one page.
pub struct Contest<'c> {
    /// The one that takes it, as far as that is decided.
    pub taken: &'c Rule,
    /// The other one.
    pub other: &'c Rule,
    /// How they stand.
    pub standing: Standing,
    /// How bad it is: the page of a worse rule is an error.
    pub severity: Severity,
    /// Whose answer the user got.
    author: &'c Author,
}

/// How two rules for one page stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The objects do not decide which is taken.
    Tied,
    /// They are equally good, and the controller has a rule of its own for that.
    Decided,
    /// The other one is better by the specification, and the controller takes this one all the same.
    Outranked,
    /// The other one is better and another controller's.
    Elsewhere(String),
}

impl Contest<'_> {
    /// `; now Pod shop/web-1 gives the answer`, where that is known.
    pub fn answers(&self) -> String {
        let pod = self.author.pod();
        pod.map_or_else(String::new, |pod| {
            format!("; now the answer is that of Pod {pod}")
        })
    }

    /// Whether it is a quarrel about the host, between namespaces or controllers, rather than one about paths.
    pub fn is_about_the_host(&self) -> bool {
        let namespace = |r: &Rule| r.place.declared.namespace().to_owned();
        let same_host = self.taken.hosts == self.other.hosts;
        matches!(self.standing, Standing::Elsewhere(_))
            || same_host && namespace(self.taken) != namespace(self.other)
    }
}

/// The contest about the page that is asked for, if there is one.
pub fn contest<'c>(case: &'c Case) -> Option<Contest<'c>> {
    let found = find(case)?;
    // Whose answer it is tells how bad it is.
    case.entrance.inside.touch();
    Some(found)
}

fn find<'c>(case: &'c Case) -> Option<Contest<'c>> {
    let entrance = case.entrance;
    let route = entrance.route.found().filter(|r| r.claimed)?;
    let resolution = &route.resolution;
    let taken = route.rule()?;
    if !case.all_answered() {
        return None;
    }
    let author = &entrance.inside.glance().author;
    if let Some((rival, claim)) = other_controllers(case) {
        let good = author.is_of(&rival.backend.id.0) || *author == Author::Several;
        return Some(Contest {
            taken,
            other: &rival.rule,
            standing: Standing::Elsewhere(claim),
            severity: severity(!good),
            author,
        });
    }
    let path = case.target.path_only();
    let best = rank(taken);
    let others = || {
        let all = resolution.matching.iter().skip(1).enumerate();
        all.filter(|(_, r)| !r.is_default && !same_backends(r, taken))
    };
    if resolution.undecided() {
        let (_, other) = others().find(|(i, _)| i + 1 < resolution.tied)?;
        // The better of the two is what its author meant; which one answered may be known.
        let (better, worse) = if rank(other) < best {
            (other, taken)
        } else {
            (taken, other)
        };
        let wrong = rank(better) != rank(worse) && author.is_of_rule(worse);
        return Some(Contest {
            taken,
            other,
            standing: Standing::Tied,
            severity: severity(wrong),
            author,
        });
    }
    let covers = |r: &&Rule| r.matches.iter().any(|m| m.path.covers(path));
    // One that the controller drops, too, may be what its author expects.
    let passed = resolution.passed.iter().map(|p| &p.rule);
    let passed =
        passed.filter(|r| !resolution.orphans.iter().any(|o| o.rule == **r) && !r.is_default);
    let mut passed = passed.filter(|r| rank(r) < best && !same_backends(r, taken));
    let other = others()
        .map(|(_, r)| r)
        .find(|r| covers(r) && rank(r) <= best)
        .or_else(|| passed.find(covers))?;
    let outranked = rank(other) < best;
    Some(Contest {
        taken,
        other,
        standing: if outranked {
            Standing::Outranked
        } else {
            Standing::Decided
        },
        severity: severity(outranked),
        author,
    })
}

const fn severity(wrong: bool) -> Severity {
    if wrong {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// A better rule of another controller, with that one's name.
fn other_controllers<'c>(case: &'c Case) -> Option<(&'c Rival<'c>, String)> {
    let declared: &Declarations = case.journey.declared.as_ref().ok()?;
    case.entrance.better_elsewhere().find_map(|rival| {
        let place = &rival.rule.place;
        let own = declared.all.iter().find(|d| place.is_in(&d.ingress))?;
        let make = own.claim.make()?;
        Some((rival, make.title().to_owned()))
    })
}
