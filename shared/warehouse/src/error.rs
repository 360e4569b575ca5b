//! What can go wrong with a warehouse that is not ours, by what a caller does about it.

/// A read of the warehouse failed.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// No connection: refused, dropped, out of connections, wrong password, no such database.
    #[error("warehouse cannot be reached")]
    Unreachable(#[source] sqlx::Error),
    /// A view of the contract is not there.
    #[error("warehouse lacks the view {name}")]
    MissingView {
        /// As the query names it, such as `app.v_dim_member`.
        name: String,
        /// The database's answer.
        #[source]
        source: sqlx::Error,
    },
    /// A view is there without a column of the contract.
    #[error("warehouse lacks the column {name}")]
    MissingColumn {
        /// As the query names it, such as `r.rs_score`.
        name: String,
        /// The database's answer.
        #[source]
        source: sqlx::Error,
    },
    /// Our role may not read it.
    #[error("warehouse refuses the reader: {message}")]
    Forbidden {
        /// The database's words, such as `permission denied for view v_dim_member`.
        message: String,
        /// The database's answer.
        #[source]
        source: sqlx::Error,
    },
    /// Cut off by `statement_timeout`.
    #[error("warehouse took too long to answer")]
    Timeout(#[source] sqlx::Error),
    /// Anything else: a column of another type, a value that does not fit.
    #[error("warehouse query failed")]
    Other(#[source] sqlx::Error),
}

impl From<sqlx::Error> for WarehouseError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed => Self::Unreachable(error),
                _ => Self::Other(error),
            };
        };
        let code = database.code().unwrap_or_default().into_owned();
        let message = database.message().to_owned();
        match code.as_str() {
            "42P01" => Self::MissingView { name: named(&message), source: error },
            "42703" => Self::MissingColumn { name: named(&message), source: error },
            "42501" => Self::Forbidden { message, source: error },
            "57014" => Self::Timeout(error),
            // Connection, resources, shutdown and recovery, login, database name.
            "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "3D000" => Self::Unreachable(error),
            code if ["08", "28", "53"].iter().any(|class| code.starts_with(class)) => {
                Self::Unreachable(error)
            }
            _ => Self::Other(error),
        }
    }
}

/// The object in the server's message: quoted (`relation "app.x" does not exist`) or qualified (`column r.y does …`).
fn named(message: &str) -> String {
    message
        .split('"')
        .nth(1)
        .or_else(|| message.split_whitespace().find(|word| word.contains('.')))
        .unwrap_or(message)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_object_is_found_in_the_servers_message() {
        assert_eq!(named(r#"relation "app.v_dim_member" does not exist"#), "app.v_dim_member");
        assert_eq!(named("column r.rs_score does not exist"), "r.rs_score");
        assert_eq!(named(r#"column "rs_score" does not exist"#), "rs_score");
        assert_eq!(named("no such thing"), "no such thing");
    }
}
