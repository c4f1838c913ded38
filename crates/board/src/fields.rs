//! A choice among the members of a price's summary, for readers that want less than a table shows. It cuts
//! the summary's own JSON, so that there is no second definition of what a member says.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Some members of a [`PriceSummary`](parallax::stream::PriceSummary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(u16);

impl Fields {
    /// The members there are, in their order.
    pub const NAMES: [&'static str; 14] = [
        "token",
        "seq",
        "price",
        "confidence",
        "status",
        "as_of",
        "sources",
        "sources_known",
        "change_1h_pct",
        "change_24h_pct",
        "change_7d_pct",
        "volume_24h_usd",
        "viewpoints",
        "override",
    ];

    /// Those that are always among the chosen: a price without its token says nothing, one without its
    /// status and its time could be stale unnoticed.
    pub const ALWAYS: [&'static str; 3] = ["token", "status", "as_of"];

    /// These members and [`Fields::ALWAYS`], in any order and as often as one likes.
    ///
    /// # Errors
    /// The first name that no member has.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut chosen = 0;
        for name in Self::ALWAYS.into_iter().chain(names) {
            chosen |= Self::bit(name).ok_or(name)?;
        }
        Ok(Self(chosen))
    }

    fn bit(name: &str) -> Option<u16> {
        let place = Self::NAMES.iter().position(|known| *known == name)?;
        u16::try_from(place).ok().map(|place| 1 << place)
    }

    /// A summary's JSON with these members alone, each as it was written.
    pub(crate) fn of_json(self, summary: &str) -> String {
        // What a summary serialises to is an object; otherwise all of it is better than nothing.
        let Ok(members) = serde_json::from_str::<Members<'_>>(summary) else {
            return summary.to_owned();
        };
        let mut chosen = String::from("{");
        for (name, value) in members.0 {
            if Self::bit(name).is_some_and(|bit| self.0 & bit != 0) {
                if chosen.len() > 1 {
                    chosen.push(',');
                }
                chosen.extend(["\"", name, "\":", value.get()]);
            }
        }
        chosen.push('}');
        chosen
    }
}

/// An object's members as they are written.
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_cut_out_as_it_was_written_in_its_own_order() {
        let summary = r#"{"token":"bitcoin","seq":7,"price":"1.50","status":"live","as_of":null,"viewpoints":[{"price":"x"}]}"#;
        let chosen = Fields::named(["viewpoints", "price", "price"]).unwrap();
        assert_eq!(
            chosen.of_json(summary),
            r#"{"token":"bitcoin","price":"1.50","status":"live","as_of":null,"viewpoints":[{"price":"x"}]}"#
        );
        let least = Fields::named([]).unwrap();
        assert_eq!(
            least.of_json(summary),
            r#"{"token":"bitcoin","status":"live","as_of":null}"#
        );
        assert_eq!(
            Fields::named(Fields::NAMES).unwrap().of_json(summary),
            summary
        );
    }

    #[test]
    fn a_name_that_no_member_has_is_refused() {
        for name in ["Price", "", "index", "price "] {
            assert_eq!(Fields::named(["price", name]), Err(name));
        }
    }
}
