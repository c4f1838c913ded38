//! The frame around every page: the document, the navigation, and who is signed in.

use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::*;

use super::fields::token_field;
use super::{Problem, navigation};
use crate::Desk;
use crate::visit::{Flash, Visit};

/// A whole page. `visit` is `None` for guests.
pub(crate) fn page(
    desk: &Desk,
    visit: Option<&Visit>,
    title: &str,
    flash: Option<&Flash>,
    content: AnyView,
) -> Response {
    let head = format!("{title} · Parallax admin");
    let flash = flash.map(|Flash(text)| {
        view! { <p class="admin-flash" role="status">{text.clone()}</p> }
    });
    let title = title.to_owned();
    let stylesheet = desk.admin.stylesheet.clone();
    let document = Owner::new().with(|| {
        let menu = visit.map(|visit| navigation::menu(desk, visit));
        let beside = visit.map(|visit| navigation::beside(desk, visit));
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <meta name="robots" content="noindex" />
                    <title>{head}</title>
                    <link rel="stylesheet" href=stylesheet />
                    <link rel="icon" href="/favicon.ico" sizes="32x32" />
                </head>
                <body>
                    <a class="skip-link" href="#main">"Skip to content"</a>
                    {header(visit)}
                    {menu}
                    <div class="admin-frame">
                        {beside}
                        <main id="main" tabindex="-1">
                            <div class="page-head"><h1>{title}</h1></div>
                            {flash}
                            {content}
                        </main>
                    </div>
                    <footer class="footer">
                        <div class="footer-inner">
                            <a href="/">"Public site"</a>
                            <span>"All times are UTC."</span>
                        </div>
                    </footer>
                </body>
            </html>
        }
        .to_html()
    });
    Html(format!("<!DOCTYPE html>{document}")).into_response()
}

fn header(visit: Option<&Visit>) -> AnyView {
    let who = visit.map(|visit| {
        let name = visit.account.username.to_string();
        let here = navigation::here("/mgmt/me", &visit.path);
        view! {
            <div class="topbar-controls">
                <a class="button" href="/mgmt/me" aria-current=here>{name}</a>
                <form method="post" action="/mgmt/logout">
                    {token_field(visit.token())}
                    <button class="button" type="submit">"Sign out"</button>
                </form>
            </div>
        }
    });
    view! {
        <header class="topbar">
            <div class="topbar-inner admin-bar">
                <a class="wordmark" href="/mgmt">"Parallax admin"</a>
                {who}
            </div>
        </header>
    }
    .into_any()
}

/// A problem as a page.
pub(crate) fn problem(desk: &Desk, visit: Option<&Visit>, problem: &Problem) -> Response {
    let code = problem.status.as_u16();
    let text = problem.text.clone();
    let content = view! {
        <div class="message">
            <p class="message-code">{code}</p>
            <p>{text}</p>
            <p><a href="/mgmt">"Back to the start"</a></p>
        </div>
    };
    page(desk, visit, problem.title, None, content.into_any())
}
