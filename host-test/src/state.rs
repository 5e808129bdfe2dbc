//! The store's data: what the host remembers about one VM.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder, TypedFunc};

use crate::fault::Faults;
use crate::headers::Headers;
use crate::options::Options;
use crate::outcome::LogLine;
use crate::process::Callout;
use crate::stream::{Deferred, Stream};

/// What a host call needs to reach the module.
#[derive(Clone)]
pub(crate) struct Guest {
    pub memory: Memory,
    pub allocate: TypedFunc<u32, u32>,
}

/// What one context used.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub host_calls: BTreeMap<&'static str, u64>,
    pub callbacks: Vec<&'static str>,
    pub logs: Vec<LogLine>,
    pub fuel: u64,
}

/// A root context: one plugin configuration.
#[derive(Debug, Default)]
pub(crate) struct Root {
    pub configuration: Vec<u8>,
    pub tick_ms: u32,
    pub next_tick: u64,
}

/// A callout in flight.
#[derive(Debug)]
pub(crate) struct Pending {
    pub root: u32,
    pub deadline: Option<u64>,
    pub callout: Callout,
}

/// The response that `on_http_call_response` may read.
#[derive(Debug, Default)]
pub(crate) struct CalloutResponse {
    pub headers: Headers,
    pub body: Vec<u8>,
    pub trailers: Headers,
}

/// Something to run right before the n-th call of a host function.
pub(crate) struct Hook {
    pub call: &'static str,
    pub after: u64,
    pub run: Option<Box<dyn FnOnce() + Send>>,
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hook({}, {})", self.call, self.after)
    }
}

/// Host state of one VM.
pub(crate) struct State {
    pub limits: StoreLimits,
    pub guest: Option<Guest>,
    pub options: Options,
    pub roots: BTreeMap<u32, Root>,
    pub streams: BTreeMap<u32, Stream>,
    pub usage: BTreeMap<u32, Usage>,
    pub current: u32,
    pub effective: u32,
    pub configuring: Option<u32>,
    pub deferred: Vec<(u32, Deferred)>,
    pub metrics: Vec<(u32, String)>,
    pub pending: VecDeque<Pending>,
    pub callouts: Vec<Callout>,
    pub callout_response: Option<CalloutResponse>,
    pub next_token: u32,
    pub queues: BTreeMap<u32, u32>,
    pub done: Vec<u32>,
    pub faults: Faults,
    pub hooks: Vec<Hook>,
}

impl State {
    pub fn new(options: Options) -> Self {
        let limits = StoreLimitsBuilder::new()
            .memory_size(options.memory_limit)
            .build();
        Self {
            limits,
            guest: None,
            options,
            roots: BTreeMap::new(),
            streams: BTreeMap::new(),
            usage: BTreeMap::new(),
            current: 0,
            effective: 0,
            configuring: None,
            deferred: Vec::new(),
            metrics: Vec::new(),
            pending: VecDeque::new(),
            callouts: Vec::new(),
            callout_response: None,
            next_token: 1,
            queues: BTreeMap::new(),
            done: Vec::new(),
            faults: Faults::default(),
            hooks: Vec::new(),
        }
    }

    /// The context host calls act on: the one set by the module, else the one being called.
    pub fn context(&self) -> u32 {
        let known = |id: &u32| self.streams.contains_key(id) || self.roots.contains_key(id);
        if self.effective != 0 && known(&self.effective) {
            self.effective
        } else {
            self.current
        }
    }

    /// The root that a context belongs to.
    pub fn root_of(&self, context: u32) -> u32 {
        self.streams
            .get(&context)
            .map_or(context, |stream| stream.root)
    }

    pub fn token(&mut self) -> u32 {
        let token = self.next_token;
        self.next_token = token.checked_add(1).unwrap_or(1);
        token
    }

    /// The logs of a context as lines of text, for error messages.
    pub fn log_text(&self, context: u32) -> String {
        let logs = self.usage.get(&context).map(|usage| usage.logs.as_slice());
        let lines = logs.unwrap_or_default().iter();
        lines
            .map(|line| format!("log[{}] {}\n", line.level, line.message))
            .collect()
    }
}
