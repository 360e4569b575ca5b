//! Rotation of refresh tokens: each use makes a child, and an old one that comes back gives the family away.
use chrono::{DateTime, TimeDelta, Utc};

/// How long the token just rotated is taken again: for answers that were lost, and requests that ran side by side.
pub const GRACE: TimeDelta = TimeDelta::seconds(60);

/// A token that was presented, and how far its family has come.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    /// Rotations between the sign-in and this token.
    pub generation: i32,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Signed out, disabled or given away.
    pub revoked: bool,
    /// The newest generation of the family that was ever rotated, and when that happened first.
    pub rotated: Option<(i32, DateTime<Utc>)>,
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Make a child of it.
    Rotate,
    /// Worth nothing any more.
    Refuse,
    /// Two hold this family: end it.
    Reuse,
}

/// Tokens of one generation count as one: they are children of the same token, made within its grace.
pub fn judge(token: &Presented, now: DateTime<Utc>) -> Verdict {
    if token.revoked || token.expires_at <= now {
        return Verdict::Refuse;
    }
    match token.rotated {
        Some((newest, _)) if token.generation < newest => Verdict::Reuse,
        Some((newest, at)) if token.generation == newest && now - at > GRACE => Verdict::Reuse,
        _ => Verdict::Rotate,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn presented(generation: i32, rotated: Option<(i32, i64)>) -> Presented {
        let rotated = rotated.map(|(g, s)| (g, at(s)));
        Presented { generation, expires_at: at(100_000), revoked: false, rotated }
    }

    #[test]
    fn the_token_just_rotated_is_taken_for_a_minute_and_older_ones_never() {
        for (generation, rotated, now, verdict) in [
            (0, None, 0, Verdict::Rotate),
            (0, Some((0, 0)), 60, Verdict::Rotate),
            (0, Some((0, 0)), 61, Verdict::Reuse),
            (1, Some((0, 0)), 5_000, Verdict::Rotate),
            (0, Some((1, 30)), 31, Verdict::Reuse),
        ] {
            assert_eq!(
                judge(&presented(generation, rotated), at(now)),
                verdict,
                "{generation} {rotated:?} {now}"
            );
        }
        let ended = Presented { expires_at: at(10), ..presented(0, None) };
        assert_eq!(judge(&ended, at(10)), Verdict::Refuse);
        // A family that is over is not given away twice.
        let revoked = Presented { revoked: true, ..presented(0, Some((3, 0))) };
        assert_eq!(judge(&revoked, at(10)), Verdict::Refuse);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// A family in which only its newest token is used never ends; an older one used ends it, or is within its grace.
        #[test]
        fn only_an_old_token_ends_a_family(uses in prop::collection::vec((any::<bool>(), 0i64..200), 1..30)) {
            let (mut newest, mut rotated, mut now) = (0, None, 0);
            for (old, wait) in uses {
                now += wait;
                let generation = if old && newest > 0 { newest - 1 } else { newest };
                let verdict = judge(&presented(generation, rotated), at(now));
                if generation == newest {
                    prop_assert_eq!(verdict, Verdict::Rotate);
                    rotated = Some((generation, now));
                    newest += 1;
                } else {
                    let since = rotated.map(|(_, s)| now - s).unwrap();
                    prop_assert_eq!(verdict == Verdict::Reuse, since > 60);
                }
            }
        }
    }
}
