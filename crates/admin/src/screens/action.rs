//! Actions: what can be done to one object, or to all whose boxes are ticked in a list, after a question that names
//! them. An action is a value that says everything once; [`Screens::act`] makes its pages of it.

use std::pin::Pin;

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;
use parallax::account::Permission;

use super::{Screens, may};
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
}

/// Objects with an address of their own, below which their actions are.
pub(super) trait Paged: Kind {
    /// Its own page, or that of the list.
    fn page_of(object: &Self::Object) -> String;

    /// The path below which its actions are.
    fn path_of(object: &Self::Object) -> String;
}

/// Something that can be done to objects of a kind.
pub(super) struct Action<K: Kind> {
    /// What whoever does it must be allowed to.
    pub(super) needs: Permission,
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

impl<K: Paged> Action<K> {
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
}

impl<K: Kind> Action<K> {
    /// The button below a list that leads to the question about many, which is at `to`.
    pub(super) const fn bulk(&self, to: &'static str) -> Bulk {
        Bulk {
            to,
            button: self.button,
            needs: self.needs,
        }
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
        let (mut done, mut failures) = (Vec::new(), Vec::new());
        let mut list = K::LIST.to_owned();
        for id in &ids {
            let object = match K::named(desk, id).await {
                Ok(object) => object,
                Err(problem) => {
                    failures.push(problem.text);
                    continue;
                }
            };
            list = K::list_of(&object);
            match (self.run)(desk, &object, visit).await {
                Ok(said) => done.push(said),
                Err(problem) => failures.push(format!("{}: {}", K::name(&object), problem.text)),
            }
        }
        let mut said = match done.as_slice() {
            [said] if failures.is_empty() => said.clone(),
            done => format!(
                "{}: {} of {} {}.",
                self.button,
                done.len(),
                ids.len(),
                K::MANY
            ),
        };
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
    /// The page of an action about the object that `path` names.
    pub(super) fn act<K: Paged>(self, path: &'static str, action: &'static Action<K>) -> Self {
        let ask = move |State(desk): State<Desk>, visit: Visit, Path(id): Path<String>| async move {
            action.ask(&desk, &visit, &id).await
        };
        let answer = move |State(desk): State<Desk>, visit: Visit, Path(id): Path<String>| async move {
            action.answer(&desk, &visit, &id).await
        };
        self.form(path, may(action.needs), ask, answer)
    }

    /// The page of an action about the objects whose boxes are ticked.
    pub(super) fn act_many<K: Kind>(self, path: &'static str, action: &'static Action<K>) -> Self {
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
        self.form(path, may(action.needs), ask, answer)
    }
}
