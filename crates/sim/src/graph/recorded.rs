//! The recorded day of WBTC, 2024-08-28, from the folder of recordings, which is not part of the project.
//!
//! Read once, at the start; without the file there is no recorded day.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::SimError;

/// Where in the folder of recordings it is.
const FILE: &str = "thegraph/tokenHourDatas_WBTC_2024-08-28.json";

/// One recorded hour.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RecordedHour {
    #[serde(rename = "periodStartUnix")]
    pub(super) opens_s: i64,
    pub(super) open: String,
    pub(super) high: String,
    pub(super) low: String,
    pub(super) close: String,
    #[serde(rename = "priceUSD")]
    pub(super) price_usd: String,
}

/// The recorded hours by their beginning; none where there is no recording.
///
/// # Errors
/// [`SimError::Recording`] for a file in another format, [`SimError::File`] for one that cannot be read.
pub(super) fn hours(recordings: Option<&Path>) -> Result<BTreeMap<i64, RecordedHour>, SimError> {
    #[derive(Deserialize)]
    struct File {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        #[serde(rename = "tokenHourDatas")]
        hours: Vec<RecordedHour>,
    }
    let Some(path) = recordings.map(|folder| folder.join(FILE)) else {
        return Ok(BTreeMap::new());
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tracing::info!(path = %path.display(), "no recorded day of WBTC");
            return Ok(BTreeMap::new());
        }
        Err(source) => return Err(SimError::File { path, source }),
    };
    let file: File = serde_json::from_str(&text).map_err(|source| SimError::Recording {
        path,
        line: source.line(),
        source,
    })?;
    let hours = file.data.hours.into_iter();
    Ok(hours.map(|hour| (hour.opens_s, hour)).collect())
}
