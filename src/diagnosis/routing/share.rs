//! How the requests of a rule are shared among its backends.

/// How much of the requests goes to a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Its weight in fact.
    pub weight: u32,
    /// The weights of all.
    pub total: u32,
    /// It is all or nothing: rules of equal rank lead to several backends, and the objects do not decide which of them is taken.
    pub tied: bool,
}

impl Share {
    /// Whether every request goes there.
    pub const fn is_all(self) -> bool {
        self.weight == self.total && !self.tied
    }

    /// `about 30 % of requests`.
    pub fn words(self) -> String {
        if self.tied {
            "if its rule is the one that is taken".to_owned()
        } else {
            format!("about {} % of requests", self.percent())
        }
    }

    /// Percent of the requests, rounded; one that gets some never gets 0, one that gets not all never 100.
    pub fn percent(self) -> u32 {
        let exact = u64::from(self.weight) * 100;
        let total = u64::from(self.total.max(1));
        let rounded = u32::try_from((exact + total / 2) / total).unwrap_or(100);
        match self.weight {
            0 => 0,
            w if w >= self.total => 100,
            _ => rounded.clamp(1, 99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn a_part_is_never_all_or_nothing() {
        for (weight, total, percent) in [
            (0, 100, 0),
            (1, 1000, 1),
            (30, 101, 30),
            (999, 1000, 99),
            (100, 100, 100),
            (1, 1, 100),
        ] {
            let share = Share {
                weight,
                total,
                tied: false,
            };
            assert_eq!(share.percent(), percent, "{weight} of {total}");
        }
    }
}
