//! Starting a replay: recordings served as if the exchange were sending them now.
//!
//! Recordings of one venue that overlap in time are merged by their recorded times; those of different
//! dates are played one after another in order of their dates. Pauses are kept, but none is longer than
//! [`LONGEST_PAUSE`], which also bounds the gap between two dates. Every connection is played everything
//! from the beginning once it subscribes.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::net::TcpListener;

use crate::error::SimError;
use crate::floor::{Floor, RunningSim};
use crate::recorded_markets::{listings_of, recorded_discovery};
use crate::recording::{RecordedFrame, files, read_frames};
use crate::tape::{Speed, Tape, TapeFrame};
use crate::venue::Venue;

/// A longer pause between two recorded frames is shortened to this, before the speed applies.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What a replay is started with.
#[derive(Debug, Clone)]
pub struct ReplayConfig {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The folder with one folder per venue, holding `*.cap.jsonl`.
    pub recordings: PathBuf,
    /// The venues to serve; each must have recordings and a language the simulator speaks (binance,
    /// `binance_us`, coinbase, kraken).
    pub venues: Vec<String>,
    /// The pace.
    pub speed: Speed,
    /// Whether to start over after the last frame.
    pub endless: bool,
}

/// Starts serving recordings.
///
/// # Errors
/// [`SimError::UnknownVenue`] for a venue without recordings or language, [`SimError::File`] and
/// [`SimError::Recording`] for files that cannot be read, [`SimError::Listen`].
pub async fn replay(config: ReplayConfig) -> Result<RunningSim, SimError> {
    let venues = config
        .venues
        .iter()
        .map(|id| venue(&config, id))
        .collect::<Result<Vec<_>, _>>()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(SimError::Listen)?;
    RunningSim::open(listener, Floor::new(venues, None, None))
}

fn venue(config: &ReplayConfig, id: &str) -> Result<Venue, SimError> {
    let folder = config.recordings.join(id);
    let frames = frames_of(&folder)?;
    if frames.is_empty() {
        return Err(SimError::UnknownVenue(id.to_owned()));
    }
    let (listings, discovery) = markets(&folder, id, &frames)?;
    let mut venue = Venue::new(id, listings)?;
    venue.recorded_discovery = discovery;
    venue.tape = Some(Tape {
        frames: tape(frames).into(),
        speed: config.speed,
        endless: config.endless,
    });
    Ok(venue)
}

fn markets(
    folder: &Path,
    id: &str,
    frames: &[RecordedFrame],
) -> Result<(crate::listing::Listings, Option<String>), SimError> {
    let mut responses = Vec::new();
    for path in files(folder, "symbols", ".rest.jsonl")? {
        let text =
            std::fs::read_to_string(&path).map_err(|source| SimError::File { path, source })?;
        responses.extend(text.lines().map(str::to_owned));
    }
    let listings = listings_of(id, frames, &responses);
    let discovery = recorded_discovery(id, &listings, &responses);
    Ok((listings, discovery))
}

/// All frames of a venue's recordings, merged by time.
fn frames_of(folder: &Path) -> Result<Vec<RecordedFrame>, SimError> {
    let mut all = Vec::new();
    for path in files(folder, "", ".cap.jsonl")? {
        all.extend(read_frames(&path)?);
    }
    // Stable, and times never fall within a file: each file keeps its order.
    all.sort_by_key(|frame| frame.at);
    Ok(all)
}

fn tape(frames: Vec<RecordedFrame>) -> Vec<TapeFrame> {
    let mut before = frames.first().map(|frame| frame.at).unwrap_or_default();
    frames
        .into_iter()
        .map(|frame| {
            let after = frame.at.saturating_sub(before).min(LONGEST_PAUSE);
            before = frame.at;
            TapeFrame {
                after,
                text: Utf8Bytes::from(frame.text),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_kept_up_to_a_limit() {
        let frame = |ms, text: &str| RecordedFrame {
            at: Duration::from_millis(ms),
            text: text.to_owned(),
        };
        let tape = tape(vec![
            frame(1_000, "a"),
            frame(1_250, "b"),
            frame(9_000_000, "c"),
        ]);
        let pauses: Vec<_> = tape.iter().map(|frame| frame.after.as_millis()).collect();
        assert_eq!(pauses, [0, 250, 2_000]);
    }
}
