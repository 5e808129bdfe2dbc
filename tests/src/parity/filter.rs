//! The filter in wasmtime: a question as an HTTP message, the record from the filter's log.

use anyhow::{Context as _, Result, bail, ensure};
use callgate_host_test::{Asked, Memory, Module, Outcome};
use callgate_model::Timestamp;

use super::questions::sent;
use super::seen::Seen;
use super::{Host, Question};
use crate::decisions::Active;

/// The built filter, a VM for each release.
pub struct Filter(Asked);

impl Filter {
    /// The built filter.
    ///
    /// # Errors
    /// It is not built.
    pub fn built() -> Result<Self> {
        Ok(Self(Asked::new(Module::filter()?.clone(), Memory::None)))
    }

    fn answer(&mut self, question: &Question) -> Result<String> {
        let Active::Release(release) = &question.active else {
            bail!("a release is missing");
        };
        let now = Timestamp::parse_rfc3339(&question.now).context("a time")?;
        let (told, outcome) = self.0.ask(release, &sent(question)?, now)?;
        ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
        seen(&outcome)?.agrees(&told.record)?;
        Ok(told.record)
    }
}

impl Host for Filter {
    fn name(&self) -> &'static str {
        "filter in wasmtime"
    }

    fn takes(&self, question: &Question) -> bool {
        matches!(question.active, Active::Release(_))
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let answers = questions.iter().map(|question| {
            let answer = self.answer(question);
            answer.with_context(|| question.name.clone())
        });
        answers.collect()
    }
}

/// A reply of the filter's own, or the response of the server behind.
fn seen(outcome: &Outcome) -> Result<Seen> {
    let (headers, body) = match (&outcome.forwarded, &outcome.reply, &outcome.response) {
        (Some(_), None, Some(response)) => (&response.headers, &response.body),
        (None, Some(reply), _) => (&reply.headers, &reply.body),
        _ => bail!("neither forwarded nor answered: {:?}", outcome.verdict()),
    };
    let decision = headers.first("x-callgate-decision");
    let decision = decision.context("a response without a decision")?;
    Ok(Seen {
        decision: std::str::from_utf8(decision)?.to_owned(),
        body: body.clone(),
    })
}
