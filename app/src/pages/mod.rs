//! The pages. Each is complete as plain HTML and becomes live after hydration.

pub mod compare;
pub mod failure;
pub mod load;
pub mod markets;
pub mod prices;
pub mod status;
pub mod token;

pub use compare::ComparePage;
pub use failure::{Failure, NotFound, NotFoundPage, problem};
pub use markets::MarketsPage;
pub use prices::PricesPage;
pub use status::StatusPage;
pub use token::TokenPage;
