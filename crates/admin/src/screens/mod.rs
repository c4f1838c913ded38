//! The screens, and who may open each of them.
//!
//! A screen adds its routes to [`Screens`] with what they need; there is no other way to add one. The guard looks
//! that up for every request, and the tests try every route with every role.

mod action;
mod addresses;
mod attention;
mod audit;
mod backfill;
mod candles;
mod chains;
mod claim;
mod keys;
mod mappings;
mod markets;
mod me;
mod override_form;
mod overrides;
mod prices;
mod reading;
mod review;
mod second_factor;
pub(crate) mod sign_in;
mod start;
mod system;
mod token_form;
mod tokens;
mod typed_token;
mod users;
mod venues;

use std::collections::BTreeMap;

use axum::Router;
use axum::handler::Handler;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get, post};
use parallax::account::Permission;

use crate::Desk;
use crate::page::Problem;

pub(crate) use sign_in::LOGIN;

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the way in.
    Nothing,
    /// Someone who is signed in and may do this.
    Permission(Permission),
}

/// A route, for tests that try them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Door {
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// Whether it shows something.
    pub shows: bool,
    /// Whether it does something.
    pub does: bool,
}

/// All routes by path.
#[derive(Default)]
pub(crate) struct Doors(BTreeMap<&'static str, Door>);

impl Doors {
    /// What a route needs; `None` for one that nobody declared.
    pub(crate) fn needs(&self, path: &str) -> Option<Needs> {
        self.0.get(path).map(|door| door.needs)
    }
}

/// An entry of the navigation, for those who may open it.
pub(crate) struct Section {
    pub(crate) path: &'static str,
    pub(crate) title: &'static str,
    /// What is there, in a line.
    pub(crate) line: &'static str,
    pub(crate) group: Group,
    pub(crate) needs: Permission,
}

/// A group of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Prices,
    Catalogue,
    Sources,
    Access,
    System,
}

impl Group {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Self; 5] = [
        Self::Prices,
        Self::Catalogue,
        Self::Sources,
        Self::Access,
        Self::System,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Prices => "Prices",
            Self::Catalogue => "Catalogue",
            Self::Sources => "Sources",
            Self::Access => "Access",
            Self::System => "System",
        }
    }
}

/// Routes, with what they need.
#[derive(Default)]
pub(crate) struct Screens {
    router: Router<Desk>,
    doors: Doors,
    sections: Vec<Section>,
}

impl Screens {
    /// An entry of the navigation.
    fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// A page that only shows something.
    fn page<H, T>(self, path: &'static str, needs: Needs, show: H) -> Self
    where
        H: Handler<T, Desk>,
        T: 'static,
    {
        let door = Door {
            path,
            needs,
            shows: true,
            does: false,
        };
        self.add(door, get(show))
    }

    /// A page with a form that is sent to the same address.
    fn form<S, T, D, U>(self, path: &'static str, needs: Needs, show: S, done: D) -> Self
    where
        S: Handler<T, Desk>,
        T: 'static,
        D: Handler<U, Desk>,
        U: 'static,
    {
        let door = Door {
            path,
            needs,
            shows: true,
            does: true,
        };
        self.add(door, get(show).post(done))
    }

    /// Something that is done from forms on other pages.
    fn action<H, T>(self, path: &'static str, needs: Needs, done: H) -> Self
    where
        H: Handler<T, Desk>,
        T: 'static,
    {
        let door = Door {
            path,
            needs,
            shows: false,
            does: true,
        };
        self.add(door, post(done))
    }

    fn add(mut self, door: Door, route: MethodRouter<Desk>) -> Self {
        self.doors.0.insert(door.path, door);
        let refused = async || Problem::method();
        self.router = self.router.route(door.path, route.fallback(refused));
        self
    }

    pub(crate) fn into_parts(self) -> (Router<Desk>, Doors, Vec<Section>) {
        (self.router, self.doors, self.sections)
    }
}

/// Needs someone who may do this.
const fn may(what: Permission) -> Needs {
    Needs::Permission(what)
}

/// Every screen.
pub(crate) fn all() -> Screens {
    let mut screens = Screens::default();
    for add in [
        // In the order of the navigation, within a group.
        start::screens,
        sign_in::screens,
        prices::screens,
        overrides::screens,
        override_form::screens,
        candles::screens,
        tokens::screens,
        token_form::screens,
        review::screens,
        mappings::screens,
        venues::screens,
        addresses::screens,
        reading::screens,
        markets::screens,
        chains::screens,
        backfill::screens,
        users::screens,
        keys::screens,
        system::screens,
        audit::screens,
        me::screens,
        second_factor::screens,
    ] {
        screens = add(screens);
    }
    let browse = may(Permission::Browse);
    screens = screens.page("/mgmt/", browse, async || Redirect::permanent("/mgmt"));
    // What there is not, for those who are signed in; others are sent to the way in.
    let rest = Door {
        path: "/mgmt/{*rest}",
        needs: browse,
        shows: true,
        does: false,
    };
    let nothing = async || Problem::not_found("page");
    screens.add(rest, get(nothing).post(nothing))
}

/// Every route with what it needs.
#[must_use]
pub fn doors() -> Vec<Door> {
    let (_, doors, _) = all().into_parts();
    doors.0.into_values().collect()
}
