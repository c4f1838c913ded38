//! Cases V15 to V19: frames that must be refused, without a panic and without a trace.

use parallax_venues::spec::{DecodeError, Session, SessionEvent};

use crate::fixture;

/// Decodes what must be refused, into a buffer that must come out as it went in.
fn refuse(venue: &str, session: &mut dyn Session, frame: &[u8]) -> DecodeError {
    let before = vec![SessionEvent::Disconnecting];
    let mut events = before.clone();
    let result = session.decode(frame, &mut events);
    let shown = String::from_utf8_lossy(&frame[..frame.len().min(400)]);
    assert_eq!(events, before, "{venue}: left events behind: {shown}");
    match result {
        Err(error) => error,
        Ok(()) => panic!("{venue}: accepted {shown}"),
    }
}

#[test]
fn v15_malformed_frames_are_refused() {
    for fixture in fixture::all() {
        let mut session = fixture.open();
        for frame in fixture
            .malformed()
            .iter()
            .map(String::as_str)
            .chain(["", " ", "{", "\0"])
        {
            refuse(fixture.venue, &mut *session, frame.as_bytes());
        }
    }
}

#[test]
fn v16_every_truncation_of_a_frame_is_refused_and_does_the_session_no_harm() {
    for fixture in fixture::all() {
        fixture.each(|frame, expected, session| {
            // A part of a plain text without meaning, such as `pong`, has none either.
            if expected.is_empty() && !frame.starts_with(['{', '[']) {
                return;
            }
            for end in 0..frame.len() {
                refuse(fixture.venue, session, &frame.as_bytes()[..end]);
            }
            assert_eq!(
                fixture.decode(session, frame),
                expected,
                "{}",
                fixture.venue
            );
        });
    }
}

#[test]
fn v17_a_frame_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    for fixture in fixture::all() {
        let limit = fixture.stream.facts().limits.max_frame_bytes;
        fixture.each_telling(|frame, expected, session| {
            if !frame.starts_with(['{', '[']) {
                return;
            }
            let padded = format!("{frame}{}", " ".repeat(limit - frame.len()));
            assert_eq!(fixture.decode(session, &padded), expected, "{}", fixture.venue);
            let error = refuse(fixture.venue, session, format!("{padded} ").as_bytes());
            assert!(
                matches!(error, DecodeError::TooLong { len, limit: of } if len == limit + 1 && of == limit),
                "{}: {error}",
                fixture.venue
            );
        });
    }
}

#[test]
fn v18_a_frame_that_is_not_utf_8_is_refused_wherever_the_bad_byte_stands() {
    for fixture in fixture::all() {
        fixture.each_telling(|frame, _, session| {
            for position in 0..frame.len() {
                let mut bytes = frame.as_bytes().to_vec();
                bytes[position] = 0xff;
                refuse(fixture.venue, session, &bytes);
            }
        });
    }
}

#[test]
fn v19_deeply_nested_frames_are_refused() {
    for fixture in fixture::all() {
        let mut session = fixture.open();
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"data\":", "}]")] {
            for depth in [300, 20_000, 100_000] {
                let unclosed = open.repeat(depth);
                refuse(fixture.venue, &mut *session, unclosed.as_bytes());
                let closed = format!("{unclosed}0{}", close.repeat(depth));
                refuse(fixture.venue, &mut *session, closed.as_bytes());
            }
        }
        fixture.each_telling(|frame, _, session| {
            if let Some(rest) = frame.strip_prefix('{') {
                let nest = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
                let frame = format!("{{\"zz_nest\":{nest},{rest}");
                refuse(fixture.venue, session, frame.as_bytes());
            }
        });
    }
}
