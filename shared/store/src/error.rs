//! What can go wrong at the business database, in the words of the domain.
use std::borrow::Cow;

/// An error of the store. Converted once, here, from sqlx; api and worker map it once more at their own edge.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The run that this transaction belongs to has been taken over, cancelled or ended: stop, write nothing.
    #[error("run {run_id} (epoch {epoch}) is no longer ours")]
    FenceLost {
        /// `biz.trigger_runs.id`.
        run_id: i64,
        /// The epoch that lost.
        epoch: i32,
    },
    /// There is no such row at this site.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The row's state, or another row, stands against it.
    #[error("conflict: {0}")]
    Conflict(Cow<'static, str>),
    /// The caller may not enter the site: no such user there, out-of-date token, wrong status.
    #[error("not admitted: {0}")]
    NotAdmitted(&'static str),
    /// A stored value that no rule can read.
    #[error("{what} is unreadable: {why}")]
    Unreadable {
        /// Table, column and key.
        what: String,
        /// The parser's words.
        why: String,
    },
    /// The database refused or could not be reached.
    #[error("business database: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Makes a domain error of a named constraint's violation, and leaves every other error as it is.
    pub fn on_constraint(error: sqlx::Error, name: &str, then: impl FnOnce() -> Self) -> Self {
        match error.as_database_error().and_then(|e| e.constraint()) {
            Some(constraint) if constraint == name => then(),
            _ => Self::Database(error),
        }
    }

    /// A value in the database that the domain cannot read.
    pub fn unreadable(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { what: what.into(), why: why.to_string() }
    }

    /// Whether the same call may succeed later: the database was away, busy, or chose us as a deadlock's victim.
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            // A server that dies while it is greeted may answer with anything, TLS's first byte included.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Database(e) => e.code().is_some_and(|code| {
                // connection, resources, operator intervention (restart, timeout), rollback (deadlock, serialization)
                ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class)) || code == "55P03"
            }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen when a server crashed under the fault harness: the finisher took it for the database's refusal of the report.
    #[test]
    fn a_server_that_dies_while_it_is_greeted_is_away_and_nothing_was_refused() {
        for error in [
            sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".into()),
            sqlx::Error::BeginFailed,
            sqlx::Error::PoolTimedOut,
            std::io::Error::from(std::io::ErrorKind::ConnectionReset).into(),
        ] {
            assert!(StoreError::from(error).is_transient());
        }
        assert!(!StoreError::from(sqlx::Error::RowNotFound).is_transient());
        assert!(!StoreError::NotFound("run").is_transient());
    }
}
