//! A case as steps: requests and what must become of them, and what happens to the gateway meanwhile.
use super::bytes::Written;
use super::{Config, End, HostFailure, Request, Response};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

/// A case: a gateway, and what it goes through.
#[derive(Debug, Clone)]
pub struct Script {
    /// `CLASS-lesson`, as the file says and is named.
    pub id: String,
    /// The class, for example `W01`.
    pub class: String,
    /// The gateway; several workers of one process.
    pub config: Config,
    /// The host, where it is not an ordinary one.
    pub host: Host,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What a host gives the filter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// The most linear memory, in bytes.
    pub memory_bytes: Option<usize>,
    /// What a stream may buffer, in bytes.
    pub buffer_bytes: Option<usize>,
}

/// One thing that happens.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A client sends a request.
    Send(Box<Send>),
    /// A worker gets a configuration; one that is not there yet begins with it.
    Configure(Box<Configure>),
    /// Time passes.
    Wait(Wait),
    /// A worker's VM begins anew, as after a trap.
    Restart(Restart),
    /// The control plane answers the next question.
    Poll(Box<Poll>),
    /// A worker must not need more memory than it may.
    Memory(Memory),
}

/// A request, and what must become of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Which worker gets it; the first is 0.
    #[serde(default)]
    pub worker: usize,
    /// What is sent.
    #[serde(default)]
    pub request: Request,
    /// What the server behind answers, should it be asked.
    #[serde(default)]
    pub upstream: Option<Response>,
    /// Host calls that fail while the exchange lasts.
    #[serde(default)]
    pub host_failures: Vec<HostFailure>,
    /// What happens in the middle of it.
    #[serde(default)]
    pub meanwhile: Option<Meanwhile>,
    /// How often it is sent, each time with the same end.
    #[serde(default = "once")]
    pub times: usize,
    /// Whether `{n}` stands for the number of the time, from 0, in values of headers and in the body.
    #[serde(default)]
    pub numbered: bool,
    /// What must become of it.
    pub expect: End,
}

/// Steps in the middle of an exchange.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meanwhile {
    /// When.
    pub at: Moment,
    /// What.
    pub steps: Vec<Step>,
}

/// A moment of an exchange.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After so many pieces have come, the head being the first.
    Pieces(usize),
    /// Right before the first host call of this name. The steps then are requests to other workers.
    HostCall(String),
    /// The same before a later one: the name, and how many calls of it come before.
    LaterHostCall(String, u64),
}

/// A configuration for a worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configure {
    /// Which worker gets it.
    #[serde(default)]
    pub worker: usize,
    /// Changes of the case's configuration.
    #[serde(default)]
    pub config: Value,
    /// This text in place of a configuration.
    pub text: Option<String>,
    /// Host calls that fail meanwhile.
    #[serde(default)]
    pub host_failures: Vec<HostFailure>,
    /// How often it is given.
    #[serde(default = "once")]
    pub times: usize,
    /// The code of what is wrong with it, for the filter or for who builds its release; absent when it
    /// can be used.
    pub refused: Option<String>,
}

/// Time that passes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// So much; less than nothing sets the clock back.
    pub seconds: i64,
}

/// A VM that begins anew.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Whose.
    #[serde(default)]
    pub worker: usize,
    /// How often.
    #[serde(default = "once")]
    pub times: usize,
}

/// An answer of the control plane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The worker that asks.
    #[serde(default)]
    pub worker: usize,
    /// The HTTP status; absent when nobody answers.
    pub status: Option<u16>,
    /// Changes of the case's configuration: the release of that is the body.
    pub config: Option<Value>,
    /// The body itself.
    body: Option<Written>,
    /// How often the same is answered.
    #[serde(default = "once")]
    pub times: usize,
    /// The most questions there may be within so many seconds, each answered with this.
    pub at_most_within: Option<(usize, i64)>,
}

/// A bound on what a worker needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Whose memory.
    #[serde(default)]
    pub worker: usize,
    /// Bytes more than at the last such step; absent at the first.
    pub grown_at_most: Option<usize>,
    /// Bytes of names and values in shared data.
    pub shared_at_most: Option<usize>,
}

fn once() -> usize {
    1
}

impl Script {
    /// A case of one request.
    pub(super) fn of_request(case: super::Case, expect: End) -> Self {
        let send = Send {
            worker: 0,
            request: case.request,
            upstream: None,
            host_failures: case.host_failures,
            meanwhile: None,
            times: 1,
            numbered: false,
            expect,
        };
        Self {
            id: case.id,
            class: case.class,
            config: case.config,
            host: Host::default(),
            steps: vec![Step::Send(Box::new(send))],
        }
    }

    /// Whether it is a harmless twin: named so, or nothing in it is kept from going its way.
    #[must_use]
    pub fn is_twin(&self) -> bool {
        let named = self.id.ends_with("-pass") || self.id.ends_with("-passes");
        named || !self.steps.iter().any(Step::keeps)
    }

    /// All of it but its name.
    #[must_use]
    pub fn content(&self) -> (&Config, &Host, &[Step]) {
        (&self.config, &self.host, &self.steps)
    }
}

impl Send {
    /// The request of one of the times.
    #[must_use]
    pub fn request(&self, time: usize) -> Request {
        let mut request = self.request.clone();
        if self.numbered {
            let number = time.to_string();
            let values = request.headers.iter_mut().map(|(_, value)| value);
            for bytes in values.chain(request.body.as_mut()) {
                // Numbers are for texts.
                if let Ok(text) = std::str::from_utf8(bytes) {
                    *bytes = text.replace("{n}", &number).into_bytes();
                }
            }
        }
        request
    }
}

impl Step {
    /// Whether something is refused, in a request, a response or a configuration.
    fn keeps(&self) -> bool {
        match self {
            Self::Send(send) => {
                let meanwhile = send.meanwhile.iter().flat_map(|meanwhile| &meanwhile.steps);
                send.expect.keeps() || meanwhile.into_iter().any(Self::keeps)
            }
            Self::Configure(configure) => configure.refused.is_some(),
            Self::Poll(_) | Self::Wait(_) | Self::Restart(_) | Self::Memory(_) => false,
        }
    }
}

impl Poll {
    /// What the control plane sends.
    ///
    /// # Errors
    /// There is no release to send.
    pub fn body(&self, config: &Config) -> Result<Vec<u8>> {
        ensure!(
            self.body.is_none() || self.config.is_none(),
            "`body` or `config`"
        );
        match (&self.body, &self.config) {
            (Some(body), _) => body.bytes(),
            (None, Some(change)) => {
                let file = config.changed(change)?.release_file()?;
                Ok(file.context("a release")?.into_bytes())
            }
            (None, None) => Ok(Vec::new()),
        }
    }
}
