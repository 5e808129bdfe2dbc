//! callgate in browsers and Node: what JavaScript calls.
//!
//! JavaScript writes a call's bytes into a buffer of the engine and reads the record's bytes out of
//! another; numbers are all that passes between. Everything else is text to text.
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]

mod decider;
mod editor;
mod layout;
mod mcp;
mod scan;
mod signed;
mod sources;
mod written;

use callgate_answer::problem::{self, Text};
use callgate_answer::{object, refused, release, text};
use callgate_engine::Explain;
use callgate_json::Writer;
use callgate_model::{Diagnostic, Digest, Limits, Timestamp};
use callgate_release::{DefaultAction, Format};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::decider::{Asked, Decider, Known};
use crate::sources::{About, Kept, Review};

/// A release that decides calls.
#[wasm_bindgen]
pub struct Engine {
    decider: Decider,
    /// Who signed the release, where somebody asked.
    signers: Vec<Digest>,
    /// What JavaScript wrote: a call, and behind it perhaps the state.
    input: Vec<u8>,
    /// What JavaScript reads.
    output: Vec<u8>,
}

/// No more than this is kept between decisions: an arena's worth.
const KEPT: usize = 4_194_304;

#[wasm_bindgen]
impl Engine {
    /// An engine for the text of a release.
    ///
    /// # Errors
    /// `{"errors":[…]}`, everything that is wrong with it.
    pub fn load(release: &str) -> Result<Engine, String> {
        let compiled = release::unchecked(release, &Limits::default());
        let (compiled, _) = compiled.map_err(|found| refused(&found, release))?;
        Ok(Self::of(Decider::new(compiled)))
    }

    /// An engine for a release that keys vouch for: `{"newer_than":…,"required_signatures":…,"trusted_keys":[…]}`.
    ///
    /// # Errors
    /// `{"errors":[…]}`: why it is not believed, or everything that is wrong with it.
    pub fn load_signed(release: &str, trust: &str) -> Result<Engine, String> {
        let verified = signed::verified(release, trust, &Limits::default());
        let (compiled, signers) = verified.map_err(|found| refused(&found, release))?;
        Ok(Self {
            signers,
            ..Self::of(Decider::new(compiled))
        })
    }

    /// An engine while no release is published: it lets every call through, or none.
    pub fn without_release(allow: bool) -> Engine {
        let action = match allow {
            true => DefaultAction::Allow,
            false => DefaultAction::Deny,
        };
        Self::of(Decider::without_release(action))
    }

    /// Makes room for so many bytes of input, and says where they go.
    pub fn reserve(&mut self, bytes: usize) -> *const u8 {
        if self.input.capacity() > KEPT && bytes <= KEPT {
            self.input = Vec::new();
        }
        if self.input.len() < bytes {
            self.input.resize(bytes, 0);
        }
        self.input.as_ptr()
    }

    /// Decides the call in the first `call` bytes of the input, with the state in the `state` bytes behind
    /// it; `state` is -1 when nothing has happened yet, and -2 when the host keeps none. The number of
    /// bytes of the record; negative, when these bytes are `{"errors":[…]}`.
    pub fn decide(
        &mut self,
        call: usize,
        state: i32,
        seconds: f64,
        nanos: u32,
        explain: bool,
    ) -> i32 {
        self.answer(call, state, (seconds, nanos), explain, Decider::decide)
    }

    /// The same for a call a line: a line each.
    pub fn decide_lines(
        &mut self,
        calls: usize,
        state: i32,
        seconds: f64,
        nanos: u32,
        explain: bool,
    ) -> i32 {
        self.answer(
            calls,
            state,
            (seconds, nanos),
            explain,
            Decider::decide_lines,
        )
    }

    /// Where the last answer stands.
    pub fn output(&self) -> *const u8 {
        self.output.as_ptr()
    }

    /// What is in force: `{"digest":…,"number":…,"policies":…,"project":…,"signers":[…]}`, or `null`;
    /// there are signers when they were asked for.
    pub fn release(&self) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        match self.decider.release().map(|compiled| compiled.release()) {
            None => {
                w.null();
            }
            Some(release) => {
                w.begin_object()
                    .key("digest")
                    .str(&release.digest.to_text());
                w.key("number").uint(release.number);
                w.key("policies").uint(release.policies.len() as u64);
                w.key("project").str(&release.project);
                if !self.signers.is_empty() {
                    w.key("signers").begin_array();
                    for signer in &self.signers {
                        w.str(&signer.to_text());
                    }
                    w.end_array();
                }
                w.end_object();
            }
        }
        text(out)
    }
}

impl Engine {
    fn of(decider: Decider) -> Self {
        Self {
            decider,
            signers: Vec::new(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    fn answer(
        &mut self,
        call: usize,
        state: i32,
        (seconds, nanos): (f64, u32),
        explain: bool,
        decide: impl FnOnce(&mut Decider, &[u8], Asked<'_>, &mut Vec<u8>) -> bool,
    ) -> i32 {
        self.output.clear();
        if self.output.capacity() > KEPT {
            self.output = Vec::new();
        }
        let (call, rest) = self.input.split_at_checked(call).unwrap_or_default();
        let state = match usize::try_from(state) {
            Ok(bytes) => Known::Json(rest.get(..bytes).unwrap_or_default()),
            Err(_) if state == -2 => Known::Unavailable,
            Err(_) => Known::Nothing,
        };
        let asked = Asked {
            state,
            now: instant(seconds, nanos),
            explain: if explain { Explain::Yes } else { Explain::No },
        };
        let is_record = decide(&mut self.decider, call, asked, &mut self.output);
        let length = i32::try_from(self.output.len()).unwrap_or(i32::MAX);
        if is_record {
            length
        } else {
            length.saturating_neg()
        }
    }
}

/// What nanoseconds beyond a second are carried as.
const NANOS: u32 = 999_999_999;

fn instant(seconds: f64, nanos: u32) -> Timestamp {
    Timestamp {
        // What is no number is 1970, and what is too large the end of time.
        seconds: seconds as i64,
        nanos: nanos.min(NANOS),
    }
}

/// The seconds and nanoseconds of an RFC 3339 date-time; nothing for any other text.
#[wasm_bindgen]
pub fn instant_of(text: &str) -> Option<Vec<f64>> {
    let at = Timestamp::parse_rfc3339(text)?;
    Some(vec![at.seconds as f64, f64::from(at.nanos)])
}

/// Reviews files, `[{"name":…,"text":…}…]`: `{"diagnostics":[…],"ok":…,"policies":[…],"shape":…}`.
#[wasm_bindgen]
pub fn check(sources: &str) -> String {
    let limits = Limits::default();
    answered(reviewed(sources, &limits), sources, |review, w| {
        review.write(w);
    })
}

/// Reviews files and builds the release they come to, `release` in the answer, if nothing is wrong.
#[wasm_bindgen]
pub fn compile(sources: &str, about: &str) -> String {
    Workspace::default().compile(sources, about)
}

/// Files that are being edited: what did not change since the last time is not reviewed again.
#[wasm_bindgen]
#[derive(Default)]
pub struct Workspace {
    kept: Kept,
}

#[wasm_bindgen]
impl Workspace {
    /// One that has seen no files yet.
    pub fn open() -> Workspace {
        Self::default()
    }

    /// Answers as `compile` does.
    pub fn compile(&mut self, sources: &str, about: &str) -> String {
        let limits = Limits::default();
        let about = match About::read(about, &limits) {
            Ok(about) => about,
            Err(found) => return refused(&found, about),
        };
        let files = match sources::read(sources, &limits) {
            Ok(files) => files,
            Err(found) => return refused(&found, sources),
        };
        let review = Review::of(files, core::mem::take(&mut self.kept), &limits);
        let answer = object(|w| {
            review.write(w);
            if review.is_sound() {
                w.key("release").str(&review.build(about.build()));
            }
        });
        self.kept = review.into_kept();
        answer
    }
}

/// Reviews one expression: `{"diagnostics":[…],"gas":…,"ok":…}`.
#[wasm_bindgen]
pub fn check_expression(source: &str) -> String {
    let review = callgate_engine::check_expression(source, None, &Limits::default());
    let ok = !review.diagnostics.iter().any(Diagnostic::is_error);
    object(|w| {
        w.key("diagnostics").begin_array();
        problem::write_all(&review.diagnostics, Text::of(source), w);
        w.end_array();
        if let Some(cost) = &review.cost {
            w.key("gas").uint(cost.gas());
        }
        w.key("ok").bool(ok);
    })
}

/// A policy file in canonical form: `{"changed":…,"diagnostics":[…],"text":…}`.
#[wasm_bindgen]
pub fn format(name: &str, source: &str) -> String {
    text(layout::file(name, source))
}

/// An expression in canonical form, the same.
#[wasm_bindgen]
pub fn format_expression(source: &str) -> String {
    text(layout::expression(source, &Limits::default()))
}

/// What may be written at a place of an expression; `name` is that of the file it stands in, or empty.
#[wasm_bindgen]
pub fn complete(name: &str, source: &str, at: u32) -> String {
    let format = Format::of_path(name);
    text(editor::complete(source, at, format, &Limits::default()))
}

/// What stands at a place of an expression, likewise.
#[wasm_bindgen]
pub fn hover(name: &str, source: &str, at: u32) -> String {
    let format = Format::of_path(name);
    text(editor::hover(source, at, format, &Limits::default()))
}

/// The `request` of the call that the body of an MCP message stands for, or `{"errors":[…]}`.
#[wasm_bindgen]
pub fn mcp_request(body: &str, server: &str) -> String {
    mcp::request(body, server).unwrap_or_else(|found| refused(&found, body))
}

/// The tokens of an expression.
#[wasm_bindgen]
pub fn tokens(source: &str) -> String {
    text(editor::tokens(source, &Limits::default()))
}

/// Looks for secrets and personal data; made once, since it takes a moment.
#[wasm_bindgen]
pub struct Scanner {
    detectors: callgate_detect::Detectors,
}

#[wasm_bindgen]
impl Scanner {
    /// With the detectors as they are when no policy changes them.
    ///
    /// # Errors
    /// `{"errors":[…]}`.
    pub fn open() -> Result<Scanner, String> {
        let detectors = scan::detectors().map_err(text)?;
        Ok(Self { detectors })
    }

    /// `{"findings":[…]}`, or `{"errors":[…]}`; `label` is the name that the text stands under.
    pub fn scan(&self, source: &str, label: &str) -> String {
        text(scan::scan(
            &self.detectors,
            source,
            label,
            &Limits::default(),
        ))
    }
}

/// The version and the formats it reads and writes.
#[wasm_bindgen]
pub fn version() -> String {
    callgate_answer::version()
}

fn reviewed(sources: &str, limits: &Limits) -> Result<Review, Vec<Diagnostic>> {
    let files = sources::read(sources, limits)?;
    Ok(Review::of(files, Kept::new(), limits))
}

fn answered<T>(
    found: Result<T, Vec<Diagnostic>>,
    source: &str,
    write: impl FnOnce(T, &mut Writer<'_>),
) -> String {
    match found {
        Ok(found) => object(|w| write(found, w)),
        Err(found) => refused(&found, source),
    }
}
