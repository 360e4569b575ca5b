//! Randomness of one hall and one day (or one person), from the seed.
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

/// A portable generator: the same seed gives the same chain on every machine.
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Independent of every other (seed, hall, what, number).
    pub fn new(seed: u64, site_id: i64, what: u64, number: i64) -> Self {
        let mixed = [site_id.unsigned_abs(), what, number.unsigned_abs()]
            .into_iter()
            .fold(seed, |state, part| scramble(state ^ scramble(part.wrapping_add(0x9e37_79b9_7f4a_7c15))));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// In `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    /// Bell-shaped around `mean`: the sum of three uniforms has the width of a normal of `sd` without its far tails.
    pub fn around(&mut self, mean: f64, sd: f64) -> f64 {
        let sum = self.unit() + self.unit() + self.unit() - 1.5;
        mean + sum * 2.0 * sd
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.0.random_range(0..from.len())]
    }

    /// An index, by weight.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (index, weight) in weights.enumerate() {
            last = index;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }
}

/// SplitMix64's finaliser.
fn scramble(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
