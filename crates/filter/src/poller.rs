//! Releases from the control plane: one worker of a process asks, all take over what it found.
use crate::host::{self, Counter, HostError, Level, Map};
use crate::release::{self, Admitted};
use callgate_json::Value;
use callgate_model::{Diagnostic, Digest, Fields, Limits, Reader};
use callgate_release::TrustedKeys;
use std::cell::Cell;

/// Where releases come from.
#[derive(Debug)]
pub(crate) struct ControlPlane {
    /// The cluster in Envoy's configuration.
    cluster: String,
    authority: String,
    path: String,
    token: Option<String>,
    period_ms: u32,
    trusted: TrustedKeys,
    /// What tells this plane's names in shared data from those of others under the same `vm_id`.
    id: String,
    /// The number of what was found and cannot follow what is in force: not to be read again and again.
    passed_over: Cell<Option<u64>>,
}

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
    alarm: Option<Counter>,
}

const FIELDS: [&str; 5] = ["cluster", "authority", "path", "poll_ms", "token"];
const PATH: &str = "/api/v1/releases/active";
const LEAST_PERIOD: u64 = 100;
const DEFAULT_PERIOD: u32 = 1_000;
/// How long an answer may take, in milliseconds.
const PATIENCE: u32 = 5_000;
const MILLISECOND: u64 = 1_000_000;
/// Doublings of the period after failures, at most: half a minute at the default.
const BACK_OFF: u32 = 5;
/// Counts answers of the control plane that were of no use.
const ALARM: &str = "callgate_release_poll_failures_total";
/// How often a shared value is read again because another VM wrote it first.
const TRIES: usize = 64;

impl ControlPlane {
    /// Reads `control_plane`; the keys are those that releases are believed by.
    pub(crate) fn read(
        reader: &mut Reader,
        fields: Fields<'_>,
        trusted: Option<&TrustedKeys>,
    ) -> Option<Option<Self>> {
        let Some(value) = fields.get("control_plane") else {
            return Some(None);
        };
        let what = "`control_plane`";
        let own = reader.fields(value, what, &FIELDS)?;
        let cluster = reader.required(own, "cluster", what)?;
        let cluster = reader.string(cluster, "`cluster`")?;
        let mut text = |key: &str| match own.get(key) {
            None => Some(None),
            Some(value) => reader.string(value, key).map(Some),
        };
        let (authority, path, token) = (text("authority")?, text("path")?, text("token")?);
        let period_ms = match own.get("poll_ms") {
            None => Some(DEFAULT_PERIOD),
            Some(value) => match reader.count(value, "`poll_ms`")? {
                period if period < LEAST_PERIOD => {
                    let message = "`poll_ms` must be 100 or more".to_owned();
                    reader.error("WRONG_VALUE", value, message, None);
                    None
                }
                period => Some(u32::try_from(period).unwrap_or(u32::MAX)),
            },
        };
        let Some(trusted) = trusted else {
            let message =
                "`control_plane` needs `trusted_keys`: a release is believed by its signatures";
            reader.error("MISSING_FIELD", value, message.to_owned(), None);
            return None;
        };
        let keys = fields.get("trusted_keys").map_or("", Value::raw);
        let id = [value.raw(), keys].concat();
        Some(Some(Self {
            id: Digest::of(id.as_bytes()).to_text(),
            cluster: cluster.to_owned(),
            authority: authority.unwrap_or(cluster).to_owned(),
            path: path.unwrap_or(PATH).to_owned(),
            token: token.map(str::to_owned),
            period_ms: period_ms?,
            trusted: trusted.clone(),
            passed_over: Cell::new(None),
        }))
    }

    /// How often a VM looks, in milliseconds: more often than one asks, so that all take a release over
    /// soon after it was found.
    pub(crate) fn tick_ms(&self) -> u32 {
        self.period_ms.checked_div(4).unwrap_or(0).max(50)
    }

    /// How long to wait after so many failures in a row, in nanoseconds.
    fn wait(&self, failures: u32) -> u64 {
        let period = u64::from(self.period_ms).saturating_mul(MILLISECOND);
        period.saturating_mul(1u64.wrapping_shl(failures.min(BACK_OFF)))
    }

    /// How long a VM's word that it asks holds: until its answer came, and it asked again.
    fn word(&self, wait: u64) -> u64 {
        let patience = u64::from(PATIENCE).saturating_mul(MILLISECOND);
        wait.saturating_mul(2).saturating_add(patience)
    }

    fn key(&self, what: &str) -> String {
        ["callgate.polled.", what, ".", &self.id].concat()
    }

    /// The release that was found last in this process, if it is newer than the one in force.
    pub(crate) fn newer(&self, current: Option<(&str, u64)>) -> Option<Admitted> {
        let found = number_of(&host::shared(&self.key("number")).ok()?.bytes)?;
        let is_known = current.is_some_and(|(_, number)| number >= found);
        if is_known || self.passed_over.get() == Some(found) {
            return None;
        }
        let body = host::shared(&self.key("body")).ok()?.bytes;
        let (_, text) = split(&body)?;
        let admitted = release::admit(text, &self.trusted, &Limits::default()).ok();
        let admitted = admitted.filter(|admitted| follows(admitted, current).is_ok());
        if admitted.is_none() {
            self.passed_over.set(Some(found));
        }
        admitted.filter(|admitted| admitted.enforce().is_ok())
    }

    /// Lets the other VMs have what was found.
    fn tell(&self, number: u64, body: &[u8]) -> Result<(), HostError> {
        let number = number.to_string();
        let body = [number.as_bytes(), b"\n", body].concat();
        // The number last: whoever sees it finds that body, or a newer one.
        raise(&self.key("body"), &body)?;
        raise(&self.key("number"), number.as_bytes())
    }
}

/// Writes a value that begins with a number, unless the one that is there begins with as great a one.
fn raise(key: &str, value: &[u8]) -> Result<(), HostError> {
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

fn number_of(value: &[u8]) -> Option<u64> {
    let (number, _) = split(value).unwrap_or((value, &[]));
    core::str::from_utf8(number).ok()?.parse().ok()
}

fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = value.iter().position(|byte| *byte == b'\n')?;
    let (number, rest) = value.split_at_checked(line)?;
    Some((number, rest.get(1..)?))
}

/// A release of another project never takes the place of the one in force.
fn follows(found: &Admitted, current: Option<(&str, u64)>) -> Result<(), String> {
    let project = &found.release.release().project;
    match current {
        Some((own, _)) if own != project => Err("a release of another project".to_owned()),
        _ => Ok(()),
    }
}

impl Poller {
    /// Asks the control plane if it is this VM's turn and time.
    pub(crate) fn tick(&mut self, plane: &ControlPlane, decides: bool) {
        let Ok(now) = host::now() else { return };
        // A clock that was set back does not keep anybody waiting for longer than a wait.
        let waits = now < self.due && self.due <= now.saturating_add(self.wait(plane));
        if self.asked.is_some() || waits || !self.leads(plane, now) {
            return;
        }
        match self.ask(plane, decides) {
            Ok(token) => self.asked = Some(token),
            Err(error) => self.failed(plane, error.call),
        }
    }

    /// Whether this VM asks for all. A VM that is gone loses its turn when its word runs out.
    fn leads(&mut self, plane: &ControlPlane, now: u64) -> bool {
        let key = plane.key("asks");
        let Ok(seen) = host::shared(&key) else {
            return false;
        };
        let until = seen
            .bytes
            .first_chunk()
            .map_or(0, |until| u64::from_le_bytes(*until));
        // No word reaches further, but for a clock that was set back since.
        let taken = until > now && until <= now.saturating_add(plane.word(plane.wait(BACK_OFF)));
        if taken && until != self.lease {
            return false;
        }
        let mine = now.saturating_add(plane.word(self.wait(plane)));
        let kept = host::share(&key, &mine.to_le_bytes(), &seen);
        self.lease = mine;
        kept.unwrap_or(false)
    }

    fn ask(&self, plane: &ControlPlane, decides: bool) -> Result<u32, HostError> {
        let bearer = plane
            .token
            .as_ref()
            .map(|token| ["Bearer ", token].concat());
        let mut headers = vec![
            (":method", "GET"),
            (":path", plane.path.as_str()),
            (":authority", plane.authority.as_str()),
            ("accept", "application/json"),
        ];
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        // What another configuration brought is not what the control plane called so.
        if let Some(etag) = self.etag.as_deref().filter(|_| decides) {
            headers.push(("if-none-match", etag));
        }
        host::http_call(&plane.cluster, &headers, PATIENCE)
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
                self.due = self.next(plane);
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
        follows(&admitted, current)?;
        let found = admitted.number();
        // Before it bars older ones, so that whoever begins from here on has it. Also what is in force
        // already: another VM may not have it.
        plane.tell(found, &body).map_err(call)?;
        admitted.enforce().map_err(|found| said(&found))?;
        self.etag = etag;
        let is_known = current.is_some_and(|(_, number)| number >= found);
        Ok((!is_known).then_some(admitted))
    }

    fn failed(&mut self, plane: &ControlPlane, why: &str) {
        self.failures = self.failures.saturating_add(1);
        self.due = self.next(plane);
        if self.alarm.is_none() {
            self.alarm = host::counter(ALARM).ok();
        }
        if let Some(alarm) = self.alarm {
            let _ = host::count(alarm);
        }
        if self.told != why {
            let line = [
                "callgate: no new release from the control plane, the one in force stays: ",
                why,
            ];
            host::log(Level::Warn, &line.concat());
            self.told = why.to_owned();
        }
    }

    /// When to ask next: later after each failure, and not all gateways at once.
    fn next(&self, plane: &ControlPlane) -> u64 {
        let now = host::now().unwrap_or(0);
        let wait = self.wait(plane);
        // The clock's last digits are as good as any dice for this.
        let spread = wait.checked_div(8).unwrap_or(0).max(1);
        let less = now.checked_rem(spread).unwrap_or(0);
        now.saturating_add(wait.saturating_sub(less))
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
