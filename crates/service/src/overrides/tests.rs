#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex as Held;

use parallax::audit::AuditQuery;
use parallax::time::Moment;

use super::*;

struct SetClock(Held<Moment>);

impl Clock for SetClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

struct Desk {
    overrides: Overrides,
    published: watch::Receiver<SetPrices>,
    store: Arc<dyn Store>,
    clock: Arc<SetClock>,
}

impl Desk {
    async fn new() -> Self {
        let store = parallax_store::open(&"sqlite::memory:".parse().unwrap())
            .await
            .unwrap();
        let moment = Moment {
            utc: Timestamp::from_unix_s(1_795_305_600).unwrap(),
            ..Moment::default()
        };
        let clock = Arc::new(SetClock(Held::new(moment)));
        let (overrides, published) =
            Overrides::new(Arc::clone(&store), Arc::<SetClock>::clone(&clock));
        Self {
            overrides,
            published,
            store,
            clock,
        }
    }

    fn advance(&self, seconds: u64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus(Duration::from_secs(seconds));
    }

    async fn set(&self, token: &str, price: &str, revision: u32) -> Result<(), OverrideError> {
        let until = self.clock.now().utc.plus(Duration::from_secs(60));
        let set = (price.parse().unwrap(), "halted".to_owned(), until);
        let token = token.parse().unwrap();
        self.overrides
            .set(&token, set, revision, &By::command_line())
            .await
    }

    async fn take_back(&self, token: &str) -> Result<(), OverrideError> {
        let token = token.parse().unwrap();
        self.overrides.take_back(&token, &By::command_line()).await
    }

    fn published(&self) -> Vec<(String, String)> {
        let published = self.published.borrow();
        published
            .iter()
            .map(|(token, set)| (token.to_string(), set.price.to_string()))
            .collect()
    }
}

fn pair(token: &str, price: &str) -> (String, String) {
    (token.to_owned(), price.to_owned())
}

#[tokio::test]
async fn a_price_is_published_at_once_noted_and_taken_back() {
    let desk = Desk::new().await;
    desk.set("bitcoin", "7.50", 0).await.unwrap();
    assert_eq!(desk.published(), [pair("bitcoin", "7.5")]);
    desk.set("bitcoin", "8", 1).await.unwrap();
    assert_eq!(desk.published(), [pair("bitcoin", "8")]);
    desk.advance(5);
    desk.take_back("bitcoin").await.unwrap();
    assert_eq!(desk.published(), []);
    let kept = desk.overrides.list().await.unwrap().remove(0);
    assert_eq!(kept.ended(desk.clock.now().utc), Some(desk.clock.now().utc));
    assert_eq!(
        (kept.set.price.to_string(), kept.revision),
        ("8".to_owned(), 3)
    );
    let query = AuditQuery {
        limit: 9,
        ..AuditQuery::default()
    };
    let log = desk.store.accounts().audit(&query).await.unwrap();
    let actions: Vec<_> = log.iter().map(|entry| entry.note.action.as_str()).collect();
    assert_eq!(actions, ["price.take_back", "price.set", "price.set"]);
    let second = &log.get(1).unwrap().note;
    assert!(second.before.as_deref().unwrap().contains("\"7.5\""));
    assert!(second.after.as_deref().unwrap().contains("\"8\""));
}

#[tokio::test]
async fn another_program_publishes_what_this_one_decided_until_its_end() {
    let desk = Desk::new().await;
    desk.set("bitcoin", "7", 0).await.unwrap();
    let clock: Arc<dyn Clock> = Arc::<SetClock>::clone(&desk.clock);
    let (again, published) = Overrides::new(Arc::clone(&desk.store), clock);
    again.read().await.unwrap();
    assert_eq!(published.borrow().len(), 1);
    desk.advance(60);
    again.read().await.unwrap();
    assert!(published.borrow().is_empty());
    let ended = again.list().await.unwrap().remove(0);
    assert_eq!(ended.ended(desk.clock.now().utc), Some(ended.set.until));
    // What has ended cannot be taken back, and can be set anew.
    let refused = desk.take_back("bitcoin").await.unwrap_err();
    assert!(matches!(refused, OverrideError::NotInForce), "{refused}");
    desk.set("bitcoin", "9", 1).await.unwrap();
}

#[tokio::test]
async fn of_two_who_saw_the_same_state_the_second_is_told_and_changes_nothing() {
    let desk = Desk::new().await;
    desk.set("bitcoin", "7", 0).await.unwrap();
    let refused = desk.set("bitcoin", "8", 0).await.unwrap_err();
    assert!(matches!(refused, OverrideError::Changed), "{refused}");
    assert_eq!(desk.published(), [pair("bitcoin", "7")]);
}

#[tokio::test]
async fn the_us_dollar_stays_one_and_what_is_not_set_is_not_taken_back() {
    let desk = Desk::new().await;
    let refused = desk.set("usd", "2", 0).await.unwrap_err();
    assert!(matches!(refused, OverrideError::UsDollar), "{refused}");
    let refused = desk.take_back("bitcoin").await.unwrap_err();
    assert!(matches!(refused, OverrideError::NotInForce), "{refused}");
    assert_eq!(desk.published(), []);
}
