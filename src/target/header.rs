//! A header that the user gives with the request. What may be secret in it is sent and compared by nobody, and wherever the header is
//! shown or written down, `…` stands in its place.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use http::header::{self, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::secrecy::{is_credential, is_secret_name};

/// Stands for what is not shown.
const HIDDEN: &str = "…";

/// The words by which a canary is chosen: they are secret under no name.
const CANARY: &[&str] = &["always", "never"];

/// A header as `-H` of curl gives it: sent, sent empty, or taken out. Two are equal that look alike: names regardless of case, and what
/// is hidden is like everything that is hidden.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Header {
    name: String,
    /// None where the header is taken out.
    value: Option<String>,
    shown: String,
}

impl Header {
    /// Reads `Name: value`; `Name:` takes out what is sent by default, `Name;` is sent empty.
    ///
    /// # Errors
    /// A sentence without the value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let header = Self::given(text)?;
        if header.is("host") {
            return Err(
                "the Host header is the host that you ask about: give that as TARGET; to go to another address use --resolve"
                    .to_owned(),
            );
        }
        Ok(header)
    }

    /// Those of a gRPC call (gRPC over HTTP2, "Requests").
    pub fn of_calls() -> Vec<Self> {
        let all = ["content-type: application/grpc", "te: trailers"];
        all.iter().filter_map(|h| Self::parse(h).ok()).collect()
    }

    /// The same with a Host header, which belongs into the target.
    ///
    /// # Errors
    /// A sentence without the value.
    pub fn given(text: &str) -> Result<Self, String> {
        let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
            (Some((name, value)), _) => (name, Some(value.trim()).filter(|v| !v.is_empty())),
            (None, Some(name)) => (name, Some("")),
            (None, None) => return Err("expected \"Name: value\"".to_owned()),
        };
        let name = name.trim();
        let known = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| "what stands before the colon is no header name".to_owned())?;
        if known == header::CONTENT_LENGTH || known == header::TRANSFER_ENCODING {
            return Err(format!("{name} cannot be sent: the request has no body"));
        }
        HeaderValue::from_bytes(value.unwrap_or_default().as_bytes())
            .map_err(|_| format!("the value of {name} has characters that no header may have"))?;
        Ok(Self {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            shown: value.map_or_else(String::new, |value| shown(name, value)),
        })
    }

    /// The name, as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether that is its name.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it takes out what is sent by default.
    pub const fn is_removal(&self) -> bool {
        self.value.is_none()
    }

    /// Whether some of it is not shown.
    pub fn is_secret(&self) -> bool {
        self.shown.contains(HIDDEN)
    }

    /// The value as it is sent, which is not to be shown; none where it is taken out, and where a recording hides it.
    pub fn value(&self) -> Option<&str> {
        let value = self.value.as_deref()?;
        (!value.contains(HIDDEN)).then_some(value)
    }

    /// The cookies in a `Cookie` header, by name; without value where a recording hides it.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let value = self.value.as_deref().filter(|_| self.is("cookie"));
        pairs(value.unwrap_or_default()).filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name, Some(value).filter(|v| !v.contains(HIDDEN))))
        })
    }

    /// The pieces of the value that are not shown, the longest first.
    pub fn secrets(&self) -> Vec<&str> {
        let Some(value) = self.value().filter(|_| self.is_secret()) else {
            return Vec::new();
        };
        let mut pieces: Vec<&str> = if self.is("cookie") {
            pairs(value)
                .map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value))
                .filter(|value| !is_canary(value))
                .collect()
        } else {
            value.split_whitespace().skip(1).chain([value]).collect()
        };
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        pieces
    }

    fn key(&self) -> (String, bool, &str) {
        (
            self.name.to_ascii_lowercase(),
            self.is_removal(),
            &self.shown,
        )
    }
}

fn pairs(cookies: &str) -> impl Iterator<Item = &str> {
    cookies
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
}

fn is_canary(value: &str) -> bool {
    CANARY.contains(&value)
}

/// The value as it may be seen.
fn shown(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case("cookie") {
        let pairs = pairs(value).map(|pair| match pair.split_once('=') {
            Some((_, value)) if is_canary(value) => pair.to_owned(),
            Some((name, _)) => format!("{name}={HIDDEN}"),
            None => HIDDEN.to_owned(),
        });
        return pairs.collect::<Vec<_>>().join("; ");
    }
    let looks_secret = || is_secret_name(name) || is_credential(value);
    if value.contains(HIDDEN) || !value.is_empty() && !is_canary(value) && looks_secret() {
        HIDDEN.to_owned()
    } else {
        value.to_owned()
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, self.shown.as_str()) {
            (None, _) => write!(f, "{}:", self.name),
            (Some(_), "") => write!(f, "{};", self.name),
            (Some(_), shown) => write!(f, "{}: {shown}", self.name),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl From<Header> for String {
    fn from(header: Header) -> Self {
        header.to_string()
    }
}

impl TryFrom<String> for Header {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Header {}

impl PartialOrd for Header {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Header {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Header {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Header {
        Header::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn headers_are_curls() {
        for (text, name, value) in [
            ("X-Canary: always", "X-Canary", Some("always")),
            ("X-Canary:always ", "X-Canary", Some("always")),
            ("X-Time: 10:30", "X-Time", Some("10:30")),
            ("X-Name: Jürgen", "X-Name", Some("Jürgen")),
            ("X-Empty;", "X-Empty", Some("")),
            ("X-List: a;", "X-List", Some("a;")),
            ("Accept:", "Accept", None),
        ] {
            let header = parse(text);
            assert_eq!((header.name(), header.value()), (name, value), "{text}");
            assert_eq!(parse(&header.to_string()), header, "{text}");
            assert_eq!(header.is_removal(), value.is_none(), "{text}");
        }
        for (text, word) in [
            ("X-Canary", "Name: value"),
            ("", "Name: value"),
            (": x", "no header name"),
            ("Authorization hunter22:x", "no header name"),
            ("X-A: hunter22\r\nX-B: c", "X-A"),
            ("host: other.example.com", "--resolve"),
            ("HOST:", "--resolve"),
            ("Content-Length: 5", "no body"),
            ("transfer-encoding: chunked", "no body"),
        ] {
            let why = Header::parse(text).expect_err(text);
            assert!(why.contains(word) && !why.contains("hunter22"), "{why}");
        }
    }

    #[test]
    fn what_may_be_secret_is_never_shown() {
        for (text, expected) in [
            ("Authorization: Bearer hunter22", "Authorization: …"),
            (
                "proxy-authorization: Basic aHVudGVyMjI=",
                "proxy-authorization: …",
            ),
            ("X-Api-Key: hunter22", "X-Api-Key: …"),
            ("X_CSRF_Token: hunter22", "X_CSRF_Token: …"),
            ("X-Vault-Token: hunter22", "X-Vault-Token: …"),
            ("X-Else: Bearer hunter22", "X-Else: …"),
            ("X-Else: hunter22hunter22hunter22", "X-Else: …"),
            (
                "Referer: https://me:hunter22@shop.example.com/",
                "Referer: …",
            ),
            (
                "Cookie: session=hunter22; canary=always;old=never; hunter22",
                "Cookie: session=…; canary=always; old=never; …",
            ),
        ] {
            let header = parse(text);
            let json = serde_json::to_string(&header).expect("written");
            for said in [header.to_string(), format!("{header:?}"), json] {
                assert!(
                    !said.contains("hunter22") && !said.contains("aHVu"),
                    "{said}"
                );
            }
            assert_eq!(header.to_string(), expected);
            assert!(header.is_secret());
            let secrets = header.secrets();
            assert!(
                secrets.iter().any(|s| s.ends_with("hunter22")
                    || s.starts_with("aHVu")
                    || s.contains("hunter22@")),
                "{secrets:?}"
            );
            // As a recording has it: the same, and without the value.
            let again = parse(&header.to_string());
            assert_eq!(again, header);
            assert!(again.secrets().is_empty());
            assert_eq!(again.value(), None);
        }
        for text in [
            "X-Canary: always",
            "X-Auth-Canary: never",
            "X-Region: eu-central-1",
            "Accept-Language: de, en;q=0.5",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Authorization:",
        ] {
            assert_eq!(parse(text).to_string(), text);
            assert!(!parse(text).is_secret(), "{text}");
        }
    }

    #[test]
    fn equal_is_what_looks_alike() {
        assert_eq!(parse("X-Canary: always"), parse("x-canary:always"));
        assert_ne!(parse("X-Canary: always"), parse("X-Canary: never"));
        assert_ne!(parse("X-Canary;"), parse("X-Canary:"));
        assert_eq!(parse("Authorization: a"), parse("authorization: …"));
        assert_ne!(parse("Authorization: a"), parse("Authorization:"));
    }

    #[test]
    fn cookies_have_names_and_where_known_values() {
        let cookies = |text: &str| {
            let header = parse(text);
            let owned = |(n, v): (&str, Option<&str>)| (n.to_owned(), v.map(str::to_owned));
            header.cookies().map(owned).collect::<Vec<_>>()
        };
        let pair = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            cookies("cookie: session=a=b; canary=always"),
            [pair("session", Some("a=b")), pair("canary", Some("always"))]
        );
        assert_eq!(
            cookies("Cookie: session=…; canary=always"),
            [pair("session", None), pair("canary", Some("always"))]
        );
        assert!(cookies("X-Cookie: a=b").is_empty());
    }
}
