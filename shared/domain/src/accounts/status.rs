//! A user's status: global, while applications and roles are of a site.
use std::{fmt, str::FromStr};

/// Where a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountStatus {
    /// Signed in, never applied.
    New,
    /// Waits for an answer.
    Pending,
    /// Works somewhere.
    Approved,
    /// Was refused, and works nowhere.
    Rejected,
    /// May not sign in.
    Disabled,
}

impl AccountStatus {
    /// Every one.
    pub const ALL: &[Self] = &[Self::New, Self::Pending, Self::Approved, Self::Rejected, Self::Disabled];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Disabled => "disabled",
        }
    }

    /// After applying for a site: an approved user stays approved.
    pub fn applied(self) -> Self {
        match self {
            Self::New | Self::Rejected => Self::Pending,
            other => other,
        }
    }

    /// After an application was approved; `None`: a disabled user must be enabled first.
    pub fn approved(self) -> Option<Self> {
        (self != Self::Disabled).then_some(Self::Approved)
    }

    /// After an application was rejected: only who waits for nothing else becomes rejected.
    pub fn rejected(self, waits_elsewhere: bool) -> Self {
        match self {
            Self::Pending if !waits_elsewhere => Self::Rejected,
            other => other,
        }
    }

    /// What a disabled user is again, by what is on record.
    pub fn enabled(has_role: bool, newest_application: Option<ApplicationStatus>) -> Self {
        match newest_application {
            _ if has_role => Self::Approved,
            Some(ApplicationStatus::Pending) => Self::Pending,
            Some(ApplicationStatus::Rejected) => Self::Rejected,
            Some(ApplicationStatus::Approved) | None => Self::New,
        }
    }
}

/// What became of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStatus {
    /// Not answered.
    Pending,
    /// The applicant works there.
    Approved,
    /// With a reason.
    Rejected,
}

impl ApplicationStatus {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Pending, Self::Approved, Self::Rejected];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// Not the name of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such status")]
pub struct NoStatus;

impl FromStr for AccountStatus {
    type Err = NoStatus;

    fn from_str(text: &str) -> Result<Self, NoStatus> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text).ok_or(NoStatus)
    }
}

impl FromStr for ApplicationStatus {
    type Err = NoStatus;

    fn from_str(text: &str) -> Result<Self, NoStatus> {
        Self::ALL.iter().copied().find(|status| status.as_str() == text).ok_or(NoStatus)
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ApplicationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status() -> impl Strategy<Value = AccountStatus> {
        prop::sample::select(AccountStatus::ALL)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Approval is lost by nothing but being disabled, and being disabled by nothing but an administrator.
        #[test]
        fn approved_and_disabled_stay(start in status(), steps in prop::collection::vec(0..4u8, 0..8)) {
            let mut now = start;
            for step in steps {
                let before = now;
                now = match step {
                    0 => now.applied(),
                    1 => now.approved().unwrap_or(now),
                    2 => now.rejected(false),
                    _ => now.rejected(true),
                };
                prop_assert!(before != AccountStatus::Approved || now == before);
                prop_assert!(before != AccountStatus::Disabled || now == before);
                prop_assert!(now != AccountStatus::New || before == AccountStatus::New);
            }
        }
    }

    #[test]
    fn who_waits_elsewhere_still_waits() {
        assert_eq!(AccountStatus::Pending.rejected(true), AccountStatus::Pending);
        assert_eq!(AccountStatus::Pending.rejected(false), AccountStatus::Rejected);
        assert_eq!(AccountStatus::Rejected.applied(), AccountStatus::Pending);
    }

    #[test]
    fn enabling_gives_back_what_is_on_record() {
        use ApplicationStatus::{Approved, Pending, Rejected};
        for (role, newest, then) in [
            (true, Some(Rejected), AccountStatus::Approved),
            (false, Some(Pending), AccountStatus::Pending),
            (false, Some(Rejected), AccountStatus::Rejected),
            (false, Some(Approved), AccountStatus::New),
            (false, None, AccountStatus::New),
        ] {
            assert_eq!(AccountStatus::enabled(role, newest), then, "{role} {newest:?}");
        }
    }
}
