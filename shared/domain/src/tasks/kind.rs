//! The names that tables, events and the API share.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A name that is none of the known ones.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown {what} {name:?}")]
pub struct Unknown {
    what: &'static str,
    name: String,
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$vdoc])* #[serde(rename = $name)] $variant,)+ }

        impl $type {
            /// Every one, in declaration order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stored name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = Unknown;

            fn from_str(name: &str) -> Result<Self, Unknown> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(Unknown { what: $what, name: name.to_owned() }),
                }
            }
        }
    };
}

names! {
    /// What a coach is asked to do.
    TaskType, "task type" {
        /// Long overdue: contact at once.
        HighPriorityRecall = "high_priority_recall",
        /// Overdue: contact.
        PriorityRecall = "priority_recall",
        /// Just recalled: ask how it was.
        FollowUpVisit = "follow_up_visit",
        /// Hardly known to each other yet.
        RelationshipBuilding = "relationship_building",
    }
}

names! {
    /// Where a task stands.
    TaskStatus, "task status" {
        /// To be done.
        Active = "active",
        /// Replaced, expired, superseded, or its coach has left.
        Inactive = "inactive",
        /// Done.
        Completed = "completed",
        /// Given up by the coach, with a reason.
        Abandoned = "abandoned",
        /// Handed to another coach.
        Transferred = "transferred",
    }
}

names! {
    /// What a history row records.
    HistoryAction, "history action" {
        /// Made.
        Created = "created",
        /// Replaced by, or made in place of, a task of another type.
        TypeChanged = "type_changed",
        /// Pinned.
        Pinned = "pinned",
        /// Unpinned.
        Unpinned = "unpinned",
        /// Given up.
        Abandoned = "abandoned",
        /// Taken up again.
        AbandonCancelled = "abandon_cancelled",
        /// Handed over.
        Transferred = "transferred",
        /// A newer follow-up took its place.
        Superseded = "superseded",
        /// Its time ran out.
        Expired = "expired",
        /// Done.
        Completed = "completed",
        /// Its coach resigned or was unbound.
        CoachLeft = "coach_left",
    }
}

impl TaskType {
    /// Whether a returning member completes it.
    pub fn is_recall(self) -> bool {
        matches!(self, Self::HighPriorityRecall | Self::PriorityRecall)
    }

    /// Order of types: recalls 0, follow-up 1, relationship building 2.
    pub fn priority(self) -> u8 {
        match self {
            Self::HighPriorityRecall | Self::PriorityRecall => 0,
            Self::FollowUpVisit => 1,
            Self::RelationshipBuilding => 2,
        }
    }

    /// As coaches read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::HighPriorityRecall => "高优先召回",
            Self::PriorityRecall => "优先召回",
            Self::FollowUpVisit => "客户回访",
            Self::RelationshipBuilding => "关系构建",
        }
    }
}
