//! One record of the spool: its length, how many rows it holds and a checksum, then the rows as JSON.
//!
//! All numbers are 32 bits, little-endian. The checksum (CRC-32 of IEEE 802.3) covers length, count and
//! payload, so that a record that was cut off, or a file filled with zeros, is not taken for one.

use std::io::{self, Read};

use crate::pending::Rows;

const HEAD_BYTES: usize = 12;

/// What precedes the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    length: u32,
    /// Rows in the record.
    pub(super) rows: u32,
    checksum: u32,
}

impl Head {
    /// Bytes of the whole record.
    pub(super) fn bytes(self) -> u64 {
        HEAD_BYTES as u64 + u64::from(self.length)
    }

    fn of(length: u32, rows: u32, payload: &[u8]) -> Self {
        let mut sum = Checksum::new();
        sum.update(&length.to_le_bytes());
        sum.update(&rows.to_le_bytes());
        sum.update(payload);
        Self {
            length,
            rows,
            checksum: sum.finish(),
        }
    }

    fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let fields = [self.length, self.rows, self.checksum];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: [u8; HEAD_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            length: u32::from_le_bytes([a, b, c, d]),
            rows: u32::from_le_bytes([e, f, g, h]),
            checksum: u32::from_le_bytes([i, j, k, l]),
        }
    }
}

/// What was found where a record may begin.
#[derive(Debug)]
pub(super) enum Found {
    Record(Head, Vec<u8>),
    /// Nothing more.
    End,
    /// Something that is no whole record.
    Torn,
}

/// Rows as a record.
pub(super) fn encode(rows: &Rows, count: u64) -> Result<Vec<u8>, serde_json::Error> {
    let payload = serde_json::to_vec(rows)?;
    let too_large = |_| serde::ser::Error::custom("more than 4 GiB of rows");
    let length = u32::try_from(payload.len()).map_err(too_large)?;
    let count = u32::try_from(count).map_err(too_large)?;
    let mut record = Vec::with_capacity(HEAD_BYTES + payload.len());
    record.extend_from_slice(&Head::of(length, count, &payload).to_bytes());
    record.extend_from_slice(&payload);
    Ok(record)
}

/// Reads the record that begins here, of which and of others `left` bytes are in the file.
pub(super) fn read(file: &mut impl Read, left: u64) -> io::Result<Found> {
    if left == 0 {
        return Ok(Found::End);
    }
    let mut bytes = [0; HEAD_BYTES];
    if left < HEAD_BYTES as u64 {
        return Ok(Found::Torn);
    }
    file.read_exact(&mut bytes)?;
    let head = Head::from_bytes(bytes);
    // Before the memory for it is taken: a torn head can say anything.
    let Some(length) = usize::try_from(head.length)
        .ok()
        .filter(|_| head.bytes() <= left)
    else {
        return Ok(Found::Torn);
    };
    let mut payload = vec![0; length];
    file.read_exact(&mut payload)?;
    if Head::of(head.length, head.rows, &payload) == head {
        Ok(Found::Record(head, payload))
    } else {
        Ok(Found::Torn)
    }
}

/// CRC-32 as in Ethernet, gzip and PNG: reflected, polynomial 0xEDB88320.
struct Checksum(u32);

impl Checksum {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut value = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                value = (value >> 1) ^ (0xEDB8_8320 & (value & 1).wrapping_neg());
                bit += 1;
            }
            #[expect(
                clippy::indexing_slicing,
                reason = "below 256, and checked when compiled"
            )]
            {
                table[byte] = value;
            }
            byte += 1;
        }
        table
    };

    const fn new() -> Self {
        Self(u32::MAX)
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [low, ..] = self.0.to_le_bytes();
            // Always there: the table has an entry for every byte.
            let entry = Self::TABLE.get(usize::from(low ^ byte)).copied();
            self.0 = (self.0 >> 8) ^ entry.unwrap_or_default();
        }
    }

    const fn finish(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_everyone_knows() {
        let mut sum = Checksum::new();
        sum.update(b"1234");
        sum.update(b"56789");
        assert_eq!(sum.finish(), 0xCBF4_3926);
    }

    #[test]
    fn a_candle_spooled_before_it_had_a_band_is_read_without_one() {
        let candle = r#"{"candles":[{"token":"bitcoin","source":"index","interval":"1m",
            "open_time":"2026-11-21T12:00:00.000Z","open":"1","high":"1","low":"1","close":"1",
            "volume_usd":"0","trades":0,"sources":1,"minutes":1,"kind":"filled","revision":0}],
            "listings":[],"quotes":[],"prices":[],"facts":[],"usage":[]}"#;
        let rows: Rows = serde_json::from_str(candle).unwrap();
        let [candle] = rows.candles.try_into().unwrap();
        assert_eq!(candle.bar.confidence, None);
    }

    #[test]
    fn a_record_that_is_cut_or_changed_anywhere_is_torn() {
        let record = encode(&Rows::default(), 7).unwrap();
        let all = record.len() as u64;
        assert!(matches!(
            read(&mut record.as_slice(), all).unwrap(),
            Found::Record(Head { rows: 7, .. }, _)
        ));
        for cut in 1..record.len() {
            let part = record.get(..cut).unwrap();
            let found = read(&mut &*part, cut as u64).unwrap();
            assert!(matches!(found, Found::Torn), "{cut}: {found:?}");
        }
        for place in 0..record.len() {
            let mut changed = record.clone();
            *changed.get_mut(place).unwrap() ^= 1;
            let found = read(&mut changed.as_slice(), all).unwrap();
            assert!(matches!(found, Found::Torn), "{place}: {found:?}");
        }
        assert!(matches!(
            read(&mut [0; 64].as_slice(), 64).unwrap(),
            Found::Torn
        ));
        assert!(matches!(read(&mut [].as_slice(), 0).unwrap(), Found::End));
    }
}
