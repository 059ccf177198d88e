//! What a server repeats of the user's own secrets: error pages that show the request are common, and reports get sent around.

use crate::facts::{Exchange, HttpAnswer};
use crate::target::Header;

const HIDDEN: &str = "…";
/// Shorter ones would take ordinary words out of an answer, and are guessed in no time.
const SHORTEST: usize = 6;
/// What is left of one where an answer was cut off.
const REST: usize = 4;

/// An answer without what the request's headers hide.
pub(in crate::answer) fn hide(mut answer: HttpAnswer, headers: &[Header]) -> HttpAnswer {
    let mut secrets: Vec<&str> = headers.iter().flat_map(Header::secrets).collect();
    secrets.retain(|s| s.len() >= SHORTEST);
    secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    for secret in secrets {
        clean(&mut answer.body, secret);
        for (_, value) in &mut answer.headers {
            clean(value, secret);
        }
        match &mut answer.exchange {
            Exchange::NotHttp(text) | Exchange::NoTls(text) => clean(text, secret),
            _ => {}
        }
    }
    answer
}

fn clean(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, HIDDEN);
    }
    let cut = secret.char_indices().map(|(end, _)| end).rev();
    let rest = cut
        .take_while(|end| *end >= REST)
        .find(|end| text.ends_with(&secret[..*end]));
    if let Some(length) = rest {
        text.truncate(text.len() - length);
        text.push_str(HIDDEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(body: &str) -> String {
        let headers = ["Authorization: Bearer hunter22", "Cookie: s=c00kie77; t=ok"]
            .map(|text| Header::parse(text).expect("a header"));
        let answer = HttpAnswer {
            exchange: Exchange::NotHttp(body.to_owned()),
            status: 400,
            headers: vec![("location".to_owned(), body.to_owned())],
            other_headers: Vec::new(),
            body: body.to_owned(),
            tunnel: None,
            phases: None,
            ms: 1,
        };
        let answer = hide(answer, &headers);
        assert_eq!(answer.exchange, Exchange::NotHttp(answer.body.clone()));
        assert_eq!(answer.headers[0].1, answer.body);
        answer.body
    }

    #[test]
    fn what_comes_back_of_a_secret_is_hidden() {
        for (body, expected) in [
            ("Bearer hunter22!", "…!"),
            ("?t=hunter22&u=hunter22", "?t=…&u=…"),
            ("s=c00kie77; t=ok", "s=…; t=ok"),
            ("cut off: hunte", "cut off: …"),
            ("cut off: Bearer h", "cut off: …"),
            ("a hun", "a hun"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(hidden(body), expected);
        }
    }
}
