//! The parts that pages are made of.

pub mod carried;
pub mod copy;
pub mod currency;
pub mod figure;
pub mod frame;
pub mod head;
pub mod icons;
pub mod keys_dialog;
pub mod marks;
pub mod notices;
pub mod settings;
pub mod times;

pub use carried::{asked_currency, carried};
pub use copy::CopyButton;
pub use currency::CurrencySwitch;
pub use figure::{Change, PriceFigure, ShortFigure, Volume};
pub use frame::{Footer, Header};
pub use head::{Head, origin};
pub use icons::{Icon, IconShape, Logo};
pub use keys_dialog::KeysDialog;
pub use marks::{StateMark, StatusMark};
pub use notices::{FeedNotice, SimulatedNote};
pub use settings::Settings;
pub use times::{AgeOf, Stamp};
