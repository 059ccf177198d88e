//! The Middlewares through which the Ingresses of the host send their requests: those of the Ingresses' own namespaces, and of all others
//! where a name is none of these. Which of its dashes ends the namespace a name does not say.

use std::collections::BTreeSet;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::dialect::middlewares::Middlewares;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::Unknown;
use crate::facts::middleware::Middleware;

/// What there is of them; none where no Ingress names one.
pub fn seen(cx: &Cx, controller: &Controller) -> Option<Middlewares> {
    let mut names: Vec<String> = Vec::new();
    let mut namespaces = BTreeSet::new();
    for ingress in &controller.ingresses {
        let own = controller.make.middlewares(ingress, controller.args());
        let namespace = namespace_of(&**ingress);
        let here = format!("{namespace}-");
        if own.iter().any(|name| name.starts_with(&here)) {
            namespaces.insert(namespace);
        }
        names.extend(own);
    }
    if names.is_empty() {
        return None;
    }
    let mut seen = Middlewares::default();
    for namespace in namespaces {
        add(
            &mut seen,
            cx.list::<Middleware>(Some(namespace), None, None),
        );
    }
    let all_here = |seen: &Middlewares| names.iter().all(|name| seen.object(name).is_some());
    if seen.hidden.is_none() && !all_here(&seen) {
        seen.items.clear();
        add(&mut seen, cx.list_widely::<Middleware>(None));
    }
    Some(seen)
}

fn add(seen: &mut Middlewares, listed: Result<Listed<Middleware>, Unknown>) {
    match listed {
        Ok(Listed { items, missing }) => {
            seen.items.extend(items);
            seen.hidden = seen.hidden.take().or(missing.map(Unknown::Gap));
        }
        Err(unknown) => seen.hidden = Some(unknown),
    }
}
