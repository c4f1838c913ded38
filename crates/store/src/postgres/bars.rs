//! Bars as PostgreSQL sends them: times and decimals in its binary form.
//!
//! A chart reads thousands of bars at once. Texts would be made by the server and read again here, which
//! takes several times as long as the rest of the read.

use parallax::Decimal;
use parallax::amount::{AmountError, Price, Quantity};
use parallax::candle::{Bar, CandleKind};
use parallax::time::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, FromRow, Postgres, Row, Type};

use crate::error::StoreError;
use crate::rows::{read_count, read_word, unreadable};

/// Milliseconds from 1970 to 2000, where PostgreSQL's times begin.
const EPOCH_MS: i64 = 946_684_800_000;

/// A `timestamptz`, in milliseconds since 1970. Bound like this, and not as a text that the server casts,
/// it tells the planner which partitions are meant.
pub(super) struct Time(pub(super) i64);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at.unix_ms())
    }
}

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        /// Its number in every PostgreSQL's catalogue.
        const TIMESTAMPTZ: Oid = Oid(1184);
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = self.0.saturating_sub(EPOCH_MS).saturating_mul(1_000);
        buffer.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Time {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        // Microseconds since 2000, or an infinity, which is out of every range.
        let micros = i64::from_be_bytes(value.as_bytes()?.try_into()?);
        Ok(Self(micros.div_euclid(1_000).saturating_add(EPOCH_MS)))
    }
}

/// A `numeric`.
struct Numeric(Decimal);

impl Decode<'_, Postgres> for Numeric {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        numeric(value.as_bytes()?)
            .map(Self)
            .ok_or_else(|| AmountError::Inexact.into())
    }
}

/// Reads the form of `numeric_send`: the number of digits of base 10,000, the weight of the first as a
/// power of that base, the sign, how many decimals to show, and the digits. All are 16 bits wide.
/// `None` for what is no number, and for one with more digits than a [`Decimal`] holds.
fn numeric(bytes: &[u8]) -> Option<Decimal> {
    const NEGATIVE: u16 = 0x4000;
    let mut words = bytes
        .chunks_exact(2)
        .filter_map(|word| Some(u16::from_be_bytes(word.try_into().ok()?)));
    let digits = words.next()?;
    let weight = i32::from(words.next()?.cast_signed());
    let sign = words.next()?;
    let _shown = words.next()?;
    if sign != 0 && sign != NEGATIVE {
        return None;
    }
    let mut mantissa = 0_i128;
    for _ in 0..digits {
        mantissa = mantissa
            .checked_mul(10_000)?
            .checked_add(words.next()?.into())?;
    }
    // Places after the point: four for each digit after the one of weight 0.
    let mut places = (i32::from(digits.cast_signed()) - weight - 1) * 4;
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    while places < 0 {
        mantissa = mantissa.checked_mul(10)?;
        places += 1;
    }
    while places > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        places -= 1;
    }
    if sign == NEGATIVE {
        mantissa = -mantissa;
    }
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(places).ok()?).ok()
}

/// A row of `statements::candles`, whose columns are read by their places.
pub(super) struct BinaryBar {
    open_time: i64,
    prices: [Decimal; 4],
    volume_usd: Decimal,
    trades: Option<i64>,
    sources: i64,
    minutes: i64,
    kind: &'static str,
    revision: i64,
    confidence: Option<Decimal>,
}

impl FromRow<'_, PgRow> for BinaryBar {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        // Unchecked: the statement says which types its columns have, and comparing them again for each
        // of thousands of values takes longer than reading them.
        let number = |place: usize| {
            let number = row.try_get_unchecked::<Numeric, _>(place);
            number.map(|number| number.0)
        };
        let kind: &str = row.try_get_unchecked(9)?;
        let mut known = CandleKind::ALL.into_iter().map(CandleKind::as_str);
        Ok(Self {
            open_time: row.try_get_unchecked::<Time, _>(0)?.0,
            prices: [number(1)?, number(2)?, number(3)?, number(4)?],
            volume_usd: number(5)?,
            trades: row.try_get_unchecked(6)?,
            sources: row.try_get_unchecked(7)?,
            minutes: row.try_get_unchecked(8)?,
            // No word of ours: found unreadable below.
            kind: known.find(|word| *word == kind).unwrap_or(""),
            revision: row.try_get_unchecked(10)?,
            confidence: row
                .try_get_unchecked::<Option<Numeric>, _>(11)?
                .map(|number| number.0),
        })
    }
}

impl TryFrom<BinaryBar> for Bar {
    type Error = StoreError;

    fn try_from(row: BinaryBar) -> Result<Self, StoreError> {
        let [open, high, low, close] = row.prices.map(Price::new);
        Ok(Self {
            open_time: Timestamp::from_unix_ms(row.open_time)
                .map_err(|error| unreadable("candle.open_time")(error.into()))?,
            open,
            high,
            low,
            close,
            confidence: row.confidence.map(Price::new),
            volume_usd: Quantity::new(row.volume_usd)
                .map_err(|error| unreadable("candle.volume_usd")(error.into()))?,
            trades: row
                .trades
                .map(|trades| read_count("candle.trades", trades))
                .transpose()?,
            sources: read_count("candle.sources", row.sources)?,
            minutes: read_count("candle.minutes", row.minutes)?,
            kind: read_word("candle.kind", row.kind, &CandleKind::ALL, |kind| {
                kind.as_str()
            })?,
            revision: read_count("candle.revision", row.revision)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[u16]) -> Option<String> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        numeric(&bytes).map(|number| number.to_string())
    }

    #[test]
    fn a_numeric_is_read_digit_by_digit() {
        const MINUS_1: u16 = u16::MAX;
        const MINUS_7: u16 = 0u16.wrapping_sub(7);
        for (words, expected) in [
            (&[0, 0, 0, 0][..], "0"),
            (&[1, 0, 0, 0, 7], "7"),
            (&[2, 0, 0x4000, 2, 37, 6_300], "-37.63"),
            (&[1, 2, 0, 0, 5], "500000000"),
            (&[1, MINUS_1, 0, 8, 1], "0.0001"),
            (&[1, MINUS_7, 0, 28, 1], "0.0000000000000000000000000001"),
            (&[3, 1, 0, 2, 6, 7_000, 1_200], "67000.12"),
        ] {
            assert_eq!(read(words).as_deref(), Some(expected), "{words:?}");
        }
    }

    #[test]
    fn what_is_no_number_or_too_long_is_none() {
        // NaN, an infinity, 30 decimal places, a cut one, and one beyond all.
        for words in [
            &[0, 0, 0xC000, 0][..],
            &[0, 0, 0xD000, 0],
            &[1, 0u16.wrapping_sub(8), 0, 30, 100],
            &[2, 0, 0, 0, 1],
            &[8, 7, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9],
            &[1, 0],
        ] {
            assert_eq!(read(words), None, "{words:?}");
        }
    }
}
