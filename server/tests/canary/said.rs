//! Everything that was said, and the search for what must not be in it.

use std::fmt::Write as _;

use reqwest::Response;
use reqwest::header::SET_COOKIE;

/// Everything that was said, by where it was said.
#[derive(Default)]
pub(crate) struct Said(pub(crate) Vec<(String, String)>);

impl Said {
    pub(crate) fn note(&mut self, place: impl Into<String>, bytes: impl AsRef<[u8]>) {
        let text = String::from_utf8_lossy(bytes.as_ref()).into_owned();
        self.0.push((place.into(), text));
    }

    /// An answer's status, headers and body. A cookie that is set is for that browser alone.
    pub(crate) async fn answer(&mut self, place: &str, response: Response) -> String {
        let mut head = format!("{}\n", response.status());
        for (name, value) in response.headers() {
            if name != SET_COOKIE {
                let value = String::from_utf8_lossy(value.as_bytes());
                writeln!(head, "{name}: {value}").unwrap();
            }
        }
        let body = response.bytes().await.unwrap();
        self.note(place, [head.as_bytes(), &body].concat());
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Where a text stands, as it is or as it is written in addresses, forms and dumps.
    pub(crate) fn places_of(&self, text: &str) -> Vec<&str> {
        let forms = forms(text);
        let holds = |text: &str| forms.iter().any(|form| text.contains(form));
        let places = self.0.iter().filter(|(_, text)| holds(text));
        places.map(|(place, _)| place.as_str()).collect()
    }

    pub(crate) fn says_none_of(&self, secrets: &[(String, String)]) {
        for (name, secret) in secrets {
            assert!(secret.len() >= 8, "{name} is no canary: {secret}");
            assert_eq!(self.places_of(secret), [""; 0], "{name} was written down");
        }
    }
}

fn forms(text: &str) -> Vec<String> {
    let in_form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let hex = text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let mut forms = vec![text.to_owned(), in_form.replace('+', "%20"), in_form, hex];
    forms.dedup();
    forms
}
