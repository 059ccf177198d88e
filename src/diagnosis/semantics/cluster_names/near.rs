//! What may have been meant by a name that is not there: Services of nearly that name.

use super::super::host::distance;
use super::parse::Name;

/// A Service that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// Its namespace.
    pub ns: String,
    /// Its name.
    pub name: String,
    /// What is wrong with the name that was asked for.
    pub slip: Slip,
}

/// How a name came to be wrong, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Service and namespace are right and what follows is not, as without `svc`.
    Form,
    /// The namespace: the Service is in this one.
    OtherNamespace,
    /// Namespace and Service stand in each other's place.
    Swapped,
    /// The namespace was left out, and the Service stands in its place.
    NoNamespace,
    /// A letter or two.
    Spelling,
}

/// The Services that may have been meant by a name, the likeliest first; `all` are the namespace and name of each Service there is.
pub fn near<'s>(name: &Name, all: impl IntoIterator<Item = (&'s str, &'s str)>) -> Vec<Near> {
    let Some(asked) = Asked::of(name) else {
        return Vec::new();
    };
    let each = all.into_iter();
    let mut found: Vec<_> = each
        .filter_map(|(ns, name)| {
            let slip = asked.slip(ns, name)?;
            Some((slip, asked.distance(ns, name), ns, name))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let found = found.into_iter().map(|(slip, _, ns, name)| Near {
        ns: ns.to_owned(),
        name: name.to_owned(),
        slip,
    });
    found.collect()
}

/// The two words that stand for a Service in a name.
struct Asked<'n> {
    ns: &'n str,
    /// Nothing in the name of a namespace.
    service: Option<&'n str>,
    /// The name is one that a Service can have.
    well_formed: bool,
}

impl<'n> Asked<'n> {
    fn of(name: &'n Name) -> Option<Self> {
        if let Some((ns, service)) = name.service() {
            return Some(Self {
                ns,
                service: Some(service),
                well_formed: true,
            });
        }
        let (ns, service) = match name {
            Name::Namespace(ns) => (ns.as_str(), None),
            Name::Pod { ns, dashed } => (ns.as_str(), Some(dashed.as_str())),
            Name::Other(before) => {
                let mut labels = before.split('.');
                let service = labels.next()?;
                (labels.next()?, Some(service))
            }
            _ => return None,
        };
        Some(Self {
            ns,
            service,
            well_formed: false,
        })
    }

    fn slip(&self, ns: &str, name: &str) -> Option<Slip> {
        let Some(service) = self.service else {
            return (name == self.ns).then_some(Slip::NoNamespace);
        };
        if ns == self.ns && name == service {
            return (!self.well_formed).then_some(Slip::Form);
        }
        if name == service {
            return Some(Slip::OtherNamespace);
        }
        if (ns, name) == (service, self.ns) {
            return Some(Slip::Swapped);
        }
        if name == self.ns {
            return Some(Slip::NoNamespace);
        }
        let slips = [slips(self.ns, ns), slips(service, name)];
        let near = slips.iter().copied().sum::<Option<usize>>();
        near.is_some_and(|n| n <= MOST).then_some(Slip::Spelling)
    }

    fn distance(&self, ns: &str, name: &str) -> usize {
        let service = self.service.map_or(0, |s| distance(s, name));
        distance(self.ns, ns) + service
    }
}

/// How many slips of spelling are believed in a name.
const MOST: usize = 2;

/// How many slips make one word of another; nothing where it is another word: in a short one, two are too many.
fn slips(word: &str, other: &str) -> Option<usize> {
    let most = if word.len() < 5 { 1 } else { MOST };
    Some(distance(word, other)).filter(|d| *d <= most)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    const ALL: &[(&str, &str)] = &[
        ("shop", "product-service"),
        ("shop", "db"),
        ("pay", "product-service"),
        ("pay", "ui"),
        ("staging", "web"),
        ("shopping", "web"),
        ("zoo", "web"),
        ("kube-system", "kube-dns"),
    ];

    fn near_words(name: &str) -> Vec<String> {
        let name = parse(&format!("{name}.cluster.local"), "cluster.local").expect("a name");
        let found = near(&name, ALL.iter().copied());
        let words = found
            .iter()
            .map(|n| format!("{:?} {}/{}", n.slip, n.ns, n.name));
        words.collect()
    }

    #[test]
    fn what_may_have_been_meant() {
        let none: &[&str] = &[];
        for (name, found) in [
            // It is there: something else is wrong.
            ("db.shop.svc", none),
            (
                "web.shop.svc",
                &[
                    "OtherNamespace zoo/web",
                    "OtherNamespace shopping/web",
                    "OtherNamespace staging/web",
                ],
            ),
            // Near namespaces first.
            (
                "product-service.shp.svc",
                &[
                    "OtherNamespace shop/product-service",
                    "OtherNamespace pay/product-service",
                ],
            ),
            (
                "prodcut-service.shop.svc",
                &["Spelling shop/product-service"],
            ),
            (
                "produkt-servise.shop.svc",
                &["Spelling shop/product-service"],
            ),
            ("produkt-servize.shp.svc", none),
            // Too short for two.
            ("dv.shop.svc", &["Spelling shop/db"]),
            ("ux.shop.svc", none),
            ("shop.db.svc", &["Swapped shop/db"]),
            ("shop.db.shop.svc", none),
            ("db-0.db.svc", &["NoNamespace shop/db"]),
            ("db.svc", &["NoNamespace shop/db"]),
            ("shop.svc", none),
            ("db.shop", &["Form shop/db"]),
            ("db.shop.pod", &["Form shop/db"]),
            ("db.shop.service", &["Form shop/db"]),
            (
                "kube-dns.kubesystem.svc",
                &["OtherNamespace kube-system/kube-dns"],
            ),
            (
                "kube-dsn.kubesystem.svc",
                &["Spelling kube-system/kube-dns"],
            ),
            ("_http._tcp.dbs.shop.svc", &["Spelling shop/db"]),
            ("svc", none),
            ("other", none),
        ] {
            assert_eq!(near_words(name), found, "{name}");
        }
    }
}
