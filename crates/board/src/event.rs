//! One publication, serialised once, when the first reader wants it, and shared by all.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use parallax::connection::ConnectionReport;
use parallax::index::IndexPrice;
use parallax::stream::{PriceDetail, PriceSummary};
use serde::Serialize;

use crate::{Detail, Fields};

/// The most choices of members whose bytes are kept with a price; further ones are made for each reader.
const MOST_CHOICES: usize = 8;

/// A server-sent event, as bytes, and where its JSON lies within.
#[derive(Debug, Clone)]
struct Frame {
    bytes: Bytes,
    json_start: usize,
}

impl Frame {
    fn new(name: &str, seq: u64, data: &impl Serialize) -> Self {
        // Our own types with string keys always serialise; an empty object would still be valid.
        let json = serde_json::to_string(data).unwrap_or_else(|_| "{}".to_owned());
        Self::of_json(name, seq, &json)
    }

    fn of_json(name: &str, seq: u64, json: &str) -> Self {
        let head = format!("event: {name}\nid: {seq}\ndata: ");
        let json_start = head.len();
        Self {
            bytes: Bytes::from(head + json + "\n\n"),
            json_start,
        }
    }

    fn json(&self) -> Bytes {
        self.bytes.slice(self.json_start..self.bytes.len() - 2)
    }
}

/// A token's published price.
#[derive(Debug)]
pub struct PublishedPrice {
    /// What a table shows.
    pub summary: PriceSummary,
    /// The explanation.
    pub index: Arc<IndexPrice>,
    summary_frame: OnceLock<Frame>,
    detail_frame: OnceLock<Frame>,
    chosen_frames: Mutex<Vec<(Fields, Frame)>>,
}

impl PublishedPrice {
    pub(crate) const fn new(summary: PriceSummary, index: Arc<IndexPrice>) -> Self {
        Self {
            summary,
            index,
            summary_frame: OnceLock::new(),
            detail_frame: OnceLock::new(),
            chosen_frames: Mutex::new(Vec::new()),
        }
    }

    fn frame(&self, detail: Detail) -> Frame {
        let seq = self.summary.seq;
        match detail {
            Detail::Summary => self.summary_frame().clone(),
            Detail::Full => {
                let make = || {
                    let detail = PriceDetail {
                        summary: self.summary.clone(),
                        index: Arc::clone(&self.index),
                    };
                    Frame::new("price", seq, &detail)
                };
                self.detail_frame.get_or_init(make).clone()
            }
            Detail::Chosen(fields) => self.chosen_frame(fields),
        }
    }

    fn summary_frame(&self) -> &Frame {
        self.summary_frame
            .get_or_init(|| Frame::new("price", self.summary.seq, &self.summary))
    }

    /// Made by the first of the readers that have chosen the same.
    fn chosen_frame(&self, fields: Fields) -> Frame {
        let kept = self.chosen_frames.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        if let Some((_, frame)) = kept.iter().find(|(chosen, _)| *chosen == fields) {
            return frame.clone();
        }
        let summary = self.summary_frame().json();
        let json = fields.of_json(std::str::from_utf8(&summary).unwrap_or("{}"));
        let frame = Frame::of_json("price", self.summary.seq, &json);
        if kept.len() < MOST_CHOICES {
            kept.push((fields, frame.clone()));
        }
        frame
    }

    /// The JSON alone: a [`PriceSummary`], what was chosen of it, or a [`PriceDetail`].
    pub fn json(&self, detail: Detail) -> Bytes {
        self.frame(detail).json()
    }
}

/// A connection's published state.
#[derive(Debug)]
pub struct ConnectionEvent {
    /// Its number.
    pub seq: u64,
    /// The state.
    pub report: Arc<ConnectionReport>,
    frame: OnceLock<Frame>,
}

impl ConnectionEvent {
    pub(crate) const fn new(seq: u64, report: Arc<ConnectionReport>) -> Self {
        Self {
            seq,
            report,
            frame: OnceLock::new(),
        }
    }
}

/// Another catalogue is in force: what tokens are called and where they trade may be something else now.
#[derive(Debug)]
pub struct CatalogueEvent {
    /// Its number.
    pub seq: u64,
    /// The catalogue's.
    pub revision: u64,
    frame: OnceLock<Frame>,
}

impl CatalogueEvent {
    pub(crate) const fn new(seq: u64, revision: u64) -> Self {
        Self {
            seq,
            revision,
            frame: OnceLock::new(),
        }
    }

    fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| {
            let (seq, revision) = (self.seq, self.revision);
            let json = format!("{{\"seq\":{seq},\"revision\":{revision}}}");
            Frame::of_json("catalogue", seq, &json)
        })
    }
}

/// One publication.
#[derive(Debug, Clone)]
pub enum Event {
    /// A token's price.
    Price(Arc<PublishedPrice>),
    /// A connection's state.
    Connection(Arc<ConnectionEvent>),
    /// Another catalogue.
    Catalogue(Arc<CatalogueEvent>),
}

impl Event {
    /// The publication's number.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Self::Price(price) => price.summary.seq,
            Self::Connection(connection) => connection.seq,
            Self::Catalogue(catalogue) => catalogue.seq,
        }
    }

    /// The publication as a server-sent event, `event: …`, `id: …`, `data: …` and a blank line.
    #[must_use]
    pub fn sse(&self, detail: Detail) -> Bytes {
        match self {
            Self::Price(price) => price.frame(detail).bytes,
            Self::Connection(event) => event
                .frame
                .get_or_init(|| Frame::new("connection", event.seq, &event.report))
                .bytes
                .clone(),
            Self::Catalogue(event) => event.frame().bytes.clone(),
        }
    }
}
