//! The filter in a real Envoy: a listener for each release, the records from Envoy's log.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use callgate_host_test::{Memory, PATH, Told, asked_by};
use callgate_json::Document;
use callgate_model::Limits;
use hyper::Request;
use serde_json::json;
use xtask::envoy::Envoy;
use xtask::envoy::bootstrap::{Authentication, Bootstrap};
use xtask::layout::Layout;

use super::questions::sent;
use super::seen::Seen;
use super::{Host, Question};
use crate::decisions::Active;
use crate::envoy::client::{Answer, Client};
use crate::envoy::request;
use crate::envoy::upstream::Upstream;

/// Where Envoy's own configuration of one listener has the filter's.
const PLUGIN: &str = "/filter_chains/0/filters/0/typed_config/http_filters/0/typed_config/config/configuration/value";

/// How long the last line of the log may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What Envoy's filter answered, to be compared as a host.
#[derive(Debug)]
pub struct InEnvoy {
    records: Vec<String>,
}

impl InEnvoy {
    /// Asks Envoy questions of [`super::gateway`], all of them at the time of its own clock; the questions
    /// as they were asked, and the answers.
    ///
    /// # Errors
    /// Envoy cannot be started or asked, or shows clients something else than it recorded.
    pub async fn ask(questions: &[Question]) -> Result<(Vec<Question>, Self)> {
        // Nothing in it that policies on responses could find: requests are compared here.
        let upstream = Upstream::answering(|_| json!({})).await?;
        let releases = releases(questions)?;
        let configurations = releases.iter();
        let configurations = configurations.map(|release| asked_by(release, None, Memory::None));
        let envoy = start(configurations.collect(), upstream.port).await?;
        let mut seen = Vec::with_capacity(questions.len());
        let mut client = None;
        for question in questions {
            let place = releases.iter().position(|known| is(question, known));
            let place = place.context("a release that was configured")?;
            if client.as_ref().is_none_or(|(known, _)| *known != place) {
                let address = envoy.listener(&listener(place))?;
                client = Some((place, Client::http1(&address).await?));
            }
            let (_, client) = client.as_mut().context("just connected")?;
            let answer = client.send(post(question)?).await;
            seen.push(answer.with_context(|| question.name.clone())?);
        }
        let told = told(&envoy, questions.len()).await?;
        let mut asked = Vec::with_capacity(questions.len());
        for ((question, answer), told) in questions.iter().zip(&seen).zip(&told) {
            agrees(answer, told).with_context(|| question.name.clone())?;
            asked.push(as_asked(question, &told.at)?);
        }
        let records = told.into_iter().map(|told| told.record).collect();
        Ok((asked, Self { records }))
    }
}

impl Host for InEnvoy {
    fn name(&self) -> &'static str {
        "filter in Envoy"
    }

    fn takes(&self, _: &Question) -> bool {
        true
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        ensure!(
            questions.len() == self.records.len(),
            "the questions that were asked"
        );
        Ok(self.records.clone())
    }
}

fn is(question: &Question, release: &str) -> bool {
    matches!(&question.active, Active::Release(text) if text == release)
}

fn releases(questions: &[Question]) -> Result<Vec<String>> {
    let mut releases: Vec<String> = Vec::new();
    for question in questions {
        let Active::Release(release) = &question.active else {
            bail!("a release is missing");
        };
        if !releases.contains(release) {
            releases.push(release.clone());
        }
    }
    Ok(releases)
}

/// The name of the listener with that configuration of the filter.
pub(super) fn listener(place: usize) -> String {
    format!("configuration-{place}")
}

/// One Envoy with a listener for each configuration of the filter; they share its VMs.
pub(super) async fn start(configurations: Vec<String>, upstream: u16) -> Result<Envoy> {
    let bootstrap = Bootstrap {
        filter: Layout::of_this_tree().filter(),
        plugin: json!({}),
        upstream: ("127.0.0.1".into(), upstream),
        authentication: Authentication::None,
        task_key: None,
        strips_client_headers: false,
        workers: 1,
    };
    let mut whole = bootstrap.json();
    let one = whole["static_resources"]["listeners"][0].clone();
    let mut listeners = Vec::with_capacity(configurations.len());
    for (place, configuration) in configurations.into_iter().enumerate() {
        let mut next = one.clone();
        next["name"] = listener(place).into();
        let plugin = next.pointer_mut(PLUGIN);
        *plugin.context("the filter's configuration")? = configuration.into();
        listeners.push(next);
    }
    whole["static_resources"]["listeners"] = listeners.into();
    let start = move || Envoy::start_with(&Layout::of_this_tree(), &whole, 1);
    tokio::task::spawn_blocking(start).await?
}

fn post(question: &Question) -> Result<Request<request::Body>> {
    let sent = sent(question)?;
    let mut post =
        Request::post(format!("http://gateway.test{PATH}")).header("host", "gateway.test");
    for (name, value) in sent.headers {
        post = post.header(name, value);
    }
    Ok(post.body(request::whole(sent.body))?)
}

fn agrees(answer: &Answer, told: &Told) -> Result<()> {
    let seen = Seen {
        decision: answer.header("x-callgate-decision").to_owned(),
        body: answer.body.to_vec(),
    };
    seen.agrees(&told.record)
}

/// The question at another time, and with what Envoy itself adds to headers. Anything else stays the text it is.
fn as_asked(question: &Question, at: &str) -> Result<Question> {
    let added = json!({
        "content-length": sent(question)?.body.len().to_string(),
        "x-forwarded-proto": "http",
        // Another for every request; nothing that is asked here reads it.
        "x-request-id": "00000000-0000-4000-8000-000000000000",
    });
    let limits = Limits::default().json;
    let document = Document::parse(question.call.as_bytes(), &limits);
    let document = document.map_err(|error| anyhow!("{error}"))?;
    let headers = document.root().pointer("/request/headers");
    let (from, _) = headers.context("a call has headers")?.span();
    let (before, after) = question.call.split_at(usize::try_from(from)? + 1);
    let added = added.to_string();
    let added = added.trim_matches(['{', '}']);
    Ok(Question {
        call: format!("{before}{added},{after}"),
        now: at.to_owned(),
        ..question.clone()
    })
}

/// The records in Envoy's log, once so many are there. One worker decides, so they are in order.
async fn told(envoy: &Envoy, count: usize) -> Result<Vec<Told>> {
    let look = async {
        let mut clock = tokio::time::interval(LOOK);
        loop {
            clock.tick().await;
            let told: Vec<Told> = envoy.log().lines().filter_map(Told::read).collect();
            if told.len() >= count {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(PATIENCE, look).await;
    let told = told.context("not every decision was logged")?;
    ensure!(told.len() == count, "{} records are logged", told.len());
    Ok(told)
}
