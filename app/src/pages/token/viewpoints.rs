//! The wide strip: every exchange's place, labelled, each tick a link to its row.

use std::sync::Arc;

use leptos::prelude::*;
use parallax::index::{Constituent, IndexPrice};

use super::markets::anchor;
use crate::dynamic::{memo, part, text};
use crate::erase::Erase;
use crate::format;
use crate::live::TokenCells;
use crate::strip::{Strip, Tick, in_words, percentage};
use crate::wording;

/// Room that a label needs, in thousandths of the width of a phone's strip.
const LABEL_ROOM: i64 = 240;

/// Height of the ticks' zone, of a lane of labels, and of the scale, in pixels.
const TICKS_PX: usize = 44;
const LANE_PX: usize = 24;
const SCALE_PX: usize = 24;

/// The strip across the page.
#[component]
pub fn WideStrip(
    /// The token's live cells.
    cells: TokenCells,
    /// Its live explanation.
    index: RwSignal<Arc<IndexPrice>>,
) -> impl IntoView {
    let strip = memo(move || {
        // The exchanges stand around what they say, whatever is published.
        let (price, confidence) = cells.computed();
        Strip::new(price, confidence, &cells.viewpoints.read())
    });
    let words = memo(move || in_words(&cells.viewpoints.read()));
    let lanes = memo(move || lanes(&strip.read().ticks));
    let height = memo(move || {
        let used = lanes.read().iter().max().map_or(0, |last| last + 1);
        TICKS_PX + used * LANE_PX + SCALE_PX
    });
    let ticks = part(move || {
        let (strip, lanes, index) = (strip.read(), lanes.read(), index.read());
        strip
            .ticks
            .iter()
            .zip(lanes.iter())
            .filter_map(|(tick, lane)| {
                let constituent = index.constituents.get(tick.index)?;
                Some(mark(tick, *lane, constituent))
            })
            .collect_view()
    });
    let band = part(move || {
        strip.read().band.map(|(left, right)| {
            view! {
                <rect
                    class="strip-band"
                    x=percentage(left)
                    y="0"
                    width=percentage((right - left).max(1))
                    height=TICKS_PX.to_string()
                ></rect>
            }
        })
    });
    let empty = memo(move || strip.read().ticks.is_empty());
    view! {
        <svg
            class="wide-strip"
            width="100%"
            height=text(move || height.get().to_string())
            role="group"
            aria-label=text(move || words.get())
        >
            {band}
            <line class="strip-axis" x1="0" x2="100%" y1="22" y2="22"></line>
            <line
                class="strip-centre"
                x1="50%"
                x2="50%"
                y1="0"
                y2=text(move || (height.get() - SCALE_PX).to_string())
            ></line>
            {ticks}
            <text class="strip-scale" x="3%" y=text(move || (height.get() - 6).to_string())>
                {text(move || format!("\u{2212}{} bp", strip.read().half_range_bp))}
            </text>
            <text
                class="strip-scale"
                x="50%"
                text-anchor="middle"
                y=text(move || (height.get() - 6).to_string())
            >
                "index price"
            </text>
            <text
                class="strip-scale"
                x="97%"
                text-anchor="end"
                y=text(move || (height.get() - 6).to_string())
            >
                {text(move || format!("+{} bp", strip.read().half_range_bp))}
            </text>
        </svg>
        <p class="legend">
            {text(move || {
                if empty.get() {
                    "No exchange has a mid in US dollars to show."
                } else {
                    "Bars are part of the price, hollow rings are left out; the shaded band is the confidence. \
                     A tick leads to its row."
                }
            })}
        </p>
    }
    .erase()
}

fn mark(tick: &Tick, lane: usize, constituent: &Constituent) -> impl IntoView + use<> {
    let at = percentage(tick.at);
    let label_y = TICKS_PX + lane * LANE_PX + 16;
    let venue = wording::venue(&constituent.venue);
    let offset = constituent
        .offset_bp
        .map(format::basis_points)
        .unwrap_or_default();
    let beyond = if tick.clamped {
        ", beyond the strip"
    } else {
        ""
    };
    let part = if tick.included { "" } else { ", left out" };
    let name = format!(
        "{venue} {}/{}, {offset}{beyond}{part}",
        constituent.base_code, constituent.quote_code
    );
    let shape = if tick.included {
        view! { <line class="strip-bar" x1=at.clone() x2=at.clone() y1="8" y2="36"></line> }.erase()
    } else {
        view! { <circle class="strip-ring" cx=at.clone() cy="22" r="5"></circle> }.erase()
    };
    let text_anchor = match tick.at {
        ..120 => "start",
        880.. => "end",
        _ => "middle",
    };
    view! {
        <g>
        <a href=format!("#{}", anchor(constituent)) class="strip-link" aria-label=name>
            <line
                class="strip-leader"
                x1=at.clone()
                x2=at.clone()
                y1="36"
                y2=(label_y - 12).to_string()
            ></line>
            {shape}
            <text class="strip-label" x=at y=label_y.to_string() text-anchor=text_anchor>
                {venue}
            </text>
        </a>
        </g>
    }
    .erase()
}

/// Spreads the labels over lanes so that none covers another: each takes the first lane with room.
fn lanes(ticks: &[Tick]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ticks.len()).collect();
    order.sort_by_key(|index| ticks.get(*index).map(|tick| tick.at));
    let mut ends: Vec<i64> = Vec::new();
    let mut lanes = vec![0; ticks.len()];
    for index in order {
        let (Some(tick), Some(lane)) = (ticks.get(index), lanes.get_mut(index)) else {
            continue;
        };
        let free = ends.iter().position(|end| *end <= tick.at);
        *lane = free.unwrap_or(ends.len());
        match ends.get_mut(*lane) {
            Some(end) => *end = tick.at + LABEL_ROOM,
            None => ends.push(tick.at + LABEL_ROOM),
        }
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(places: &[i64]) -> Vec<Tick> {
        let tick = |(index, at): (usize, &i64)| Tick {
            index,
            at: *at,
            included: true,
            clamped: false,
        };
        places.iter().enumerate().map(tick).collect()
    }

    #[test]
    fn labels_apart_share_a_lane_and_labels_together_do_not() {
        assert_eq!(lanes(&ticks(&[100, 500, 900])), [0, 0, 0]);
        assert_eq!(lanes(&ticks(&[500, 510, 490])), [1, 2, 0]);
        assert_eq!(lanes(&ticks(&[500, 510, 750])), [0, 1, 0]);
        assert!(lanes(&[]).is_empty());
    }
}
