//! The routes: the API's, the page's, and the static files.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Request, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use leptos::config::LeptosOptions;
use leptos::context::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use parallax_admin::Admin;
use parallax_api::{Access, StreamLimits};
use parallax_service::Service;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::config::Config;
use crate::functions::{Functions, keep_to_this_site};
use crate::pages::{SharedPages, share};
use crate::{limits, reference, scripts};

/// For whatever brings no policy of its own, as pages and pictures do: it may load, run and send nothing, and stand in
/// nobody's frame. Files such as `icon.svg` style themselves.
const LOCK: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                    frame-ancestors 'none'";
/// A year, in seconds.
const TLS_ONLY: &str = "max-age=31536000";

/// Everything the server answers.
pub(crate) fn router(
    service: Service,
    limits: StreamLimits,
    access: Access,
    admin: Admin,
    config: &Config,
) -> Router {
    let options = LeptosOptions::builder()
        .output_name("parallax")
        .site_root(config.site_root.to_string_lossy())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .hash_files(scripts::has_list())
        .build();
    let shown = service.clone();
    let routes = generate_route_list(parallax_app::App);
    let scripts = scripts::find(&config.site_root);
    let context = {
        let service = service.clone();
        move || {
            provide_context(service.clone());
            if let Some(scripts) = scripts.clone() {
                provide_context(scripts);
            }
        }
    };
    let shell = {
        let options = options.clone();
        move || parallax_app::shell(options.clone())
    };
    let pages = Router::new()
        .leptos_routes_with_context(&options, routes, context.clone(), shell)
        // Compresses what it shares, once for all readers.
        .route_layer(middleware::from_fn_with_state(
            SharedPages::new(move || shown.catalogue().revision()),
            share,
        ))
        .route_layer(middleware::from_fn_with_state(
            Functions::registered(),
            keep_to_this_site,
        ))
        .fallback(leptos_axum::file_and_error_handler_with_context::<
            LeptosOptions,
            _,
        >(context, parallax_app::shell))
        .with_state(options)
        .layer(middleware::from_fn(cache_static_files));
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    parallax_api::router(service, limits, access)
        .merge(parallax_admin::router(admin))
        .merge(pages)
        .merge(reference::router(&config.site_root))
        // One layer of many: a router puts each of its layers around every route anew.
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn(insist_on_tls))
                .layer(fixed(
                    HeaderName::from_static("cross-origin-opener-policy"),
                    "same-origin",
                ))
                .layer(fixed(header::CONTENT_SECURITY_POLICY, LOCK))
                .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
                .layer(fixed(
                    header::REFERRER_POLICY,
                    "strict-origin-when-cross-origin",
                ))
                .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(middleware::from_fn(limits::say))
                .layer(RequestBodyLimitLayer::new(limits::MAX_REQUEST_BYTES))
                .layer(CatchPanicLayer::new())
                // Leaves streams and what is already compressed alone.
                .layer(CompressionLayer::new()),
        )
}

/// Behind TLS, which a proxy ends and says so, browsers are told to come back by TLS only, for a year. Without TLS they
/// ignore it (RFC 6797, section 8.1), so a client that invents the header tells nobody but itself.
async fn insist_on_tls(request: Request<axum::body::Body>, next: Next) -> Response {
    let scheme = request.headers().get("x-forwarded-proto");
    let is_tls = scheme.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"));
    let mut response = next.run(request).await;
    if is_tls {
        let value = HeaderValue::from_static(TLS_ONLY);
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Whether an address names what never changes.
fn is_lasting(path: &str, query: Option<&str>) -> bool {
    scripts::is_lasting(path, query) || reference::is_lasting(path, query)
}

/// Files whose names carry a hash of their content never change; pages always may.
async fn cache_static_files(request: Request<axum::body::Body>, next: Next) -> Response {
    let path = request.uri().path();
    let policy = if is_lasting(path, request.uri().query()) {
        "public, max-age=31536000, immutable"
    } else if path.starts_with("/fonts/")
        || path.starts_with("/favicon.")
        || path.starts_with("/icon")
    {
        "public, max-age=86400"
    } else {
        "no-store"
    };
    let mut response = next.run(request).await;
    let policy = if response.status().is_success() {
        policy
    } else {
        "no-store"
    };
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(policy));
    response
}

#[cfg(test)]
mod tests;
