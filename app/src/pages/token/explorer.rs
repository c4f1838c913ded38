//! Where a contract can be looked up: the explorer of each chain, by CoinGecko's platform id.

use parallax::token::Contract;

/// A chain's name for people, and its explorer's address of a token before the contract's own.
const CHAINS: [(&str, &str, &str); 12] = [
    ("arbitrum-one", "Arbitrum One", "https://arbiscan.io/token/"),
    ("avalanche", "Avalanche", "https://snowtrace.io/token/"),
    ("base", "Base", "https://basescan.org/token/"),
    (
        "binance-smart-chain",
        "BNB Smart Chain",
        "https://bscscan.com/token/",
    ),
    ("ethereum", "Ethereum", "https://etherscan.io/token/"),
    ("fantom", "Fantom", "https://ftmscan.com/token/"),
    ("linea", "Linea", "https://lineascan.build/token/"),
    (
        "optimistic-ethereum",
        "Optimism",
        "https://optimistic.etherscan.io/token/",
    ),
    (
        "polygon-pos",
        "Polygon PoS",
        "https://polygonscan.com/token/",
    ),
    ("scroll", "Scroll", "https://scrollscan.com/token/"),
    ("solana", "Solana", "https://solscan.io/token/"),
    ("tron", "TRON", "https://tronscan.org/#/token20/"),
];

/// The chain's name; its id where the name is not known.
#[must_use]
pub fn chain_name(contract: &Contract) -> String {
    let known = CHAINS.iter().find(|(id, ..)| *id == contract.chain);
    known.map_or_else(|| contract.chain.clone(), |(_, name, _)| (*name).to_owned())
}

/// The page about the contract; `None` for a chain without a known explorer, and for an address that no
/// explorer could be asked for.
#[must_use]
pub fn explorer(contract: &Contract) -> Option<String> {
    let (_, _, prefix) = CHAINS.iter().find(|(id, ..)| *id == contract.chain)?;
    let is_plain = !contract.address.is_empty()
        && contract
            .address
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric());
    is_plain.then(|| format!("{prefix}{}", contract.address))
}

/// The address' beginning and end, which people compare: `0xa0b8…eb48`.
#[must_use]
pub fn short(address: &str) -> String {
    const KEPT: usize = 6;
    let letters: Vec<char> = address.chars().collect();
    match (letters.get(..KEPT), letters.len().checked_sub(4)) {
        (Some(head), Some(tail)) if letters.len() > KEPT + 6 => {
            let head: String = head.iter().collect();
            let tail: String = letters.iter().skip(tail).collect();
            format!("{head}…{tail}")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(chain: &str, address: &str) -> Contract {
        Contract {
            chain: chain.to_owned(),
            address: address.to_owned(),
        }
    }

    #[test]
    fn a_contract_leads_to_its_chains_explorer() {
        let usdc = contract("ethereum", "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48");
        let address = "https://etherscan.io/token/0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
        assert_eq!(explorer(&usdc).as_deref(), Some(address));
        assert_eq!(chain_name(&usdc), "Ethereum");
        assert_eq!(short(&usdc.address), "0xa0b8…eb48");
    }

    #[test]
    fn an_unknown_chain_or_a_strange_address_leads_nowhere() {
        assert_eq!(explorer(&contract("moon", "0x00")), None);
        assert_eq!(explorer(&contract("ethereum", "javascript:x")), None);
        assert_eq!(chain_name(&contract("moon", "0x00")), "moon");
        assert_eq!(short("0x00"), "0x00");
    }
}
