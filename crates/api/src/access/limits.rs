//! How much a client may ask: a bucket of requests that fills steadily, for each address and each key.
//!
//! Told to clients in the fields of draft-ietf-httpapi-ratelimit-headers: the policy is a full bucket (`q`)
//! and the seconds in which an empty one fills (`w`); the state is what is left (`r`) and the seconds until
//! the bucket is full again (`t`).

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Buckets held at most; of more, the one not used for longest is forgotten, which fills it. About 30 MB.
const MAX_BUCKETS: u64 = 65_536;

pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What one address, or one key, may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotment {
    /// Requests a minute, evenly.
    pub requests_per_minute: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
    /// Streams open at once.
    pub streams: u32,
}

/// tokio's clock, which tests can set.
#[derive(Debug, Clone, Copy)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, TokioClock, StateInformationMiddleware>;

/// The buckets of all clients of a kind.
pub(super) struct Buckets<K> {
    name: &'static str,
    quota: Quota,
    policy: HeaderValue,
    /// The state of a full bucket.
    full: HeaderValue,
    buckets: Cache<K, Arc<Bucket>>,
}

/// What a client is told of its limits.
pub(super) struct Allowance {
    policy: HeaderValue,
    state: HeaderValue,
    /// How long until one more request is allowed; `None` when this one was.
    pub(super) wait: Option<Duration>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Buckets<K> {
    /// `name` is a word for clients.
    pub(super) fn new(name: &'static str, allotment: Allotment) -> Self {
        Self::bounded(name, allotment, MAX_BUCKETS)
    }

    fn bounded(name: &'static str, allotment: Allotment, max: u64) -> Self {
        let quota = Quota::per_minute(allotment.requests_per_minute).allow_burst(allotment.burst);
        let filled_in = quota.burst_size_replenished_in();
        let policy = format!(
            "\"{name}\";q={};w={}",
            allotment.burst,
            whole_seconds(filled_in)
        );
        let buckets = Cache::builder()
            .max_capacity(max)
            // By age alone: the default would rather keep old clients than count new ones.
            .eviction_policy(EvictionPolicy::lru())
            // A bucket that was left alone so long is full, as a new one is.
            .time_to_idle(filled_in + Duration::from_secs(1))
            .build();
        Self {
            name,
            quota,
            policy: value(&policy),
            full: state(name, allotment.burst.get(), Duration::ZERO),
            buckets,
        }
    }

    /// Counts a request of `client`.
    pub(super) fn charge(&self, client: K) -> Allowance {
        let bucket = self.buckets.get_with(client, || {
            let bucket = RateLimiter::direct_with_clock(self.quota, TokioClock);
            Arc::new(bucket.with_middleware())
        });
        match bucket.check() {
            Ok(state) => self.allowance(state.remaining_burst_capacity(), None),
            Err(refused) => self.allowance(0, Some(refused.wait_time_from(TokioClock.now()))),
        }
    }

    /// The allowance of a client whose requests are not counted.
    pub(super) fn untouched(&self) -> Allowance {
        Allowance {
            policy: self.policy.clone(),
            state: self.full.clone(),
            wait: None,
        }
    }

    fn allowance(&self, left: u32, wait: Option<Duration>) -> Allowance {
        let missing = self.quota.burst_size().get().saturating_sub(left);
        let full_in = self.quota.replenish_interval() * missing;
        Allowance {
            policy: self.policy.clone(),
            state: state(self.name, left, full_in),
            wait,
        }
    }
}

impl Allowance {
    /// Says it in an answer.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy);
        headers.insert(RATE_LIMIT, self.state);
    }
}

/// Rounded up: who waits so long has waited long enough.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn state(name: &str, left: u32, full_in: Duration) -> HeaderValue {
    let seconds = whole_seconds(full_in);
    value(&format!("\"{name}\";r={left};t={seconds}"))
}

fn value(text: &str) -> HeaderValue {
    // Words, digits and marks of ours are always a value.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("\"unknown\""))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn buckets(per_minute: u32, burst: u32, max: u64) -> Buckets<u32> {
        let allotment = Allotment {
            requests_per_minute: per_minute.try_into().unwrap(),
            burst: burst.try_into().unwrap(),
            streams: 1,
        };
        Buckets::bounded("test", allotment, max)
    }

    fn told(allowance: &Allowance) -> &str {
        allowance.state.to_str().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_at_once_and_fills_steadily() {
        let buckets = buckets(60, 3, 10);
        assert_eq!(buckets.policy, "\"test\";q=3;w=3");
        for expected in ["\"test\";r=2;t=1", "\"test\";r=1;t=2", "\"test\";r=0;t=3"] {
            let allowance = buckets.charge(1);
            assert_eq!((told(&allowance), allowance.wait), (expected, None));
        }
        let refused = buckets.charge(1);
        assert_eq!(refused.wait, Some(Duration::from_secs(1)));
        assert_eq!(told(&refused), "\"test\";r=0;t=3");
        assert_eq!(buckets.charge(2).wait, None, "another client");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(buckets.charge(1).wait, None);
        assert!(buckets.charge(1).wait.is_some());
    }

    #[test]
    fn however_many_clients_come_only_so_many_buckets_are_held() {
        let buckets = buckets(60, 3, 100);
        for client in 0..20_000 {
            buckets.charge(client);
        }
        buckets.buckets.run_pending_tasks();
        assert!(buckets.buckets.entry_count() <= 100);
        // The newest are counted: a flood of clients does not lift the limits of those that come after.
        for _ in 0..3 {
            buckets.charge(30_000);
        }
        assert!(buckets.charge(30_000).wait.is_some());
    }
}
