//! Durations and numbers as Go writes them (`time.ParseDuration`, `strconv.Atoi`).

/// Nanoseconds; none: it is no duration.
pub(super) fn duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut sum = 0_i128;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at_checked(digits)?;
        let unit = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let size: i128 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            _ => return None,
        };
        sum = sum.checked_add(part(number, size)?)?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let sum = if negative { -sum } else { sum };
    i64::try_from(sum).ok().map(i128::from)
}

/// One second.
pub(super) const SECOND: i128 = 1_000_000_000;

fn part(number: &str, size: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let number = |digits: &str| match digits {
        "" => Some(0),
        _ => digits.parse::<i128>().ok(),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // What is smaller than any unit counts for nothing.
    let fraction = fraction.get(..18).unwrap_or(fraction);
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let whole = number(whole)?.checked_mul(size)?;
    whole.checked_add(number(fraction)?.checked_mul(size)? / scale)
}

/// A whole number.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("0", Some(0)),
            ("5s", Some(5 * SECOND)),
            ("-5s", Some(-5 * SECOND)),
            ("1h30m", Some(5_400 * SECOND)),
            ("1.5s", Some(SECOND * 3 / 2)),
            (".5s", Some(SECOND / 2)),
            ("0s", Some(0)),
            ("0s5s", Some(5 * SECOND)),
            ("15", None),
            ("", None),
            ("s", None),
            (".s", None),
            ("5x", None),
            ("5 s", None),
            ("1.2.3s", None),
            ("9999999999999h", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}
