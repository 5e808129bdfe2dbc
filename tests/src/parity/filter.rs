//! The filter in wasmtime: a question as an HTTP message, and what the filter shows of its record.

use anyhow::{Context as _, Result, bail, ensure};
use callgate_host_test::{Exchange, Message, Module, Options, Upstream, Vm};
use callgate_model::Timestamp;
use serde_json::{Value, json};

use super::questions::PATH;
use super::{Host, Question};
use crate::decisions::Active;
use crate::filter::MEMORY_CEILING;

/// Names the caller, in front of the filter.
const IDENTITY: &str = "x-callgate-identity";

/// The built filter, a VM for each release and caller.
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

    /// What the filter shows of each record ([`shown_by_filter`]).
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
        let call: Value = serde_json::from_str(&question.call)?;
        let configuration = configuration(release, &call["identity"])?;
        let vm = self.vm(&configuration)?;
        let now = Timestamp::parse_rfc3339(&question.now).context("a time")?;
        let seconds = u64::try_from(now.seconds)?;
        vm.process()
            .set_now(seconds * 1_000_000_000 + u64::from(now.nanos));
        let exchange = message(&call)?.upstream(Upstream::json("{}").empty_last_chunk());
        let outcome = vm.exchange(exchange)?;
        ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
        match (&outcome.forwarded, &outcome.reply) {
            (Some(_), None) => shown_of_forwarded(outcome.response.as_ref()),
            (None, Some(reply)) => {
                let body: Value = serde_json::from_slice(&reply.body)?;
                let decision = reply.headers.first("x-callgate-decision");
                let decision = decision.context("a reply without a decision")?;
                shown(std::str::from_utf8(decision)?, &body["error"]["data"])
            }
            _ => bail!("neither forwarded nor answered: {:?}", outcome.verdict()),
        }
    }

    fn vm(&mut self, configuration: &str) -> Result<&mut Vm> {
        if self
            .last
            .as_ref()
            .is_none_or(|(known, _)| known != configuration)
        {
            let options = Options {
                memory_limit: MEMORY_CEILING,
                ..Options::default()
            };
            let vm = Vm::start(Module::filter()?, configuration, options)?;
            let denying = vm.root_logs().iter().find(|line| line.level >= 4);
            ensure!(
                denying.is_none(),
                "the configuration is refused: {denying:?}"
            );
            self.last = Some((configuration.to_owned(), vm));
        }
        let (_, vm) = self.last.as_mut().context("just started")?;
        Ok(vm)
    }
}

fn configuration(release: &str, identity: &Value) -> Result<String> {
    let name = identity["name"].as_str().context("a caller")?;
    let mut known = identity.clone();
    if let Some(known) = known.as_object_mut() {
        known.remove("name");
    }
    let gateway = json!({
        "identity": { "source": "header", "header": IDENTITY, "directory": { name: known } },
        "routes": [{ "path": PATH, "kind": "mcp" }],
    });
    // The release's own bytes: its digest is over numbers as they are written.
    let text = gateway.to_string();
    let rest = text.strip_prefix('{').context("an object")?;
    Ok(format!(r#"{{"release":{release},{rest}"#))
}

/// The message that stands for a call.
pub(crate) fn body(call: &Value) -> String {
    let tool = &call["request"]["tool"];
    let mut params = json!({ "name": tool["name"] });
    if tool["args"].is_object() {
        params["arguments"] = tool["args"].clone();
    }
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

fn message(call: &Value) -> Result<Exchange> {
    let name = call["identity"]["name"].as_str().context("a caller")?;
    let exchange = Exchange::new("POST", PATH)
        .header("content-type", "application/json")
        .header(IDENTITY, name);
    Ok(exchange.body(body(call)))
}

fn shown_of_forwarded(response: Option<&Message>) -> Result<String> {
    let response = response.context("no response")?;
    let decision = response.headers.first("x-callgate-decision");
    let decision = decision.context("a response without a decision")?;
    Ok(std::str::from_utf8(decision)?.to_owned())
}

/// Decision, policy, codes and remediation.
fn shown(decision: &str, data: &Value) -> Result<String> {
    ensure!(data.is_object(), "a refusal without data: {data}");
    let [policy, reasons, remediation] = ["policy", "reasons", "remediation"].map(|key| &data[key]);
    Ok(format!("{decision} {policy} {reasons} {remediation}"))
}

/// What the filter shows of a record: the decision, and of a refusal the policy, the codes and what the
/// agent can do.
///
/// # Errors
/// The text is no record.
pub fn shown_by_filter(record: &str) -> Result<String> {
    let record: Value = serde_json::from_str(record)?;
    let decision = record["decision"].as_str().context("a decision")?;
    if matches!(decision, "ALLOW" | "FLAG") {
        return Ok(decision.to_owned());
    }
    let reasons = record["reasons"].as_array().context("reasons")?;
    let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["code"]).collect();
    let data = json!({
        "policy": record["deciding"]["policy"],
        "reasons": codes,
        "remediation": record["remediation"],
    });
    shown(decision, &data)
}
