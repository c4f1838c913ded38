//! Bodies with gaps for a word that is another in each answer, compressed once around them.
//!
//! A nonce must be fresh in each answer, and to compress a page takes a hundred times longer than to answer with one.
//! Brotli (RFC 7932) and gzip (RFC 1952) both allow plain bytes between compressed ones, so the word is put there; the
//! pieces around it are compressed each for itself, so that none is read with the help of a word that changes. Knows
//! nothing of pages; `pages.rs` calls it.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use brotli::enc::BrotliEncoderParams;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// The window of all pieces, as a power of two: larger than any page.
const BROTLI_WINDOW: i32 = 22;
/// A page of a hundred rows in about a millisecond; more takes much longer for little.
const BROTLI_QUALITY: i32 = 4;
/// The end of a Brotli stream at a whole byte: the last block, which is empty.
const BROTLI_END: [u8; 1] = [0x03];
/// Gzip's header without name and time, of no particular system.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The end of Deflate's blocks at a whole byte: the last one, stored and empty.
const DEFLATE_END: [u8; 5] = [0x01, 0x00, 0x00, 0xff, 0xff];

/// How a body is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Encoding {
    /// As it is.
    Plain,
    /// `gzip`.
    Gzip,
    /// `br`.
    Brotli,
}

impl Encoding {
    /// The smallest that the client says it reads.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        let mut best = Self::Plain;
        for entry in lines.flat_map(|line| line.split(',')) {
            let mut parts = entry.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let is_refused = parts.any(|part| {
                let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                weight.is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty())
            });
            if is_refused {
                continue;
            }
            if name.eq_ignore_ascii_case("br") {
                best = Self::Brotli;
            } else if name.eq_ignore_ascii_case("gzip") && best == Self::Plain {
                best = Self::Gzip;
            }
        }
        best
    }

    /// Its name in `Content-Encoding`.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// A body with gaps.
#[derive(Debug)]
pub(super) struct Gapped {
    encoding: Encoding,
    /// What stands before, between and after the gaps: one more than there are gaps.
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    written: Vec<u8>,
    /// Of the piece as it is; gzip ends with the sum of all.
    sum: Crc,
}

impl Gapped {
    /// A body with a gap wherever it holds `word`; without a word it has none.
    ///
    /// # Errors
    /// Of the compression, which does not fail in memory.
    pub(super) fn new(body: &[u8], word: Option<&str>, encoding: Encoding) -> io::Result<Self> {
        let mut pieces = Vec::new();
        let mut rest = body;
        if let Some(word) = word {
            while let Some(at) = find(rest, word.as_bytes()) {
                let (before, after) = rest.split_at(at);
                pieces.push(Piece::new(before, encoding, pieces.is_empty())?);
                rest = after.get(word.len()..).unwrap_or_default();
            }
        }
        pieces.push(Piece::new(rest, encoding, pieces.is_empty())?);
        Ok(Self { encoding, pieces })
    }

    /// Words without gaps, as they are.
    pub(super) fn plain(words: &str) -> Self {
        let written = words.as_bytes().to_vec();
        let sum = Crc::new();
        Self {
            encoding: Encoding::Plain,
            pieces: vec![Piece { written, sum }],
        }
    }

    /// What it takes in memory.
    pub(super) fn size_bytes(&self) -> usize {
        let written = self.pieces.iter().map(|piece| piece.written.len());
        written.sum()
    }

    /// The body with a word in its gaps, which has 1 to 65,535 bytes.
    pub(super) fn filled(&self, word: &str) -> Vec<u8> {
        let gap = self.encoding.as_it_is(word.as_bytes());
        let gaps = self.pieces.len().saturating_sub(1);
        let mut body = Vec::with_capacity(self.size_bytes() + gaps * gap.len() + 32);
        body.extend_from_slice(self.encoding.head());
        for (number, piece) in self.pieces.iter().enumerate() {
            if number > 0 {
                body.extend_from_slice(&gap);
            }
            body.extend_from_slice(&piece.written);
        }
        body.extend_from_slice(self.encoding.end());
        if self.encoding == Encoding::Gzip {
            let sum = self.sum(word.as_bytes());
            body.extend_from_slice(&sum.sum().to_le_bytes());
            body.extend_from_slice(&sum.amount().to_le_bytes());
        }
        body
    }

    /// Of the whole body with the word in its gaps.
    fn sum(&self, word: &[u8]) -> Crc {
        let mut gap = Crc::new();
        gap.update(word);
        let mut all = Crc::new();
        for (number, piece) in self.pieces.iter().enumerate() {
            if number > 0 {
                all.combine(&gap);
            }
            all.combine(&piece.sum);
        }
        all
    }
}

impl Encoding {
    /// What stands before the first piece. Brotli's first piece brings it.
    const fn head(self) -> &'static [u8] {
        match self {
            Self::Plain | Self::Brotli => &[],
            Self::Gzip => &GZIP_HEAD,
        }
    }

    const fn end(self) -> &'static [u8] {
        match self {
            Self::Plain => &[],
            Self::Gzip => &DEFLATE_END,
            Self::Brotli => &BROTLI_END,
        }
    }

    /// Bytes as they are, as a block of their own between whole bytes.
    fn as_it_is(self, bytes: &[u8]) -> Vec<u8> {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let mut block = Vec::with_capacity(bytes.len() + 5);
        match self {
            Self::Plain => {}
            // Not the last block, stored; then the length and its complement.
            Self::Gzip => {
                block.push(0);
                block.extend_from_slice(&length.to_le_bytes());
                block.extend_from_slice(&(!length).to_le_bytes());
            }
            // Not the last block, the length less one in four nibbles, not compressed: 20 bits.
            Self::Brotli => {
                let bits = u32::from(length.saturating_sub(1)) << 3 | 1 << 19;
                let [low, middle, high, _] = bits.to_le_bytes();
                block.extend_from_slice(&[low, middle, high]);
            }
        }
        block.extend_from_slice(bytes);
        block
    }
}

impl Piece {
    fn new(piece: &[u8], encoding: Encoding, is_first: bool) -> io::Result<Self> {
        let mut sum = Crc::new();
        let written = match encoding {
            Encoding::Plain => piece.to_vec(),
            Encoding::Gzip => {
                sum.update(piece);
                deflated(piece)?
            }
            Encoding::Brotli => brotlied(piece, is_first)?,
        };
        Ok(Self { written, sum })
    }
}

/// Blocks of Deflate, none of them the last, that end at a whole byte.
fn deflated(piece: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(piece)?;
    encoder.flush()?;
    Ok(std::mem::take(encoder.get_mut()))
}

/// Blocks of Brotli, none of them the last, that end at a whole byte. Only the first may use Brotli's dictionary,
/// whose words are counted from what was read before.
fn brotlied(piece: &[u8], is_first: bool) -> io::Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: piece.len(),
        bare_stream: true,
        byte_align: true,
        appendable: true,
        catable: !is_first,
        use_dictionary: is_first,
        ..BrotliEncoderParams::default()
    };
    let mut written = Vec::new();
    brotli::BrotliCompress(&mut &*piece, &mut written, &parameters)?;
    Ok(written)
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    // The first byte is looked for alone, which is fast.
    let (first, _) = word.split_first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        from += rest.iter().position(|byte| byte == first)?;
        if text.get(from..)?.starts_with(word) {
            return Some(from);
        }
        from += 1;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io::Read;

    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Plain, Encoding::Gzip, Encoding::Brotli];

    fn read(encoding: Encoding, body: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match encoding {
            Encoding::Plain => plain.extend_from_slice(body),
            Encoding::Gzip => {
                let mut reader = flate2::read::GzDecoder::new(body);
                reader.read_to_end(&mut plain).unwrap();
            }
            Encoding::Brotli => {
                let mut reader = brotli::Decompressor::new(body, 4_096);
                reader.read_to_end(&mut plain).unwrap();
            }
        }
        plain
    }

    /// Rows as a page has them, between scripts that carry the word.
    fn page(word: &str) -> String {
        let rows: String = (0..400)
            .map(|row| format!("<tr data-token=\"t{row}\"><td>{}</td></tr>\n", row * 7_919))
            .collect();
        format!(
            "<script nonce=\"{word}\">a</script>{rows}<script nonce=\"{word}\">b</script>{rows}</html>"
        )
    }

    #[test]
    fn every_answer_has_its_own_word_in_every_gap() {
        for encoding in ALL {
            let gapped = Gapped::new(page("first").as_bytes(), Some("first"), encoding).unwrap();
            for word in ["second", "a-longer-word-than-that", "x"] {
                let body = gapped.filled(word);
                assert_eq!(
                    read(encoding, &body),
                    page(word).into_bytes(),
                    "{encoding:?} {word}"
                );
            }
        }
    }

    #[test]
    fn rows_are_compressed_as_well_as_before() {
        let page = page("first");
        let size = |encoding| {
            let gapped = Gapped::new(page.as_bytes(), Some("first"), encoding).unwrap();
            gapped.filled("second").len()
        };
        assert!(size(Encoding::Gzip) * 5 < page.len());
        assert!(size(Encoding::Brotli) * 5 < page.len());
    }

    proptest! {
        #[test]
        fn whatever_stands_around_the_gaps_is_read_as_it_was(
            pieces in prop::collection::vec("[ab<>\"= \\n]{0,80}", 1..8),
            old in "[A-Z]{1,4}",
            new in "[A-Za-z0-9_-]{1,40}",
        ) {
            let (body, wanted) = (pieces.join(&old), pieces.join(&new));
            for encoding in ALL {
                let gapped = Gapped::new(body.as_bytes(), Some(&old), encoding).unwrap();
                let read = read(encoding, &gapped.filled(&new));
                prop_assert_eq!(&read, wanted.as_bytes(), "{:?}", encoding);
            }
        }
    }

    #[test]
    fn a_body_without_gaps_is_itself() {
        for encoding in ALL {
            for body in ["", "x", "no word is here"] {
                let gapped = Gapped::new(body.as_bytes(), None, encoding).unwrap();
                assert_eq!(read(encoding, &gapped.filled("new")), body.as_bytes());
            }
        }
    }

    #[test]
    fn a_client_gets_an_encoding_that_it_reads() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(
                    header::ACCEPT_ENCODING,
                    HeaderValue::from_str(line).unwrap(),
                );
            }
            Encoding::of(&headers)
        };
        assert_eq!(of(&[]), Encoding::Plain);
        assert_eq!(of(&["identity"]), Encoding::Plain);
        assert_eq!(of(&["gzip, deflate, br, zstd"]), Encoding::Brotli);
        assert_eq!(of(&["br", "gzip"]), Encoding::Brotli);
        assert_eq!(of(&["GZIP;q=0.5"]), Encoding::Gzip);
        assert_eq!(of(&["br;q=0, gzip"]), Encoding::Gzip);
        assert_eq!(of(&["br; q=0.000, gzip;q=0."]), Encoding::Plain);
        assert_eq!(of(&["brotli, \u{e9}"]), Encoding::Plain);
    }
}
