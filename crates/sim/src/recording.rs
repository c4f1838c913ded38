//! Reads recordings: `*.cap.jsonl`, one event per line.
//!
//! Format: `{"t": unix seconds, "d": "open" | "out" | "in", "u": url, "m": payload}`; `in` is what the
//! exchange sent. Other directions and fields are ignored.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::error::SimError;

/// One frame that an exchange sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordedFrame {
    /// When the recorder received it, since 1970. Never earlier than the frame before it.
    pub at: Duration,
    pub text: String,
}

#[derive(Deserialize)]
struct Line {
    t: f64,
    d: String,
    m: Option<String>,
}

/// The `in` frames of one recording, in their order.
pub(crate) fn read_frames(path: &Path) -> Result<Vec<RecordedFrame>, SimError> {
    let text = std::fs::read_to_string(path).map_err(|source| SimError::File {
        path: path.to_owned(),
        source,
    })?;
    let mut latest = Duration::ZERO;
    let mut frames = Vec::new();
    for (position, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let line: Line = serde_json::from_str(line).map_err(|source| SimError::Recording {
            path: path.to_owned(),
            line: position + 1,
            source,
        })?;
        let (true, Some(text)) = (line.d == "in", line.m) else {
            continue;
        };
        // A recorder's clock can step back; the order of the lines is what counts.
        latest = latest.max(Duration::try_from_secs_f64(line.t).unwrap_or(latest));
        frames.push(RecordedFrame { at: latest, text });
    }
    Ok(frames)
}

/// The files of a folder whose name starts and ends so, sorted by name, which begins with the date.
pub(crate) fn files(folder: &Path, prefix: &str, suffix: &str) -> Result<Vec<PathBuf>, SimError> {
    let refused = |source| SimError::File {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let path = entry.map_err(refused)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with(prefix) && name.ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
