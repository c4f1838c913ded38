//! The section `[api]`: who may ask, and how often.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use parallax_api::{AccessConfig, Allotment, IpNet, KeyPolicy};

use super::file::{AllotmentSection, ApiSection, Keys};
use super::{ConfigError, invalid, within};

/// What limits may be set to.
const REQUESTS: RangeInclusive<u64> = 1..=1_000_000;
const STREAMS: RangeInclusive<u64> = 0..=1_000_000;

pub(super) fn read(section: &ApiSection) -> Result<AccessConfig, ConfigError> {
    let proxies = section.trusted_proxies.iter().map(|text| proxy(text));
    Ok(AccessConfig {
        keys: match section.keys {
            Keys::Optional => KeyPolicy::Optional,
            Keys::Required => KeyPolicy::Required,
        },
        trusted_proxies: proxies.collect::<Result<_, _>>()?,
        limit_loopback: section.limit_loopback,
        anonymous: allotment("anonymous", &section.anonymous)?,
        key: allotment("key", &section.key)?,
    })
}

/// A network, or one address.
fn proxy(text: &str) -> Result<IpNet, ConfigError> {
    let network = text.parse().ok();
    let network = network.or_else(|| text.parse().ok().map(|address: IpAddr| address.into()));
    network.ok_or_else(|| {
        invalid(
            "api.trusted_proxies",
            format!("{text:?}"),
            "addresses or networks such as \"127.0.0.1\" and \"10.0.0.0/8\"",
        )
    })
}

fn allotment(who: &str, section: &AllotmentSection) -> Result<Allotment, ConfigError> {
    let number = |key: &str, value, allowed: RangeInclusive<u64>| {
        let key = format!("api.{who}.{key}");
        let value = within(&key, value, allowed)?;
        u32::try_from(value).map_err(|_| invalid(&key, value, "a smaller number"))
    };
    let requests = |key: &str, value| {
        let number = number(key, value, REQUESTS)?;
        Ok(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    };
    Ok(Allotment {
        requests_per_minute: requests("requests_per_minute", section.requests_per_minute)?,
        burst: requests("burst", section.burst)?,
        streams: number("streams", section.streams, STREAMS)?,
    })
}
