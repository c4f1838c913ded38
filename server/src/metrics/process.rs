//! The process as the operating system sees it, under the names that Prometheus' own libraries use. Linux only:
//! elsewhere all but the start is left out.

use std::fmt;
use std::time::Duration;

use parallax::time::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::sheet::Sheet;

/// The unit of times in `/proc/self/stat`, which Linux shows to programs as hundredths on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// This process.
#[derive(Debug)]
pub(super) struct Process {
    started_at: Timestamp,
}

impl Process {
    pub(super) const fn of(started_at: Timestamp) -> Self {
        Self { started_at }
    }
}

impl Collector for Process {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let mut sheet = Sheet(encoder);
        sheet.gauge(
            "process_start_time_seconds",
            "When the program started, in seconds since 1970 (UTC).",
            Some(unix_seconds(self.started_at)),
        )?;
        sheet.gauge(
            "process_resident_memory_bytes",
            "Memory that the process holds.",
            kibibytes(&status, "VmRSS:"),
        )?;
        sheet.gauge(
            "process_virtual_memory_bytes",
            "Addresses that the process has reserved.",
            kibibytes(&status, "VmSize:"),
        )?;
        sheet.counter(
            "process_cpu_seconds",
            "Time that processors worked for the process.",
            cpu_seconds(&stat),
        )?;
        sheet.gauge(
            "process_open_fds",
            "Open file descriptors.",
            open_descriptors(),
        )?;
        sheet.gauge(
            "process_max_fds",
            "File descriptors that may be open; each stream takes one.",
            max_descriptors(&limits),
        )
    }
}

/// Bytes of memory that the process holds; `None` where the system does not say.
pub(crate) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kibibytes(&status, "VmRSS:")
}

/// As Prometheus writes moments.
pub(super) fn unix_seconds(at: Timestamp) -> f64 {
    let since_1970_ms = u64::try_from(at.unix_ms()).unwrap_or(0);
    Duration::from_millis(since_1970_ms).as_secs_f64()
}

/// The bytes of a line such as `VmRSS:     1234 kB`.
fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1_024)
}

/// User and system time: the 14th and 15th field. The second, the program's name, may hold anything but is
/// the only one in brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

fn open_descriptors() -> Option<u64> {
    u64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

/// The soft limit; none when it is `unlimited`.
fn max_descriptors(limits: &str) -> Option<u64> {
    let name = "Max open files";
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_read() {
        let status = "Name:\tparallax\nVmSize:\t  200 kB\nVmRSS:\t    12 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(12_288));
        assert_eq!(kibibytes("", "VmRSS:"), None);
        let stat = "7 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20";
        assert_eq!(
            cpu_seconds(stat).map(|it| it.to_string()),
            Some("3".to_owned())
        );
        let limits =
            "Limit   Soft Limit  Hard Limit  Units\nMax open files   1024   4096   files\n";
        assert_eq!(max_descriptors(limits), Some(1_024));
        assert_eq!(
            max_descriptors("Max open files  unlimited  unlimited  files"),
            None
        );
    }
}
