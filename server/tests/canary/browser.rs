//! A browser that keeps cookies and fills in forms.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Response, redirect};

use crate::said::Said;
use crate::support::Server;

/// A browser, as far as forms need one.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    http: Client,
    cookies: BTreeMap<String, String>,
    /// All there ever were.
    pub(crate) values: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        let http = Client::builder().redirect(redirect::Policy::none());
        Self {
            server,
            http: http.build().unwrap(),
            cookies: BTreeMap::new(),
            values: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, path: &str, form: Option<String>) -> Response {
        let address = format!("http://{}{path}", self.server.address);
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies.map(|(name, it)| format!("{name}={it}")).collect();
        let request = match form {
            None => self.http.get(address),
            Some(form) => self
                .http
                .post(address)
                .header(ORIGIN, format!("http://{}", self.server.address))
                .body(form),
        };
        let request = request.header(COOKIE, cookies.join("; "));
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all(SET_COOKIE) {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap().to_owned();
            if !value.is_empty() {
                self.values.push((format!("cookie {name}"), value.clone()));
            }
            self.cookies.insert(name.to_owned(), value);
        }
        answer
    }

    pub(crate) async fn open(&mut self, said: &mut Said, path: &str) -> String {
        let answer = self.send(path, None).await;
        said.answer(path, answer).await
    }

    /// Opens a form's page and sends the form, with what was typed.
    pub(crate) async fn fill(
        &mut self,
        said: &mut Said,
        path: &str,
        typed: &[(&str, &str)],
    ) -> Response {
        let page = self.open(said, path).await;
        let form = page.split("<form").find(|form| {
            let tag = form.split('>').next().unwrap();
            tag.contains(&format!("action=\"{path}\""))
        });
        let form = form.unwrap_or_else(|| panic!("no form on {path}: {page}"));
        let token = between(form, "name=\"form\" value=\"", "\"").to_owned();
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("form", &token)
            .extend_pairs(typed)
            .finish();
        self.send(path, Some(fields)).await
    }
}

pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before}: {text}"));
    rest.split_once(after).unwrap().0
}
