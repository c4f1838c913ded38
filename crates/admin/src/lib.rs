//! The admin at `/mgmt`: sign-in and sessions, the guard around every form, and the screens.
//!
//! Pages are written on the server with Leptos' `view!` and are plain HTML with forms: no script, nothing to
//! hydrate. What a screen does is asked of `crates/service`; here is who may ask, and how it looks.
//!
//! - [`router`] all routes, for `server` to mount; [`is_from_here`] is also asked for server functions
//! - `guard` the one layer that every request passes: session, role, origin, form token
//! - `session` sessions in the database and their cookies; `form` one-time tokens and what was typed
//! - `list` lists with filters, pages and CSV; `page` the frame, fields, tables and answers that screens share
//! - `system` what the composition root tells of the running program
//! - `screens` one module a screen, each of which says who may open it
//!
//! A new screen is a function `Screens -> Screens` in `screens/`, called by `screens::all`.

mod caller;
mod cookies;
mod form;
mod guard;
mod list;
mod page;
mod screens;
mod session;
mod system;
mod visit;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use parallax::venue::VenueAddresses;
use parallax_service::Service;
use parallax_service::accounts::{Accounts, Sessions};
use parallax_service::backfill::BackfillDesk;
use parallax_service::keys::KeyDesk;
use parallax_service::overrides::Overrides;
use parallax_service::tokens::TokenDesk;
use parallax_service::venues::Switches;

pub use caller::{Caller, Locate};
pub use guard::is_from_here;
pub use screens::{Door, Needs, doors};
pub use system::{Setting, SettingSource, System};

use crate::screens::{Doors, Section};

/// What the admin works with.
pub struct Admin {
    /// Who may use it.
    pub accounts: Accounts,
    /// Who is using it.
    pub sessions: Sessions,
    /// API keys.
    pub keys: KeyDesk,
    /// The exchanges' switches.
    pub switches: Switches,
    /// Where orders to repair the past are taken.
    pub backfill: BackfillDesk,
    /// The running program.
    pub system: System,
    /// The token catalogue.
    pub tokens: TokenDesk,
    /// Where the configuration says that each exchange is, by id, without secrets.
    pub venues: BTreeMap<String, VenueAddresses>,
    /// Whether addresses given here may lead to private networks.
    pub may_be_private: bool,
    /// Prices set by hand.
    pub overrides: Overrides,
    /// The data.
    pub service: Service,
    /// Who sends a request.
    pub locate: Locate,
    /// The address of the site's styles.
    pub stylesheet: String,
}

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Desk {
    admin: Arc<Admin>,
    doors: Arc<Doors>,
    sections: Arc<[Section]>,
}

impl Desk {
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.admin.accounts
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.admin.sessions
    }

    pub(crate) fn keys(&self) -> &KeyDesk {
        &self.admin.keys
    }

    pub(crate) fn switches(&self) -> &Switches {
        &self.admin.switches
    }

    pub(crate) fn backfill(&self) -> &BackfillDesk {
        &self.admin.backfill
    }

    pub(crate) fn system(&self) -> &System {
        &self.admin.system
    }

    pub(crate) fn tokens(&self) -> &TokenDesk {
        &self.admin.tokens
    }

    /// Where the configuration says that an exchange is.
    pub(crate) fn configured(&self, venue: &str) -> VenueAddresses {
        self.admin.venues.get(venue).cloned().unwrap_or_default()
    }

    pub(crate) fn may_be_private(&self) -> bool {
        self.admin.may_be_private
    }

    pub(crate) fn overrides(&self) -> &Overrides {
        &self.admin.overrides
    }

    pub(crate) fn service(&self) -> &Service {
        &self.admin.service
    }
}

/// All routes under `/mgmt`. Wants whatever [`Admin::locate`] needs as extensions of a request.
pub fn router(admin: Admin) -> Router {
    let (routes, doors, sections) = screens::all().into_parts();
    let cookies = session::Cookies::new(admin.sessions.clone());
    let desk = Desk {
        admin: Arc::new(admin),
        doors: Arc::new(doors),
        sections: sections.into(),
    };
    routes
        .layer(middleware::from_fn_with_state(desk.clone(), guard::guard))
        .layer(cookies)
        .layer(middleware::from_fn_with_state(
            desk.clone(),
            guard::surround,
        ))
        .with_state(desk)
}
