//! The token's contracts: chain, address, a button that copies it and a link to the chain's explorer.

use leptos::prelude::*;
use parallax::token::{Contract, Token};

use super::explorer::{chain_name, explorer, short};
use crate::components::CopyButton;
use crate::erase::Erase;

/// One line a chain; nothing for a chain's own coin and for government money.
#[component]
pub fn Contracts(
    /// The token.
    token: Token,
) -> impl IntoView {
    (!token.contracts.is_empty()).then(|| {
        let lines = token.contracts.iter().map(line);
        view! {
            <section class="panel" id="contracts" aria-labelledby="contracts-title">
                <h2 id="contracts-title">"Contracts"</h2>
                <ul class="contracts">{lines.collect_view()}</ul>
            </section>
        }
        .erase()
    })
}

fn line(contract: &Contract) -> AnyView {
    let (chain, address) = (chain_name(contract), contract.address.clone());
    let look_up = explorer(contract).map(|href| {
        let label = format!("Look up on {chain}'s explorer");
        view! {
            <a href=href rel="noopener nofollow external" target="_blank" aria-label=label>
                "Explorer"
            </a>
        }
    });
    view! {
        <li data-chain=contract.chain.clone()>
            <span class="contract-chain">{chain.clone()}</span>
            <code class="contract-address" title=address.clone()>
                {short(&address)}
            </code>
            <CopyButton text=address name=format!("Copy the address on {chain}") />
            {look_up}
        </li>
    }
    .erase()
}
