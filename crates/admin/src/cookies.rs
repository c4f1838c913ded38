//! The cookies besides the session's: the key of forms before someone signs in, and what a browser is known by.
//!
//! Under TLS their names begin with `__Host-`, so that no other host and no plain connection can set them.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::caller::Visitor;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The key of forms that someone fills in before signing in.
    Form,
    /// What a browser is known by in which someone signed in before.
    Browser,
}

/// The session's cookie under TLS, and on this machine without.
pub(crate) const SESSION: [&str; 2] = ["__Host-parallax", "parallax"];

impl Cookie {
    const fn name(self, is_plain: bool) -> &'static str {
        match (self, is_plain) {
            (Self::Form, false) => "__Host-parallax-form",
            (Self::Form, true) => "parallax-form",
            (Self::Browser, false) => "__Host-parallax-browser",
            (Self::Browser, true) => "parallax-browser",
        }
    }

    /// What the browser sent.
    pub(crate) fn read(self, visitor: &Visitor, headers: &HeaderMap) -> Option<String> {
        let name = self.name(visitor.is_plain);
        let lines = headers.get_all(header::COOKIE).into_iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(held, _)| *held == name);
        values.next().map(|(_, value)| value.to_owned())
    }

    /// The header that sets it. `value` is of letters and digits.
    pub(crate) fn set(self, visitor: &Visitor, value: &str) -> Option<HeaderValue> {
        let name = self.name(visitor.is_plain);
        let secure = if visitor.is_plain { "" } else { "; Secure" };
        let lasts = match self {
            Self::Form => "",
            // As long as the database knows it.
            Self::Browser => "; Max-Age=15552000",
        };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{lasts}");
        HeaderValue::try_from(text).ok()
    }
}
