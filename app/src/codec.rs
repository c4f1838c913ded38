//! How server functions encode their answers: JSON, read as text.
//!
//! The same JSON as `server_fn`'s own codec, decoded from `&str` instead of bytes: the stream and the
//! data embedded in a page are read from `&str` too, and so the browser carries one decoder for each
//! type instead of two.

use bytes::Bytes;
use serde::Serialize;
use serde::de::{DeserializeOwned, Error};
use server_fn::codec::Post;
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType};

/// JSON in UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct JsonText;

/// An answer as JSON.
pub type Json = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = str::from_utf8(&bytes).map_err(Error::custom)?;
        serde_json::from_str(text)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_way() {
        let value = Some("±".to_owned());
        let bytes = JsonText::encode(&value).unwrap();
        let back: Option<String> = JsonText::decode(bytes).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn what_is_not_utf_8_is_an_error() {
        let back: Result<String, _> = JsonText::decode(Bytes::from_static(b"\"\xff\""));
        assert!(back.is_err());
    }
}
