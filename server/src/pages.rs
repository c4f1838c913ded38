//! Rendered pages, shared for a moment: a page that many readers ask for at once is rendered once.
//!
//! A page names the board's sequence number it shows, and the stream goes on from there, so a reader who
//! gets a page that is half a second old misses nothing. Owns which answers may be shared and how long.
//! Knows no page: it stands between `http` and whatever renders.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use moka::future::Cache;

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
}

/// What makes two requests ask for the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    /// What of the headers shows in the answer: its encoding, and the site's own address in its links.
    headers: [String; 3],
}

/// In the order of [`Key::headers`].
const SHOWING: [HeaderName; 3] = [
    header::ACCEPT_ENCODING,
    header::HOST,
    HeaderName::from_static("x-forwarded-proto"),
];

#[derive(Debug)]
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl SharedPages {
    pub(crate) fn new() -> Self {
        let weight = |key: &Key, page: &Arc<Page>| {
            u32::try_from(key.address.len() + page.body.len() + 1_024).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(weight)
            .time_to_live(SHARED_FOR)
            .build();
        Self { pages }
    }
}

/// Answers with the page that was rendered a moment ago, or renders it, once for all who wait for it.
pub(crate) async fn share(
    State(shared): State<SharedPages>,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = key(&request) else {
        return next.run(request).await;
    };
    let rendered = shared
        .pages
        .try_get_with(key, async {
            let page = Page::of(next.run(request).await).await;
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
fn key(request: &Request) -> Option<Key> {
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
        headers: SHOWING.each_ref().map(text),
    })
}

impl Page {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        match to_bytes(body, MAX_PAGE_BYTES).await {
            Ok(body) => Self {
                status: parts.status,
                headers: parts.headers,
                body,
            },
            Err(error) => {
                tracing::error!(error = %error, "a page could not be rendered to its end");
                Self {
                    status: StatusCode::INTERNAL_SERVER_ERROR,
                    headers: HeaderMap::new(),
                    body: Bytes::from_static(b"The page could not be rendered. Please try again."),
                }
            }
        }
    }

    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
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

    /// Pages that say how many were rendered before them; `/broken` fails.
    fn site() -> (Router, Arc<AtomicUsize>) {
        let rendered = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&rendered);
        let page = move || {
            let count = Arc::clone(&count);
            async move {
                tokio::task::yield_now().await;
                count.fetch_add(1, Ordering::Relaxed).to_string()
            }
        };
        let count = Arc::clone(&rendered);
        let broken = move || {
            let count = Arc::clone(&count);
            async move {
                count.fetch_add(1, Ordering::Relaxed);
                (StatusCode::NOT_FOUND, "no")
            }
        };
        let router = Router::new()
            .route("/", get(page.clone()).post(page))
            .route("/broken", get(broken))
            .layer(from_fn_with_state(SharedPages::new(), share));
        (router, rendered)
    }

    async fn ask(
        site: &Router,
        method: Method,
        address: &str,
        header: Option<(&str, &str)>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(address);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = site.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1_024).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
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
        let (site, _) = site();
        let get = |address, header| ask(&site, Method::GET, address, header);
        assert_eq!(get("/", None).await.1, "0");
        assert_eq!(get("/?currency=eur", None).await.1, "1");
        assert_eq!(get("/", Some(("accept-encoding", "br"))).await.1, "2");
        assert_eq!(get("/", Some(("host", "elsewhere"))).await.1, "3");
        assert_eq!(get("/", Some(("x-forwarded-proto", "https"))).await.1, "4");
        assert_eq!(get("/", None).await.1, "0");
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
}
