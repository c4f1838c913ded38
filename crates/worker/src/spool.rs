//! The spool: rows that the database does not take wait here, on disk, in the order they came.
//!
//! A folder of segments (`00000000000000000007.spool`), each a run of records (see `record`). Records are
//! appended at the end and taken from the beginning; a segment is deleted once all its records are done.
//! Nothing marks a record as done within a segment: after a crash the segment is replayed from its
//! beginning, which the store's idempotent saves make harmless.
//!
//! **Durability.** Every append is flushed to the disk (`fdatasync`) before it returns, and a new
//! segment's folder with it: what was accepted outlives the process and a loss of power. A record that
//! was cut off by either is recognised by its length and checksum, and cut away at the next start.
//!
//! **Bound.** The segments never take more than the limit: when the next record would not fit, the
//! oldest segment is given up, and its rows are counted.
//!
//! Blocking: `writer` calls it from a thread that may wait. One process owns the folder, by a lock.

mod parts;
mod record;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use self::parts::parts;
use self::record::{Found, Head};
use crate::pending::Rows;

/// The segments a full spool consists of: what is given up at once is about one of them.
const SEGMENTS: u64 = 16;
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 4 * 1_024..=8 * 1_024 * 1_024;
const EXTENSION: &str = "spool";
const LOCK: &str = "lock";

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// The folder or a file in it cannot be used.
    #[error("the spool cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Another process works in the folder.
    #[error("the spool {} is used by another process", path.display())]
    Taken { path: PathBuf },
    /// A record that is larger than the whole spool may be.
    #[error("{bytes} bytes of rows do not fit into a spool of {limit_bytes}")]
    TooLarge { bytes: u64, limit_bytes: u64 },
    /// Rows could not be written down.
    #[error("rows cannot be written to the spool")]
    Encode(#[source] serde_json::Error),
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
    move |source| SpoolError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// One file of the spool.
#[derive(Debug)]
struct Segment {
    number: u64,
    /// Where its valid records end.
    end: u64,
    /// Where the first record begins that is not done.
    start: u64,
    /// Rows in the records that are not done.
    rows: u64,
}

/// Which record was read: a later one with the same place is never made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    segment: u64,
    end: u64,
    rows: u64,
}

/// The queue on disk.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    limit_bytes: u64,
    segments: VecDeque<Segment>,
    /// The last segment, while it is written to.
    tail: Option<File>,
    next_number: u64,
    /// Held until the process ends, however it ends.
    _lock: File,
}

impl Spool {
    /// Opens the folder, makes it when it is missing, and finds what an earlier process left in it.
    /// What cannot be read of that is cut away and logged.
    pub(crate) fn open(folder: &Path, limit_bytes: u64) -> Result<Self, SpoolError> {
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        let path = folder.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SpoolError::Taken {
                path: folder.to_owned(),
            },
            TryLockError::Error(source) => failed("lock", &path)(source),
        })?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed("list", folder))? {
            let name = entry.map_err(failed("list", folder))?.file_name();
            let name = Path::new(&name);
            if name.extension().is_some_and(|end| end == EXTENSION)
                && let Some(number) = name
                    .file_stem()
                    .and_then(|stem| stem.to_str()?.parse().ok())
            {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        let mut spool = Self {
            folder: folder.to_owned(),
            limit_bytes,
            segments: VecDeque::new(),
            tail: None,
            next_number: numbers
                .last()
                .map_or(1, |last: &u64| last.saturating_add(1)),
            _lock: lock,
        };
        for number in numbers {
            spool.adopt(number)?;
        }
        Ok(spool)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.{EXTENSION}"))
    }

    /// Takes over a segment of an earlier process.
    fn adopt(&mut self, number: u64) -> Result<(), SpoolError> {
        let path = self.path(number);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        let length = file.metadata().map_err(failed("read", &path))?.len();
        let (mut end, mut rows) = (0, 0_u64);
        while let Found::Record(head, _) =
            record::read(&mut file, length - end).map_err(failed("read", &path))?
        {
            end += head.bytes();
            rows = rows.saturating_add(head.rows.into());
        }
        if end < length {
            tracing::warn!(
                spool.segment = number,
                spool.bytes = length - end,
                "the spool ends in a record that was not written whole; it is cut away"
            );
            file.set_len(end).map_err(failed("cut", &path))?;
        }
        if rows == 0 {
            self.delete(number);
        } else {
            self.segments.push_back(Segment {
                number,
                end,
                start: 0,
                rows,
            });
        }
        Ok(())
    }

    /// Rows that wait.
    pub(crate) fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    /// Bytes the segments take on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.end).sum()
    }

    /// Adds rows behind all others and returns where they are. Adds to `given_up` how many older rows
    /// were given up for them. After an error none of the rows are in the spool.
    pub(crate) fn append(
        &mut self,
        rows: &Rows,
        given_up: &mut u64,
    ) -> Result<Vec<Place>, SpoolError> {
        let before = self
            .segments
            .back()
            .map(|last| (last.number, last.end, last.rows));
        let mut places = Vec::new();
        for part in parts(rows) {
            let added = self.append_part(&part, given_up);
            match added {
                Ok(place) => places.push(place),
                Err(error) => {
                    self.take_back(before);
                    return Err(error);
                }
            }
        }
        Ok(places)
    }

    fn append_part(&mut self, part: &Rows, given_up: &mut u64) -> Result<Place, SpoolError> {
        let count = part.len();
        let bytes = record::encode(part, count).map_err(SpoolError::Encode)?;
        let length = bytes.len() as u64;
        if length > self.limit_bytes {
            return Err(SpoolError::TooLarge {
                bytes: length,
                limit_bytes: self.limit_bytes,
            });
        }
        self.make_room(length, given_up)?;
        self.write(&bytes, count)
    }

    /// Takes back what was added since the last segment had that number, end and rows.
    fn take_back(&mut self, before: Option<(u64, u64, u64)>) {
        let (number, end, rows) = before.unwrap_or_default();
        // What stays on the disk of it is a tail that no one reads, or is replayed at the next start.
        self.tail = None;
        while let Some(last) = self.segments.pop_back_if(|last| last.number > number) {
            self.delete(last.number);
        }
        if let Some(last) = self.segments.back_mut()
            && last.number == number
        {
            last.end = end;
            last.rows = rows;
            let path = self.path(number);
            drop(
                OpenOptions::new()
                    .write(true)
                    .open(path)
                    .and_then(|file| file.set_len(end)),
            );
        }
    }

    /// Gives up the oldest segments until `bytes` more fit.
    fn make_room(&mut self, bytes: u64, given_up: &mut u64) -> Result<(), SpoolError> {
        while self.bytes().saturating_add(bytes) > self.limit_bytes {
            let Some(oldest) = self.segments.front() else {
                break;
            };
            let path = self.path(oldest.number);
            if let Err(source) = fs::remove_file(&path)
                && source.kind() != io::ErrorKind::NotFound
            {
                return Err(failed("delete", &path)(source));
            }
            *given_up = given_up.saturating_add(oldest.rows);
            self.pop_first();
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], rows: u64) -> Result<Place, SpoolError> {
        let segment_bytes =
            (self.limit_bytes / SEGMENTS).clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end());
        let full = self
            .segments
            .back()
            .is_none_or(|last| last.end >= segment_bytes);
        if full || self.tail.is_none() {
            self.tail = None;
            self.begin_segment()?;
        }
        let path = self.path(self.next_number.saturating_sub(1));
        let (Some(tail), Some(last)) = (&mut self.tail, self.segments.back_mut()) else {
            return Err(failed("write", &path)(io::ErrorKind::NotFound.into()));
        };
        tail.seek(SeekFrom::Start(last.end))
            .and_then(|_| tail.write_all(bytes))
            .and_then(|()| tail.sync_data())
            .map_err(failed("write", &path))?;
        last.end += bytes.len() as u64;
        last.rows = last.rows.saturating_add(rows);
        Ok(Place {
            segment: last.number,
            end: last.end,
            rows,
        })
    }

    fn begin_segment(&mut self) -> Result<(), SpoolError> {
        let number = self.next_number;
        let path = self.path(number);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(failed("make", &path))?;
        // The number is used up even when the flush of the folder fails.
        self.next_number = number.saturating_add(1);
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed("flush", &self.folder))?;
        self.segments.push_back(Segment {
            number,
            end: 0,
            start: 0,
            rows: 0,
        });
        self.tail = Some(file);
        Ok(())
    }

    /// The oldest rows, and where they are. Segments that cannot be read any more are given up: their
    /// rows are added to `given_up`.
    pub(crate) fn first(&mut self, given_up: &mut u64) -> Option<(Place, Rows)> {
        loop {
            let segment = self.segments.front()?;
            if segment.start >= segment.end {
                // Begun, and never written to.
                let number = segment.number;
                self.pop_first();
                self.delete(number);
                continue;
            }
            match read_first(&self.path(segment.number), segment) {
                Ok(found) => return Some(found),
                Err(error) => {
                    let (number, rows) = (segment.number, segment.rows);
                    tracing::error!(
                        spool.segment = number,
                        spool.rows_lost = rows,
                        spool.error = %error,
                        "a segment of the spool cannot be read any more; it is given up"
                    );
                    *given_up = given_up.saturating_add(rows);
                    self.pop_first();
                    self.delete(number);
                }
            }
        }
    }

    /// Notes that the rows at `place` are stored. Does nothing when they were given up meanwhile.
    pub(crate) fn done(&mut self, place: Place) {
        let Some(first) = self.segments.front_mut() else {
            return;
        };
        if first.number != place.segment || first.start >= place.end {
            return;
        }
        first.start = place.end;
        first.rows = first.rows.saturating_sub(place.rows);
        if first.start >= first.end {
            let number = first.number;
            self.pop_first();
            self.delete(number);
        }
    }

    fn pop_first(&mut self) {
        self.segments.pop_front();
        if self.segments.is_empty() {
            self.tail = None;
        }
    }

    /// Deletes a segment whose rows are done. If that fails they are replayed at the next start.
    fn delete(&self, number: u64) {
        if let Err(error) = fs::remove_file(self.path(number)) {
            tracing::warn!(
                spool.segment = number,
                spool.error = %error,
                "a segment of the spool could not be deleted"
            );
        }
    }
}

/// Reads the first record of a segment that is not done.
fn read_first(path: &Path, segment: &Segment) -> Result<(Place, Rows), io::Error> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(segment.start))?;
    match record::read(&mut file, segment.end - segment.start)? {
        Found::Record(head @ Head { rows, .. }, payload) => {
            let place = Place {
                segment: segment.number,
                end: segment.start + head.bytes(),
                rows: rows.into(),
            };
            Ok((place, serde_json::from_slice(&payload)?))
        }
        Found::End | Found::Torn => Err(io::ErrorKind::InvalidData.into()),
    }
}
