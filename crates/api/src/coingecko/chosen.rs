//! Which coins a request means by `ids`, `names` or `symbols`, in this order of precedence.

use std::borrow::Cow;

use parallax::catalogue::Catalogue;
use parallax::token::Token;

use super::asked::{given, list, word};
use super::refusal::Refusal;

/// The coins a request means.
pub(crate) enum Chosen<'a> {
    /// It names none: all there are.
    All,
    /// These, each with the key it is answered by: the id, or the name or symbol it was asked for by.
    Coins(Vec<(Cow<'a, str>, &'a Token)>),
}

/// Reads the parameters. Unknown coins are left out.
///
/// # Errors
/// When a name means several coins and `include_tokens` does not ask for all.
pub(crate) fn chosen<'a>(
    catalogue: &'a Catalogue,
    ids: &'a Option<String>,
    names: &'a Option<String>,
    symbols: &'a Option<String>,
    include_tokens: &Option<String>,
) -> Result<Chosen<'a>, Refusal> {
    let policies = [("top", false), ("all", true)];
    let is_all = word("include_tokens", include_tokens, &policies, false)?;
    let by_id = |token: &'a Token| (Cow::Borrowed(token.id.as_str()), token);
    if let Some(ids) = given(ids) {
        let found = list(ids).filter_map(|id| catalogue.coin(id));
        return Ok(Chosen::Coins(found.map(by_id).collect()));
    }
    let (words, by_name) = match (given(names), given(symbols)) {
        (Some(names), _) => (names, true),
        (None, Some(symbols)) => (symbols, false),
        (None, None) => return Ok(Chosen::All),
    };
    let mut found = Vec::new();
    for word in list(words) {
        let wanted = word.to_lowercase();
        let is_called = |token: &&Token| {
            let called = if by_name {
                token.name.as_str()
            } else {
                token.symbol.as_str()
            };
            called.to_lowercase() == wanted
        };
        let meant: Vec<&Token> = catalogue.coins().filter(is_called).collect();
        match meant.as_slice() {
            [token] if by_name => found.push((Cow::Borrowed(token.name.as_str()), *token)),
            [token] => found.push((Cow::Owned(wanted), *token)),
            several if is_all => found.extend(several.iter().copied().map(by_id)),
            [] => {}
            several => {
                let ids: Vec<_> = several.iter().map(|token| token.id.as_str()).collect();
                return Err(Refusal::ambiguous(word, &ids));
            }
        }
    }
    Ok(Chosen::Coins(found))
}
