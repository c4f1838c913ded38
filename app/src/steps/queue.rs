//! The steps that wait for their turn.

use std::cell::RefCell;
use std::collections::VecDeque;

/// Hydrates a part.
pub(super) type Step = Box<dyn FnOnce()>;

thread_local! {
    /// `None` while nothing is hydrated.
    static STEPS: RefCell<Option<VecDeque<Step>>> = const { RefCell::new(None) };
}

/// From now on steps wait until they are taken.
pub(super) fn open() {
    STEPS.set(Some(VecDeque::new()));
}

/// From now on steps run at once.
pub(super) fn close() {
    STEPS.set(None);
}

/// Lets a step wait for its turn.
pub(super) fn add(step: Step) {
    let at_once = STEPS.with_borrow_mut(|steps| match steps {
        Some(steps) => {
            steps.push_back(step);
            None
        }
        None => Some(step),
    });
    if let Some(step) = at_once {
        step();
    }
}

/// The next step.
pub(super) fn take() -> Option<Step> {
    STEPS.with_borrow_mut(|steps| steps.as_mut()?.pop_front())
}
