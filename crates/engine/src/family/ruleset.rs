//! Rule sets: every rule of every set that covers the call has to hold.

use callgate_cel::{ErrorCode, Gas};
use callgate_json::{Kind as JsonKind, Value};
use callgate_model::{Code, Glob, Kind, Obligation, Timestamp};
use callgate_release::spec::{By, Check, Per, Resource, Rule, RuleSet, Window};
use callgate_release::{Policy, Spec, zones};

use super::count::{self, key};
use crate::asked::{Asked, pay, reference};
use crate::verdict::{Origin, Verdict};

/// Judges the call by every rule set of the release.
///
/// # Errors
/// Gas that runs out.
pub(crate) fn judge<'r>(
    asked: &Asked<'_, 'r>,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    for (index, policy, set) in asked.release.rulesets() {
        gas.charge(1)?;
        if asked.restricts(index, policy) {
            for rule in &set.rules {
                hold(asked, policy, rule, gas, verdict)?;
            }
        }
    }
    Ok(())
}

impl crate::CompiledRelease {
    pub(crate) fn rulesets(&self) -> impl Iterator<Item = (usize, &Policy, &RuleSet)> {
        self.rulesets.iter().filter_map(|index| {
            let policy = self.release().policies.get(*index)?;
            match &policy.spec {
                Spec::RuleSet(written) => Some((*index, policy, &written.spec)),
                _ => None,
            }
        })
    }
}

pub(crate) fn hold<'r>(
    asked: &Asked<'_, 'r>,
    policy: &'r Policy,
    rule: &'r Rule,
    gas: &mut Gas,
    verdict: &mut Verdict<'r>,
) -> Result<(), ErrorCode> {
    let origin = Origin {
        policy: reference(policy),
        rule: Some(&rule.name),
        message: rule.message.as_deref(),
    };
    match &rule.check {
        Check::Tool { allow, deny } => {
            if let Some(code) = tool(asked, allow.as_deref(), deny, gas)? {
                verdict.add(origin.reason(code));
            }
        }
        Check::DataAccess {
            resources,
            allow,
            deny,
        } => {
            for resource in resources {
                let lists = (allow.as_deref(), deny.as_slice());
                if let Some(code) = access(asked, resource, lists, gas)? {
                    if code == Code::ResourceMissing {
                        let message = "names the resource and must be there".to_owned();
                        verdict.violation(&resource.arg, "required", message);
                    }
                    verdict.add(origin.reason(code));
                }
            }
        }
        Check::Rate {
            max,
            window_seconds,
            by,
        } => {
            let key = rate_key(asked, origin, *by);
            count::rate(asked, origin, key, *max, *window_seconds, verdict);
        }
        Check::Cost { max, per } => match cost_key(asked, origin, *per) {
            Some(key) => {
                count::spend(asked, origin, key, *max, Code::CostExceeded, verdict);
            }
            None => verdict.add(origin.reason(Code::ContextMissing)),
        },
        Check::RunAge { max_seconds } => match asked.run_start() {
            Some(start) if within(start, *max_seconds, asked.now) => {}
            Some(_) => verdict.add(origin.reason(Code::RunTooOld)),
            None => verdict.add(origin.reason(Code::ContextMissing)),
        },
        Check::Windows(windows) => {
            gas.charge(u64::try_from(windows.len()).unwrap_or(u64::MAX))?;
            if let Some(code) = outside(asked, windows) {
                verdict.add(origin.reason(code));
            }
        }
        Check::Output { .. } => {
            let policy = origin.policy;
            let obligation = Obligation::Output { policy };
            if !verdict.obligations.contains(&obligation) {
                verdict.obligations.push(obligation);
            }
        }
    }
    Ok(())
}

/// The tool that is called; a tool call without a name is one of the empty name.
pub(crate) fn tool_name<'q>(asked: &Asked<'q, '_>) -> Option<&'q str> {
    let request = &asked.call.request;
    match (request.tool.name, request.kind) {
        (Some(name), _) => Some(name),
        (None, Kind::ToolCall) => Some(""),
        (None, _) => None,
    }
}

/// Rules about tools speak of tool calls, and of whatever else names a tool.
fn tool(
    asked: &Asked<'_, '_>,
    allow: Option<&[Glob]>,
    deny: &[Glob],
    gas: &mut Gas,
) -> Result<Option<Code>, ErrorCode> {
    let Some(name) = tool_name(asked) else {
        return Ok(None);
    };
    listed(
        name,
        allow,
        deny,
        (Code::ToolDenied, Code::ToolNotAllowed),
        gas,
    )
}

/// A denied name is refused, and one that no allow list has.
fn listed(
    name: &str,
    allow: Option<&[Glob]>,
    deny: &[Glob],
    (denied, not_allowed): (Code, Code),
    gas: &mut Gas,
) -> Result<Option<Code>, ErrorCode> {
    for _ in deny.iter().chain(allow.unwrap_or_default()) {
        pay(gas, name)?;
    }
    Ok(if Glob::any(deny, name) {
        Some(denied)
    } else if allow.is_some_and(|allow| !Glob::any(allow, name)) {
        Some(not_allowed)
    } else {
        None
    })
}

type Lists<'l> = (Option<&'l [Glob]>, &'l [Glob]);

fn access(
    asked: &Asked<'_, '_>,
    resource: &Resource,
    (allow, deny): Lists<'_>,
    gas: &mut Gas,
) -> Result<Option<Code>, ErrorCode> {
    let Some(name) = tool_name(asked) else {
        return Ok(None);
    };
    let tool = &asked.call.request.tool;
    pay(gas, name)?;
    if !resource.tool.matches(name) {
        return Ok(None);
    }
    let found = tool.args.and_then(|args| args.pointer(&resource.arg));
    let Some(found) = found else {
        return Ok(Some(Code::ResourceMissing));
    };
    let codes = (Code::ResourceDenied, Code::ResourceNotAllowed);
    let mut judge = |value: Value<'_>| match text_of(value) {
        Some(text) => listed(text, allow, deny, codes, gas),
        None => Ok(Some(Code::ResourceMissing)),
    };
    let Some(list) = found.as_array() else {
        return judge(found);
    };
    for item in list.iter() {
        if let Some(code) = judge(item)? {
            return Ok(Some(code));
        }
    }
    Ok(list.is_empty().then_some(Code::ResourceMissing))
}

/// A resource is named by a text, or by a number as it is written.
fn text_of(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        JsonKind::String => value.as_str(),
        JsonKind::Number => Some(value.raw()),
        JsonKind::Null | JsonKind::Bool | JsonKind::Array | JsonKind::Object => None,
    }
}

pub(crate) fn rate_key(asked: &Asked<'_, '_>, origin: Origin<'_>, by: By) -> String {
    let whose = match by {
        By::Agent | By::Caller => asked.agent(),
        By::Tool => asked.action(),
        By::Tenant => "",
    };
    let rule = origin.rule.unwrap_or_default();
    key(&["rate", origin.policy.key(), rule, by.as_str(), whose])
}

/// The purse that a cap is about; `None` when the call does not say its run.
pub(crate) fn cost_key(asked: &Asked<'_, '_>, origin: Origin<'_>, per: Per) -> Option<String> {
    Some(match per {
        Per::Run => key(&["run", asked.call.run.id?]),
        Per::Agent => key(&["agent", asked.agent()]),
        Per::Day => key(&["day", origin.policy.key(), asked.day()]),
    })
}

fn within(start: Timestamp, seconds: u64, now: Timestamp) -> bool {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let end = (start.seconds.saturating_add(seconds), start.nanos);
    (now.seconds, now.nanos) <= end
}

/// `None` inside of any window.
fn outside(asked: &Asked<'_, '_>, windows: &[Window]) -> Option<Code> {
    let mut unknown = false;
    for window in windows {
        match asked.release.offset(&window.timezone, asked.now.seconds) {
            None => unknown = true,
            Some(offset) if is_open(window, asked.now.seconds, offset) => return None,
            Some(_) => {}
        }
    }
    Some(match unknown {
        true => Code::ZoneUnknown,
        false => Code::OutsideWindow,
    })
}

impl crate::CompiledRelease {
    /// The offset of a time zone to UTC in seconds, if the release knows it for that instant.
    fn offset(&self, name: &str, unix_seconds: i64) -> Option<i32> {
        if name == zones::UTC {
            return Some(0);
        }
        let zones = &self.release().zones;
        let found = zones.binary_search_by(|zone| zone.name.as_str().cmp(name));
        zones.get(found.ok()?)?.offset(unix_seconds)
    }
}

const DAY_MINUTES: i64 = 1_440;

/// Whether the local time is inside; a window that goes on past midnight belongs to the day it begins.
fn is_open(window: &Window, unix_seconds: i64, offset: i32) -> bool {
    let minutes = unix_seconds
        .saturating_add(i64::from(offset))
        .div_euclid(60);
    let day = minutes.div_euclid(DAY_MINUTES);
    let minute = minutes.rem_euclid(DAY_MINUTES);
    let (from, to) = (i64::from(window.from), i64::from(window.to));
    // 1970-01-01 was a Thursday; bit 0 is Monday.
    let has = |day: i64| {
        let weekday = day.saturating_add(3).rem_euclid(7);
        u32::try_from(weekday).is_ok_and(|bit| window.days & 1u8.wrapping_shl(bit) != 0)
    };
    if from < to {
        return has(day) && (from..to).contains(&minute);
    }
    (has(day) && minute >= from) || (has(day.saturating_sub(1)) && minute < to)
}
