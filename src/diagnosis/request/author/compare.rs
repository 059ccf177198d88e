//! Whether two responses are the same answer: the status, the headers that proxies leave alone, and the body without what varies
//! from one time to the next.

use crate::facts::{Exchange, HttpAnswer};

/// Headers that a proxy adds, drops or writes anew, and those that vary by themselves (RFC 9110 §7.6.1 and what proxies document).
const PASSING: &[&str] = &[
    "accept-ranges",
    "age",
    "alt-svc",
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "etag",
    "expires",
    "keep-alive",
    "last-modified",
    "retry-after",
    "server",
    "set-cookie",
    "strict-transport-security",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-request-id",
];
/// Headers that no proxy adds to somebody else's response.
const OWN: &[&str] = &[
    "content-type",
    "location",
    "www-authenticate",
    "x-powered-by",
];
/// At that length a body is cut off.
const CUT: usize = 1000;

/// Whether somebody gave an answer that came through a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same.
    Same,
    /// The bodies differ, and what of them varies is not known: ask the same one again.
    Unsure,
    /// Another.
    Other,
}

/// Compares what one source answered, asked directly and perhaps several times, with what came through a proxy.
pub fn likeness(direct: &[&HttpAnswer], through: &HttpAnswer) -> Likeness {
    let heads: Vec<&HttpAnswer> = direct
        .iter()
        .filter(|d| same_head(d, through))
        .copied()
        .collect();
    if heads.is_empty() {
        return Likeness::Other;
    }
    if heads.iter().any(|d| d.body.trim() == through.body.trim()) {
        return Likeness::Same;
    }
    let [first, others @ ..] = heads.as_slice() else {
        return Likeness::Other;
    };
    if others.is_empty() {
        return Likeness::Unsure;
    }
    let like = others
        .iter()
        .map(|other| body(&first.body, &other.body, &through.body));
    like.min_by_key(|l| *l as u8).unwrap_or(Likeness::Other)
}

fn same_head(direct: &HttpAnswer, through: &HttpAnswer) -> bool {
    let answered = |a: &HttpAnswer| a.exchange == Exchange::Response;
    if !answered(direct) || !answered(through) || direct.status != through.status {
        return false;
    }
    let passes = |name: &str| PASSING.contains(&name) || name.starts_with("x-envoy");
    let values = direct
        .headers
        .iter()
        .filter(|(name, _)| !passes(name))
        .all(|(name, value)| {
            let other = through.header(name);
            other.is_some_and(|other| plain(name, value) == plain(name, other))
        });
    let names = direct
        .other_headers
        .iter()
        .filter(|name| !passes(name))
        .all(|name| through.other_headers.contains(name));
    let own = OWN
        .iter()
        .all(|name| through.header(name).is_none() || direct.header(name).is_some());
    values && names && own
}

/// A header's value without what hangs on the way by which the request came: scheme and authority of a redirect.
fn plain(name: &str, value: &str) -> String {
    let value = value.trim();
    match (name, value.split_once("//")) {
        ("location", Some((_, rest))) => {
            let at = rest.find('/').unwrap_or(rest.len());
            rest[at..].to_owned()
        }
        ("location", None) => value.to_owned(),
        _ => value.replace(' ', "").to_ascii_lowercase(),
    }
}

/// What of `first` and `second`, two answers of one source, is the same in both has to stand in the third, and has to be enough to
/// tell one page from another.
fn body(first: &str, second: &str, through: &str) -> Likeness {
    let cut = first.len() >= CUT || second.len() >= CUT;
    let (a, b, c) = (words(first), words(second), words(through));
    if cut || (a.len() == b.len() && b.len() == c.len()) {
        // The last one may be cut in two.
        let most = a
            .len()
            .min(b.len())
            .min(c.len())
            .saturating_sub(usize::from(cut));
        let (mut stable, mut varying) = (0, 0);
        for i in 0..most {
            let telling = a[i].chars().any(char::is_alphanumeric);
            if a[i] != b[i] {
                varying += 1;
            } else if a[i] != c[i] {
                return Likeness::Other;
            } else if telling {
                stable += 1;
            }
        }
        return if stable > varying || varying == 0 {
            Likeness::Same
        } else {
            Likeness::Unsure
        };
    }
    lines(first, second, through)
}

/// The same by lines, for pages whose parts come and go: the lines that both have, in their order.
fn lines(first: &str, second: &str, through: &str) -> Likeness {
    let known: Vec<&str> = second.lines().map(str::trim).collect();
    let stable = first
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && known.contains(l));
    let mut rest = through.lines().map(str::trim);
    let mut bytes = 0;
    for line in stable {
        if !rest.any(|l| l == line) {
            return Likeness::Other;
        }
        bytes += line.len();
    }
    if bytes * 2 > first.len().min(second.len()) {
        Likeness::Same
    } else {
        Likeness::Unsure
    }
}

/// Words and what stands between them, one by one.
fn words(body: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    for (i, c) in body.char_indices() {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(i),
            (true, Some(_)) => {}
            (false, begun) => {
                if let Some(begun) = begun {
                    words.push(&body[begun..i]);
                }
                start = None;
                words.push(&body[i..i + c.len_utf8()]);
            }
        }
    }
    if let Some(begun) = start {
        words.push(&body[begun..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use Likeness::{Other, Same, Unsure};

    fn page(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        let pairs = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        HttpAnswer {
            exchange: Exchange::Response,
            status,
            headers: pairs.collect(),
            other_headers: Vec::new(),
            body: body.to_owned(),
            tunnel: None,
            phases: None,
            ms: 1,
        }
    }

    #[test]
    fn what_a_proxy_changes_on_the_way_is_no_difference() {
        let html = ("content-type", "text/html; charset=utf-8");
        let direct = page(
            200,
            &[html, ("server", "nginx/1.29"), ("date", "a")],
            "hello\n",
        );
        let mut through = page(
            200,
            &[("content-type", "text/html;charset=UTF-8"), ("date", "b")],
            "hello",
        );
        through.other_headers = vec!["strict-transport-security".to_owned()];
        assert_eq!(likeness(&[&direct], &through), Same);
        for other in [
            page(404, &[html], "hello"),
            page(200, &[("content-type", "text/plain")], "hello"),
            page(200, &[], "hello"),
            page(200, &[html, ("x-powered-by", "PHP")], "hello"),
        ] {
            assert_eq!(likeness(&[&direct], &other), Other, "{other:?}");
        }
        let mut signed = direct.clone();
        signed.other_headers = vec!["x-version".to_owned()];
        assert_eq!(likeness(&[&signed], &through), Other, "a header was lost");
    }

    #[test]
    fn a_redirect_is_the_same_whatever_scheme_the_pod_was_asked_in() {
        let to = |l: &str| page(302, &[("location", l)], "");
        let direct = to("http://shop.example.com/login?next=%2F");
        assert_eq!(
            likeness(
                &[&direct],
                &to("https://shop.example.com:8443/login?next=%2F")
            ),
            Same
        );
        assert_eq!(likeness(&[&direct], &to("/login?next=%2F")), Same);
        assert_eq!(
            likeness(&[&direct], &to("https://shop.example.com/")),
            Other
        );
    }

    #[test]
    fn what_varies_is_told_by_asking_twice() {
        let said = |id: &str, time: &str| {
            page(
                200,
                &[],
                &format!("Welcome to the shop\nrequest {id} at {time}"),
            )
        };
        let (one, two, through) = (
            said("a1", "10:00:01"),
            said("b2", "10:00:02"),
            said("c3", "10:00:09"),
        );
        assert_eq!(likeness(&[&one], &through), Unsure);
        assert_eq!(likeness(&[&one, &two], &through), Same);
        let other = page(200, &[], "Welcome to the blog\nrequest c3 at 10:00:09");
        assert_eq!(likeness(&[&one, &two], &other), Other);
    }

    #[test]
    fn a_page_of_which_all_varies_tells_nothing() {
        let said = |id: &str| page(200, &[], id);
        assert_eq!(likeness(&[&said("a1"), &said("b2")], &said("c3")), Unsure);
        assert_eq!(likeness(&[&said("a1"), &said("a1")], &said("c3")), Other);
    }

    #[test]
    fn parts_that_come_and_go_do_not_hide_the_rest() {
        let said = |news: &str| {
            page(
                200,
                &[],
                &format!("<title>Shop of everything</title>\n{news}<footer>made by us</footer>"),
            )
        };
        let (one, two) = (said("<p>one\n"), said("<p>two, three\n<p>four\n"));
        assert_eq!(likeness(&[&one, &two], &said("")), Same);
        let other = page(200, &[], "<title>Blog</title>\n<footer>made by us</footer>");
        assert_eq!(likeness(&[&one, &two], &other), Other);
    }

    #[test]
    fn long_pages_are_compared_as_far_as_they_are_kept() {
        let said = |id: &str| {
            let mut text = format!("<html id={id}>{}", "word of the page, ".repeat(80));
            text.truncate(1024);
            page(200, &[], &text)
        };
        assert_eq!(likeness(&[&said("a1"), &said("b22")], &said("c333")), Same);
    }
}
