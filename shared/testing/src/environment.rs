//! The few environment variables that decide where a private server comes from.
#![expect(
    clippy::disallowed_methods,
    reason = "these name servers and binaries; the programs' configuration is store::config's"
)]
use std::path::PathBuf;

/// Names the file of a running test cluster, see [`crate::cluster`]; set by `cargo verify`.
pub const TEST_CLUSTER: &str = "ZQYY_TEST_CLUSTER";
/// Superuser URL of a server to run the tests on instead of a private one.
pub const TEST_URL: &str = "ZQYY_TEST_URL";

/// `PG_INSTALL_DIR`: the installation to use.
pub fn pg_install_dir() -> Option<PathBuf> {
    std::env::var_os("PG_INSTALL_DIR").filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// The directories of `PATH`.
pub fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Where a downloaded server is kept, outside the checkout so that every checkout shares it. Under root, a place that
/// the server's user can read.
pub fn cache_dir() -> PathBuf {
    if nix::unistd::Uid::effective().is_root() {
        return PathBuf::from("/var/cache/zqyy");
    }
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("zqyy")
}

pub(crate) fn test_cluster() -> Option<PathBuf> {
    std::env::var_os(TEST_CLUSTER).map(PathBuf::from)
}

pub(crate) fn test_url() -> Option<String> {
    std::env::var(TEST_URL).ok()
}
