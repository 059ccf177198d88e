//! What is made by chance, and how much of it is run.

/// splitmix64: the same configurations on every run, others with HOPS_CLUSTER_SEED.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// This one, unless HOPS_CLUSTER_SEED says another.
pub fn seed(usual: u64) -> u64 {
    let given = std::env::var("HOPS_CLUSTER_SEED");
    given.map_or(usual, |seed| seed.parse().unwrap())
}

/// Whether all that is generated is run, and not a seeded fifth.
pub fn whole() -> bool {
    std::env::var("HOPS_CLUSTER_WHOLE").is_ok()
}

/// How many of so many are run.
pub fn share(of: usize) -> usize {
    if whole() { of } else { of / 5 }
}
