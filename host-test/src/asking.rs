//! Questions to the shipped filter: a release and a call go in, and the record that it made comes out.

mod message;

pub use message::{Lost, Sent, Told, asked_by};

use callgate_model::Timestamp;

use crate::error::Error;
use crate::exchange::{Exchange, Upstream};
use crate::module::Module;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::vm::Vm;

/// The path that calls are sent to.
pub const PATH: &str = "/mcp";

/// Linear memory of one VM: what a filter may need, and a multiple of what it does.
const MEMORY: usize = 32 << 20;

/// What the filter knows of the calls before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It keeps no state; one VM answers everything that one release is asked.
    None,
    /// Nothing has happened yet: each question has a process of its own.
    Fresh,
}

/// The filter in wasmtime, as one that is asked questions.
pub struct Asked {
    module: Module,
    memory: Memory,
    last: Option<(String, Vm)>,
}

impl Asked {
    /// Asks a compiled filter.
    #[must_use]
    pub fn new(module: Module, memory: Memory) -> Self {
        Self {
            module,
            memory,
            last: None,
        }
    }

    /// Has `release` decide the call that `sent` carries: the record from the filter's log, and all that happened.
    ///
    /// # Errors
    /// The filter traps, does not take the release, or logs anything but one record.
    pub fn ask(
        &mut self,
        release: &str,
        sent: &Sent,
        now: Timestamp,
    ) -> Result<(Told, Outcome), Error> {
        let vm = self.vm(release, sent.server.as_deref(), now)?;
        let mut exchange = Exchange::new("POST", PATH).body(sent.body.clone());
        for (name, value) in &sent.headers {
            exchange = exchange.header(name, value);
        }
        let upstream = Upstream::json("{}").empty_last_chunk();
        let outcome = vm.exchange(exchange.upstream(upstream))?;
        let lines = outcome.logs.iter().map(|line| line.message.as_str());
        let told: Vec<Told> = lines.filter_map(Told::read).collect();
        match <[Told; 1]>::try_from(told) {
            Ok([told]) => Ok((told, outcome)),
            _ => Err(Error::Unanswered {
                logs: format!("{:?}", outcome.logs),
            }),
        }
    }

    fn vm(
        &mut self,
        release: &str,
        server: Option<&str>,
        now: Timestamp,
    ) -> Result<&mut Vm, Error> {
        let configuration = asked_by(release, server, self.memory);
        let known = self.last.take();
        let kept =
            known.filter(|(known, _)| self.memory == Memory::None && *known == configuration);
        let seconds =
            u64::try_from(now.seconds).map_err(|_| Error::Script("a time before 1970"))?;
        let nanos = seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(u64::from(now.nanos));
        let (configuration, vm) = match kept {
            Some(kept) => kept,
            None => {
                let vm = self.start(&configuration)?;
                (configuration, vm)
            }
        };
        vm.process().set_now(nanos);
        let (_, vm) = self.last.insert((configuration, vm));
        Ok(vm)
    }

    fn start(&self, configuration: &str) -> Result<Vm, Error> {
        let options = Options {
            memory_limit: MEMORY,
            ..Options::default()
        };
        let vm = Vm::start(&self.module, configuration, options)?;
        match vm.root_logs().iter().find(|line| line.level >= 4) {
            None => Ok(vm),
            Some(line) => Err(Error::Rejected {
                callback: "proxy_on_configure",
                logs: line.message.clone(),
            }),
        }
    }
}
