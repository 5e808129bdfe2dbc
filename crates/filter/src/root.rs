//! A plugin: its configuration and its counters, shared by the streams that begin under it.
use crate::config::Config;
use crate::exchange::Memory;
use crate::host::{self, Counter, Level};
use crate::ledger::Ledger;
use crate::poller::Poller;
use crate::release::Admitted;
use callgate_model::{Diagnostic, Effect, Limits};
use std::cell::RefCell;
use std::rc::Rc;

/// The root context of a plugin.
#[derive(Default)]
pub(crate) struct Root {
    plugin: Rc<Plugin>,
    poller: Poller,
}

/// What a stream decides with. The default has no configuration and denies everything.
pub(crate) struct Plugin {
    /// Absent when the configuration cannot be used.
    pub(crate) config: Option<Config>,
    /// When it was configured: tells apart the VMs of one host.
    pub(crate) configured_at: u64,
    /// Working memory of its requests.
    pub(crate) memory: RefCell<Memory>,
    /// One counter for each effect, most permissive first.
    counters: Vec<(Effect, Counter)>,
}

/// Name of the counter before the effect. Envoy shows it as `callgate_decisions_total{decision}`
/// with the tag expression of the README.
const DECISIONS: &str = "callgate_decisions_total.decision.";

/// Findings of a broken configuration that are logged.
const LOGGED: usize = 20;

impl Root {
    /// What new streams decide with. Streams in flight keep what they began with.
    pub(crate) fn plugin(&self) -> Rc<Plugin> {
        Rc::clone(&self.plugin)
    }

    /// Takes a configuration of `length` bytes.
    pub(crate) fn configure(&mut self, length: usize) {
        if let Err(error) = Ledger::open() {
            let status = error.status.to_string();
            let line = [
                "callgate: no state can be kept, `",
                error.call,
                "` failed with status ",
                &status,
            ];
            host::log(Level::Error, &line.concat());
        }
        let config = match host::configuration(length) {
            Ok(bytes) => Config::read(&bytes).map_err(|problems| log_problems(&problems)),
            Err(error) => {
                let status = error.status.to_string();
                log_denying(&["`", error.call, "` failed with status ", &status].concat());
                Err(())
            }
        };
        let before = self.plugin.config.as_ref();
        let config = config.ok().map(|config| match before {
            Some(before) => config.after(before),
            None => config,
        });
        let ticks = |config: &Option<Config>| {
            let plane = config.as_ref().and_then(|config| config.plane.as_ref());
            plane.map_or(0, |plane| plane.tick_ms())
        };
        let (was, is) = (ticks(&self.plugin.config), ticks(&config));
        if was != is
            && let Err(error) = host::tick_every(is)
        {
            let line = ["callgate: `", error.call, "` failed: the release stays"];
            host::log(Level::Error, &line.concat());
        }
        self.poller = Poller::default();
        self.plugin = Rc::new(Plugin {
            config,
            configured_at: host::now().unwrap_or_default(),
            counters: counters(),
            ..Plugin::default()
        });
    }

    /// Takes over what another VM found, or asks if it is this one's turn.
    pub(crate) fn on_tick(&mut self) {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else { return };
        let Some(plane) = &config.plane else { return };
        if let Some(found) = plane.newer(config.current()) {
            self.take_over(found);
            return;
        }
        self.poller.tick(plane, config.current().is_some());
    }

    /// Takes the answer of the control plane.
    pub(crate) fn on_answer(&mut self, token: u32, length: usize) {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else { return };
        let Some(plane) = &config.plane else { return };
        let found = self.poller.answered(plane, token, length, config.current());
        if let Some(found) = found {
            self.take_over(found);
        }
    }

    /// Streams that begin from now on are decided by another release.
    fn take_over(&mut self, admitted: Admitted) {
        let number = admitted.number().to_string();
        let old = &self.plugin;
        self.plugin = Rc::new(Plugin {
            config: old.config.as_ref().map(|config| config.with(admitted)),
            configured_at: old.configured_at,
            counters: old.counters.clone(),
            ..Plugin::default()
        });
        host::log(
            Level::Info,
            &["callgate: release ", &number, " is in force"].concat(),
        );
    }
}

impl Default for Plugin {
    fn default() -> Self {
        Self {
            config: None,
            configured_at: 0,
            memory: RefCell::new(Memory::new(&Limits::default())),
            counters: Vec::new(),
        }
    }
}

impl Plugin {
    /// The same for a stream that is decided by another release.
    pub(crate) fn pinned(&self, config: Config) -> Self {
        Self {
            config: Some(config),
            configured_at: self.configured_at,
            counters: self.counters.clone(),
            ..Self::default()
        }
    }

    /// Counts a decision. A counter that fails changes nothing else.
    pub(crate) fn count(&self, effect: Effect) {
        if let Some((_, counter)) = self.counters.iter().find(|(counted, _)| *counted == effect) {
            let _ = host::count(*counter);
        }
    }
}

fn counters() -> Vec<(Effect, Counter)> {
    let mut counters = Vec::new();
    for effect in Effect::ALL {
        match host::counter(&[DECISIONS, effect.as_str()].concat()) {
            Ok(counter) => counters.push((effect, counter)),
            Err(_) => host::log(Level::Error, "callgate: a counter could not be defined"),
        }
    }
    counters
}

fn log_problems(problems: &[Diagnostic]) {
    for problem in problems.iter().take(LOGGED) {
        let place = match problem.span {
            Some(span) => [" at byte ", &span.start.to_string()].concat(),
            None => String::new(),
        };
        let help = match &problem.help {
            Some(help) => ["; ", help].concat(),
            None => String::new(),
        };
        log_denying(&[problem.code, &place, ": ", &problem.message, &help].concat());
    }
}

fn log_denying(why: &str) {
    // A line break in a configuration must not begin a log line of its own.
    let why: String = why
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = [
        "callgate: denying every request, the configuration cannot be used: ",
        &why,
    ];
    host::log(Level::Error, &line.concat());
}
