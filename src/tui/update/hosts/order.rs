//! Which hosts are shown and in which order, and how many got which verdict. The cursor stays on its host.

use std::cmp::{Ordering, Reverse};

use crate::report::Verdict;
use crate::tui::fuzzy;
use crate::tui::keymap::SortBy;
use crate::tui::state::{HostRow, HostsState, Index, Sort, Standing, Tally};

/// Puts the rows in their order, and notes what the other functions need of them.
pub(super) fn index(hosts: &mut HostsState) {
    let Some(Ok(rows)) = &mut hosts.rows else {
        hosts.index = Index::default();
        return refilter(hosts);
    };
    rows.sort_by(|a, b| a.host.cmp(&b.host));
    let mut index = Index::default();
    for (at, row) in rows.iter().enumerate() {
        if at == 0 || rows[at - 1].host != row.host {
            index.standing.push(Standing {
                verdict: hosts.judged.get(&row.host).map(|j| j.checked.verdict),
                awaited: hosts.awaited.contains(&row.host),
            });
        }
        index.host.push(index.standing.len() - 1);
        index.texts.push(text(row));
    }
    hosts.index = index;
    refilter(hosts);
}

/// What the filter looks at.
fn text(row: &HostRow) -> String {
    format!(
        "{} {} {} {} {} {}",
        row.host,
        row.namespace(),
        row.by.name,
        row.class,
        row.path.text,
        row.backend.text
    )
}

/// The filter is another one.
pub(super) fn refilter(hosts: &mut HostsState) {
    hosts.index.matching = fuzzy::matching(&hosts.filter, hosts.index.texts.iter());
    rearrange(hosts);
}

/// What is shown of the rows that the filter leaves.
pub(super) fn rearrange(hosts: &mut HostsState) {
    let under = under_cursor(hosts);
    hosts.shown.clone_from(&hosts.index.matching);
    if hosts.only_problems {
        let index = &hosts.index;
        let is_well = |v: Verdict| v == Verdict::Ok;
        let bad = |row: &usize| index.of_row(*row).verdict.is_some_and(|v| !is_well(v));
        hosts.shown.retain(bad);
    }
    sort(hosts);
    put_cursor(hosts, under);
    count(hosts);
}

/// A host's verdict is another one.
pub(super) fn reorder(hosts: &mut HostsState) {
    if hosts.only_problems {
        return rearrange(hosts);
    }
    if hosts.sort.is_some_and(|s| s.by == SortBy::State) {
        let under = under_cursor(hosts);
        sort(hosts);
        put_cursor(hosts, under);
    }
    count(hosts);
}

/// The row under the cursor.
fn under_cursor(hosts: &HostsState) -> Option<usize> {
    hosts.shown.get(hosts.selected).copied()
}

/// The cursor goes where its row went; without that it stays in its place.
fn put_cursor(hosts: &mut HostsState, row: Option<usize>) {
    if !hosts.chosen {
        hosts.selected = 0;
        return;
    }
    let same = row.and_then(|row| hosts.shown.iter().position(|at| *at == row));
    let last = hosts.shown.len().saturating_sub(1);
    hosts.selected = same.unwrap_or(hosts.selected).min(last);
}

/// Of what is alike the order is that of the rows.
fn sort(hosts: &mut HostsState) {
    let (Some(Sort { by, reversed }), Some(Ok(rows))) = (hosts.sort, &hosts.rows) else {
        return;
    };
    let index = &hosts.index;
    let directed = |order: Ordering| if reversed { order.reverse() } else { order };
    match by {
        // Nearly sorted already when one verdict came, which costs next to nothing.
        SortBy::State if reversed => hosts
            .shown
            .sort_by_key(|row| (Reverse(rank(index.of_row(*row))), *row)),
        SortBy::State => hosts
            .shown
            .sort_by_key(|row| (rank(index.of_row(*row)), *row)),
        SortBy::Name => hosts.shown.sort_by(|a, b| {
            let order = index.host[*a].cmp(&index.host[*b]);
            directed(order).then(a.cmp(b))
        }),
        SortBy::Namespace => hosts.shown.sort_by(|a, b| {
            let order = rows[*a].namespace().cmp(rows[*b].namespace());
            directed(order).then(a.cmp(b))
        }),
    }
}

/// What is broken first, what nobody looked at last.
const fn rank(standing: Standing) -> u8 {
    match standing.verdict {
        Some(Verdict::Broken) => 0,
        Some(Verdict::Degraded) => 1,
        Some(Verdict::Unknown | Verdict::Waiting) => 2,
        Some(Verdict::Ok) => 3,
        None => 4,
    }
}

/// Counts hosts, of which one may have several rows.
fn count(hosts: &mut HostsState) {
    let index = &hosts.index;
    let mut tally = Tally {
        all: index.standing.len(),
        ..Tally::default()
    };
    let mut seen = vec![false; index.standing.len()];
    for host in hosts.shown.iter().filter_map(|row| index.host.get(*row)) {
        if std::mem::replace(&mut seen[*host], true) {
            continue;
        }
        tally.shown += 1;
        let standing = index.standing[*host];
        let of = match standing.verdict {
            _ if standing.awaited => &mut tally.waiting,
            Some(Verdict::Broken) => &mut tally.broken,
            Some(Verdict::Degraded) => &mut tally.degraded,
            Some(Verdict::Ok) => &mut tally.ok,
            Some(Verdict::Unknown | Verdict::Waiting) => &mut tally.unknown,
            None => &mut tally.unchecked,
        };
        *of += 1;
    }
    hosts.tally = tally;
}
