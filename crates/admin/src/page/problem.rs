//! Why something cannot be done, as a page that says what to do next.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use parallax::account::Role;
use parallax_service::accounts::AccountError;
use parallax_service::backfill::OrderError;
use parallax_service::overrides::OverrideError;
use parallax_service::tokens::TokenError;
use parallax_service::venues::SwitchError;

/// Why something cannot be done.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// What happened and what to do, in whole sentences.
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            title,
            text: text.into(),
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        let text =
            format!("There is no {what} here. It may have been removed, or the address is wrong.");
        Self::new(StatusCode::NOT_FOUND, "Not found", text)
    }

    pub(crate) fn forbidden(role: Role) -> Self {
        let text = format!(
            "Your role is {role}: you may {}. Ask a superuser if you need more.",
            role.may_in_words()
        );
        Self::new(StatusCode::FORBIDDEN, "Not allowed", text)
    }

    /// A route that no one said who may use. Only a mistake of ours leads here.
    pub(crate) fn unguarded() -> Self {
        Self::not_found("page")
    }

    pub(crate) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Not possible",
            "This address does not answer that kind of request.",
        )
    }

    pub(crate) fn cross_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Not from here",
            "This form was not sent by a page of this site, so nothing was done. If you did send it from here, a \
             proxy changes the Host or Origin header.",
        )
    }

    pub(crate) fn foreign_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Not your form",
            "This form does not belong to your session, so nothing was done. You may have signed in again since you \
             opened it: open the page again and repeat what you did.",
        )
    }

    pub(crate) fn old_form() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Too old",
            "This form has been open for too long, so nothing was done. Open the page again.",
        )
    }

    pub(crate) fn replayed_form() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "Sent before",
            "This form was sent before, and nothing was done a second time. Open the page again to see how things \
             are now.",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            "This form is larger than any of ours, so nothing was done.",
        )
    }

    /// The database failed. Why is in the log, not on the page.
    pub(crate) fn store(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "the admin could not use the database");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The database is away",
            "The database could not be used. Nothing was changed. Try again in a moment; the server's log says why.",
        )
    }
}

impl IntoResponse for Problem {
    /// Without a body: the guard writes it, which knows whose frame it belongs in.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<tower_sessions::session::Error> for Problem {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::store(&error)
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        if let AccountError::Store(source) = &error {
            return Self::store(source);
        }
        let (status, title) = match &error {
            AccountError::Unknown => (StatusCode::NOT_FOUND, "Not found"),
            AccountError::Changed => (StatusCode::CONFLICT, "Changed in between"),
            AccountError::Yourself
            | AccountError::LastSuperuser
            | AccountError::NameTaken
            | AccountError::SecondFactor { .. } => (StatusCode::CONFLICT, "Not possible"),
            AccountError::Throttled { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many tries"),
            AccountError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "Not accepted"),
        };
        Self::new(status, title, sentence(&error))
    }
}

impl From<SwitchError> for Problem {
    fn from(error: SwitchError) -> Self {
        if let SwitchError::Store(source) = &error {
            return Self::store(source);
        }
        let (status, title) = match &error {
            SwitchError::Unknown(_) => (StatusCode::NOT_FOUND, "Not found"),
            SwitchError::Changed => (StatusCode::CONFLICT, "Changed in between"),
            _ => (StatusCode::CONFLICT, "Not possible"),
        };
        Self::new(status, title, sentence(&error))
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        if let TokenError::Store(source) = &error {
            return Self::store(source);
        }
        let (status, title) = match &error {
            TokenError::Unknown(_) => (StatusCode::NOT_FOUND, "Not found"),
            TokenError::Changed => (StatusCode::CONFLICT, "Changed in between"),
            TokenError::Unsettled(_) => (StatusCode::SERVICE_UNAVAILABLE, "Not in force yet"),
            TokenError::Catalogue(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Not accepted"),
            _ => (StatusCode::CONFLICT, "Not possible"),
        };
        Self::new(status, title, sentence(&error))
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        if let OrderError::Store(source) = &error {
            return Self::store(source);
        }
        let (status, title) = match &error {
            OrderError::Unknown(_) => (StatusCode::NOT_FOUND, "Not found"),
            OrderError::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "Stopping"),
            _ => (StatusCode::CONFLICT, "Not possible"),
        };
        Self::new(status, title, sentence(&error))
    }
}

impl From<OverrideError> for Problem {
    fn from(error: OverrideError) -> Self {
        if let OverrideError::Store(source) = &error {
            return Self::store(source);
        }
        let title = match &error {
            OverrideError::Changed => "Changed in between",
            _ => "Not possible",
        };
        Self::new(StatusCode::CONFLICT, title, sentence(&error))
    }
}

/// An error's words as a sentence.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
