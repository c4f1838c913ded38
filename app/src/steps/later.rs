//! A part of the page that is hydrated in a step of its own.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::any_view::AnyViewState;
use leptos::tachys::view::{Position, PositionState};
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::queue;

type Make = Box<dyn FnOnce() -> AnyView + Send>;

/// The part, not made yet.
pub(super) struct Later {
    make: Make,
    /// Where it was written down: what it makes belongs there.
    owner: Owner,
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").finish_non_exhaustive()
    }
}

impl Later {
    pub(super) fn new(make: Make) -> Self {
        Self {
            make,
            owner: Owner::current().unwrap_or_default(),
        }
    }
}

/// What stands in the page.
enum Part {
    /// The server's HTML.
    Waiting(Element),
    /// The hydrated part.
    There(AnyViewState),
}

impl Part {
    fn with<T>(
        &mut self,
        on_element: impl FnOnce(&Element) -> T,
        on_view: impl FnOnce(&mut AnyViewState) -> T,
    ) -> T {
        match self {
            Self::Waiting(element) => on_element(element),
            Self::There(view) => on_view(view),
        }
    }
}

/// A part in the page. Its step has nothing to do when this is gone.
pub(super) struct LaterState(Rc<RefCell<Part>>);

impl Render for Later {
    type State = LaterState;

    fn build(self) -> Self::State {
        let view = self.owner.with(self.make);
        LaterState(Rc::new(RefCell::new(Part::There(view.build()))))
    }

    fn rebuild(self, state: &mut Self::State) {
        let view = self.owner.with(self.make);
        // A step that waits finds that its part has gone.
        let mut new = LaterState(Rc::new(RefCell::new(Part::There(view.build()))));
        state.insert_before_this(&mut new);
        state.unmount();
        *state = new;
    }
}

impl Mountable for LaterState {
    fn unmount(&mut self) {
        self.0
            .borrow_mut()
            .with(|element| element.remove(), AnyViewState::unmount);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.borrow_mut().with(
            |element| {
                // Fails only for a marker that is not the parent's child, which Leptos does not pass.
                let _ = parent.insert_before(element, marker);
            },
            |view| view.mount(parent, marker),
        );
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match &*self.0.borrow() {
            Part::Waiting(element) => match element.parent_element() {
                Some(parent) => {
                    child.mount(&parent, Some(element));
                    true
                }
                None => false,
            },
            Part::There(view) => view.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        match &*self.0.borrow() {
            Part::Waiting(element) => vec![element.clone()],
            Part::There(view) => view.elements(),
        }
    }
}

impl AddAnyAttr for Later {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
    where
        Self::Output<A>: RenderHtml,
    {
        let Self { make, owner } = self;
        let attribute = attribute.into_cloneable_owned();
        let make: Make = Box::new(move || make().add_any_attr(attribute).into_any());
        Self { make, owner }
    }
}

impl RenderHtml for Later {
    type AsyncOutput = AnyView;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self.owner.with(self.make)
    }

    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attributes: Vec<AnyAttribute>,
    ) {
        let view = self.owner.with(self.make);
        view.to_html_with_buf(buffer, position, escape, mark_branches, extra_attributes);
    }

    /// Steps over the part's element and leaves the part itself to a step.
    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        match position.get() {
            Position::Current => {}
            Position::FirstChild => cursor.child(),
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        let element: Element = cursor.current().unchecked_into();
        let part = Rc::new(RefCell::new(Part::Waiting(element.clone())));
        let there = Rc::downgrade(&part);
        let Self { make, owner } = self;
        queue::add(Box::new(move || {
            // The page may have changed meanwhile.
            let Some(part) = there.upgrade() else { return };
            let view =
                owner.with(|| make().hydrate_from_position::<true>(&element, Position::Current));
            part.replace(Part::There(view));
        }));
        LaterState(part)
    }

    fn into_owned(self) -> Self::Owned {
        self
    }
}
