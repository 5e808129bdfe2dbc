//! The filter in wasmtime: a question as an HTTP message, the record from the filter's log.

use anyhow::{Context as _, Result, bail, ensure};
use callgate_host_test::{Exchange, Module, Options, Outcome, Upstream, Vm};
use callgate_model::Timestamp;

use super::message::{Seen, Told, configuration, message};
use super::questions::PATH;
use super::{Host, Question};
use crate::decisions::Active;
use crate::filter::MEMORY_CEILING;

/// The built filter, a VM for each release.
#[derive(Default)]
pub struct Filter {
    last: Option<(String, Vm)>,
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

impl Filter {
    fn answer(&mut self, question: &Question) -> Result<String> {
        let Active::Release(release) = &question.active else {
            bail!("a release is missing");
        };
        let vm = self.vm(release)?;
        let now = Timestamp::parse_rfc3339(&question.now).context("a time")?;
        let seconds = u64::try_from(now.seconds)?;
        vm.process()
            .set_now(seconds * 1_000_000_000 + u64::from(now.nanos));
        let sent = message(question)?;
        let mut exchange = Exchange::new("POST", PATH).body(sent.body);
        for (name, value) in &sent.headers {
            exchange = exchange.header(name, value);
        }
        let upstream = Upstream::json("{}").empty_last_chunk();
        let outcome = vm.exchange(exchange.upstream(upstream))?;
        ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
        let lines = outcome.logs.iter().map(|line| line.message.as_str());
        let mut told = lines.filter_map(Told::read);
        let (Some(told), None) = (told.next(), told.next()) else {
            bail!("one record is logged: {:?}", outcome.logs);
        };
        seen(&outcome)?.agrees(&told.record)?;
        Ok(told.record)
    }

    fn vm(&mut self, release: &str) -> Result<&mut Vm> {
        if self.last.as_ref().is_none_or(|(known, _)| known != release) {
            let options = Options {
                memory_limit: MEMORY_CEILING,
                ..Options::default()
            };
            let vm = Vm::start(Module::filter()?, configuration(release)?, options)?;
            let denying = vm.root_logs().iter().find(|line| line.level >= 4);
            ensure!(
                denying.is_none(),
                "the configuration is refused: {denying:?}"
            );
            self.last = Some((release.to_owned(), vm));
        }
        let (_, vm) = self.last.as_mut().context("just started")?;
        Ok(vm)
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
