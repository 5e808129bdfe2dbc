//! A plugin: its configuration and its counters, shared by the streams that begin under it.
use crate::config::{Config, Keeps};
use crate::exchange::Memory;
use crate::host::{self, Counter, Level};
use crate::leases::Leases;
use crate::ledger::Ledger;
use crate::outbox::Outbox;
use crate::poller::Poller;
use crate::record::Mark;
use crate::release::Admitted;
use crate::tally::Tally;
use callgate_model::{Diagnostic, Effect, Limits};
use std::cell::RefCell;
use std::rc::Rc;

/// The root context of a plugin.
#[derive(Default)]
pub(crate) struct Root {
    /// Its own number.
    context: u32,
    plugin: Rc<Plugin>,
    poller: Poller,
    /// The plugin is over, but for what is under way.
    ends: bool,
    passes_on: PassesOn,
}

/// What a plugin that is over leaves to others.
#[derive(Default)]
struct PassesOn {
    records: bool,
    leases: bool,
}

/// The records of plugins that send them to the same place.
pub(crate) type Records = Rc<RefCell<Outbox>>;

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
    /// Where its records wait, if they are sent.
    records: Option<Records>,
    /// Counts answers about approvals that were of no use.
    alarm: Rc<Tally>,
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

    /// Where its records wait.
    pub(crate) fn records(&self) -> Option<Records> {
        self.plugin.records.clone()
    }

    /// Takes a configuration of `length` bytes; `others` are queues of this VM, which go on being sent, and
    /// `before` its plugins, the latest first.
    pub(crate) fn configure(
        &mut self,
        context: u32,
        length: usize,
        others: &[Records],
        before: &[Rc<Plugin>],
    ) {
        self.context = context;
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
        let before = before.iter().filter_map(|plugin| plugin.config.as_ref());
        let config = config.ok().map(|config| {
            let leases = leases(&config, before.clone(), context);
            let config = config.leasing(leases);
            let mut before = before;
            match before.find(|before| before.project() == config.project()) {
                Some(before) => config.after(before),
                None => config,
            }
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
            records: config.as_ref().and_then(|config| queue(config, others)),
            config,
            configured_at: host::now().unwrap_or_default(),
            counters: counters(),
            ..Plugin::default()
        });
    }

    /// Sends records, and takes over the release that another VM found, or asks if it is this one's turn.
    pub(crate) fn on_tick(&mut self) {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else { return };
        let Some(plane) = &config.plane else { return };
        plugin.with_records((), |records| records.tick(plane));
        // The answer to what a root asks that goes would be lost with it.
        let goes = self.ends && self.passes_on.leases;
        if let Some(leases) = config.leases.as_ref().filter(|_| !goes) {
            leases.tick(plane, self.context);
        }
        if let Some(found) = plane.newer_exceptions(config.project(), config.excepted()) {
            self.replace(config.excepting(found));
            return;
        }
        if let Some(found) = plane.newer(config.project(), config.number()) {
            self.take_over(found);
            return;
        }
        self.poller.tick(plane, config);
    }

    /// Takes an answer of the control plane.
    pub(crate) fn on_answer(&mut self, token: u32, length: usize) {
        let plugin = Rc::clone(&self.plugin);
        let Some(config) = &plugin.config else { return };
        let Some(plane) = &config.plane else { return };
        let taken = plugin.with_records(None, |records| records.answered(plane, token));
        let leases = config.leases.as_ref();
        let taken = taken.or_else(|| leases?.answered(plane, token, length));
        if let Some(taken) = taken {
            if self.ends && !(taken && self.sends_on()) {
                let _ = host::done();
            }
            return;
        }
        let lister = &mut self.poller.lister;
        if let Some(found) = lister.answered(plane, token, length, config) {
            if let Some(found) = found {
                self.replace(config.excepting(found));
            }
            return;
        }
        let found = self.poller.answered(plane, token, length, config.current());
        if let Some(found) = found {
            self.take_over(found);
        }
    }

    /// Whether nothing is outstanding as the plugin ends; `others` are those that go on.
    pub(crate) fn on_done(&mut self, others: &[Rc<Plugin>]) -> bool {
        let own = &self.plugin;
        let mut records = others.iter().filter_map(|other| other.records.as_ref());
        let has_heir = |own: &Records| records.any(|other| Rc::ptr_eq(own, other));
        self.passes_on.records = own.records.as_ref().is_none_or(has_heir);
        let mut leases = others.iter().filter_map(|other| other.leases());
        let has_heir = |own: &Rc<Leases>| leases.any(|other| Rc::ptr_eq(own, other));
        self.passes_on.leases = own.leases().is_none_or(has_heir);
        if let Some(leases) = own.leases().filter(|_| self.passes_on.leases) {
            leases.forsake(self.context);
        }
        self.ends = true;
        !self.sends_on()
    }

    /// Whether something of what is left is under way.
    fn sends_on(&self) -> bool {
        let plugin = &self.plugin;
        let Some(plane) = plugin.config.as_ref().and_then(|it| it.plane.as_ref()) else {
            return false;
        };
        let records =
            !self.passes_on.records && plugin.with_records(false, |records| records.flush(plane));
        let leases = plugin.leases().filter(|_| !self.passes_on.leases);
        let leases = leases.is_some_and(|leases| leases.flush(plane, self.context));
        records || leases
    }

    /// Streams that begin from now on are decided by another release.
    fn take_over(&mut self, admitted: Admitted) {
        let number = admitted.number().to_string();
        let Some(config) = &self.plugin.config else {
            return;
        };
        self.replace(config.with(admitted));
        host::log(
            Level::Info,
            &["callgate: release ", &number, " is in force"].concat(),
        );
    }

    /// The same with another configuration, for streams that begin from now on.
    fn replace(&mut self, config: Config) {
        self.plugin = Rc::new(self.plugin.with(config));
    }
}

impl Default for Plugin {
    fn default() -> Self {
        Self {
            config: None,
            configured_at: 0,
            memory: RefCell::new(Memory::new(&Limits::default())),
            counters: Vec::new(),
            records: None,
            alarm: Rc::default(),
        }
    }
}

impl Plugin {
    /// The same with another configuration.
    pub(crate) fn with(&self, config: Config) -> Self {
        Self {
            config: Some(config),
            configured_at: self.configured_at,
            counters: self.counters.clone(),
            records: self.records.clone(),
            alarm: Rc::clone(&self.alarm),
            ..Self::default()
        }
    }

    fn leases(&self) -> Option<&Rc<Leases>> {
        self.config.as_ref()?.leases.as_ref()
    }

    /// Counts a decision. A counter that fails changes nothing else.
    pub(crate) fn count(&self, effect: Effect) {
        if let Some((_, counter)) = self.counters.iter().find(|(counted, _)| *counted == effect) {
            let _ = host::count(*counter, 1);
        }
    }

    /// Tells who has to be told, as the configuration has it. Nobody who listens changes a decision.
    pub(crate) fn tell(&self, mark: &Mark) {
        if let (Some(entry), Some(config)) = (&mark.entry, &self.config) {
            if config.audit.log {
                host::log(Level::Info, &["callgate: ", entry].concat());
            }
            self.with_records((), |records| records.push(entry));
        }
        if let Some(text) = &mark.left
            && host::leave(LEFT, text).is_err()
        {
            host::log(Level::Error, "callgate: the access log was not told");
        }
    }

    /// Tells of an answer about an approval that was of no use; the status is 0 where none came.
    pub(crate) fn alarm(&self, status: u16) {
        self.alarm.count(ALARM, 1);
        let status = status.to_string();
        let line = "callgate: no approval from the control plane, it answered with status ";
        host::log(Level::Warn, &[line, &status].concat());
    }

    fn with_records<T>(&self, otherwise: T, act: impl FnOnce(&mut Outbox) -> T) -> T {
        match self
            .records
            .as_ref()
            .map(|records| records.try_borrow_mut())
        {
            Some(Ok(mut records)) => act(&mut records),
            Some(Err(_)) | None => otherwise,
        }
    }
}

/// Where the records of a configuration wait, if it sends them. One that follows another goes on sending
/// what is left of it.
fn queue(config: &Config, others: &[Records]) -> Option<Records> {
    let plane = config.plane.as_ref().filter(|_| config.audit.executions)?;
    let destination = plane.destination();
    let is_the_same = |records: &&Records| {
        let records = records.try_borrow();
        records.is_ok_and(|records| records.is_to(&destination))
    };
    let found = others.iter().find(is_the_same).cloned();
    Some(found.unwrap_or_else(|| Rc::new(RefCell::new(Outbox::to(destination)))))
}

/// Where a configuration asks for units. One that follows another asks in the same place.
fn leases<'c>(
    config: &Config,
    mut before: impl Iterator<Item = &'c Config>,
    root: u32,
) -> Option<Rc<Leases>> {
    let plane = config.plane.as_ref()?;
    let strict = match config.state {
        Keeps::Fleet => false,
        Keeps::Strict => true,
        Keeps::Process | Keeps::Nothing => return None,
    };
    let lender = plane.lender();
    let known = before.find_map(|config| {
        let leases = config.leases.as_ref();
        leases.filter(|leases| leases.is_of(&lender, strict))
    });
    let leases = known.cloned();
    let leases = leases.unwrap_or_else(|| Rc::new(Leases::of(lender, strict)));
    leases.answer_to(root);
    Some(leases)
}

/// Counts answers of the control plane about approvals that were of no use.
const ALARM: &str = "callgate_approval_failures_total";

/// The name of what the access log finds: `%FILTER_STATE(wasm.callgate:PLAIN)%`.
const LEFT: &str = "callgate";

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
