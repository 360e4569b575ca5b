//! Whom a figure is about.
use std::fmt;

/// Whom a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The hall; takes no id.
    Site,
    /// A member.
    Member,
    /// A coach.
    Coach,
    /// A coach and a member: `coach:member`.
    Pair,
    /// A coach, or without an id the hall.
    CoachOrSite,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// The hall.
    Site,
    /// That member.
    Member(i64),
    /// That coach.
    Coach(i64),
    /// That coach with that member.
    Pair {
        /// Coach.
        assistant_id: i64,
        /// Member.
        member_id: i64,
    },
}

/// An id that does not fit; the words are for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSubject {
    /// The hall has no id here.
    #[error("这个指标是门店的，没有 id")]
    NotWanted,
    /// Missing or no id of a member.
    #[error("须为会员编号(正整数)")]
    Member,
    /// Missing or no id of a coach.
    #[error("须为助教编号(正整数)")]
    Coach,
    /// Missing or no pair.
    #[error("须为 助教编号:会员编号")]
    Pair,
}

impl Subject {
    /// As the contract says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Site => "门店",
            Self::Member => "会员",
            Self::Coach => "助教",
            Self::Pair => "助教:会员",
            Self::CoachOrSite => "助教，不给 id 时为门店",
        }
    }

    /// Reads an id; ids are at most `max`.
    pub fn read(self, id: Option<&str>, max: i64) -> Result<Of, BadSubject> {
        let number = |text: &str| {
            let digits = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().filter(|id| (1..=max).contains(id))
        };
        match (self, id) {
            (Self::Site | Self::CoachOrSite, None) => Ok(Of::Site),
            (Self::Site, Some(_)) => Err(BadSubject::NotWanted),
            (Self::Member, id) => id.and_then(number).map(Of::Member).ok_or(BadSubject::Member),
            (Self::Coach | Self::CoachOrSite, id) => {
                id.and_then(number).map(Of::Coach).ok_or(BadSubject::Coach)
            }
            (Self::Pair, id) => id
                .and_then(|id| id.split_once(':'))
                .and_then(|(coach, member)| Some((number(coach)?, number(member)?)))
                .map(|(assistant_id, member_id)| Of::Pair { assistant_id, member_id })
                .ok_or(BadSubject::Pair),
        }
    }
}

impl Of {
    /// The id, as [`Subject::read`] reads it; `None` for the hall.
    pub fn id(self) -> Option<String> {
        match self {
            Self::Site => None,
            Self::Member(id) | Self::Coach(id) => Some(id.to_string()),
            Self::Pair { assistant_id, member_id } => Some(format!("{assistant_id}:{member_id}")),
        }
    }

    /// The coach in it.
    pub fn assistant_id(self) -> Option<i64> {
        match self {
            Self::Coach(id) | Self::Pair { assistant_id: id, .. } => Some(id),
            Self::Site | Self::Member(_) => None,
        }
    }

    /// The member in it.
    pub fn member_id(self) -> Option<i64> {
        match self {
            Self::Member(id) | Self::Pair { member_id: id, .. } => Some(id),
            Self::Site | Self::Coach(_) => None,
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: i64 = 9_007_199_254_740_991;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// What is written is read again; anything else is refused, and by the right words.
        #[test]
        fn an_id_reads_back(coach in 1..=MAX, member in 1..=MAX, junk in "[0-9:a+ -]{0,8}") {
            for (subject, of) in [
                (Subject::Member, Of::Member(member)),
                (Subject::Coach, Of::Coach(coach)),
                (Subject::CoachOrSite, Of::Coach(coach)),
                (Subject::Pair, Of::Pair { assistant_id: coach, member_id: member }),
                (Subject::CoachOrSite, Of::Site),
                (Subject::Site, Of::Site),
            ] {
                prop_assert_eq!(subject.read(of.id().as_deref(), MAX), Ok(of));
            }
            if let Ok(Of::Member(id)) = Subject::Member.read(Some(&junk), MAX) {
                prop_assert_eq!(&junk, &id.to_string());
            }
            prop_assert_eq!(Subject::Site.read(Some(&junk), MAX), Err(BadSubject::NotWanted));
        }
    }

    #[test]
    fn an_id_beyond_the_numbers_of_json_is_refused() {
        for bad in ["0", "01", "-1", "9007199254740992", "99999999999999999999", "", "1:2", "+1", "1 "] {
            assert_eq!(Subject::Member.read(Some(bad), MAX), Err(BadSubject::Member), "{bad}");
        }
        for bad in ["1", "1:", ":1", "1:2:3", "0:1"] {
            assert_eq!(Subject::Pair.read(Some(bad), MAX), Err(BadSubject::Pair), "{bad}");
        }
        assert_eq!(Subject::Coach.read(None, MAX), Err(BadSubject::Coach));
    }
}
