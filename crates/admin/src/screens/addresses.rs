//! Where an exchange is looked for: the configured addresses, or others that an editor gives.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;
use parallax::venue::VenueAddresses;
use parallax_service::Exchange;
use parallax_service::venues::{REST, STREAM, SwitchError, address};

use super::{Screens, may};
use crate::Desk;
use crate::form::Fields;
use crate::page::Problem;
use crate::page::fields::{Errors, Field, form, hidden, not_accepted};
use crate::visit::Visit;

pub(super) fn screens(screens: Screens) -> Screens {
    let edit = may(Permission::Edit);
    screens.form("/mgmt/exchanges/{id}/addresses", edit, show, set)
}

fn named(desk: &Desk, id: &str) -> Result<Exchange, Problem> {
    let found = desk.service().exchange(id);
    let (exchange, _) = found.map_err(|_| Problem::not_found("exchange"))?;
    Ok(exchange)
}

/// What was typed, or what is in force.
struct Typed<'a> {
    stream: &'a str,
    rest: &'a str,
    revision: &'a str,
}

fn page(
    desk: &Desk,
    visit: &Visit,
    exchange: &Exchange,
    typed: &Typed<'_>,
    errors: &Errors,
) -> Response {
    let id = exchange.venue.id.as_str();
    let configured = desk.configured(id);
    let or_none = |address: &Option<String>| address.clone().unwrap_or_else(|| "none".to_owned());
    let (stream_now, rest_now) = (or_none(&configured.stream), or_none(&configured.rest));
    let stream = Field {
        name: "stream",
        label: "WebSocket address",
        kind: "text",
        value: typed.stream,
        autocomplete: "off",
        hint: "wss://HOST, with a path if there is one. Empty: the configured address.",
    };
    // An exchange that is polled has no WebSocket.
    let stream = configured.stream.is_some().then(|| stream.view(errors));
    let rest = Field {
        name: "rest",
        label: "REST address",
        kind: "text",
        value: typed.rest,
        autocomplete: "off",
        hint: "https://HOST, with a path if there is one. Empty: the configured address.",
    };
    let reach = if desk.may_be_private() {
        "The configuration allows addresses in private networks here, and such without TLS."
    } else {
        "Only addresses on the public internet are connected to, by TLS; that is looked at each time."
    };
    let fields = view! {
        <dl class="admin-facts">
            <div><dt>"Configured WebSocket"</dt><dd><code>{stream_now}</code></dd></div>
            <div><dt>"Configured REST"</dt><dd><code>{rest_now}</code></dd></div>
        </dl>
        <p class="admin-hint">
            "All connections are opened anew at these addresses, and it stays so after a restart. " {reach}
            " A key of the exchange is sent to the configured REST address only."
        </p>
        {hidden("revision", typed.revision)}
        {stream}
        {rest.view(errors)}
    };
    let action = format!("/mgmt/exchanges/{id}/addresses");
    let form = form(
        visit.token(),
        &action,
        "Use these addresses",
        fields.into_any(),
    );
    visit.page(&format!("Addresses of {}", exchange.venue.name), form)
}

async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    let set = desk.switches().of(&id).unwrap_or_default();
    let given = set.addresses.as_deref().cloned().unwrap_or_default();
    let revision = desk.switches().revision(&id).await?.to_string();
    let typed = Typed {
        stream: given.stream.as_deref().unwrap_or_default(),
        rest: given.rest.as_deref().unwrap_or_default(),
        revision: &revision,
    };
    Ok(page(&desk, &visit, &exchange, &typed, &Errors::default()))
}

async fn set(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let exchange = named(&desk, &id)?;
    let typed = Typed {
        stream: fields.get("stream"),
        rest: fields.get("rest"),
        revision: fields.get("revision"),
    };
    let mut errors = Errors::default();
    let stream = address(typed.stream, STREAM, desk.may_be_private());
    let stream = stream.map_err(|error| errors.add("stream", &error));
    let rest = address(typed.rest, REST, desk.may_be_private());
    let rest = rest.map_err(|error| errors.add("rest", &error));
    let (Ok(stream), Ok(rest)) = (stream, rest) else {
        let page = page(&desk, &visit, &exchange, &typed, &errors);
        return Ok(not_accepted(page));
    };
    let seen = typed.revision.parse().map_err(|_| SwitchError::Changed)?;
    let addresses = VenueAddresses { stream, rest };
    let switches = desk.switches();
    switches
        .readdress(&id, addresses, seen, &visit.by())
        .await?;
    let said = format!(
        "The connections to {} open anew at these addresses.",
        exchange.venue.name
    );
    visit.go(&format!("/mgmt/exchanges/{id}"), &said).await
}
