//! The path as nginx matches it: decoded, with dots and repeated slashes taken out (`ngx_http_parse_complex_uri` of nginx, `merge_slashes`).

/// The path by which a location is chosen; the backend is asked with the one that was sent.
pub fn normalised(path: &str) -> String {
    let decoded = decoded(path);
    let mut kept: Vec<&str> = Vec::new();
    let elements: Vec<&str> = decoded.split('/').collect();
    for element in &elements {
        match *element {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let last = elements.last().copied().unwrap_or_default();
    let slash = if matches!(last, "" | "." | "..") && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{slash}", kept.join("/"))
}

/// Every escape is decoded, a slash too.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        let byte = hex.and_then(|h| u8::from_str_radix(h, 16).ok());
        if let Some(byte) = byte.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn as_on_a_running_controller() {
        for (sent, matched) in [
            ("/", "/"),
            ("//foo", "/foo"),
            ("/./foo", "/foo"),
            ("/x/../foo", "/foo"),
            ("/%66oo", "/foo"),
            ("/foo/", "/foo/"),
            ("/foo/.", "/foo/"),
            ("/a%2Fb", "/a/b"),
            ("/100%", "/100%"),
            ("/..", "/"),
        ] {
            assert_eq!(normalised(sent), matched, "{sent}");
        }
    }
}
