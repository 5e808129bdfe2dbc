//! Logs that are replayed: an entry a line.

use callgate_analysis::Replay;
use callgate_answer::problem::{self, Text};
use callgate_answer::release;
use callgate_engine::CompiledRelease;
use callgate_json::Writer;
use callgate_model::{Diagnostic, Limits, Span, Timestamp};

/// What a log is replayed with.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'t> {
    /// The release to try.
    pub(crate) release: &'t str,
    /// What it is compared with, instead of the records of the log.
    pub(crate) base: Option<&'t str>,
    /// When calls were made whose line does not say so.
    pub(crate) now: &'t str,
    /// Flips that are shown at most.
    pub(crate) examples: u32,
}

/// Flips, and lines that cannot be read, that are shown at most: an answer is one text, and has to fit into memory.
const SHOWN: usize = 1_000;

/// What is wrong, and the text it is wrong with.
type Wrong<'t> = (Vec<Diagnostic>, &'t str);

/// Replays a log, and writes what it came to into an object that is open.
///
/// # Errors
/// A release cannot be used, or the time is none.
pub(crate) fn replay<'t>(
    asked: Asked<'t>,
    log: &str,
    limits: &Limits,
    w: &mut Writer<'_>,
) -> Result<(), Wrong<'t>> {
    let now = Timestamp::parse_rfc3339(asked.now).ok_or_else(|| (vec![not_a_time()], ""))?;
    let candidate = opened(asked.release, limits)?;
    let base = asked.base.map(|text| opened(text, limits)).transpose()?;
    let replay = Replay::new(&candidate, base.as_ref(), now, limits);
    let examples = usize::try_from(asked.examples).unwrap_or(SHOWN);
    let mut replay = replay.keeping(examples.min(SHOWN));
    let unread = entries(&mut replay, log);
    replay.finish().write(w, |w| {
        w.begin_array();
        problem::write_all(&unread, Text::of(log), w);
        w.end_array();
    });
    Ok(())
}

fn opened<'t>(text: &'t str, limits: &Limits) -> Result<CompiledRelease, Wrong<'t>> {
    let opened = release::unchecked(text, limits);
    let (compiled, _) = opened.map_err(|found| (found, text))?;
    Ok(compiled)
}

/// Judges the lines of a log. What is wrong with them, with places in the log: of the first ones, and how many more.
fn entries(replay: &mut Replay<'_>, log: &str) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    let mut more = 0_u64;
    let mut start = 0_usize;
    for (line, text) in (1..).zip(log.split('\n')) {
        let entry = text.trim_ascii_end();
        if !entry.is_empty()
            && let Err(found) = replay.entry(line, entry)
        {
            match wrong.len() < SHOWN {
                true => wrong.extend(found.into_iter().map(|it| placed(it, start, text))),
                false => more = more.saturating_add(1),
            }
        }
        start = start.saturating_add(text.len()).saturating_add(1);
    }
    if more > 0 {
        let message = format!("{more} more lines could not be read");
        wrong.push(problem::bare("UNREAD_LINES", &message, None));
    }
    wrong
}

/// A finding about a line that starts at a byte of the log; what has no place is about the whole line, and what
/// is missing at its end is not in the next one.
fn placed(found: Diagnostic, start: usize, line: &str) -> Diagnostic {
    let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let whole = Span::new(0, byte(line.trim_ascii_end().len()));
    let within = found.span.unwrap_or(whole);
    let place = |at: u32| at.min(byte(line.len())).saturating_add(byte(start));
    Diagnostic {
        span: Some(Span::new(place(within.start), place(within.end))),
        ..found
    }
}

fn not_a_time() -> Diagnostic {
    let message = "`now` must be a Date, milliseconds since 1970, or RFC 3339 text";
    problem::bare("NOT_A_TIME", message, None)
}
