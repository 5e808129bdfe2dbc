//! What was found, for programs: canonical JSON, the same on every host.

use callgate_json::Writer;

use crate::change::{Change, Part};
use crate::diff::{Answer, Diff};
use crate::doctor::Proof;
use crate::judge::Judged;
use crate::replay::{Decided, Flipped, Replayed};

impl Diff {
    /// `{"changes", "more_permissive", "more_restrictive"}`.
    pub fn to_json(&self) -> String {
        text(|w| {
            w.begin_object().key("changes").begin_array();
            self.changes.iter().for_each(|change| change.write(w));
            w.end_array();
            self.permissive.write(w.key("more_permissive"));
            self.restrictive.write(w.key("more_restrictive"));
            w.end_object();
        })
    }
}

impl Change {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("change").str(self.kind.as_str());
        w.key("parts").begin_array();
        for Part {
            name,
            before,
            after,
        } in &self.parts
        {
            w.begin_object();
            option(w.key("after"), after.as_deref());
            option(w.key("before"), before.as_deref());
            w.key("name").str(name).end_object();
        }
        w.end_array();
        option(w.key("policy"), self.policy.as_deref());
        w.end_object();
    }
}

impl Answer {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        match self {
            Self::ProvedEqual => w.key("answer").str("proved equal"),
            Self::Unknown => w.key("answer").str("unknown"),
            Self::Differs(difference) => {
                difference.after.write(w.key("after"));
                w.key("answer").str("differs");
                difference.before.write(w.key("before"));
                w.key("call").raw(difference.example.call.as_bytes());
                w.key("now").str(&difference.example.now.to_string())
            }
        };
        w.end_object();
    }
}

impl Judged {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        option(w.key("code"), self.code.map(|code| code.as_str()));
        w.key("decision").str(self.decision.as_str());
        option(w.key("policy"), self.policy.as_deref());
        option(w.key("rule"), self.rule.as_deref());
        w.end_object();
    }
}

impl Proof {
    /// `"proved"`, or `{"now", "witness"}`.
    pub fn write(&self, w: &mut Writer<'_>) {
        match self {
            Self::Proved => {
                w.str("proved");
            }
            Self::Witness(example) => {
                w.begin_object().key("now").str(&example.now.to_string());
                w.key("witness").raw(example.call.as_bytes()).end_object();
            }
        }
    }

    /// The same as a text.
    pub fn to_json(&self) -> String {
        text(|w| self.write(w))
    }
}

impl Replayed {
    /// Writes the members of what a replay came to into an object that is open, in order;
    /// `unread` writes the list of what could not be judged.
    pub fn write(&self, w: &mut Writer<'_>, unread: impl FnOnce(&mut Writer<'_>)) {
        w.key("calls").uint(self.calls);
        w.key("flips").begin_array();
        self.examples.iter().for_each(|flipped| flipped.write(w));
        w.end_array();
        w.key("newly_allowed").uint(self.newly_allowed);
        w.key("newly_denied").uint(self.newly_denied);
        w.key("otherwise").uint(self.otherwise);
        w.key("policies").begin_array();
        for (name, count) in &self.policies {
            w.begin_object()
                .key("newly_allowed")
                .uint(count.newly_allowed);
            w.key("newly_denied").uint(count.newly_denied);
            w.key("otherwise").uint(count.otherwise);
            option(
                w.key("policy"),
                Some(name.as_str()).filter(|name| !name.is_empty()),
            );
            w.end_object();
        }
        w.end_array();
        w.key("unchanged").uint(self.unchanged);
        unread(w.key("unread"));
    }

    /// The whole, with what could not be judged, which is JSON.
    pub fn to_json(&self, unread: &str) -> String {
        text(|w| {
            w.begin_object();
            self.write(w, |w| {
                w.raw(unread.as_bytes());
            });
            w.end_object();
        })
    }
}

impl Flipped {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        self.outcome.after.write(w.key("after"));
        self.outcome.before.write(w.key("before"));
        w.key("entry").raw(self.entry.as_bytes());
        w.key("flip").str(self.flip.as_str());
        w.key("line").uint(self.line).end_object();
    }
}

impl Decided {
    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object();
        option(w.key("code"), self.code.as_deref());
        w.key("decision").str(self.decision.as_str());
        option(w.key("policy"), self.policy.as_deref());
        w.end_object();
    }
}

fn option(w: &mut Writer<'_>, text: Option<&str>) {
    match text {
        Some(text) => w.str(text),
        None => w.null(),
    };
}

fn text(write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut out = Vec::new();
    write(&mut Writer::new(&mut out));
    // INVARIANT: a writer writes nothing but UTF-8.
    String::from_utf8(out).unwrap_or_default()
}
