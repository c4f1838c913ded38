//! Who may ask what, and how often: keys and their scopes, limits for each key and each address, tickets for
//! browsers, and what every answer of the API says besides: request ids, and that other sites may read it.
//!
//! A layer around all routes of the API; pages and static files are outside of it, and it lets everyone
//! through to health and documentation. The
//! decisions are in docs/decisions/0009-keys-and-limits.md. Keys are made and recognised in
//! `parallax_service::keys`; the peer's address is put into the request by the listener (`server`).

mod client;
mod credentials;
mod limits;
mod outside;
mod refusal;
mod streams;
mod tickets;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use ipnet::IpNet;
use parallax::key::{KeyId, Scope};
use parallax_service::keys::{KeyHolder, KeyRefusal, Keys};
use tower::ServiceBuilder;

use self::credentials::Credential;
use self::limits::{Allowance, Buckets};
use self::refusal::Refusal;
use self::streams::{Streams, Whose};
use self::tickets::Tickets;
use crate::Problem;
use crate::at_once::Lasting;

pub use self::client::Client;
pub use self::limits::Allotment;
pub use self::refusal::Beyond;
pub(crate) use self::refusal::{Area, GeckoRefusal};
pub(crate) use self::streams::StreamPass;
pub(crate) use self::tickets::routes;

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPolicy {
    /// Everyone; without a key within lower limits.
    Optional,
    /// Whoever has a key, and this site's own pages.
    Required,
}

/// What the operator decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessConfig {
    /// Who is let in.
    pub keys: KeyPolicy,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether limits hold for requests of this machine itself too.
    pub limit_loopback: bool,
    /// What an address may use without a key.
    pub anonymous: Allotment,
    /// What each key may use.
    pub key: Allotment,
}

/// The keys, the limits and what was used of them. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Access {
    inner: Arc<Inner>,
}

struct Inner {
    config: AccessConfig,
    keys: Keys,
    addresses: Buckets<IpAddr>,
    holders: Buckets<KeyId>,
    streams: Streams,
    tickets: Tickets,
}

/// Whoever was let in, for handlers: an extension of every request.
#[derive(Clone)]
pub(crate) struct Visitor {
    key: Option<KeyHolder>,
    whose: Whose,
    /// How many streams they may have; `None`: they are not counted.
    max_streams: Option<u32>,
    streams: Streams,
}

impl Visitor {
    /// Counts a stream, which lasts as long as the pass is kept.
    ///
    /// # Errors
    /// A problem with status 429 when all allowed streams are open.
    pub(crate) fn open_stream(&self) -> Result<StreamPass, Problem> {
        let (whose, key) = (self.whose.clone(), self.key.clone());
        StreamPass::new(&self.streams, whose, self.max_streams, key)
            .ok_or_else(|| Refusal::TooManyStreams(self.max_streams.unwrap_or_default()).problem())
    }

    /// The same for a WebSocket.
    ///
    /// # Errors
    /// Those of [`Visitor::open_stream`].
    pub(crate) fn open_socket(&self) -> Result<StreamPass, Problem> {
        Ok(self.open_stream()?.of_socket(&self.streams))
    }
}

/// What the layer decided, with what to tell of the limits.
type Admission = Result<(Visitor, Allowance), (Refusal, Allowance)>;

impl Access {
    /// Begins with full buckets. `keys` are kept up to date by whoever runs [`Keys::run`].
    #[must_use]
    pub fn new(config: AccessConfig, keys: Keys) -> Self {
        let inner = Inner {
            addresses: Buckets::new("anonymous", config.anonymous),
            holders: Buckets::new("key", config.key),
            streams: Streams::default(),
            tickets: Tickets::default(),
            config,
            keys,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whoever sent a request, by the peer's address and the proxies that are believed.
    #[must_use]
    pub fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> Client {
        client::client(extensions, headers, &self.inner.config.trusted_proxies)
    }

    /// WebSockets that are open now, for whoever watches the server.
    #[must_use]
    pub fn open_sockets(&self) -> u64 {
        self.inner.streams.open_sockets()
    }

    fn tickets(&self) -> &Tickets {
        &self.inner.tickets
    }

    /// Puts the layer around routes.
    pub(crate) fn around(&self, routes: Router) -> Router {
        // One layer of three: a router puts each of its layers around every route anew.
        routes.layer(
            ServiceBuilder::new()
                // Outside, so that refusals too have a number and can be read by other sites.
                .layer(middleware::from_fn(outside::number))
                .layer(outside::cors())
                .layer(middleware::from_fn_with_state(self.clone(), guard)),
        )
    }

    async fn admit(&self, request: &mut Request) -> Admission {
        let Inner { config, .. } = &*self.inner;
        let headers = request.headers();
        let client = client::client(request.extensions(), headers, &config.trusted_proxies);
        let credential = match credentials::take(request) {
            Ok(credential) => credential,
            Err(refusal) => return Err(self.refuse(client, refusal)),
        };
        let shown = match credential {
            None => return self.admit_anyone(client, request),
            Some(Credential::Key(text)) => self.known(client, &text).await,
            Some(Credential::Ticket(text)) => {
                let holder = self.inner.tickets.redeem(&text);
                holder.map_err(|refusal| self.refuse(client, refusal))
            }
        };
        self.admit_holder(shown?, scope(request.uri().path()))
    }

    fn admit_anyone(&self, client: Client, request: &Request) -> Admission {
        if self.inner.config.keys == KeyPolicy::Required && !is_own_page(request) {
            return Err(self.refuse(client, Refusal::NoKey));
        }
        let allowance = self.charge(client);
        match allowance.wait {
            Some(wait) => Err((Refusal::TooManyRequests(wait), allowance)),
            None => Ok((self.anyone(client), allowance)),
        }
    }

    fn admit_holder(&self, key: KeyHolder, scope: Scope) -> Admission {
        let allowance = self.inner.holders.charge(key.id().clone());
        if let Some(wait) = allowance.wait {
            return Err((Refusal::TooManyRequests(wait), allowance));
        }
        if !key.may(scope) {
            return Err((Refusal::Scope(scope), allowance));
        }
        let visitor = Visitor {
            whose: Whose::Key(key.id().clone()),
            max_streams: Some(self.inner.config.key.streams),
            streams: self.inner.streams.clone(),
            key: Some(key),
        };
        Ok((visitor, allowance))
    }

    /// Whose key the text is. What is not a key in force costs the address a request, before the database
    /// is asked: keys cannot be guessed faster than that.
    async fn known(&self, client: Client, text: &str) -> Result<KeyHolder, (Refusal, Allowance)> {
        let refusal = match self.inner.keys.holder(text) {
            Ok(holder) => return Ok(holder),
            Err(refusal) => refusal,
        };
        let allowance = self.charge(client);
        if let Some(wait) = allowance.wait {
            return Err((Refusal::TooManyRequests(wait), allowance));
        }
        let looked_again = match refusal {
            KeyRefusal::Ended(_) => Err(refusal),
            KeyRefusal::Unknown | KeyRefusal::Unreadable => self.inner.keys.look_again(text).await,
        };
        looked_again.map_err(|refusal| (refusal.into(), allowance))
    }

    fn refuse(&self, client: Client, refusal: Refusal) -> (Refusal, Allowance) {
        let allowance = self.charge(client);
        let refusal = allowance.wait.map_or(refusal, Refusal::TooManyRequests);
        (refusal, allowance)
    }

    /// Whether an answer that is kept may be given to this request, which shows no key; then it is counted, and
    /// `answer` gets what is the request's own.
    pub(crate) fn admit_at_once(&self, request: &Request, answer: &mut HeaderMap) -> bool {
        let Inner { config, .. } = &*self.inner;
        if config.keys == KeyPolicy::Required {
            return false;
        }
        let headers = request.headers();
        let client = client::client(request.extensions(), headers, &config.trusted_proxies);
        let allowance = self.charge(client);
        if allowance.wait.is_some() {
            return false;
        }
        allowance.tell(answer);
        answer.insert(outside::REQUEST_ID, outside::number_of(headers));
        true
    }

    fn is_limited(&self, client: Client) -> bool {
        self.inner.config.limit_loopback || !client.is_local
    }

    fn charge(&self, client: Client) -> Allowance {
        if self.is_limited(client) {
            self.inner.addresses.charge(client.network)
        } else {
            self.inner.addresses.untouched()
        }
    }

    fn anyone(&self, client: Client) -> Visitor {
        let limit = self.inner.config.anonymous.streams;
        Visitor {
            key: None,
            whose: Whose::Address(client.network),
            max_streams: self.is_limited(client).then_some(limit),
            streams: self.inner.streams.clone(),
        }
    }
}

async fn guard(State(access): State<Access>, mut request: Request, next: Next) -> Response {
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let (mut response, allowance) = match access.admit(&mut request).await {
        Ok((visitor, allowance)) => {
            let is_for_anyone = visitor.key.is_none();
            request.extensions_mut().insert(visitor);
            let mut response = next.run(request).await;
            if access.inner.config.keys == KeyPolicy::Required {
                keep_private(response.headers_mut());
            }
            if !is_for_anyone {
                response.extensions_mut().remove::<Lasting>();
            }
            (response, allowance)
        }
        Err((refusal, allowance)) => {
            let area = Area::of(request.uri().path());
            (refusal.answer(area), allowance)
        }
    };
    allowance.tell(response.headers_mut());
    response
}

/// Forbids caches that many share to hand on an answer that was given to a key, or to a page of this site.
fn keep_private(headers: &mut HeaderMap) {
    let policy = text(headers, header::CACHE_CONTROL.as_str()).unwrap_or_default();
    let has = |word: &str| policy.split(',').any(|part| part.trim() == word);
    if has("no-store") || has("private") {
        return;
    }
    let kept = policy.split(',').map(str::trim);
    let kept = kept.filter(|part| !part.is_empty() && *part != "public");
    let policy: Vec<_> = std::iter::once("private").chain(kept).collect();
    // Parts of a header are a header.
    if let Ok(policy) = HeaderValue::try_from(policy.join(", ")) {
        headers.insert(header::CACHE_CONTROL, policy);
    }
}

/// Health, which supervisors ask, and documentation, which says how to get a key: for everyone, uncounted.
pub(crate) fn is_open(path: &str) -> bool {
    const OPEN: [&str; 6] = [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/asyncapi.json",
        "/docs",
        "/redoc",
    ];
    OPEN.contains(&path) || path.starts_with("/docs/") || path.starts_with("/redoc/")
}

/// The scope an address needs.
fn scope(path: &str) -> Scope {
    match path {
        "/api/v1/stream" | "/api/v1/ws" | "/api/v1/tickets" => Scope::Stream,
        _ => Scope::Read,
    }
}

/// Whether a browser says that a page of this site asks. A program can say so too: it gets what the pages
/// show to everyone, within the limits of its address.
fn is_own_page(request: &Request) -> bool {
    let headers = request.headers();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let from_here = match text(headers, "sec-fetch-site") {
        Some(site) => site == "same-origin",
        // Browsers leave it out where the site has no TLS; then the page's address has to do.
        None => {
            let page = text(headers, header::REFERER.as_str())
                .and_then(|page| page.parse::<axum::http::Uri>().ok());
            let page = page.as_ref().and_then(axum::http::Uri::authority);
            page.is_some_and(|page| Some(page.as_str()) == text(headers, header::HOST.as_str()))
        }
    };
    is_read && from_here
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
