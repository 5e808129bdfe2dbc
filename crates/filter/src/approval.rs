//! Approvals of one call: what the control plane is asked, and what it said so far.
use crate::host::{self, HostError};
use crate::plane::{self, ControlPlane};
use callgate_json::{Document, Limits, Value, Writer};
use callgate_model::{Call, Digest, Obligation, Record, Ticket, Timestamp};

/// How it stands with what a call needs of the control plane: approvals, and units of what all share.
#[derive(Default)]
pub(crate) struct Standing {
    granted: Vec<Grant>,
    pub(crate) missing: Missing,
    /// When units were first asked for, in nanoseconds since 1970; 0 before they were.
    pub(crate) lent_since: u64,
    /// How often they were asked for.
    pub(crate) lent: u32,
}

/// How it stands with the approval that is missing next.
#[derive(Default)]
pub(crate) enum Missing {
    /// Nobody was asked yet.
    #[default]
    Unasked,
    /// A person was asked.
    Pending(Pending),
    /// There is none, and asking again is of no use to this request; with the code that says why.
    Refused(&'static str),
    /// The control plane said nothing of use.
    Unknown,
}

/// A question that a person has yet to answer.
pub(crate) struct Pending {
    id: String,
    url: Option<String>,
}

/// What a ticket is bound to.
struct Grant {
    id: String,
    policy: String,
    identity: String,
    tool: String,
    args: Digest,
    expires_at: Timestamp,
}

/// What the control plane is asked for one call.
pub(crate) struct Question {
    /// What is granted if it says yes, but for the id.
    sought: Grant,
    body: Vec<u8>,
}

/// What the control plane says of a question.
pub(crate) enum Said {
    /// A person said yes: the ticket's id, and when it ceases to be valid if not as asked.
    Approved(String, Option<Timestamp>),
    Pending(Pending),
    /// A person said no, or nobody said anything in time.
    Refused(&'static str),
}

/// Somebody else had the ticket.
pub(crate) const USED: &str = "APPROVAL_USED";
const REJECTED: &str = "APPROVAL_REJECTED";
const EXPIRED: &str = "APPROVAL_EXPIRED";
const SECOND: u64 = 1_000_000_000;
/// Bytes of an answer, at most.
const ANSWER: usize = 16 << 10;
/// Bytes of a ticket's id, at most: it becomes a part of a path.
const ID: usize = 128;
/// Bytes of the place where people approve, at most.
const URL: usize = 2_048;

impl Standing {
    /// The tickets that the call has.
    pub(crate) fn tickets(&self) -> Vec<Ticket<'_>> {
        self.granted.iter().map(Grant::ticket).collect()
    }

    /// Takes a ticket along; the next question is open.
    pub(crate) fn grant(&mut self, question: Question, id: String, until: Option<Timestamp>) {
        let sought = question.sought;
        self.granted.push(Grant {
            id,
            expires_at: until.unwrap_or(sought.expires_at),
            ..sought
        });
        self.missing = Missing::Unasked;
    }

    /// Notes that it waits for units.
    pub(crate) fn wait_for_units(&mut self, now: u64) {
        if self.lent == 0 {
            self.lent_since = now;
        }
        self.lent = self.lent.saturating_add(1);
    }

    /// Gives all tickets up.
    pub(crate) fn revoke(&mut self, missing: Missing) {
        self.granted.clear();
        self.missing = missing;
    }
}

impl Grant {
    fn ticket(&self) -> Ticket<'_> {
        Ticket {
            id: &self.id,
            policy: &self.policy,
            identity: &self.identity,
            tool: &self.tool,
            args: self.args,
            expires_at: self.expires_at,
        }
    }
}

impl Pending {
    /// In the words of a reply.
    pub(crate) fn shown(&self) -> callgate_wire::Approval<'_> {
        callgate_wire::Approval {
            id: &self.id,
            url: self.url.as_deref(),
        }
    }
}

impl Question {
    /// The question for the first approval that a record wants; `None` if it has that one already, and it is
    /// of no use.
    pub(crate) fn of(
        record: &Record<'_>,
        project: &str,
        call: &Call<'_>,
        standing: &Standing,
        now: u64,
    ) -> Option<Self> {
        let mut wanted = record.obligations.iter().filter_map(|wanted| match wanted {
            Obligation::Approval {
                policy,
                args,
                approvers,
                timeout_seconds,
            } => Some((policy.key(), *args, approvers, *timeout_seconds)),
            Obligation::Output { .. } => None,
        });
        let (policy, args, approvers, timeout) = wanted.next()?;
        if standing.granted.iter().any(|grant| grant.policy == policy) {
            return None;
        }
        let identity = call.identity.map_or("", |identity| identity.name);
        let request = &call.request;
        // What has no tool is asked for as what it is, as policies see it.
        let tool = request.tool.name.unwrap_or(request.kind.as_str());
        let mut body = Vec::new();
        let mut w = Writer::new(&mut body);
        w.begin_object().key("approvers").begin_array();
        for approver in approvers {
            w.str(approver);
        }
        w.end_array();
        w.key("args_digest").str(&args.to_text());
        w.key("expires_in_seconds").uint(timeout);
        w.key("identity").str(identity);
        w.key("policy").str(policy);
        w.key("project").str(project);
        if let Some(release) = record.release {
            w.key("release").begin_object().key("digest");
            w.str(&release.digest.to_text());
            w.key("number").uint(release.number).end_object();
        }
        if let Some(run) = call.run.id {
            w.key("run").str(run);
        }
        w.key("tool").str(tool).end_object();
        let until = now.saturating_add(timeout.saturating_mul(SECOND));
        let expires_at = Timestamp::from_unix_nanos(until);
        Some(Self {
            sought: Grant {
                id: String::new(),
                policy: policy.to_owned(),
                identity: identity.to_owned(),
                tool: tool.to_owned(),
                args,
                expires_at,
            },
            body,
        })
    }

    /// Puts it to the control plane.
    pub(crate) fn ask(&self, plane: &ControlPlane) -> Result<u32, HostError> {
        plane.ask(&plane.approvals, None, Some(&self.body))
    }
}

/// Asks the control plane to take a ticket back, which it does once.
pub(crate) fn redeem(plane: &ControlPlane, id: &str) -> Result<u32, HostError> {
    let path = [&plane.approvals, "/", id, "/redeem"].concat();
    plane.ask(&path, None, Some(b"{}"))
}

impl Said {
    /// Reads the answer that is being delivered; `None` for what is none.
    pub(crate) fn read(status: u16, length: usize) -> Option<Self> {
        if !(200..300).contains(&status) || length > ANSWER {
            return None;
        }
        let body = host::callout_body(length).ok()?;
        let document = Document::parse(&body, &Limits::default()).ok()?;
        let root = document.root().as_object()?;
        let text = |name: &str| root.get(name).and_then(Value::as_str);
        let id = text("id").filter(|id| is_id(id))?.to_owned();
        match text("status")? {
            "approved" => match root.get("expires_at").filter(|at| !at.is_null()) {
                None => Some(Self::Approved(id, None)),
                Some(at) => {
                    let at = Timestamp::parse_rfc3339(at.as_str()?)?;
                    Some(Self::Approved(id, Some(at)))
                }
            },
            "pending" => {
                let url = text("url").filter(|url| url.starts_with("http") && url.len() <= URL);
                let url = url.map(str::to_owned);
                Some(Self::Pending(Pending { id, url }))
            }
            "rejected" => Some(Self::Refused(REJECTED)),
            "expired" => Some(Self::Refused(EXPIRED)),
            _ => None,
        }
    }
}

/// Whether a text may be the id of a ticket.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=ID).contains(&text.len()) && text.bytes().all(plain)
}

/// How long the answer to a question may take to come, in nanoseconds, before it is given up.
pub(crate) fn patience() -> u64 {
    plane::patience().saturating_mul(2)
}
