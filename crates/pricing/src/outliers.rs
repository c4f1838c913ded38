//! Which mids are too far from the others to count.
//!
//! Every venue has one vote, split among its markets, whatever volume it claims: with three or more
//! venues, the median of the votes and the median absolute deviation (MAD) around it are always set by
//! the others when one venue lies.

use parallax::Decimal;

use crate::figures::HALF;
use crate::median::{Weighted, weighted_median};
use crate::policy::Limits;

/// A venue's vote, a number that many small numbers divide.
const VOTE: u64 = 720_720_000;

/// Fewer venues than this cannot outvote one of them.
pub(crate) const VENUES_FOR_A_VERDICT: usize = 3;

/// A mid to be judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    /// In USD.
    pub(crate) mid: Decimal,
    /// The number of its venue.
    pub(crate) venue: usize,
    /// Whether it was left out the last time it was judged: re-admitted only within half the limit.
    pub(crate) was_outlier: bool,
}

/// What holds the mids of one computation together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    /// Nothing: every mid counts.
    Open,
    /// Each must be near the centre.
    Around {
        /// Where the others are.
        centre: Decimal,
        /// How far from there one may be.
        limit: Decimal,
        /// Whether it stands only against those that were outliers before.
        spares_others: bool,
    },
    /// Only venues that were outliers are left, and nobody to compare them with: none counts.
    Closed,
}

/// Why a mid is an outlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outlier {
    /// Too far away.
    Far {
        /// Its distance from the centre, in USD.
        found: Decimal,
        /// The most that was allowed, in USD.
        allowed: Decimal,
        /// The centre.
        centre: Decimal,
        /// Whether that was the limit for being re-admitted.
        is_readmission: bool,
    },
    /// It was one before, and nobody is left to compare it with.
    Alone,
}

impl Fence {
    /// Why this mid does not count; `None` when it does.
    pub(crate) fn excludes(&self, voice: &Voice) -> Option<Outlier> {
        match *self {
            Self::Open => None,
            Self::Closed => Some(Outlier::Alone),
            Self::Around {
                spares_others: true,
                ..
            } if !voice.was_outlier => None,
            Self::Around { centre, limit, .. } => {
                let allowed = if voice.was_outlier {
                    limit * HALF
                } else {
                    limit
                };
                let found = (voice.mid - centre).abs();
                (found > allowed).then_some(Outlier::Far {
                    found,
                    allowed,
                    centre,
                    is_readmission: voice.was_outlier,
                })
            }
        }
    }
}

/// Buffers, reused.
#[derive(Debug, Default)]
pub(crate) struct Outliers {
    votes: Vec<Weighted>,
    distances: Vec<Weighted>,
}

impl Outliers {
    /// The fence that these mids, sorted by mid, put up. `markets_of` says how many of them each venue
    /// has, by venue number.
    ///
    /// With fewer than [`VENUES_FOR_A_VERDICT`] venues nobody can be outvoted: the fence stands around
    /// those that were not outliers before, at the distance that the floor allows, and holds only against
    /// those that were.
    pub(crate) fn fence(&mut self, sorted: &[Voice], markets_of: &[u64], limits: &Limits) -> Fence {
        let venues = markets_of.iter().filter(|&&markets| markets > 0).count();
        let has_verdict = venues >= VENUES_FOR_A_VERDICT;
        if !has_verdict && !sorted.iter().any(|voice| voice.was_outlier) {
            return Fence::Open;
        }
        self.votes.clear();
        self.votes.extend(
            sorted
                .iter()
                .filter(|voice| has_verdict || !voice.was_outlier)
                .map(|voice| {
                    let markets = markets_of.get(voice.venue).copied().unwrap_or(1).max(1);
                    Weighted {
                        value: voice.mid,
                        weight: VOTE / markets,
                    }
                }),
        );
        let Some(centre) = weighted_median(&self.votes) else {
            return Fence::Closed;
        };
        let deviation = if has_verdict {
            self.deviation(centre)
        } else {
            Decimal::ZERO
        };
        let limit = deviation
            .max(centre * limits.outlier_floor)
            .checked_mul(limits.outlier_deviations)
            .unwrap_or(Decimal::MAX);
        Fence::Around {
            centre,
            limit,
            spares_others: !has_verdict,
        }
    }

    fn deviation(&mut self, centre: Decimal) -> Decimal {
        self.distances.clear();
        self.distances
            .extend(self.votes.iter().map(|vote| Weighted {
                value: (vote.value - centre).abs(),
                weight: vote.weight,
            }));
        self.distances
            .sort_unstable_by_key(|distance| distance.value);
        weighted_median(&self.distances).unwrap_or_default()
    }
}
