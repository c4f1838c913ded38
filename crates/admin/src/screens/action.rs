//! Actions: what can be done to one object, or to all whose boxes are ticked in a list, after a question that names
//! them. An action is a value that says everything once; [`Screens::act`] makes its pages of it.

use std::pin::Pin;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::{Needs, Screens};
use crate::Desk;
use crate::form::Fields;
use crate::list::Bulk;
use crate::page::Problem;
use crate::page::fields::{Question, hidden};
use crate::visit::Visit;

/// The most objects that one question is about.
const MOST: usize = 200;
/// Failures that are told one by one.
const TOLD: usize = 5;

/// What an action comes to: what was done, in a sentence.
pub(super) type Done<'a> = Pin<Box<dyn Future<Output = Result<String, Problem>> + Send + 'a>>;

/// Objects of one kind.
pub(super) trait Kind: 'static {
    type Object: Send + Sync;
    /// Where their list is.
    const LIST: &'static str;
    /// Several of them, in words: `exchanges`.
    const MANY: &'static str;

    /// Where the list is that holds this one.
    fn list_of(_: &Self::Object) -> String {
        Self::LIST.to_owned()
    }

    /// The object with this id.
    fn named(desk: &Desk, id: &str) -> impl Future<Output = Result<Self::Object, Problem>> + Send;

    /// What people call it.
    fn name(object: &Self::Object) -> String;

    /// Its own page, or that of the list.
    fn page_of(object: &Self::Object) -> String;

    /// The path below which its actions are.
    fn path_of(object: &Self::Object) -> String;
}

/// Something that can be done to objects of a kind.
pub(super) struct Action<K: Kind> {
    /// The last part of its address.
    pub(super) word: &'static str,
    /// What asks, about one object.
    pub(super) title: &'static str,
    pub(super) button: &'static str,
    /// What will happen to whoever is named.
    pub(super) text: fn(&str) -> String,
    /// Does it, and says so.
    pub(super) run: for<'a> fn(&'a Desk, &'a K::Object, &'a Visit) -> Done<'a>,
}

impl<K: Kind> Action<K> {
    /// The button below a list that leads to the question about many, which is at `to`.
    pub(super) const fn bulk(&self, to: &'static str) -> Bulk {
        Bulk {
            to,
            button: self.button,
        }
    }

    async fn ask(&self, desk: &Desk, visit: &Visit, id: &str) -> Result<Response, Problem> {
        let object = K::named(desk, id).await?;
        let question = Question {
            title: self.title,
            text: (self.text)(&K::name(&object)),
            action: &format!("{}/{}", K::path_of(&object), self.word),
            button: self.button,
            back: &K::page_of(&object),
            about: None,
        };
        Ok(question.page(visit))
    }

    async fn answer(&self, desk: &Desk, visit: &Visit, id: &str) -> Result<Response, Problem> {
        let object = K::named(desk, id).await?;
        let said = (self.run)(desk, &object, visit).await?;
        visit.go(&K::page_of(&object), &said).await
    }

    async fn ask_many(
        &self,
        desk: &Desk,
        visit: &Visit,
        ids: Vec<String>,
    ) -> Result<Response, Problem> {
        let ids = chosen(ids)?;
        let (mut names, mut missing) = (Vec::new(), 0_usize);
        let mut back = K::LIST.to_owned();
        let mut fields = Vec::new();
        for id in &ids {
            match K::named(desk, id).await {
                Ok(object) => {
                    let name = K::name(&object);
                    back = K::list_of(&object);
                    names.push(view! { <li>{name}</li> });
                    fields.push(hidden("id", id));
                }
                Err(problem) if problem.status == StatusCode::NOT_FOUND => missing += 1,
                Err(problem) => return Err(problem),
            }
        }
        let count = names.len();
        if count == 0 {
            return Err(Problem::not_found("such thing any longer"));
        }
        let missing =
            (missing > 0).then(|| format!("{missing} of what you chose is there no longer."));
        let about = view! {
            <ul class="link-list">{names}</ul>
            {missing.map(|text| view! { <p class="admin-error">{text}</p> })}
            {fields}
        };
        let many = format!("{} {count} {}?", self.button, K::MANY);
        let question = Question {
            title: if count == 1 { self.title } else { &many },
            text: begun_large(&(self.text)("each of these")),
            action: &visit.path,
            button: self.button,
            back: &back,
            about: Some(about.into_any()),
        };
        Ok(question.page(visit))
    }

    /// Does it to one after the other. What is not possible for one is told and stops none of the others.
    async fn answer_many(
        &self,
        desk: &Desk,
        visit: &Visit,
        ids: Vec<String>,
    ) -> Result<Response, Problem> {
        let ids = chosen(ids)?;
        let mut failures = Vec::new();
        let mut list = K::LIST.to_owned();
        for id in &ids {
            let done = match K::named(desk, id).await {
                Ok(object) => {
                    list = K::list_of(&object);
                    let done = (self.run)(desk, &object, visit).await;
                    done.map_err(|problem| format!("{}: {}", K::name(&object), problem.text))
                }
                Err(problem) => Err(problem.text),
            };
            failures.extend(done.err());
        }
        let done = ids.len() - failures.len();
        let mut said = format!("{}: {done} of {} {}.", self.button, ids.len(), K::MANY);
        for failure in failures.iter().take(TOLD) {
            said.push(' ');
            said.push_str(failure);
        }
        visit.go(&list, &said).await
    }
}

/// The ids that were ticked, each once.
fn chosen(mut ids: Vec<String>) -> Result<Vec<String>, Problem> {
    ids.sort();
    ids.dedup();
    let text = match ids.len() {
        0 => "Nothing was chosen. Go back, and tick the box of each row that is meant.".to_owned(),
        1..=MOST => return Ok(ids),
        many => format!("{many} were chosen, and at most {MOST} can be at once."),
    };
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Not possible",
        text,
    ))
}

fn begun_large(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

impl Screens {
    /// The pages of an action: about the object that `one` names; and, at `many`, about those that are ticked.
    pub(super) fn act<K: Kind>(
        self,
        one: &'static str,
        many: Option<&'static str>,
        needs: Needs,
        action: &'static Action<K>,
    ) -> Self {
        let ask = move |State(desk): State<Desk>, visit: Visit, Path(id): Path<String>| async move {
            action.ask(&desk, &visit, &id).await
        };
        let answer = move |State(desk): State<Desk>, visit: Visit, Path(id): Path<String>| async move {
            action.answer(&desk, &visit, &id).await
        };
        let screens = self.form(one, needs, ask, answer);
        let Some(many) = many else {
            return screens;
        };
        let ask = move |State(desk): State<Desk>, visit: Visit, RawQuery(query): RawQuery| async move {
            let query = query.unwrap_or_default();
            let fields = Fields::read(query.as_bytes());
            let ids = fields.all("id").map(str::to_owned).collect();
            action.ask_many(&desk, &visit, ids).await
        };
        let answer = move |State(desk): State<Desk>, visit: Visit, fields: Fields| async move {
            let ids = fields.all("id").map(str::to_owned).collect();
            action.answer_many(&desk, &visit, ids).await
        };
        screens.form(many, needs, ask, answer)
    }
}
