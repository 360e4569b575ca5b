//! Which manual covers a table.
use testing::provision::Kind;

/// A manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Users, roles, bindings.
    Auth,
    /// Sites, tasks, notes, rules, statistics.
    Biz,
    /// What the ETL must provide.
    EtlContract,
    /// What stands behind the views in the reference warehouse.
    EtlReference,
    /// Jobs, events, runs.
    Scheduler,
}

impl Area {
    /// Every manual.
    pub const ALL: [Self; 5] =
        [Self::Auth, Self::Biz, Self::EtlContract, Self::EtlReference, Self::Scheduler];

    /// The area of a table or function, by its schema and name; `None`: no manual covers it.
    pub fn of(kind: Kind, schema: &str, name: &str) -> Option<Self> {
        let scheduler = ["trigger_", "wake_scheduler"].iter().any(|start| name.starts_with(start));
        match (kind, schema) {
            (Kind::Biz, "auth") => Some(Self::Auth),
            (Kind::Biz, "biz") if scheduler => Some(Self::Scheduler),
            (Kind::Biz, "biz" | "public") => Some(Self::Biz),
            (Kind::Etl, "app") => Some(Self::EtlContract),
            (Kind::Etl, "cfg" | "dim" | "dwd" | "dws") => Some(Self::EtlReference),
            _ => None,
        }
    }

    /// Part of every file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth_tables",
            Self::Biz => "biz_tables",
            Self::EtlContract => "etl_contract",
            Self::EtlReference => "etl_reference",
            Self::Scheduler => "scheduler_tables",
        }
    }

    /// The database whose tables it has.
    pub fn database(self) -> Kind {
        match self {
            Self::Auth | Self::Biz | Self::Scheduler => Kind::Biz,
            Self::EtlContract | Self::EtlReference => Kind::Etl,
        }
    }

    /// The generated page.
    pub fn manual(self) -> String {
        format!("docs/database/BD_Manual_{}.md", self.name())
    }

    /// Its beginning, written by hand.
    pub fn preface(self) -> String {
        format!("docs/database/prefaces/{}.md", self.name())
    }

    /// Its verification queries.
    pub fn checks(self) -> &'static str {
        match self {
            Self::Auth => include_str!("../../../../docs/database/verify/auth_tables.sql"),
            Self::Biz => include_str!("../../../../docs/database/verify/biz_tables.sql"),
            Self::EtlContract => include_str!("../../../../docs/database/verify/etl_contract.sql"),
            Self::EtlReference => include_str!("../../../../docs/database/verify/etl_reference.sql"),
            Self::Scheduler => include_str!("../../../../docs/database/verify/scheduler_tables.sql"),
        }
    }
}
