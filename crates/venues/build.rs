//! Registers the exchanges: every file in `src/exchanges/` becomes a module and an entry of `ALL`.
//!
//! So adding an exchange edits no shared file. `linkme` and `automod` were tried instead: the first
//! gave silently empty slices, the second did not rebuild for a new file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("src/exchanges");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let id = path.file_stem().and_then(|stem| stem.to_str());
        let id = id.filter(|id| is_venue_id(id)).ok_or_else(|| {
            format!(
                "{}: the file's name is the venue's id, so it must be 1 to 32 lowercase letters, \
                 digits or '_', starting with a letter",
                path.display()
            )
        })?;
        files.push((id.to_owned(), path));
    }
    files.sort();

    let mut code = String::new();
    for (id, path) in &files {
        writeln!(code, "#[path = {path:?}]\npub mod {id};")?;
    }
    code.push_str(
        "/// Every exchange this build knows, sorted by id.\npub static ALL: &[&dyn Adapter] = &[",
    );
    for (id, _) in &files {
        write!(code, "{id}::ADAPTER, ")?;
    }
    code.push_str("];\n#[cfg(test)]\nstatic FILE_NAMES: &[&str] = &[");
    for (id, _) in &files {
        write!(code, "{id:?}, ")?;
    }
    code.push_str("];\n");
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("exchanges.rs"),
        code,
    )?;
    Ok(())
}

/// The rule of `parallax::venue::VenueId`, which a build script cannot use without building the
/// vocabulary a second time; the unit test beside `ALL` checks that both agree on every file.
fn is_venue_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
