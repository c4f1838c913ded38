//! Logs, to standard error: one line an event, whatever its fields say.
//!
//! Words from outside (frames, headers, names, errors that repeat them) may hold line breaks, terminal sequences
//! and characters that turn the text's direction. JSON escapes most of them; what is left, and everything in text,
//! is escaped here, where the finished line passes, so that no call has to remember it.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, registry};

use crate::config::{Log, LogFormat};
use crate::traces::Traces;

type Written = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging, and tracing beside it.
///
/// # Errors
/// When the filter is none.
pub(crate) fn start(log: &Log, traces: Option<&Traces>) -> anyhow::Result<()> {
    let is_coloured =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let mut layers = vec![written(log, is_coloured, io::stderr)?];
    layers.extend(traces.map(|traces| traces.layer().boxed()));
    registry()
        .with(layers)
        .try_init()
        .context("could not start logging")
}

/// The layer that writes what the filter lets pass.
fn written<W>(log: &Log, is_coloured: bool, writer: W) -> anyhow::Result<Written>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.filter).with_context(|| {
        format!("log.filter is {:?}, but must be a level or a filter such as info,parallax_ingest=debug", log.filter)
    })?;
    let is_coloured = is_coloured && log.format == LogFormat::Text;
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(is_coloured)
        .with_writer(OneLine {
            inner: writer,
            is_coloured,
        });
    Ok(match log.format {
        LogFormat::Text => layer
            .with_target(false)
            .fmt_fields(debug_fn(field).delimited(" "))
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => layer.json().with_filter(filter).boxed(),
    })
}

/// Writes a field of a line of text. Escaped already here, so that no terminal sequence in the finished line but
/// the formatter's own colours is left.
fn field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let value = format!("{value:?}");
    let value = escaped(&value, false);
    match field.name() {
        "message" => writer.write_str(&value),
        name => write!(writer, "{name}={value}"),
    }
}

/// Writes each event on one line. An event arrives as one write, which ends with its line break.
#[derive(Debug)]
struct OneLine<W> {
    inner: W,
    /// The formatter's own colours pass.
    is_coloured: bool,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = OneLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine {
            inner: self.inner.make_writer(),
            is_coloured: self.is_coloured,
        }
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = on_one_line(event, self.is_coloured);
        self.inner.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The event on one line.
fn on_one_line(event: &[u8], is_coloured: bool) -> String {
    let text = String::from_utf8_lossy(event);
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let mut line = escaped(body, is_coloured).into_owned();
    line.push('\n');
    line
}

/// The words with everything escaped, as JSON does it, that would not stay in its place on the line.
fn escaped(words: &str, is_coloured: bool) -> Cow<'_, str> {
    let moves = |letter: char| moves_others(letter) && !(is_coloured && letter == '\u{1b}');
    if !words.contains(moves) {
        return Cow::Borrowed(words);
    }
    let mut line = String::with_capacity(words.len() + 16);
    for letter in words.chars() {
        match letter {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            letter if moves(letter) => {
                // Writing to a string cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(letter));
            }
            letter => line.push(letter),
        }
    }
    Cow::Owned(line)
}

/// Breaks a line, commands a terminal, or turns the direction of what stands beside it.
fn moves_others(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What tries to look like a line of its own, to hide what was before, and to turn what comes after.
    const HOSTILE: &str = "x\r\n2026-11-22T00:00:00Z ERROR forged\u{1b}[2K\u{9b}1A\u{202e}\u{2028}\"}\t{\"level\":\"ERROR\"}";

    #[derive(Debug, thiserror::Error)]
    #[error("the frame {0}")]
    struct Hostile(&'static str);

    /// The lines that are logged with hostile words in every place.
    fn logged(format: LogFormat, is_coloured: bool) -> String {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let writer = Shared(Arc::clone(&bytes));
        let log = Log {
            filter: "info".to_owned(),
            format,
        };
        let layer = written(&log, is_coloured, move || writer.clone()).unwrap();
        let subscriber = registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", header.name = HOSTILE);
            let _inside = span.enter();
            tracing::info!(
                frame.text = HOSTILE,
                frame.shown = %HOSTILE,
                frame.debug = ?HOSTILE,
                error = %Hostile(HOSTILE),
                "a message with {HOSTILE}"
            );
            tracing::warn!(count = 7, "the next");
        });
        String::from_utf8(bytes.lock().unwrap().clone()).unwrap()
    }

    #[derive(Clone)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn words_from_outside_cannot_forge_a_line_of_text() {
        for is_coloured in [false, true] {
            let text = logged(LogFormat::Text, is_coloured);
            assert_eq!(text.lines().count(), 2, "{text}");
            let (first, second) = text.split_once('\n').unwrap();
            assert!(first.contains("a message with x\\r\\n2026"), "{first}");
            assert!(second.contains("WARN") && second.ends_with("7\n"));
            assert!(!text.contains("\u{1b}[2K") && !text.contains('\u{9b}'));
            assert!(!text.contains(['\u{202e}', '\u{2028}', '\r', '\t']));
            assert_eq!(text.contains('\u{1b}'), is_coloured);
        }
    }

    #[test]
    fn a_line_of_json_is_json_and_gives_the_words_back_as_they_were() {
        let text = logged(LogFormat::Json, true);
        assert!(
            !text
                .trim_end()
                .contains(|letter| letter != '\n' && moves_others(letter))
        );
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2);
        let [first, second] = [&lines[0], &lines[1]];
        assert_eq!(first["level"], "INFO");
        let fields = &first["fields"];
        assert_eq!(fields["message"], format!("a message with {HOSTILE}"));
        assert_eq!(fields["frame.text"], HOSTILE);
        assert_eq!(fields["frame.shown"], HOSTILE);
        assert_eq!(fields["error"], format!("the frame {HOSTILE}"));
        assert_eq!(first["span"]["header.name"], HOSTILE);
        assert_eq!(second["fields"]["count"], 7);
        assert!(second["timestamp"].is_string());
    }

    #[test]
    fn an_ordinary_line_is_left_as_it_is() {
        let line = "INFO Ümläute, 漢字 and \u{1f600} stay\n";
        assert_eq!(on_one_line(line.as_bytes(), false), line);
    }
}
