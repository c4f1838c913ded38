//! The scripts of pages: their addresses, each with a mark of its content, so that browsers may keep them for
//! ever and get new ones with every build.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use parallax_app::Scripts;

/// Where tools/chart.mjs puts the live chart's script in the site's folder, and where it is served.
const CHART: &str = "chart/live.js";

/// The build's list of file names with hashes, which lies beside the program.
const LIST: &str = "hash.txt";

/// The address of the site's styles.
pub(crate) fn stylesheet() -> String {
    let names = list().and_then(|list| std::fs::read_to_string(list).ok());
    match names.as_deref().and_then(|names| name(names, "css")) {
        Some(hash) => format!("/pkg/parallax.{hash}.css"),
        None => "/pkg/parallax.css".to_owned(),
    }
}

/// Whether that list is there, which Leptos reads for the styles.
pub(crate) fn has_list() -> bool {
    list().is_some_and(|list| list.is_file())
}

/// The scripts of this build and this site. `None`, with a warning, when the program does not know their names:
/// pages are then complete, and stay as they are.
pub(crate) fn find(site_root: &Path) -> Option<Scripts> {
    let names = list().and_then(|list| std::fs::read_to_string(list).ok());
    let named = names.as_deref().and_then(|names| {
        let address = |kind| name(names, kind).map(|hash| format!("/pkg/parallax.{hash}.{kind}"));
        Some((address("js")?, address("wasm")?))
    });
    let Some((js, wasm)) = named else {
        tracing::warn!(
            "{LIST} is not beside the program: pages will have neither styles nor live updates; build with \
             `make build`, or deploy {LIST} and the folder site together with the program"
        );
        return None;
    };
    Some(Scripts {
        js,
        wasm,
        chart: chart(site_root),
    })
}

/// Whether an address names what never changes.
pub(crate) fn is_lasting(path: &str, query: Option<&str>) -> bool {
    path.starts_with("/pkg/")
        || (path.strip_prefix('/') == Some(CHART)
            && query.is_some_and(|query| query.starts_with("v=")))
}

fn list() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.join(LIST))
}

/// The hash of the file of a kind, in a list of lines such as `wasm: HASH`.
fn name<'a>(list: &'a str, kind: &str) -> Option<&'a str> {
    let mut lines = list.lines().filter_map(|line| line.split_once(':'));
    let (_, hash) = lines.find(|(name, _)| name.trim() == kind)?;
    Some(hash.trim())
}

/// The address of the live chart's script. `None`, with a warning, when it was not built.
fn chart(site_root: &Path) -> Option<String> {
    match std::fs::read(site_root.join(CHART)) {
        Ok(script) => Some(chart_address(&script)),
        Err(error) => {
            tracing::warn!(
                error = %error,
                "the site has no {CHART}: charts stay pictures; build it with `node tools/chart.mjs`"
            );
            None
        }
    }
}

fn chart_address(script: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    format!("/{CHART}?v={:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_hash_from_the_list() {
        let list = "js: aaa\nwasm: bbb\ncss: ccc\n";
        assert_eq!(name(list, "wasm"), Some("bbb"));
        assert_eq!(name(list, "split"), None);
    }

    #[test]
    fn another_script_has_another_address() {
        let address_of = |script: &str| chart_address(script.as_bytes());
        assert_eq!(address_of("one"), address_of("one"));
        assert_ne!(address_of("one"), address_of("two"));
        assert!(address_of("one").starts_with("/chart/live.js?v="));
    }

    #[test]
    fn only_an_address_with_the_mark_lasts() {
        assert!(is_lasting("/pkg/parallax.aaa.js", None));
        assert!(is_lasting("/chart/live.js", Some("v=00")));
        assert!(!is_lasting("/chart/live.js", None));
        assert!(!is_lasting("/charts/bitcoin.svg", Some("v=00")));
    }

    #[test]
    fn a_site_without_the_chart_has_none() {
        assert_eq!(chart(Path::new("no-such-folder")), None);
    }
}
