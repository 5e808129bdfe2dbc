//! The engine as a library: what every other host is compared with.

use anyhow::{Result, anyhow};
use callgate_engine::{self as engine, CompiledRelease, Explain, Scratch};
use callgate_json::Document;
use callgate_model::{Call, Diagnostic, Limits, Timestamp};
use callgate_release::Release;

use super::{Host, Question, refused};
use crate::decisions::{Active, State};

/// The engine in this process.
#[derive(Default)]
pub struct Native {
    /// Questions about one release stand together.
    last: Option<(String, CompiledRelease)>,
}

impl Host for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn takes(&self, _: &Question) -> bool {
        true
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let mut scratch = Scratch::new(&Limits::default());
        let answers = questions
            .iter()
            .map(|question| self.answer(question, &mut scratch));
        answers.collect()
    }
}

impl Native {
    fn answer(&mut self, question: &Question, scratch: &mut Scratch) -> Result<String> {
        let limits = Limits::default();
        let active = match &question.active {
            Active::None(settings) => engine::Active::None {
                default_action: settings.default_action,
            },
            Active::Release(text) => engine::Active::Release(self.compiled(text, &limits)?),
        };
        let now = Timestamp::parse_rfc3339(&question.now);
        let now = now.ok_or_else(|| anyhow!("`{}` is no time", question.now))?;
        let state_text = match &question.state {
            State::Kept(text) => text.as_str(),
            State::Unavailable => "{}",
        };
        let state = match Document::parse(state_text.as_bytes(), &limits.json) {
            Ok(document) => document,
            Err(error) => return Ok(refused([error.code.as_str()])),
        };
        let known = match question.state {
            State::Unavailable => Ok(callgate_model::State::UNAVAILABLE),
            State::Kept(_) => callgate_model::State::read(state.root()),
        };
        let known = match known {
            Ok(known) => known,
            Err(found) => return Ok(refused(codes(&found))),
        };
        let document = match Document::parse(question.call.as_bytes(), &limits.json) {
            Ok(document) => document,
            Err(error) => return Ok(refused([error.code.as_str()])),
        };
        let call = match Call::read(document.root()) {
            Ok(call) => call,
            Err(found) => return Ok(refused(codes(&found))),
        };
        let explain = match question.explain {
            true => Explain::Yes,
            false => Explain::No,
        };
        let decision = engine::decide(active, &call, &known, now, scratch, explain);
        Ok(decision.record.to_json())
    }

    fn compiled(&mut self, text: &str, limits: &Limits) -> Result<&CompiledRelease> {
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            let release =
                Release::read(text.as_bytes(), limits).map_err(|all| anyhow!("{all:?}"))?;
            let compiled = CompiledRelease::compile(release, limits);
            let compiled = compiled.map_err(|all| anyhow!("{all:?}"))?;
            self.last = Some((text.to_owned(), compiled));
        }
        let (_, compiled) = self.last.as_ref().ok_or_else(|| anyhow!("just compiled"))?;
        Ok(compiled)
    }
}

fn codes(found: &[Diagnostic]) -> impl Iterator<Item = &str> {
    found.iter().map(|diagnostic| diagnostic.code)
}
