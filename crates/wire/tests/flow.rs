//! Texts in parts: whatever they are cut into, a value never goes on in pieces, and everything else does.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
use callgate_json::{Document, Limits};
use callgate_wire::WireError;
use callgate_wire::flow::{Flow, LEAD, Seen, TAIL};
use callgate_wire::llm::{Ends, Piece};
use callgate_wire::sse::{Event, Events};

const VALUE: &str = "SECRET-0123456789";

/// Finds and blanks every value in a text.
fn look(_: &str, text: &str) -> Result<Seen, WireError> {
    let found = text
        .match_indices(VALUE)
        .map(|(at, found)| (at, at + found.len()));
    let found: Vec<_> = found.collect();
    let blanked = (!found.is_empty()).then(|| text.replace(VALUE, "[x]"));
    Ok(Seen { found, blanked })
}

/// What is written of a text in these parts, each in an event of its own, after each part and at the end.
fn written(parts: &[&str]) -> Vec<String> {
    let mut flow = Flow::default();
    let mut out = Vec::new();
    let mut written = Vec::new();
    let mut so_far = String::new();
    for part in parts {
        let data = format!("{{\"t\":{}}}", serde(part));
        let end = u32::try_from(data.len() - 1).unwrap();
        let piece = Piece {
            of: 0,
            name: "t".to_owned(),
            start: 5,
            end,
            text: (*part).to_owned(),
        };
        let event = Event {
            data: Some(data),
            ..Event::default()
        };
        flow.push(event, Vec::new(), &[piece], &Ends::None).unwrap();
        flow.release(&mut out, &mut look).unwrap();
        so_far.push_str(&heard(&out));
        out.clear();
        written.push(so_far.clone());
    }
    flow.end();
    flow.release(&mut out, &mut look).unwrap();
    assert_eq!(flow.held(), 0);
    so_far.push_str(&heard(&out));
    written.push(so_far);
    written
}

fn serde(text: &str) -> String {
    let mut out = Vec::new();
    callgate_json::canonical::write_str(text, &mut out);
    String::from_utf8(out).unwrap()
}

/// The texts of the events in a stream, put together.
fn heard(stream: &[u8]) -> String {
    let mut events = Events::default();
    events.push(stream);
    let mut heard = String::new();
    while let Some(event) = events.next_event().unwrap() {
        let data = event.data.unwrap();
        let document = Document::parse(data.as_bytes(), &Limits::default()).unwrap();
        heard.push_str(document.root().pointer("/t").unwrap().as_str().unwrap());
    }
    heard
}

/// Cuts a text into parts of these lengths, over and over.
fn cut<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut rest, mut lengths) = (text, lengths.iter().cycle());
    while !rest.is_empty() {
        let mut at = (*lengths.next().unwrap()).min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        let (part, more) = rest.split_at(at);
        parts.push(part);
        rest = more;
    }
    parts
}

#[test]
fn a_value_is_blanked_whatever_it_is_cut_into() {
    let filler = "some words that say nothing much, ünd ümläute; ";
    let texts = [
        format!("{VALUE} at the start"),
        format!("{}{VALUE}", filler.repeat(3)),
        format!(
            "{}{VALUE}{}{VALUE}{VALUE} {}",
            filler.repeat(2),
            filler.repeat(50),
            filler.repeat(3)
        ),
        format!("x{}世界{VALUE}世界{}", "y".repeat(200), filler.repeat(2)),
        filler.repeat(40),
    ];
    let cuts: &[&[usize]] = &[
        &[1],
        &[2],
        &[3, 1],
        &[5, 0],
        &[7],
        &[16],
        &[17],
        &[40, 2],
        &[90],
        &[5_000],
    ];
    for text in &texts {
        for lengths in cuts {
            let parts = cut(text, lengths);
            let steps = written(&parts);
            let whole = text.replace(VALUE, "[x]");
            assert_eq!(steps.last().unwrap(), &whole, "{lengths:?}");
            for step in &steps {
                assert!(whole.starts_with(step), "{lengths:?} {step}");
            }
        }
    }
}

#[test]
fn little_is_held_of_what_cannot_be_a_value() {
    let text = "word after word, and 世界は広い ".repeat(100);
    let parts = cut(&text, &[10]);
    let steps = written(&parts);
    for (place, step) in steps.iter().enumerate() {
        let sent: usize = parts.iter().take(place + 1).map(|part| part.len()).sum();
        assert!(sent - step.len() <= TAIL + 2 * 12, "{sent} {}", step.len());
    }
}

#[test]
fn an_unbroken_run_is_held_whole_but_not_without_end() {
    let parts = vec!["0123456789abcdef"; 1_500];
    let steps = written(&parts);
    let held = |place: usize| (place + 1) * 16 - steps[place].len();
    assert_eq!(steps[1_000].len(), 0);
    assert!((0..parts.len()).all(|place| held(place) <= 16_384 + 16));
    assert!(
        held(1_400) < 1_400 * 16,
        "nothing of a run without end went on"
    );
    let key = ["-----BEGIN RSA PRIVATE KEY-----\n", "MIIB\n", "abc d\n"];
    let parts: Vec<&str> = key
        .iter()
        .copied()
        .chain(std::iter::repeat_n("line of a key\n", 100))
        .collect();
    let steps = written(&parts);
    assert_eq!(steps[parts.len() - 1], "");
}

#[test]
fn what_has_gone_on_is_looked_at_as_long_as_it_may_matter() {
    let mut longest = 0;
    let mut flow = Flow::default();
    let mut out = Vec::new();
    for part in cut(&"and so on ".repeat(1_000), &[10]) {
        let data = format!("\"{part}\"");
        let piece = Piece {
            of: 7,
            name: "t".to_owned(),
            start: 0,
            end: u32::try_from(data.len()).unwrap(),
            text: part.to_owned(),
        };
        let event = Event {
            data: Some(data),
            ..Event::default()
        };
        flow.push(event, Vec::new(), &[piece], &Ends::None).unwrap();
        let mut look = |_: &str, text: &str| {
            longest = longest.max(text.len());
            Ok::<_, WireError>(Seen::default())
        };
        flow.release(&mut out, &mut look).unwrap();
    }
    assert!((LEAD..LEAD + 3 * TAIL).contains(&longest), "{longest}");
}
