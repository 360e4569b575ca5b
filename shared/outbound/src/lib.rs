//! How we reach services outside, WeChat and AI alike: one way to make an HTTP client ([`client`]), so that TLS is the
//! same everywhere, and one way to use it ([`Call`]): limits of time and size, few repetitions, metrics.
mod call;

use std::{sync::Arc, time::Duration};

pub use call::{Call, Failure, Verdict, call};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// A client that refuses redirects, gives up after `timeout` (from the first byte sent to the last received), and speaks
/// TLS by ring with Mozilla's roots: no system library, no provider to install first.
///
/// # Errors
/// When the TLS configuration cannot be made; it does not depend on the network.
pub fn client(timeout: Duration) -> Result<reqwest::Client, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .timeout(timeout)
        .build()?)
}

/// Why no client can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The TLS library refused its configuration.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The HTTP library refused its own.
    #[error("the HTTP client cannot be set up")]
    Http(#[from] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_needs_no_provider_installed_first() {
        assert!(client(Duration::from_secs(1)).is_ok());
    }
}
