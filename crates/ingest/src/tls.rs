//! TLS as every connection of this room uses it: rustls with ring, trusting Mozilla's roots.
//!
//! The provider is named here and not taken from the process's default, so that another crate that
//! brings a second one cannot turn connecting into a panic.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::error::IngestError;

pub(crate) fn client_config() -> Result<Arc<ClientConfig>, IngestError> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(IngestError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
    Ok(Arc::new(config))
}
