//! The live chart's script as pages name it: its address with a mark of its content, so that browsers may keep
//! it for ever and get a new one with every build.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use parallax_app::ChartScript;

/// Where tools/chart.mjs puts it in the site's folder, and where it is served.
const PATH: &str = "chart/live.js";

/// Reads the script of this site. `None`, with a warning, when it was not built: pages then keep the pictures
/// that the server draws.
pub(crate) fn find(site_root: &Path) -> Option<ChartScript> {
    match std::fs::read(site_root.join(PATH)) {
        Ok(script) => Some(ChartScript(address(&script))),
        Err(error) => {
            tracing::warn!(
                error = %error,
                "the site has no {PATH}: charts stay pictures; build it with `node tools/chart.mjs`"
            );
            None
        }
    }
}

/// Whether an address names the script by its content, which never changes then.
pub(crate) fn is_lasting(path: &str, query: Option<&str>) -> bool {
    path.strip_prefix('/') == Some(PATH) && query.is_some_and(|query| query.starts_with("v="))
}

fn address(script: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    format!("/{PATH}?v={:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_script_has_another_address() {
        let address_of = |script: &str| address(script.as_bytes());
        assert_eq!(address_of("one"), address_of("one"));
        assert_ne!(address_of("one"), address_of("two"));
        assert!(address_of("one").starts_with("/chart/live.js?v="));
    }

    #[test]
    fn only_an_address_with_the_mark_lasts() {
        assert!(is_lasting("/chart/live.js", Some("v=00")));
        assert!(!is_lasting("/chart/live.js", None));
        assert!(!is_lasting("/charts/bitcoin.svg", Some("v=00")));
    }

    #[test]
    fn a_site_without_the_script_has_none() {
        assert_eq!(find(Path::new("no-such-folder")), None);
    }
}
