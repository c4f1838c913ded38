//! `GET /api/v1/tokens` and `/api/v1/tokens/{token}`: the published prices, with what explains them.

use std::fmt::Write;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use parallax::candle::Bar;
use parallax::table::{Order, SortBy};
use parallax::time::Timestamp;
use parallax::view::{About, TokenRow, TokenView};
use parallax_service::{ListQuery, TokenList};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::cached::link;
use crate::live::Draft;
use crate::openapi::answers::{BadRequest, NoToken, NotModified};
use crate::params::{self, NoParameters, TokenParam, TokenPath};
use crate::{ApiState, Problem};

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(tokens))
        .routes(routes!(token))
}

/// The longest search, in characters.
const LONGEST_SEARCH: usize = 100;

/// The query of `GET /api/v1/tokens`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Only tokens whose name, symbol or id contains this, or whose contract address it is. From six
    /// characters on an address may also only begin with it.
    #[param(max_length = 100, example = "bit")]
    search: Option<String>,
    /// What the tokens are ordered by. Those without a value come last in either order.
    #[param(value_type = SortBy, inline, required = false)]
    sort: Option<String>,
    /// Which end comes first: without it the end that is looked for, the first rank, the highest price.
    #[param(value_type = Order, inline, required = false)]
    order: Option<String>,
    /// The most rows of the answer.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 250, default = 250)]
    limit: Option<String>,
    /// Where to go on: `next` of an answer has it. Use it with the same `sort` and `order`.
    #[param(max_length = 100)]
    cursor: Option<String>,
}

impl Asked {
    fn read(&self) -> Result<ListQuery, Problem> {
        let columns = SortBy::ALL.map(SortBy::as_str).join(", ");
        let sort: Option<SortBy> =
            params::optional("sort", self.sort.as_deref(), &format!("one of {columns}"))?;
        let order = match params::given(self.order.as_deref()) {
            None => None,
            Some(word) => Some(
                Order::read(word)
                    .ok_or_else(|| Problem::bad_parameter("order", word, "asc or desc"))?,
            ),
        };
        let search = params::given(self.search.as_deref()).unwrap_or_default();
        if search.chars().count() > LONGEST_SEARCH {
            let allowed = format!("at most {LONGEST_SEARCH} characters");
            return Err(Problem::bad_parameter("search", search, &allowed));
        }
        Ok(ListQuery {
            search: search.to_owned(),
            sort: sort.unwrap_or_default(),
            order,
            limit: params::optional(
                "limit",
                self.limit.as_deref(),
                "a whole number from 1 to 250",
            )?,
            cursor: params::optional(
                "cursor",
                self.cursor.as_deref(),
                "the cursor of an earlier page, unchanged",
            )?,
        })
    }

    /// The address of the piece that follows.
    fn next(&self, list: &TokenList) -> Option<String> {
        let cursor = list.next.as_ref()?;
        let mut address = "/api/v1/tokens?".to_owned();
        let same = [
            ("search", &self.search),
            ("sort", &self.sort),
            ("order", &self.order),
            ("limit", &self.limit),
        ];
        for (name, value) in same {
            if let Some(value) = params::given(value.as_deref()) {
                let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
                // Writing to a text cannot fail.
                let _ = write!(address, "{name}={value}&");
            }
        }
        let _ = write!(address, "cursor={cursor}");
        Some(address)
    }
}

/// Tokens with their published prices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens<'a> {
    /// About the program.
    about: &'a About,
    /// The number of the last publication in the list: a stream opened with it as `after` continues
    /// without a gap.
    seq: u64,
    /// When the list was made.
    at: Timestamp,
    /// Tokens found on all pages together.
    found: u32,
    /// The tokens that an exchange lists or that have a last known price, in the order asked for.
    rows: &'a [TokenRow],
    /// Where the next page is; null when this one reaches the end.
    next: Option<String>,
}

/// List tokens with their prices.
///
/// All tokens that at least one exchange lists, or that have a last known price, in pages. A page continues
/// after the place of the last row of the one before, not after a number of rows: by `rank` and `name` the
/// pages join exactly; by what changes meanwhile, a token whose own value crosses that place between two
/// reads may be missed or come twice, and no other.
///
/// An answer is shared for half a second by all who ask the same; `at` says when it was made.
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "tokens",
    operation_id = "tokens",
    params(Asked),
    responses(
        (status = 200, description = "A page of the list.", body = Tokens<'static>),
        NotModified,
        BadRequest,
    )
)]
pub(crate) async fn tokens(
    State(state): State<ApiState>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(asked) = query?;
    let query = asked.read()?;
    let question = format!("tokens {query:?}");
    let make = async {
        let list = state.service.list(&query)?;
        let next = asked.next(&list);
        let answer = Tokens {
            about: &list.about,
            seq: list.seq,
            at: list.at,
            found: list.found,
            rows: &list.rows,
            next: next.clone(),
        };
        let next = next.map(|next| link(&next, "rel=\"next\""));
        Ok(Draft::new(&answer, list.at)?.linked(next.unwrap_or_default()))
    };
    state.live(question, None, &headers, make).await
}

/// One token: its published price, everything that explains it, and the last half hour.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    #[serde(flatten)]
    view: TokenView,
    /// The index price's one-minute candles of the last half hour, oldest first, at most two seconds old; null
    /// when the store could not be read.
    recent: Option<Vec<Bar>>,
}

/// Show one token with its explanation.
///
/// The published price with every constituent (exchange, bid and ask, age, conversion, weight) and for each
/// one left out the rule and the threshold that left it out.
///
/// An answer is shared for half a second by all who ask the same, and made anew when the token is published
/// again. What comes from the store (`facts`, `range_24h`, `recent`) is at most two seconds old.
#[utoipa::path(
    get,
    path = "/tokens/{token}",
    tag = "tokens",
    operation_id = "token",
    params(TokenParam),
    responses(
        (status = 200, description = "The token.", body = TokenAnswer),
        NotModified,
        BadRequest,
        NoToken,
    )
)]
pub(crate) async fn token(
    State(state): State<ApiState>,
    TokenPath(asked): TokenPath,
    _: NoParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = &state.service.find(&asked)?.id;
    let make = async {
        let (view, recent) = state.service.token_and_recent(id.as_str()).await?;
        let at = view.at;
        Draft::new(&TokenAnswer { view, recent }, at)
    };
    state
        .live(format!("token {id}"), Some(id), &headers, make)
        .await
}
