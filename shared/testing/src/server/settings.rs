//! The two ways to run a private server.

/// What a crash may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The demo: survives a power cut.
    Durable,
    /// Tests: thrown away afterwards, so nothing waits for a disk.
    Volatile,
}

const ALWAYS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "200"),
    ("shared_buffers", "256MB"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("lc_messages", "C"),
    ("log_checkpoints", "off"),
];

const DURABLE: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "15min"),
];

const VOLATILE: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "1d"),
    // Plans in tests come from what the test analyzed, not from when a daemon passed by.
    ("autovacuum", "off"),
];

impl Durability {
    /// `-c name=value` pairs for the server's command line.
    pub fn settings(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let own = match self {
            Self::Durable => DURABLE,
            Self::Volatile => VOLATILE,
        };
        ALWAYS.iter().chain(own).copied()
    }

    /// How clients prove themselves: tests send the password as it is over loopback, which spares each of their many
    /// connections 4096 hash rounds in a debug build.
    pub fn auth(self) -> &'static str {
        match self {
            Self::Durable => "scram-sha-256",
            Self::Volatile => "password",
        }
    }
}
