//! Releases from the control plane: one worker of a process asks, all take over what it found.
use crate::config::Config;
use crate::exceptions::Lister;
use crate::host::{self, HostError, Level, Map};
use crate::plane::ControlPlane;
use crate::release::{self, Admitted};
use crate::tally::Tally;
use callgate_model::{Diagnostic, Limits};

/// How the asking stands in one VM.
#[derive(Debug, Default)]
pub(crate) struct Poller {
    /// The outstanding question.
    asked: Option<u32>,
    /// What the last good answer was called.
    etag: Option<String>,
    /// Answers in a row that were of no use.
    failures: u32,
    /// What the log was last told, so that an outage is one line and not one a second.
    told: String,
    /// Not before this instant, in nanoseconds since 1970.
    due: u64,
    /// Until when this VM said it would ask.
    lease: u64,
    alarm: Tally,
    /// Exceptions are asked for at the same times.
    pub(crate) lister: Lister,
}

/// Counts answers of the control plane that were of no use.
const ALARM: &str = "callgate_release_poll_failures_total";
/// Where the project is remembered that was found last.
const LAST: &str = "project";
/// What a service adds to its word: others yield to it.
const SERVICE: &[u8] = b"s";
/// How often a shared value is read again because another VM wrote it first.
const TRIES: usize = 64;

impl ControlPlane {
    /// The release of a project that was found last in this process, if it is newer than the one in force; without
    /// a project that of any.
    pub(crate) fn newer(&self, project: Option<&str>, current: Option<u64>) -> Option<Admitted> {
        let last = match project {
            Some(project) => project.to_owned(),
            None => String::from_utf8(host::shared(&self.key(LAST, None)).ok()?.bytes).ok()?,
        };
        let key = self.key("number", Some(&last));
        let found = number_of(&host::shared(&key).ok()?.bytes)?;
        let is_known = current.is_some_and(|number| number >= found);
        if is_known || self.passed_over.get() == Some(found) {
            return None;
        }
        let body = host::shared(&self.key("body", Some(&last))).ok()?.bytes;
        let (_, text) = split(&body)?;
        let admitted = release::admit(text, &self.trusted, &Limits::default()).ok();
        let admitted = admitted.filter(|admitted| follows(admitted, project).is_ok());
        if admitted.is_none() {
            self.passed_over.set(Some(found));
        }
        admitted.filter(|admitted| admitted.enforce().is_ok())
    }

    /// Lets the other VMs have what was found.
    fn tell(&self, found: &Admitted, body: &[u8]) -> Result<(), HostError> {
        let project = found.project();
        let number = found.number().to_string();
        let body = [number.as_bytes(), b"\n", body].concat();
        // The number last: whoever sees it finds that body, or a newer one.
        raise(&self.key("body", Some(project)), &body)?;
        raise(&self.key("number", Some(project)), number.as_bytes())?;
        let last = self.key(LAST, None);
        let seen = host::shared(&last)?;
        // Whoever was faster found it as late.
        host::share(&last, project.as_bytes(), &seen).map(drop)
    }
}

/// Writes a value that begins with a number, unless the one that is there begins with as great a one.
pub(crate) fn raise(key: &str, value: &[u8]) -> Result<(), HostError> {
    for _ in 0..TRIES {
        let seen = host::shared(key)?;
        if number_of(&seen.bytes) >= number_of(value) || host::share(key, value, &seen)? {
            return Ok(());
        }
    }
    Err(HostError {
        call: "set_shared_data",
        status: u32::MAX,
    })
}

pub(crate) fn number_of(value: &[u8]) -> Option<u64> {
    let (number, _) = split(value).unwrap_or((value, &[]));
    core::str::from_utf8(number).ok()?.parse().ok()
}

pub(crate) fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = value.iter().position(|byte| *byte == b'\n')?;
    let (number, rest) = value.split_at_checked(line)?;
    Some((number, rest.get(1..)?))
}

/// A release of another project never takes the place of the one in force.
fn follows(found: &Admitted, project: Option<&str>) -> Result<(), String> {
    match project {
        Some(own) if own != found.project() => Err("a release of another project".to_owned()),
        _ => Ok(()),
    }
}

impl Poller {
    /// Asks the control plane if it is this VM's turn and time.
    pub(crate) fn tick(&mut self, plane: &ControlPlane, config: &Config) {
        let Ok(now) = host::now() else { return };
        // A clock that was set back does not keep anybody waiting for longer than a wait.
        let waits = now < self.due && self.due <= now.saturating_add(self.wait(plane));
        if self.asked.is_some() || waits || !self.leads(plane, now, config) {
            return;
        }
        match self.ask(plane, config.current().is_some()) {
            Ok(token) => self.asked = Some(token),
            Err(error) => self.failed(plane, error.call),
        }
        // Without a project they are nobody's.
        if config.project().is_some() {
            self.lister.ask(plane);
        }
    }

    /// Whether this VM asks for all: a service, if there is one, else whoever said so first; of several services, too.
    /// A VM that is gone loses its turn when its word runs out.
    fn leads(&mut self, plane: &ControlPlane, now: u64, config: &Config) -> bool {
        let key = plane.key("asks", config.project());
        let is_service = config.is_service;
        let Ok(seen) = host::shared(&key) else {
            return false;
        };
        let said = seen.bytes.split_first_chunk();
        let (until, by_service) = said.map_or((0, false), |(until, by)| {
            (u64::from_le_bytes(*until), by == SERVICE)
        });
        // No word reaches further, but for a clock that was set back since.
        let taken = until > now && until <= now.saturating_add(plane.longest_word());
        let yields_to_this = is_service && !by_service;
        if taken && until != self.lease && !yields_to_this {
            return false;
        }
        let mine = now.saturating_add(plane.word(self.wait(plane)));
        let by = if is_service { SERVICE } else { &[] };
        let kept = host::share(&key, &[&mine.to_le_bytes(), by].concat(), &seen);
        self.lease = mine;
        kept.unwrap_or(false)
    }

    fn ask(&self, plane: &ControlPlane, decides: bool) -> Result<u32, HostError> {
        // What another configuration brought is not what the control plane called so.
        let etag = self.etag.as_deref().filter(|_| decides);
        let known = etag.map(|etag| ("if-none-match", etag));
        plane.ask(&plane.releases, known, None)
    }

    /// Takes the answer to `token`; gives the release that it brought, if that is a new one.
    pub(crate) fn answered(
        &mut self,
        plane: &ControlPlane,
        token: u32,
        length: usize,
        current: Option<(&str, u64)>,
    ) -> Option<Admitted> {
        if self.asked != Some(token) {
            return None;
        }
        self.asked = None;
        match self.take(plane, length, current) {
            Ok(found) => {
                self.failures = 0;
                self.told.clear();
                self.due = plane.next(self.failures);
                found
            }
            Err(why) => {
                self.failed(plane, &why);
                None
            }
        }
    }

    fn take(
        &mut self,
        plane: &ControlPlane,
        length: usize,
        current: Option<(&str, u64)>,
    ) -> Result<Option<Admitted>, String> {
        let call = |error: HostError| error.call.to_owned();
        let headers = host::headers(Map::CalloutResponse).map_err(call)?;
        let lines = headers.lines();
        let headers = callgate_wire::Headers::new(&lines);
        let status = headers.one(":status").ok().flatten();
        match status {
            Some("200") => {}
            Some("304") => return Ok(None),
            Some(status) => return Err(["status ", status].concat()),
            None => return Err("no answer".to_owned()),
        }
        let limits = Limits::default();
        if length > usize::try_from(limits.release_bytes).unwrap_or(0) {
            return Err("the answer is larger than a release may be".to_owned());
        }
        let body = host::callout_body(length).map_err(call)?;
        let admitted = release::admit(&body, &plane.trusted, &limits);
        let admitted = admitted.map_err(|found| said(&found))?;
        let etag = headers.one("etag").ok().flatten().map(str::to_owned);
        follows(&admitted, current.map(|(project, _)| project))?;
        let found = admitted.number();
        // Before it bars older ones, so that whoever begins from here on has it. Also what is in force
        // already: another VM may not have it.
        plane.tell(&admitted, &body).map_err(call)?;
        admitted.enforce().map_err(|found| said(&found))?;
        self.etag = etag;
        let is_known = current.is_some_and(|(_, number)| number >= found);
        Ok((!is_known).then_some(admitted))
    }

    fn failed(&mut self, plane: &ControlPlane, why: &str) {
        self.failures = self.failures.saturating_add(1);
        self.due = plane.next(self.failures);
        self.alarm.count(ALARM, 1);
        if self.told != why {
            let line = [
                "callgate: no new release from the control plane, the one in force stays: ",
                why,
            ];
            host::log(Level::Warn, &line.concat());
            self.told = why.to_owned();
        }
    }

    fn wait(&self, plane: &ControlPlane) -> u64 {
        plane.wait(self.failures)
    }
}

/// The first of several findings, in one line.
fn said(found: &[Diagnostic]) -> String {
    let first = found.first();
    first.map_or_else(String::new, |first| {
        let text = [first.code, ": ", &first.message].concat();
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    })
}
