//! Exceptions from the control plane: asked for beside releases by the same worker, taken over by all.
use crate::config::Config;
use crate::host::{self, HostError, Level, Map};
use crate::plane::ControlPlane;
use crate::poller::{number_of, raise, split};
use crate::tally::Tally;
use callgate_model::{Diagnostic, Limits};
use callgate_release::Exceptions;

/// How the asking stands in one VM.
#[derive(Debug, Default)]
pub(crate) struct Lister {
    /// The outstanding question.
    asked: Option<u32>,
    /// What the last good answer was called.
    etag: Option<String>,
    /// What the log was last told.
    told: String,
    alarm: Tally,
}

/// Counts lists that were of no use.
const ALARM: &str = "callgate_exception_poll_failures_total";
/// Bytes of a list, at most: it is read at every decision.
const LIST: usize = 256 << 10;

impl ControlPlane {
    /// The list of a project that was found last in this process, if it is newer than the one in force.
    pub(crate) fn newer_exceptions(
        &self,
        project: Option<&str>,
        current: Option<u64>,
    ) -> Option<Exceptions> {
        self.exceptions.as_ref().and(project)?;
        let key = self.key("exceptions.number", project);
        let found = number_of(&host::shared(&key).ok()?.bytes)?;
        let is_known = current.is_some_and(|number| number >= found);
        if is_known || self.no_exceptions.get() == Some(found) {
            return None;
        }
        let body = host::shared(&self.key("exceptions", project)).ok()?.bytes;
        let (_, text) = split(&body)?;
        let list = Exceptions::verify(text, &self.trusted, &Limits::default()).ok();
        if list.is_none() {
            self.no_exceptions.set(Some(found));
        }
        list
    }

    /// Lets the other VMs have a list; whether it is the newest.
    fn tell_exceptions(&self, list: &Exceptions, body: &[u8]) -> Result<bool, HostError> {
        let (project, number) = (Some(list.project()), list.number());
        let key = self.key("exceptions.number", project);
        if number_of(&host::shared(&key)?.bytes) > Some(number) {
            return Ok(false);
        }
        let number = number.to_string();
        let body = [number.as_bytes(), b"\n", body].concat();
        // The number last: whoever sees it finds that list, or a newer one.
        raise(&self.key("exceptions", project), &body)?;
        raise(&key, number.as_bytes()).map(|()| true)
    }
}

impl Lister {
    /// Asks for the list, if there is one to ask for.
    pub(crate) fn ask(&mut self, plane: &ControlPlane) {
        let Some(path) = plane.exceptions.as_ref().filter(|_| self.asked.is_none()) else {
            return;
        };
        let known = self.etag.as_deref().map(|etag| ("if-none-match", etag));
        match plane.ask(path, known, None) {
            Ok(token) => self.asked = Some(token),
            Err(error) => self.failed(error.call),
        }
    }

    /// Takes the answer to `token`: what it brought, if that is new; the outer `None` when it asked nothing such.
    pub(crate) fn answered(
        &mut self,
        plane: &ControlPlane,
        token: u32,
        length: usize,
        config: &Config,
    ) -> Option<Option<Exceptions>> {
        if self.asked != Some(token) {
            return None;
        }
        self.asked = None;
        match self.take(plane, length, config.project()) {
            Ok(found) => {
                self.told.clear();
                let current = config.excepted();
                let is_new =
                    |list: &Exceptions| current.is_none_or(|number| number < list.number());
                Some(found.filter(is_new))
            }
            Err(why) => {
                self.failed(&why);
                Some(None)
            }
        }
    }

    fn take(
        &mut self,
        plane: &ControlPlane,
        length: usize,
        project: Option<&str>,
    ) -> Result<Option<Exceptions>, String> {
        let call = |error: HostError| error.call.to_owned();
        let headers = host::headers(Map::CalloutResponse).map_err(call)?;
        let lines = headers.lines();
        let headers = callgate_wire::Headers::new(&lines);
        match headers.one(":status").ok().flatten() {
            Some("200") => {}
            Some("304") => return Ok(None),
            Some(status) => return Err(["status ", status].concat()),
            None => return Err("no answer".to_owned()),
        }
        if length > LIST {
            return Err("the answer is larger than a list of exceptions may be".to_owned());
        }
        let body = host::callout_body(length).map_err(call)?;
        let list = Exceptions::verify(&body, &plane.trusted, &Limits::default());
        let list = list.map_err(|found: Vec<Diagnostic>| {
            let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
            codes.join(", ")
        })?;
        // Its number says nothing of the own project's.
        if Some(list.project()) != project {
            return Err("a list of another project".to_owned());
        }
        let is_newest = plane.tell_exceptions(&list, &body);
        let is_newest = is_newest.map_err(call)?;
        self.etag = headers.one("etag").ok().flatten().map(str::to_owned);
        Ok(Some(list).filter(|_| is_newest))
    }

    fn failed(&mut self, why: &str) {
        self.alarm.count(ALARM, 1);
        if self.told != why {
            let line = [
                "callgate: no new exceptions from the control plane, those in force stay: ",
                why,
            ];
            host::log(Level::Warn, &line.concat());
            self.told = why.to_owned();
        }
    }
}
