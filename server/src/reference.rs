//! `/docs` and `/redoc`: the description of the API (`/openapi.json`) as pages, by Swagger UI and by Redoc. Both come
//! from our own origin, bundled by tools/reference.mjs, and ask nobody else.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

/// Where the bundles are in the site's folder, and where they are served.
const FOLDER: &str = "reference";

/// One of the two pages.
#[derive(Debug, Clone, Copy)]
struct Reader {
    path: &'static str,
    /// The name of its script and its styles.
    bundle: &'static str,
    name: &'static str,
    title: &'static str,
}

const READERS: [Reader; 2] = [
    Reader {
        path: "/docs",
        bundle: "swagger",
        name: "Try it",
        title: "API · Parallax",
    },
    Reader {
        path: "/redoc",
        bundle: "redoc",
        name: "Read it",
        title: "API reference · Parallax",
    },
];

/// Nothing from elsewhere and no script in the page. Both readers write styles into their elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The two pages. A bundle that was not built is a page that says so.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(site_root: &Path) -> Router<S> {
    let mut router = Router::new();
    for reader in READERS {
        let file = |kind: &str| {
            std::fs::read(
                site_root
                    .join(FOLDER)
                    .join(format!("{}.{kind}", reader.bundle)),
            )
        };
        let page = match (file("js"), file("css")) {
            (Ok(script), Ok(styles)) => Some(page(reader, &mark(&script), &mark(&styles))),
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(
                    error = %error,
                    "the site has no {FOLDER}/{}: {} cannot be shown; build it with `node tools/reference.mjs`",
                    reader.bundle,
                    reader.path,
                );
                None
            }
        };
        router = router.route(reader.path, get(move || async move { answer(page) }));
    }
    router
}

/// Whether an address names a bundle by its content, which never changes then.
pub(crate) fn is_lasting(path: &str, query: Option<&str>) -> bool {
    path.starts_with("/reference/") && query.is_some_and(|query| query.starts_with("v="))
}

fn answer(page: Option<String>) -> Response {
    let Some(page) = page else {
        let words = "This page was not built. The description itself is at /openapi.json.\n";
        return (StatusCode::NOT_FOUND, words).into_response();
    };
    let headers: [(HeaderName, HeaderValue); 2] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, Html(page)).into_response()
}

fn mark(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn page(reader: Reader, script: &str, styles: &str) -> String {
    let Reader { bundle, title, .. } = reader;
    let links: String = READERS
        .iter()
        .map(|other| {
            let current = if other.path == reader.path {
                " aria-current=\"page\""
            } else {
                ""
            };
            format!("<a href=\"{}\"{current}>{}</a>", other.path, other.name)
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/{FOLDER}/{bundle}.css?v={styles}\">\
         <script src=\"/{FOLDER}/{bundle}.js?v={script}\" defer></script></head><body>\
         <nav class=\"reference-bar\" aria-label=\"Parallax\"><a href=\"/\">Parallax</a>{links}\
         <a href=\"/openapi.json\">OpenAPI</a><a href=\"/asyncapi.json\">AsyncAPI</a></nav>\
         <div id=\"reference\"></div><noscript><p class=\"reference-words\">This page is drawn by a script. Without it, \
         the whole description is at <a href=\"/openapi.json\">/openapi.json</a>.</p></noscript></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_only_what_is_ours() {
        for reader in READERS {
            let page = page(reader, "0", "1");
            assert!(
                !page.contains("//cdn") && !page.contains("https://"),
                "{page}"
            );
            assert!(page.contains(&format!("src=\"/reference/{}.js?v=0\"", reader.bundle)));
            assert_eq!(page.matches("aria-current").count(), 1);
        }
    }

    #[test]
    fn a_page_that_was_not_built_says_where_the_description_is() {
        assert_eq!(answer(None).status(), StatusCode::NOT_FOUND);
        let built = answer(Some(String::new()));
        let policy = built.headers()[header::CONTENT_SECURITY_POLICY].to_str();
        assert_eq!(policy.ok(), Some(POLICY));
        assert!(!POLICY.contains("script-src 'self' 'unsafe"));
    }

    #[test]
    fn only_an_address_with_the_mark_lasts() {
        assert!(is_lasting("/reference/redoc.js", Some("v=0")));
        assert!(!is_lasting("/reference/redoc.js", None));
        assert!(!is_lasting("/docs", Some("v=0")));
    }
}
