//! The part of the subgraph's schema that is served: types, their fields and the arguments of queries.
//!
//! Data only; `document` holds queries against it.

/// The type of the query root.
pub(super) const QUERY: &str = "Query";

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A scalar.
    Leaf,
    /// An object of this type, or a list of them.
    Object(&'static str),
}

const ROW_LEAVES: [&str; 12] = [
    "id",
    "volume",
    "volumeUSD",
    "untrackedVolumeUSD",
    "totalValueLocked",
    "totalValueLockedUSD",
    "priceUSD",
    "feesUSD",
    "open",
    "high",
    "low",
    "close",
];

const TOKEN_LEAVES: [&str; 14] = [
    "id",
    "symbol",
    "name",
    "decimals",
    "totalSupply",
    "volume",
    "volumeUSD",
    "untrackedVolumeUSD",
    "feesUSD",
    "txCount",
    "poolCount",
    "totalValueLocked",
    "totalValueLockedUSD",
    "derivedETH",
];

/// What a field of a type holds; `None` where the type has no such field.
pub(super) fn field(of: &str, name: &str) -> Option<Holds> {
    let leaf = |leaves: &[&str]| leaves.contains(&name).then_some(Holds::Leaf);
    match (of, name) {
        (QUERY, "_meta") => Some(Holds::Object("_Meta_")),
        (QUERY, "bundle" | "bundles") => Some(Holds::Object("Bundle")),
        (QUERY, "token" | "tokens") => Some(Holds::Object("Token")),
        (QUERY, "tokenHourDatas") => Some(Holds::Object("TokenHourData")),
        (QUERY, "tokenDayDatas") => Some(Holds::Object("TokenDayData")),
        ("_Meta_", "block") => Some(Holds::Object("_Block_")),
        ("_Meta_", _) => leaf(&["deployment", "hasIndexingErrors"]),
        ("_Block_", _) => leaf(&["number", "timestamp", "hash"]),
        ("Bundle", _) => leaf(&["id", "ethPriceUSD"]),
        ("Token", _) => leaf(&TOKEN_LEAVES),
        ("TokenHourData" | "TokenDayData", "token") => Some(Holds::Object("Token")),
        ("TokenHourData", "periodStartUnix") | ("TokenDayData", "date") => Some(Holds::Leaf),
        ("TokenHourData" | "TokenDayData", _) => leaf(&ROW_LEAVES),
        _ => None,
    }
}

/// Whether a field of the query root takes this argument. Nothing else takes any.
pub(super) fn takes(of: &str, name: &str, argument: &str) -> bool {
    let plural = [
        "first",
        "skip",
        "orderBy",
        "orderDirection",
        "where",
        "block",
    ];
    of == QUERY
        && match name {
            "_meta" => argument == "block",
            "bundle" | "token" => matches!(argument, "id" | "block"),
            _ => plural.contains(&argument),
        }
}

/// Whether a list can be filtered by this.
pub(super) fn filters(list: &str, key: &str) -> bool {
    let of = |name: &str, suffixes: &[&str]| {
        key.strip_prefix(name)
            .is_some_and(|suffix| suffixes.contains(&suffix))
    };
    let compared = ["", "_gt", "_gte", "_lt", "_lte", "_in"];
    match list {
        "tokens" => {
            of("id", &["", "_in", "_gt"]) || of("volumeUSD", &["_gt"]) || of("txCount", &["_gt"])
        }
        "bundles" => of("id", &["", "_in", "_gt"]),
        "tokenHourDatas" => of("token", &["", "_in"]) || of("periodStartUnix", &compared),
        "tokenDayDatas" => of("token", &["", "_in"]) || of("date", &compared),
        _ => false,
    }
}
