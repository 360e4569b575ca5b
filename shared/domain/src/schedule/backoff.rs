//! How long a failed run waits.
use std::time::Duration;

/// No wait is longer.
const CAP: Duration = Duration::from_secs(3600);

/// Wait after failed attempt number `attempt` (from 1): `base`, doubling with each, spread by ±20 % so that what failed
/// together does not come back together, at most an hour. `jitter` is in [0, 1).
pub fn backoff(base: Duration, attempt: u32, jitter: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    let wait = base.saturating_mul(1 << doublings).min(CAP);
    wait.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0)).min(CAP)
}
