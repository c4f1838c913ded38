//! What is asked of a list: all of it stands in the address, and every link of the page is an address again.

use std::time::Duration;

use parallax::time::Timestamp;

use super::Column;
use super::period::Period;

/// The parameters of every list, besides the names of its filters.
const OWN: [&str; 8] = [
    "q", "sort", "cols", "date", "after", "before", "format", "tick",
];
/// Characters of a parameter that a message repeats.
const SAID: usize = 40;

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the first row.
    Start,
    /// Behind the row with this id, in the order of the list.
    After(String),
    /// Before the row with this id.
    Before(String),
}

/// What is asked of a list.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The list's path.
    pub(crate) path: String,
    /// What is searched for.
    pub(crate) search: String,
    /// The filters that are set, with their values.
    pub(crate) filters: Vec<(&'static str, String)>,
    /// The year, month or day.
    pub(crate) date: Option<Period>,
    /// The column that rows are sorted by, and whether the greatest is first.
    pub(crate) sort: (&'static str, bool),
    /// The columns, when others than usual are chosen.
    pub(crate) columns: Option<Vec<&'static str>>,
    pub(crate) place: Place,
    /// Whether CSV is wanted.
    pub(crate) is_csv: bool,
    /// Whether the boxes of the page are ticked.
    pub(crate) is_ticked: bool,
    /// What cannot be read, in sentences.
    pub(crate) errors: Vec<String>,
    /// The order that the list has by itself.
    usual_sort: (&'static str, bool),
    /// The filter that the list has by itself; an address that wants none of it says so with an empty value.
    usual: Option<(&'static str, &'static str)>,
}

/// What a list can be asked.
pub(crate) struct Askable<'a, R: 'static> {
    pub(crate) columns: &'static [Column<R>],
    pub(crate) filters: &'a [&'static str],
    pub(crate) is_searched: bool,
    pub(crate) has_dates: bool,
    pub(crate) usual: Option<(&'static str, &'static str)>,
    pub(crate) order: (&'static str, bool),
}

impl Asked {
    /// Reads a query.
    pub(crate) fn read<R>(path: &str, query: Option<&str>, can: &Askable<'_, R>) -> Self {
        let mut asked = Self {
            path: path.to_owned(),
            search: String::new(),
            filters: Vec::new(),
            date: None,
            sort: can.order,
            columns: None,
            place: Place::Start,
            is_csv: false,
            is_ticked: false,
            errors: Vec::new(),
            usual_sort: can.order,
            usual: can.usual,
        };
        asked.filters.extend(asked.usual_filter());
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                let is_usual = asked.usual.is_some_and(|(usual, _)| usual == name);
                asked
                    .filters
                    .retain(|(held, _)| !(is_usual && *held == name));
                continue;
            }
            if let Err(error) = asked.take(&name, value, can) {
                asked.errors.push(error);
            }
        }
        asked
    }

    fn take<R>(&mut self, name: &str, value: &str, can: &Askable<'_, R>) -> Result<(), String> {
        let said = || parallax::audit::harmless(value, SAID);
        match name {
            "q" if can.is_searched => value.clone_into(&mut self.search),
            "date" if can.has_dates => {
                let date = value.parse::<Period>();
                self.date =
                    Some(date.map_err(|error| format!("“{}” is no date: {error}.", said()))?);
            }
            "sort" => {
                let (by, is_descending) = match value.strip_prefix('-') {
                    Some(by) => (by, true),
                    None => (value, false),
                };
                let mut sorted = can.columns.iter().filter(|column| column.sorts);
                let column = sorted.clone().find(|column| column.name == by);
                let column = column.ok_or_else(|| {
                    let names: Vec<_> = sorted.by_ref().map(|column| column.name).collect();
                    format!(
                        "This list cannot be sorted by “{}”, but by: {}.",
                        said(),
                        names.join(", ")
                    )
                })?;
                self.sort = (column.name, is_descending);
            }
            "cols" => {
                for wanted in value.split(',').map(str::trim).filter(|it| !it.is_empty()) {
                    let column = can.columns.iter().find(|column| column.name == wanted);
                    let column = column.ok_or_else(|| {
                        let names: Vec<_> = can.columns.iter().map(|column| column.name).collect();
                        format!(
                            "This list has no column “{}”, but: {}.",
                            parallax::audit::harmless(wanted, SAID),
                            names.join(", ")
                        )
                    })?;
                    let chosen = self.columns.get_or_insert_default();
                    if !chosen.contains(&column.name) {
                        chosen.push(column.name);
                    }
                }
            }
            "after" => self.place = Place::After(value.to_owned()),
            "before" => self.place = Place::Before(value.to_owned()),
            "format" if value == "csv" => self.is_csv = true,
            "format" => return Err(format!("“{}” is no format, but csv is.", said())),
            "tick" => self.is_ticked = true,
            _ => match can.filters.iter().find(|filter| **filter == name) {
                Some(filter) => {
                    self.filters.retain(|(held, _)| held != filter);
                    self.filters.push((filter, value.to_owned()));
                }
                None => {
                    return Err(format!(
                        "This list has no filter “{}”, but: {}.",
                        parallax::audit::harmless(name, SAID),
                        Self::names(can).join(", ")
                    ));
                }
            },
        }
        Ok(())
    }

    fn names<R>(can: &Askable<'_, R>) -> Vec<&'static str> {
        let own = OWN.into_iter().filter(|name| match *name {
            "q" => can.is_searched,
            "date" => can.has_dates,
            _ => true,
        });
        can.filters.iter().copied().chain(own).collect()
    }

    /// The value of a filter; empty when it is not set.
    pub(crate) fn filter(&self, name: &str) -> &str {
        let mut set = self.filters.iter().filter(|(held, _)| *held == name);
        set.next().map_or("", |(_, value)| value.as_str())
    }

    /// The first moment of the chosen date and the first after it; without one, of all time.
    pub(crate) fn span(&self) -> (Timestamp, Timestamp) {
        let all = || {
            (
                Timestamp::default(),
                Timestamp::default().plus(Duration::MAX),
            )
        };
        self.date.map_or_else(all, Period::span)
    }

    fn usual_filter(&self) -> Option<(&'static str, String)> {
        self.usual.map(|(name, value)| (name, value.to_owned()))
    }

    /// The values of the filters that are set beyond the usual.
    pub(crate) fn narrowing(&self) -> impl Iterator<Item = &str> {
        let others = self.filters.iter();
        let others = others.filter(|(name, value)| self.usual != Some((*name, value.as_str())));
        others.map(|(_, value)| value.as_str())
    }

    /// Whether anything is left out that usually is not.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || self.narrowing().next().is_some() || self.date.is_some()
    }

    /// Leaves out only what usually is.
    pub(crate) fn clear(&mut self) {
        self.search.clear();
        self.filters.clear();
        self.filters.extend(self.usual_filter());
        self.date = None;
    }

    /// The parameters of its address.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.filters.clone();
        if let Some((name, usual)) = self.usual {
            match self.filter(name) {
                "" => pairs.push((name, String::new())),
                set if set == usual => pairs.retain(|(held, _)| *held != name),
                _ => {}
            }
        }
        if !self.search.is_empty() {
            pairs.push(("q", self.search.clone()));
        }
        if let Some(date) = self.date {
            pairs.push(("date", date.to_string()));
        }
        if self.sort != self.usual_sort {
            let (by, is_descending) = self.sort;
            let sign = if is_descending { "-" } else { "" };
            pairs.push(("sort", format!("{sign}{by}")));
        }
        if let Some(columns) = &self.columns {
            pairs.push(("cols", columns.join(",")));
        }
        match &self.place {
            Place::Start => {}
            Place::After(id) => pairs.push(("after", id.clone())),
            Place::Before(id) => pairs.push(("before", id.clone())),
        }
        if self.is_ticked {
            pairs.push(("tick", "all".to_owned()));
        }
        if self.is_csv {
            pairs.push(("format", "csv".to_owned()));
        }
        pairs
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() {
            return self.path.clone();
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("{}?{query}", self.path)
    }

    /// The address of the same with a change, from the first row on.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = self.clone();
        changed.place = Place::Start;
        changed.is_ticked = false;
        change(&mut changed);
        changed.address()
    }

    /// The address with a filter set to a value, or not set.
    pub(crate) fn with_filter(&self, name: &'static str, value: Option<&str>) -> String {
        self.with(|asked| {
            asked.filters.retain(|(held, _)| *held != name);
            let set = value.map(|value| (name, value.to_owned()));
            asked.filters.extend(set);
        })
    }
}
