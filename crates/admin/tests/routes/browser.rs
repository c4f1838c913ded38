//! A browser of few words: it keeps cookies, follows no redirect by itself, and fills in forms.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;

pub(crate) const HOST: &str = "prices.example";

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |location| location.to_str().unwrap())
    }

    /// The value of the first field with this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\" value=\"");
        let at = self.body.find(&marker);
        let at = at.unwrap_or_else(|| panic!("no field {name} in {}", self.body)) + marker.len();
        self.body[at..]
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
    }

    /// Where the first link with these words leads.
    pub(crate) fn link(&self, words: &str) -> Option<String> {
        let links = self.body.split("<a ").skip(1);
        let link = links.map(|link| link.split("</a>").next().unwrap());
        let said = |link: &&str| {
            let text = link.split_once('>').unwrap().1;
            text.split('<').next().unwrap().trim() == words
        };
        let to = link.into_iter().find(said)?;
        let to = to.split("href=\"").nth(1)?.split('"').next()?;
        Some(to.replace("&amp;", "&"))
    }

    /// The token of the form that is sent to `action`.
    pub(crate) fn token_of(&self, action: &str) -> String {
        let marker = format!("action=\"{action}\"");
        let at = self.body.find(&marker);
        let at = at.unwrap_or_else(|| panic!("no form to {action} in {}", self.body));
        let form = &self.body[at..];
        let marker = "name=\"form\" value=\"";
        let at = form.find(marker).unwrap() + marker.len();
        form[at..].split('"').next().unwrap().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) host: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            host: HOST.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// Sends a request as it is, with the cookies, and keeps those of the answer.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::USER_AGENT, "a test")
            .header(header::COOKIE, cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form as a page of the site does.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("https://{}", self.host);
        let headers = [
            ("origin", origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(Method::POST, path, &headers, encoded(fields))
            .await
    }

    /// Opens a page and sends its form, with these fields besides the token.
    pub(crate) async fn fill(
        &mut self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let token = self.get(page).await.token_of(action);
        let mut all = vec![("form", token.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    /// Tries to sign in.
    pub(crate) async fn try_to_sign_in(&mut self, name: &str, password: &str) -> Answer {
        let fields = [("username", name), ("password", password)];
        self.fill("/mgmt/login", "/mgmt/login", &fields).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) {
        let answer = self.try_to_sign_in(name, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.location(), "/mgmt");
    }

    /// Whether someone is signed in.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/mgmt").await.status == StatusCode::OK
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.cookies.get("__Host-parallax").map(String::as_str)
    }
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
