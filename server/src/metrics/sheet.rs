//! Writes families of metrics that are read when they are asked for.

use std::borrow::Cow;
use std::fmt;

use parallax_board::Durations;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;

/// The labels of one series: names and values.
pub(super) type Labels = Vec<(&'static str, Cow<'static, str>)>;

/// One scrape's families, one after the other.
pub(super) struct Sheet<'a>(pub(super) DescriptorEncoder<'a>);

impl Sheet<'_> {
    /// What rises and falls.
    pub(super) fn gauges<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        let family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        each(family, series, |mut metric, value| {
            metric.encode_gauge(&value)
        })
    }

    /// The same with one value, or none.
    pub(super) fn gauge<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        value: Option<V>,
    ) -> fmt::Result {
        let series = value.map(|value| (Labels::new(), value));
        self.gauges(name, help, series)
    }

    /// What only rises; the name gets `_total`.
    pub(super) fn counters<V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        let family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        each(family, series, |mut metric, value| {
            metric.encode_counter::<NoLabelSet, V, f64>(&value, None)
        })
    }

    /// The same with one value, or none.
    pub(super) fn counter<V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        value: Option<V>,
    ) -> fmt::Result {
        let series = value.map(|value| (Labels::new(), value));
        self.counters(name, help, series)
    }

    /// How long something took, in seconds.
    pub(super) fn durations(
        &mut self,
        name: &str,
        help: &str,
        durations: &Durations,
    ) -> fmt::Result {
        let family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Histogram)?;
        histogram(family, durations)
    }
}

/// A histogram in seconds.
pub(super) fn histogram(mut metric: MetricEncoder<'_>, durations: &Durations) -> fmt::Result {
    let counted = durations.counted();
    let buckets: Vec<(f64, u64)> = counted
        .counts
        .iter()
        .map(|(bound, count)| (bound.map_or(f64::INFINITY, |it| it.as_secs_f64()), *count))
        .collect();
    let all = buckets.iter().map(|(_, count)| count).sum();
    metric.encode_histogram::<NoLabelSet>(counted.sum.as_secs_f64(), all, &buckets, None)
}

fn each<V>(
    mut family: MetricEncoder<'_>,
    series: impl IntoIterator<Item = (Labels, V)>,
    write: impl Fn(MetricEncoder<'_>, V) -> fmt::Result,
) -> fmt::Result {
    for (labels, value) in series {
        if labels.is_empty() {
            return write(family, value);
        }
        write(family.encode_family(&labels)?, value)?;
    }
    Ok(())
}
