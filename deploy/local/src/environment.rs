//! The environment variables that the local commands read, and the checkout they belong to.
#![expect(
    clippy::disallowed_methods,
    reason = "the programs' configuration is store::config's; these choose servers, tools and directories"
)]
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A server URL given for the demo: `ZQYY__DATABASE__{BIZ,ETL}_URL`.
pub fn database_url(which: &str) -> Option<String> {
    std::env::var(format!("ZQYY__DATABASE__{which}_URL")).ok().filter(|url| !url.is_empty())
}

/// The cargo that runs us, else the one of `PATH`, in the checkout.
///
/// Without what the outer cargo told us about our own package: build scripts (ring's, for one) watch those variables,
/// and everything above them would be compiled anew.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    for (name, _) in std::env::vars_os() {
        if ours.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
    command.current_dir(checkout());
    command
}

/// The checkout that this program was built from.
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo puts programs of our profile: beside this one, or one up for a test's copy.
pub fn program_dir() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let dir = exe.parent().unwrap_or(Path::new("/"));
    Ok(if dir.ends_with("deps") { dir.parent().unwrap_or(dir) } else { dir }.to_path_buf())
}

/// The `ZQYY__` settings in our own environment: not for the programs that we start.
pub fn program_settings() -> Vec<std::ffi::OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.as_encoded_bytes().starts_with(b"ZQYY__"))
        .collect()
}
