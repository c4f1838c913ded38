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
use crate::pages::{SharedPages, share};
use crate::{reference, scripts};

/// No request of ours has a body near this size.
const MAX_REQUEST_BYTES: usize = 64 * 1024;

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
        // Compressed within what is shared: once for all readers.
        .route_layer(CompressionLayer::new())
        .route_layer(middleware::from_fn_with_state(SharedPages::new(), share))
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
                .layer(fixed(header::X_FRAME_OPTIONS, "SAMEORIGIN"))
                .layer(fixed(
                    header::REFERRER_POLICY,
                    "strict-origin-when-cross-origin",
                ))
                .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(RequestBodyLimitLayer::new(MAX_REQUEST_BYTES))
                .layer(CatchPanicLayer::new())
                // Leaves streams and what is already compressed alone.
                .layer(CompressionLayer::new()),
        )
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
