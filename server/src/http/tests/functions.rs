//! Every server function there is, called by nobody in particular and by another site's page.

use axum::routing::any;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::handle_server_fns_with_context;

use super::*;

/// What every function may be asked for; each takes what it knows.
const QUERY: &str = "id=token-0&query=ids%3Dtoken-0";

/// What browsers say when a page that is not ours calls.
const STRANGERS: [&[(&str, &str)]; 7] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "https://prices.example.evil.example")],
    &[
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://prices.example"),
    ],
    &[
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://evil.example"),
    ],
];

const OWN: [&[(&str, &str)]; 3] = [
    &[("sec-fetch-site", "same-origin")],
    &[
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://prices.example"),
    ],
    // A browser too old to say.
    &[],
];

fn with_host<'a>(headers: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("host", "prices.example")];
    all.extend_from_slice(headers);
    all
}

fn addresses() -> Vec<String> {
    let mut addresses: Vec<_> = server_fn_paths()
        .map(|(path, method)| {
            assert_eq!(
                method, "GET",
                "{path}: a function that is no read needs a session"
            );
            format!("{path}?{QUERY}")
        })
        .collect();
    addresses.sort_unstable();
    addresses
}

/// What is public is for everyone, and makes nobody known.
#[tokio::test]
async fn every_server_function_answers_our_own_pages_without_an_account() {
    let house = house(&[token(0, "Name")]).await;
    house.publish("token-0", "1", Status::Live);
    let addresses = addresses();
    assert!(addresses.len() >= 7, "{addresses:?}");
    for address in addresses {
        for own in OWN {
            let response = house.answer(&address, &with_host(own)).await;
            assert_eq!(response.status(), 200, "{address} {own:?}");
            assert_eq!(header_of(&response, "set-cookie"), "", "{address}");
            assert_eq!(
                header_of(&response, "access-control-allow-origin"),
                "",
                "{address}"
            );
        }
    }
}

/// Without the check, the library answers whoever asks, and sends a browser on to wherever it came from: a link with
/// our address that leads to theirs.
#[tokio::test]
async fn no_server_function_answers_or_forwards_another_sites_page() {
    let house = house(&[token(0, "Name")]).await;
    house.publish("token-0", "1", Status::Live);
    let unguarded = House {
        board: Arc::clone(&house.board),
        router: Router::new().fallback(any(|request: Request<Body>| {
            handle_server_fns_with_context(|| (), request)
        })),
    };
    let link = [
        ("accept", "text/html"),
        ("referer", "https://evil.example/"),
    ];
    for address in addresses() {
        let lured = unguarded.answer(&address, &link).await;
        assert_eq!(lured.status(), 302);
        assert!(header_of(&lured, "location").starts_with("https://evil.example/"));
        // Also while an answer to one of our pages is being shared.
        let own = house.answer(&address, &with_host(&[])).await;
        assert_eq!(own.status(), 200, "{address}");
        for stranger in STRANGERS {
            let refused = house.answer(&address, &with_host(stranger)).await;
            assert_eq!(refused.status(), 403, "{address} {stranger:?}");
            let mut clicked = with_host(stranger);
            clicked.extend(link);
            let refused = house.answer(&address, &clicked).await;
            assert_eq!(refused.status(), 403, "{address} {stranger:?}");
        }
        // The same from a browser that says nothing else.
        let clicked = house.answer(&address, &with_host(&link)).await;
        assert!(
            !header_of(&clicked, "location").contains("evil"),
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_server_function_takes_no_other_method() {
    let house = house(&[token(0, "Name")]).await;
    for address in addresses() {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for headers in [with_host(&[]), with_host(STRANGERS[2]), with_host(OWN[1])] {
                let mut request = Request::builder().method(method).uri(&address);
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                let request = request.body(Body::empty()).unwrap();
                let response = house.router.clone().oneshot(request).await.unwrap();
                let status = response.status();
                assert!(
                    status == 403 || status == 405,
                    "{method} {address}: {status}"
                );
            }
        }
    }
}
