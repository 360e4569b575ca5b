//! The four roles.
use std::{fmt, str::FromStr};

/// What a user is at a site; an administrator may be one at every site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 助教
    Coach,
    /// 店长
    Manager,
    /// 财务
    Finance,
    /// 管理员
    Admin,
}

impl Role {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Coach, Self::Manager, Self::Finance, Self::Admin];

    /// The stored code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coach => "coach",
            Self::Manager => "manager",
            Self::Finance => "finance",
            Self::Admin => "admin",
        }
    }

    /// Whether one can apply for it; administrators are made by administrators.
    pub fn can_be_applied_for(self) -> bool {
        self != Self::Admin
    }

    /// Whether it opens the back office.
    pub fn is_back_office(self) -> bool {
        self != Self::Coach
    }

    /// Whether its holder may be a coach of the warehouse.
    pub fn may_coach(self) -> bool {
        matches!(self, Self::Coach | Self::Manager)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the code of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("须为 coach、manager、finance 或 admin")]
pub struct NoRole;

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text).ok_or(NoRole)
    }
}
