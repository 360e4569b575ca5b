//! The TLS provider of this process.

/// Installs ring. The downloader of PostgreSQL binaries builds `reqwest` without a provider of its own, for the whole
/// program: without this, making any HTTP client panics. Safe to call again.
pub fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default(); // (an error: there is one already)
}
