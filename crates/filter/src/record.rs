//! What a decision leaves behind: headers on the response, an id, a log line, words for the caller.
use crate::config::Config;
use crate::exchange::Moment;
use callgate_json::{Writer, canonical};
use callgate_model::{Call, Code, Digest, Effect, Record, ReleaseRef, Timestamp};
use callgate_wire::{Denial, Refusal, RefusalKind, Route};

/// The header that says what was decided.
pub(crate) const DECISION_HEADER: &str = "x-callgate-decision";
/// The header that says which release decided.
pub(crate) const RELEASE_HEADER: &str = "x-callgate-release";

/// What responses and counters say of a decision.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// What was decided.
    pub(crate) effect: Effect,
    /// What the heads of responses say of it.
    pub(crate) shown: Shown,
    /// The record with its time and id; `None` unless somebody takes records.
    pub(crate) entry: Option<String>,
    /// What the access log says; `None` unless it is told.
    pub(crate) left: Option<String>,
    /// Whether a record stands behind it.
    recorded: bool,
}

/// What the head of a response says of a decision.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// What was decided, and the release that did, as its header says it.
    Release(String),
    /// Nothing, and the server's own headers of that name are removed: no response may differ from another.
    Hidden,
    /// Nothing: heads of responses go on as they come.
    Untold,
}

impl Mark {
    /// The mark of a recorded decision.
    pub(crate) fn of(
        call: &Call<'_>,
        record: &Record<'_>,
        config: &Config,
        route: &Route,
        moment: &Moment,
    ) -> Self {
        let number = record.release.map(|release| release.number);
        Self {
            effect: record.decision,
            shown: Shown::of(config, Some(route), number),
            entry: config
                .audit
                .takes_records()
                .then(|| entry(Some((call, record)), &record.to_json(), moment)),
            left: config.audit.access_log.then(|| {
                let deciding = record.deciding.as_ref();
                let policy = deciding.and_then(|deciding| deciding.policy);
                Summary {
                    effect: record.decision,
                    code: deciding.map(|deciding| deciding.code.as_str()),
                    policy: policy.map(|policy| policy.name),
                    release: number,
                    id: &moment.decision_id,
                }
                .to_json()
            }),
            recorded: true,
        }
    }

    /// Whether somebody is to be told of it who was not yet.
    pub(crate) fn is_untold(&self, config: &Config) -> bool {
        !self.recorded && (config.audit.takes_records() || config.audit.access_log)
    }

    /// Tells of a refusal that no decision on a call made: that is a record, too.
    pub(crate) fn tell_unread(
        &mut self,
        config: &Config,
        code: &str,
        policy: Option<&str>,
        moment: &Moment,
    ) {
        let release = config.release.as_ref().map(|release| release.reference());
        if config.audit.takes_records() {
            self.entry = Some(entry(None, &unread_record(code, policy, release), moment));
        }
        if config.audit.access_log {
            let summary = Summary {
                effect: self.effect,
                code: Some(code),
                policy,
                release: release.map(|release| release.number),
                id: &moment.decision_id,
            };
            self.left = Some(summary.to_json());
        }
    }

    /// The mark of a request that was refused before its message was read; the route is absent
    /// when the path has none.
    pub(crate) fn unread(config: &Config, route: Option<&Route>) -> Self {
        let release = config.release.as_ref();
        let number = release.map(|release| release.reference().number);
        Self {
            effect: Effect::Deny,
            shown: Shown::of(config, route, number),
            entry: None,
            left: None,
            recorded: false,
        }
    }

    /// The mark of a refusal that no configuration stands behind.
    pub(crate) fn undecided() -> Self {
        Self {
            effect: Effect::Deny,
            shown: Shown::Release(release_text(None)),
            entry: None,
            left: None,
            recorded: false,
        }
    }
}

impl Shown {
    fn of(config: &Config, route: Option<&Route>, number: Option<u64>) -> Self {
        if route.is_some_and(|route| route.denial() == Denial::Stealth) {
            return Self::Hidden;
        }
        match config.response_headers {
            true => Self::Release(release_text(number)),
            false => Self::Untold,
        }
    }
}

fn release_text(number: Option<u64>) -> String {
    number.map_or_else(|| "none".to_owned(), |number| number.to_string())
}

/// A decision in a line of the access log.
struct Summary<'s> {
    effect: Effect,
    code: Option<&'s str>,
    policy: Option<&'s str>,
    release: Option<u64>,
    id: &'s str,
}

impl Summary<'_> {
    /// Canonical JSON; what is not known is left out.
    fn to_json(&self) -> String {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_object();
        if let Some(code) = self.code {
            w.key("code").str(code);
        }
        w.key("decision").str(self.effect.as_str());
        w.key("id").str(self.id);
        if let Some(policy) = self.policy {
            w.key("policy").str(policy);
        }
        if let Some(release) = self.release {
            w.key("release").uint(release);
        }
        w.end_object();
        text(out)
    }
}

/// The record of what could not be read as a question, whose sender nobody knows, or that is a response: canonical JSON.
fn unread_record(code: &str, policy: Option<&str>, release: Option<ReleaseRef>) -> String {
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    let named = |w: &mut Writer<'_>| {
        w.begin_object().key("code").str(code).key("policy");
        match policy {
            None => w.null(),
            Some(policy) => w.str(policy),
        };
    };
    w.begin_object();
    named(w.key("deciding"));
    w.key("rule").null().end_object();
    w.key("decision").str(Effect::Deny.as_str());
    w.key("delta").raw(b"{}");
    w.key("exceptions").raw(b"[]");
    w.key("findings").raw(b"[]");
    w.key("gas").uint(0);
    w.key("obligations").raw(b"[]");
    w.key("reasons").begin_array();
    named(&mut w);
    w.end_object().end_array();
    w.key("release");
    match release {
        None => w.null(),
        Some(release) => {
            w.begin_object().key("digest");
            w.str(&release.digest.to_text());
            w.key("number").uint(release.number).end_object()
        }
    };
    w.key("remediation").null();
    let blocked = Code::DlpBlocked.as_str();
    w.key("status")
        .str(if code == blocked { blocked } else { "DENIED" });
    w.end_object();
    text(out)
}

/// INVARIANT: what is written here, and by a [`Writer`], is UTF-8.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// The record as it is, the time it was asked for, and whose call of what it was: names and digests, no
/// values. What no call was read from has none.
fn entry(call: Option<(&Call<'_>, &Record<'_>)>, record: &str, moment: &Moment) -> String {
    let at = Timestamp::from_unix_nanos(moment.now).to_string();
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("at").str(&at);
    if let Some((call, decided)) = call {
        call_of(call, decided, w.key("call"));
    }
    w.key("id").str(&moment.decision_id);
    w.key("record").raw(record.as_bytes()).end_object();
    text(out)
}

fn call_of(call: &Call<'_>, decided: &Record<'_>, w: &mut Writer<'_>) {
    let request = &call.request;
    // A name that is a secret, or has one in it, is not told.
    let shown = |place: &str| decided.findings.iter().all(|finding| finding.path != place);
    w.begin_object();
    if request.tool.name.is_some() {
        // Absent arguments are empty ones, as they are to tickets.
        let mut json = Vec::new();
        match request.tool.args {
            Some(args) => canonical::write(args, &mut json),
            None => json.extend_from_slice(b"{}"),
        }
        w.key("args_digest").str(&Digest::of(&json).to_text());
    }
    let texts = [
        ("identity", call.identity.map(|identity| identity.name)),
        ("kind", Some(request.kind.as_str())),
        (
            "method",
            request.method.filter(|_| shown("/request/message/method")),
        ),
        ("model", request.model.filter(|_| shown("/request/model"))),
        ("run", call.run.id),
        ("task", call.task.and_then(|task| task.name)),
        (
            "tool",
            request.tool.name.filter(|_| shown("/request/tool/name")),
        ),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            w.key(name).str(text);
        }
    }
    w.end_object();
}

/// A record's refusal, in the words a caller may see.
pub(crate) struct Refused<'a> {
    /// The deciding code.
    pub(crate) code: &'static str,
    /// The deciding policy.
    pub(crate) policy: Option<&'a str>,
    kind: RefusalKind,
    message: Option<&'a str>,
    reasons: Vec<&'static str>,
    remediation: Vec<u8>,
}

impl<'a> Refused<'a> {
    pub(crate) fn of(record: &Record<'a>) -> Self {
        let code = record.deciding.map(|deciding| deciding.code);
        let policy = record.deciding.and_then(|deciding| deciding.policy);
        let decides = |reason: &&callgate_model::Reason<'a>| {
            Some(reason.code) == code && reason.policy == policy
        };
        let mut remediation = Vec::new();
        record.write_remediation(&mut Writer::new(&mut remediation));
        Self {
            code: code.map_or("DENIED", Code::as_str),
            policy: policy.map(|policy| policy.name),
            kind: kind(record.decision, code),
            message: record
                .reasons
                .iter()
                .find(decides)
                .and_then(|reason| reason.message),
            reasons: record
                .reasons
                .iter()
                .map(|reason| reason.code.as_str())
                .collect(),
            remediation,
        }
    }

    pub(crate) fn refusal<'r>(&'r self, decision_id: &'r str) -> Refusal<'r> {
        Refusal {
            kind: self.kind,
            code: self.code,
            reasons: &self.reasons,
            policy: self.policy,
            message: self.message,
            decision_id,
            remediation: Some(&self.remediation),
            approval: None,
        }
    }
}

fn kind(effect: Effect, code: Option<Code>) -> RefusalKind {
    match (effect, code) {
        (Effect::RequireApproval, _) => RefusalKind::PendingApproval,
        (Effect::Deny, Some(Code::Unauthenticated)) => RefusalKind::Unauthenticated,
        (Effect::Deny, Some(Code::RateLimited)) => RefusalKind::RateLimited,
        (Effect::Allow | Effect::Flag | Effect::Deny, _) => RefusalKind::Denied,
    }
}

/// An id in the form of a UUIDv7 (RFC 9562 §5.7): the milliseconds, then bits that tell apart the
/// streams and VMs of one millisecond. What is random would cost a host call a request.
pub(crate) fn decision_id(now: u64, context: u32, configured_at: u64) -> String {
    let millis = now.checked_div(1_000_000).unwrap_or_default();
    let nanos = now.checked_rem(1_000_000).unwrap_or_default();
    let mut mixed = 0_u64;
    for part in [now, u64::from(context), configured_at] {
        // A step of SplitMix64: no two parts lead from one state to the same.
        mixed = (mixed ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    let (high, low) = (millis << 16 | 0x7000 | nanos & 0xfff, 1 << 63 | mixed >> 2);
    let [a, b, c, d] = [high >> 48, high >> 32, high >> 16, high].map(hex);
    let [e, f, g, h] = [low >> 48, low >> 32, low >> 16, low].map(hex);
    let parts: [&[u8]; 13] = [
        b"exe_", &a, &b, b"-", &c, b"-", &d, b"-", &e, b"-", &f, &g, &h,
    ];
    text(parts.concat())
}

/// The lowest four hexadecimal digits, all at once: one in a byte, and what is above 9 moved on to the letters.
fn hex(number: u64) -> [u8; 4] {
    let number = number & 0xffff;
    let number = (number | number << 8) & 0x00ff_00ff;
    let digits = (number | number << 4) & 0x0f0f_0f0f;
    let letters = (digits.wrapping_add(0x0606_0606) >> 4) & 0x0101_0101;
    let text = digits
        .wrapping_add(0x3030_3030)
        .wrapping_add(letters.wrapping_mul(39));
    u32::try_from(text).unwrap_or_default().to_be_bytes()
}
