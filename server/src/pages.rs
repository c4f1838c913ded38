//! Rendered pages, shared for a moment: a page that many readers ask for at once is rendered once.
//!
//! A page names the board's sequence number it shows, and the stream goes on from there, so a reader who
//! gets a page that is half a second old misses nothing. Each answer gets a nonce of its own, in its policy and in the
//! scripts of the page (`gaps.rs`). Owns which answers may be shared and how long. Knows no page: it stands between
//! `http` and whatever renders.

mod gaps;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::nonce::Nonce;
use moka::future::Cache;

use self::gaps::{Encoding, Gapped};

/// How long a page is shared after it was rendered. Prices on it are older than the stream's by at most
/// this.
const SHARED_FOR: Duration = Duration::from_millis(500);
/// What all shared pages may take together.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// A longer address is nobody's link: it is rendered for itself.
const LONGEST_ADDRESS: usize = 1_024;
/// No page is near this size.
const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

/// Pages by what makes them differ. Cheap to clone; clones share them.
#[derive(Clone)]
pub(crate) struct SharedPages {
    pages: Cache<Key, Arc<Page>>,
    /// The number of the catalogue in force.
    catalogue: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// What makes two requests ask for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    encoding: Encoding,
    /// The number of the catalogue that was in force when it was asked for: what tokens are called.
    catalogue: u64,
    /// What of the headers shows in the answer: the site's own address in its links.
    headers: [String; 2],
}

/// In the order of [`Key::headers`].
const SHOWING: [HeaderName; 2] = [header::HOST, HeaderName::from_static("x-forwarded-proto")];

#[derive(Debug)]
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    encoding: Encoding,
    policy: Option<Policy>,
    body: Gapped,
}

/// A content security policy around its nonce.
#[derive(Debug)]
struct Policy {
    before: String,
    after: String,
}

impl Policy {
    /// Takes a policy apart: the nonce, and what stands around it.
    fn read(policy: &HeaderValue) -> Option<(String, Self)> {
        const MARK: &str = "'nonce-";
        let (before, rest) = policy.to_str().ok()?.split_once(MARK)?;
        let (nonce, after) = rest.split_once('\'')?;
        let around = Self {
            before: format!("{before}{MARK}"),
            after: format!("'{after}"),
        };
        Some((nonce.to_owned(), around))
    }

    fn with(&self, nonce: &str) -> Option<HeaderValue> {
        let Self { before, after } = self;
        HeaderValue::try_from(format!("{before}{nonce}{after}")).ok()
    }
}

impl SharedPages {
    pub(crate) fn new(catalogue: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        let weight = |key: &Key, page: &Arc<Page>| {
            u32::try_from(key.address.len() + page.body.size_bytes() + 1_024).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(weight)
            .time_to_live(SHARED_FOR)
            .build();
        let catalogue = Arc::new(catalogue);
        Self { pages, catalogue }
    }
}

/// Answers with the page that was rendered a moment ago, or renders it, once for all who wait for it.
pub(crate) async fn share(
    State(shared): State<SharedPages>,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = key(&request, (shared.catalogue)()) else {
        return next.run(request).await;
    };
    let encoding = key.encoding;
    let rendered = shared
        .pages
        .try_get_with(key, async {
            let page = Page::of(next.run(request).await, encoding).await;
            // Only what went well is given again.
            if page.status == StatusCode::OK {
                Ok(Arc::new(page))
            } else {
                Err(page)
            }
        })
        .await;
    match rendered {
        Ok(page) => page.response(),
        Err(page) => page.response(),
    }
}

/// `None` for what is answered for one reader alone: anything but a plain GET without credentials.
fn key(request: &Request, catalogue: u64) -> Option<Key> {
    let headers = request.headers();
    let is_personal = headers.contains_key(header::COOKIE)
        || headers.contains_key(header::AUTHORIZATION)
        || headers.contains_key(header::RANGE);
    let address = request.uri().path_and_query()?.as_str();
    if request.method() != Method::GET || is_personal || address.len() > LONGEST_ADDRESS {
        return None;
    }
    let text = |name: &HeaderName| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        let value = value.unwrap_or_default();
        value.chars().take(LONGEST_ADDRESS).collect()
    };
    Some(Key {
        address: address.to_owned(),
        encoding: Encoding::of(headers),
        catalogue,
        headers: SHOWING.each_ref().map(text),
    })
}

impl Page {
    /// Reads an answer to its end. Whatever names its nonce is a gap from then on.
    async fn of(response: Response, encoding: Encoding) -> Self {
        let (mut parts, body) = response.into_parts();
        let policy = parts.headers.remove(header::CONTENT_SECURITY_POLICY);
        let known = policy.as_ref().and_then(Policy::read);
        let (nonce, around) = known.unzip();
        if let (None, Some(policy)) = (&nonce, policy) {
            parts
                .headers
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        let read = match to_bytes(body, MAX_PAGE_BYTES).await {
            Ok(body) => Gapped::new(&body, nonce.as_deref(), encoding).map_err(axum::Error::new),
            Err(error) => Err(error),
        };
        match read {
            Ok(body) => {
                parts.headers.remove(header::CONTENT_LENGTH);
                Self {
                    status: parts.status,
                    headers: parts.headers,
                    encoding,
                    policy: around,
                    body,
                }
            }
            Err(error) => {
                tracing::error!(error = %error, "a page could not be rendered to its end");
                Self::broken()
            }
        }
    }

    fn broken() -> Self {
        let words = "The page could not be rendered. Please try again.";
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: HeaderMap::new(),
            encoding: Encoding::Plain,
            policy: None,
            body: Gapped::plain(words),
        }
    }

    /// An answer with a nonce that no other has.
    fn response(&self) -> Response {
        let nonce = Nonce::new();
        let mut response = Body::from(self.body.filled(&nonce)).into_response();
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(self.headers.clone());
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = self.encoding.name() {
            let encoding = HeaderValue::from_static(encoding);
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        if let Some(policy) = self.policy.as_ref().and_then(|policy| policy.with(&nonce)) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    const POLICY: &str = "default-src 'none'; script-src 'self' 'nonce-drawn'; base-uri 'none'";

    /// Pages that say how many were rendered before them; `/broken` fails, `/scripts` has a script and its nonce.
    fn site() -> (Router, Arc<AtomicUsize>) {
        let rendered = Arc::new(AtomicUsize::new(0));
        let counted = |answer: fn(usize) -> Response| {
            let rendered = Arc::clone(&rendered);
            move || async move {
                tokio::task::yield_now().await;
                answer(rendered.fetch_add(1, Ordering::Relaxed))
            }
        };
        let page = counted(|number| number.to_string().into_response());
        let broken = counted(|_| (StatusCode::NOT_FOUND, "no").into_response());
        let scripts = counted(|_| {
            let body = "<script nonce=\"drawn\">1</script><script nonce=\"drawn\">2</script>";
            ([(header::CONTENT_SECURITY_POLICY, POLICY)], body).into_response()
        });
        let router = Router::new()
            .route("/", get(page.clone()).post(page))
            .route("/broken", get(broken))
            .route("/scripts", get(scripts))
            .layer(from_fn_with_state(SharedPages::new(|| 0), share));
        (router, rendered)
    }

    async fn answer(
        site: &Router,
        method: Method,
        address: &str,
        header: Option<(&str, &str)>,
    ) -> Response {
        let mut request = Request::builder().method(method).uri(address);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        site.clone().oneshot(request).await.unwrap()
    }

    async fn ask(
        site: &Router,
        method: Method,
        address: &str,
        header: Option<(&str, &str)>,
    ) -> (StatusCode, String) {
        let response = answer(site, method, address, header).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), 1_024).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn readers_who_ask_at_once_share_one_rendering() {
        let (site, rendered) = site();
        let asked = (0..20).map(|_| ask(&site, Method::GET, "/", None));
        let answers = futures::future::join_all(asked).await;
        assert!(
            answers
                .iter()
                .all(|answer| *answer == (StatusCode::OK, "0".to_owned()))
        );
        assert_eq!(rendered.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn another_address_encoding_or_site_is_another_page() {
        let (site, rendered) = site();
        let different = [
            ("/", None),
            ("/?currency=eur", None),
            ("/", Some(("accept-encoding", "gzip, br"))),
            ("/", Some(("accept-encoding", "gzip"))),
            ("/", Some(("host", "elsewhere"))),
            ("/", Some(("x-forwarded-proto", "https"))),
        ];
        for (address, header) in different {
            ask(&site, Method::GET, address, header).await;
            ask(&site, Method::GET, address, header).await;
        }
        assert_eq!(rendered.load(Ordering::Relaxed), different.len());
        assert_eq!(ask(&site, Method::GET, "/", None).await.1, "0");
        let in_other_words = Some(("accept-encoding", "br;q=1.0, *;q=0.1"));
        let shared = answer(&site, Method::GET, "/", in_other_words).await;
        assert_eq!(shared.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(shared.headers()[header::VARY], "accept-encoding");
        assert_eq!(rendered.load(Ordering::Relaxed), different.len());
    }

    #[tokio::test]
    async fn what_is_for_one_reader_or_went_wrong_is_never_shared() {
        let (site, rendered) = site();
        for header in [("cookie", "a=b"), ("authorization", "Bearer x")] {
            ask(&site, Method::GET, "/", Some(header)).await;
            ask(&site, Method::GET, "/", Some(header)).await;
        }
        ask(&site, Method::POST, "/", None).await;
        assert_eq!(
            ask(&site, Method::GET, "/broken", None).await,
            (StatusCode::NOT_FOUND, "no".to_owned())
        );
        ask(&site, Method::GET, "/broken", None).await;
        assert_eq!(rendered.load(Ordering::Relaxed), 7);
    }

    /// Whoever reads a page of the same moment must not learn what may run in another's.
    #[tokio::test]
    async fn a_nonce_that_another_reader_was_given_allows_nothing() {
        let (site, rendered) = site();
        let mut seen = vec!["drawn".to_owned()];
        for _ in 0..3 {
            let response = answer(&site, Method::GET, "/scripts", None).await;
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].clone();
            let (nonce, around) = Policy::read(&policy).unwrap();
            assert_eq!(around.with("drawn").unwrap(), POLICY);
            assert!(!seen.contains(&nonce), "{nonce} was given before");
            let body = to_bytes(response.into_body(), 1_024).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let own =
                format!("<script nonce=\"{nonce}\">1</script><script nonce=\"{nonce}\">2</script>");
            assert_eq!(body, own);
            seen.push(nonce);
        }
        assert_eq!(rendered.load(Ordering::Relaxed), 1);
    }
}
