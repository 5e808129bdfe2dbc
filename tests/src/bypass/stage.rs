//! Plays scripts of the corpus: the filter in wasmtime, several workers of one process, a clock of its own.
use super::script::{
    Configure, Meanwhile, Memory, Moment, Poll, Restart, Script, Send, Step, Wait,
};
use super::{HostFailure, Request, judge};
use crate::filter::{MEMORY_CEILING, attested, exchange};
use anyhow::{Context, Result, bail, ensure};
use callgate_host_test::{
    Callout, CalloutAnswer, Exchange, FailurePolicy, Fault, HOST_CALLS, Headers, Module, Options,
    Outcome, Process, Status, Upstream, Vm, When, per_byte,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The shape that bodies arrive in, whichever way the case writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// In the case's own pieces.
    AsWritten,
    /// In the case's own pieces, and an empty one as HTTP/1.1 has it.
    EmptyLast,
    /// With trailers, as HTTP/2 may have it.
    Trailers,
    /// One byte at a time, unless it is long.
    ByteByByte,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AsWritten,
        Self::EmptyLast,
        Self::Trailers,
        Self::ByteByByte,
    ];
}

/// Bodies up to this length are also sent byte by byte.
const PER_BYTE_LIMIT: usize = 4096;
/// The cluster of a case's control plane.
const CONTROL: &str = "control";
/// How far the clock is moved at once while somebody waits for a question.
const STEP: Duration = Duration::from_millis(250);
/// How often it is moved before the wait is in vain.
const STEPS: usize = 4_000;

/// Plays a script from a fresh process on.
///
/// # Errors
/// The filter traps, or something does not end as it must.
pub fn play(script: &Script, shape: Shape) -> Result<()> {
    let configuration = script.config.plugin_configuration()?;
    let stage = Stage(Arc::new(Scene {
        script: script.clone(),
        shape,
        process: Process::new(),
        latest: Mutex::new(configuration),
        workers: Mutex::default(),
        marks: Mutex::default(),
    }));
    stage.steps(&script.steps)
}

#[derive(Clone)]
struct Stage(Arc<Scene>);

struct Scene {
    script: Script,
    shape: Shape,
    process: Process,
    /// What a worker begins with.
    latest: Mutex<String>,
    workers: Mutex<BTreeMap<usize, Worker>>,
    /// Memory of workers when it was last looked at.
    marks: Mutex<BTreeMap<usize, usize>>,
}

type Worker = Arc<Mutex<Vm>>;

/// A test that failed elsewhere has said so already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stage {
    fn steps(&self, steps: &[Step]) -> Result<()> {
        for (number, step) in steps.iter().enumerate() {
            self.step(step)
                .with_context(|| format!("step {}", number + 1))?;
        }
        Ok(())
    }

    fn step(&self, step: &Step) -> Result<()> {
        match step {
            Step::Send(send) => {
                (0..send.times).try_for_each(|time| self.send(send, &send.request(time)))
            }
            Step::Configure(configure) => {
                (0..configure.times).try_for_each(|_| self.configure(configure))
            }
            Step::Wait(wait) => self.wait(wait),
            Step::Restart(restart) => self.restart(restart),
            Step::Poll(poll) => self.poll(poll),
            Step::Memory(memory) => self.memory(memory),
        }
    }

    fn send(&self, send: &Send, request: &Request) -> Result<()> {
        let vm = self.worker(send.worker)?;
        let exchange = self.exchange(request).upstream(self.upstream(send));
        for failure in &send.host_failures {
            lock(&vm).inject(fault(failure)?);
        }
        let outcome = match &send.meanwhile {
            None => lock(&vm).exchange(exchange)?,
            Some(meanwhile) => self.interrupted(&vm, exchange, meanwhile)?,
        };
        let mut vm = lock(&vm);
        vm.clear_faults();
        let ceiling = self.0.script.host.memory_bytes.unwrap_or(MEMORY_CEILING);
        ensure!(
            vm.memory_bytes() <= ceiling,
            "memory: {}",
            vm.memory_bytes()
        );
        judge::check(&outcome, send, &as_sent(request, &outcome))
    }

    fn exchange(&self, request: &Request) -> Exchange {
        let own = attested(exchange(request), request);
        let Some(body) = &request.body else {
            return own;
        };
        match self.0.shape {
            Shape::EmptyLast if request.trailers.is_none() => own.empty_last_chunk(),
            Shape::Trailers if request.trailers.is_none() => own.trailers(Headers::new()),
            Shape::ByteByByte if (1..=PER_BYTE_LIMIT).contains(&body.len()) => {
                own.chunks(per_byte(body))
            }
            Shape::AsWritten | Shape::EmptyLast | Shape::Trailers | Shape::ByteByByte => own,
        }
    }

    fn upstream(&self, send: &Send) -> Upstream {
        let Some(response) = &send.upstream else {
            return Upstream::default();
        };
        let mut upstream = Upstream::status(response.status);
        for (name, value) in &response.headers {
            upstream = upstream.header(name, value);
        }
        let body = response.pieces.concat();
        upstream = match self.0.shape {
            Shape::ByteByByte if (1..=PER_BYTE_LIMIT).contains(&body.len()) => {
                upstream.chunks(per_byte(&body))
            }
            _ => upstream.chunks(response.pieces.clone()),
        };
        match &response.trailers {
            Some(trailers) => upstream.trailers(trailers.iter().cloned().collect()),
            None if response.pieces.is_empty() => upstream,
            None if self.0.shape == Shape::EmptyLast => upstream.empty_last_chunk(),
            None if self.0.shape == Shape::Trailers => upstream.trailers(Headers::new()),
            None => upstream,
        }
    }

    fn interrupted(
        &self,
        vm: &Worker,
        exchange: Exchange,
        meanwhile: &Meanwhile,
    ) -> Result<Outcome> {
        let (call, after) = match &meanwhile.at {
            Moment::HostCall(call) => (call, 0),
            Moment::LaterHostCall(call, after) => (call, *after),
            Moment::Pieces(count) => {
                let open = lock(vm).open(exchange)?;
                for _ in 0..*count {
                    ensure!(lock(vm).advance(&open)?, "there are fewer pieces");
                }
                self.steps(&meanwhile.steps).context("meanwhile")?;
                return Ok(lock(vm).close(open)?);
            }
        };
        let (stage, steps) = (self.clone(), meanwhile.steps.clone());
        let result = Arc::new(Mutex::new(None));
        let told = Arc::clone(&result);
        let hook = move || *lock(&told) = Some(stage.steps(&steps));
        let mut vm = lock(vm);
        vm.before(host_call(call)?, after, hook);
        let outcome = vm.exchange(exchange)?;
        let result = lock(&result).take();
        result
            .context("the host call was never made")?
            .context("meanwhile")?;
        Ok(outcome)
    }

    /// A worker; one that is not there yet begins with the latest configuration.
    fn worker(&self, number: usize) -> Result<Worker> {
        if let Some(vm) = lock(&self.0.workers).get(&number) {
            return Ok(Arc::clone(vm));
        }
        let text = lock(&self.0.latest).clone();
        let vm = self.start(number, &text, &[])?;
        usable(&lock(&vm))?;
        Ok(vm)
    }

    fn start(&self, number: usize, text: &str, faults: &[Fault]) -> Result<Worker> {
        let host = &self.0.script.host;
        let mut options = Options {
            memory_limit: host.memory_bytes.unwrap_or(MEMORY_CEILING),
            process: self.0.process.clone(),
            failure_policy: FailurePolicy::Reload,
            clusters: [CONTROL.to_owned()].into(),
            ..Options::default()
        };
        if let Some(bytes) = host.buffer_bytes {
            options.buffer_limit = bytes;
        }
        let vm = Vm::start_with(Module::filter()?, text, options, faults)?;
        let vm = Arc::new(Mutex::new(vm));
        lock(&self.0.workers).insert(number, Arc::clone(&vm));
        Ok(vm)
    }

    fn configure(&self, configure: &Configure) -> Result<()> {
        let text = match &configure.text {
            Some(text) => Ok(text.clone()),
            None => {
                let config = self.0.script.config.changed(&configure.config)?;
                config.plugin_configuration()
            }
        };
        let text = match (text, &configure.refused) {
            // No release is built of it, so no gateway ever gets it.
            (Err(why), Some(code)) if format!("{why:#}").contains(code) => return Ok(()),
            (text, _) => text?,
        };
        let faults: Vec<Fault> = configure
            .host_failures
            .iter()
            .map(fault)
            .collect::<Result<_>>()?;
        let known = lock(&self.0.workers).get(&configure.worker).cloned();
        let vm = match known {
            None => self.start(configure.worker, &text, &faults)?,
            Some(vm) => {
                faults.iter().for_each(|fault| lock(&vm).inject(*fault));
                lock(&vm).reconfigure(text.as_str())?;
                vm
            }
        };
        *lock(&self.0.latest) = text;
        let mut vm = lock(&vm);
        vm.clear_faults();
        match &configure.refused {
            None => usable(&vm),
            Some(code) => refused(&vm, code),
        }
    }

    fn wait(&self, wait: &Wait) -> Result<()> {
        match u64::try_from(wait.seconds) {
            Ok(seconds) => self.0.process.advance(Duration::from_secs(seconds)),
            Err(_) => {
                let back = wait.seconds.unsigned_abs().saturating_mul(1_000_000_000);
                let now = self.0.process.now();
                self.0.process.set_now(now.saturating_sub(back));
            }
        }
        self.run_due()
    }

    fn run_due(&self) -> Result<()> {
        let workers: Vec<Worker> = lock(&self.0.workers).values().cloned().collect();
        workers.iter().try_for_each(|vm| Ok(lock(vm).run_due()?))
    }

    fn restart(&self, restart: &Restart) -> Result<()> {
        let vm = self.worker(restart.worker)?;
        (0..restart.times).try_for_each(|_| Ok(lock(&vm).reload()?))
    }

    fn poll(&self, poll: &Poll) -> Result<()> {
        let body = poll.body(&self.0.script.config)?;
        let answer = match poll.status {
            None => CalloutAnswer::Failed,
            Some(status) => CalloutAnswer::Response {
                headers: Headers::new().with(":status", status.to_string()),
                body,
                trailers: Headers::new(),
            },
        };
        let vm = self.worker(poll.worker)?;
        if let Some((most, seconds)) = poll.at_most_within {
            let asked = self.questions(&vm, seconds, &answer)?;
            ensure!(
                (1..=most).contains(&asked),
                "it asked {asked} times within {seconds} seconds"
            );
            return Ok(());
        }
        for _ in 0..poll.times {
            let callout = self.question(&vm)?;
            lock(&vm).answer(callout.token, answer.clone())?;
        }
        Ok(())
    }

    /// Lets time pass until a worker asks its control plane.
    fn question(&self, vm: &Worker) -> Result<Callout> {
        for _ in 0..STEPS {
            if let Some(callout) = lock(vm).open_callouts().pop() {
                return Ok(callout);
            }
            self.0.process.advance(STEP);
            self.run_due()?;
        }
        bail!("nobody asked")
    }

    /// How often a worker asks within some time, with the same answer each time.
    fn questions(&self, vm: &Worker, seconds: i64, answer: &CalloutAnswer) -> Result<usize> {
        let (end, mut asked) = (Duration::from_secs(u64::try_from(seconds)?), 0);
        let mut passed = Duration::ZERO;
        while passed < end {
            passed += STEP;
            self.0.process.advance(STEP);
            self.run_due()?;
            let callout = lock(vm).open_callouts().pop();
            if let Some(callout) = callout {
                asked += 1;
                lock(vm).answer(callout.token, answer.clone())?;
            }
        }
        Ok(asked)
    }

    fn memory(&self, memory: &Memory) -> Result<()> {
        let vm = self.worker(memory.worker)?;
        let now = lock(&vm).memory_bytes();
        let before = lock(&self.0.marks).insert(memory.worker, now);
        if let Some(most) = memory.grown_at_most {
            let before = before.context("nobody looked before")?;
            ensure!(now - before <= most, "memory grew by {}", now - before);
        }
        if let Some(most) = memory.shared_at_most {
            let shared = self.0.process.shared_bytes(&Options::default().vm_id);
            ensure!(shared <= most, "{shared} bytes of shared data");
        }
        Ok(())
    }
}

/// A request that comes with trailers it did not have goes on with them.
fn as_sent(request: &Request, outcome: &Outcome) -> Request {
    let sent = outcome.forwarded.as_ref();
    let mut request = request.clone();
    if request.trailers.is_none() && sent.is_some_and(|sent| sent.trailers.is_some()) {
        request.trailers = Some(Vec::new());
    }
    request
}

/// What the log says of a configuration that cannot decide.
pub(crate) const DENYING: &str =
    "callgate: denying every request, the configuration cannot be used: ";

/// The configuration in force can decide.
fn usable(vm: &Vm) -> Result<()> {
    let mut lines = vm.root_logs().iter();
    let denying = lines.find(|line| line.message.starts_with(DENYING));
    ensure!(denying.is_none(), "it is refused: {denying:?}");
    Ok(())
}

/// The configuration in force denies everything, and the log has said why.
fn refused(vm: &Vm, code: &str) -> Result<()> {
    let said = vm.root_logs().iter().any(|line| {
        let why = line.message.strip_prefix(DENYING);
        why.is_some_and(|why| why.starts_with(code))
    });
    ensure!(said, "not {code}: {:?}", vm.root_logs());
    Ok(())
}

fn host_call(name: &str) -> Result<&'static str> {
    let call = HOST_CALLS.iter().find(|call| **call == name);
    call.copied()
        .with_context(|| format!("no host call `{name}`"))
}

/// A failure that a case asks for.
///
/// # Errors
/// A host call that does not exist.
pub(crate) fn fault(failure: &HostFailure) -> Result<Fault> {
    Ok(Fault {
        when: When::Every(host_call(&failure.call)?),
        status: Status::Other(failure.status),
    })
}
