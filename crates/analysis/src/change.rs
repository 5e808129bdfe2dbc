//! What differs in the texts of two releases.

use callgate_json::Document;
use callgate_model::Limits;
use callgate_release::{Build, Policy, Release, Settings};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The policy, or none for the settings.
    pub policy: Option<String>,
    /// What has become of it.
    pub kind: Kind,
    /// Which part differs, and what it says before and after.
    pub parts: Vec<Part>,
}

/// What has become of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It stands elsewhere among those of its kind, and is the same.
    Moved,
}

impl Kind {
    /// As reports have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// A part that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `expression`, `scope`, `spec`, …, or the name of a setting.
    pub name: String,
    /// What it was; none when there was nothing.
    pub before: Option<String>,
    /// What it is; none when there is nothing.
    pub after: Option<String>,
}

/// Every difference: settings, then policies in the order of the first release, then new ones.
pub(crate) fn changes(before: &Release, after: &Release) -> Vec<Change> {
    let mut found = Vec::new();
    if before.settings != after.settings {
        found.push(Change {
            policy: None,
            kind: Kind::Changed,
            parts: settings(&before.settings, &after.settings),
        });
    }
    let (old, new) = (ByName::of(before), ByName::of(after));
    let kept = |release: &'_ Release, other: &ByName<'_>| -> Vec<String> {
        let kept = release
            .policies
            .iter()
            .filter(|p| other.get(&p.name).is_some());
        kept.map(|policy| policy.name.clone()).collect()
    };
    let (stood, stands) = (kept(before, &new), kept(after, &old));
    for policy in &before.policies {
        let Some(other) = new.get(&policy.name) else {
            found.push(change(
                &policy.name,
                Kind::Removed,
                parts(Some(policy), None),
            ));
            continue;
        };
        let parts = parts(Some(policy), Some(other));
        if !parts.is_empty() {
            found.push(change(&policy.name, Kind::Changed, parts));
        }
    }
    for policy in &after.policies {
        if old.get(&policy.name).is_none() {
            found.push(change(&policy.name, Kind::Added, parts(None, Some(policy))));
        }
    }
    for (name, _) in stands.iter().zip(&stood).filter(|(new, old)| new != old) {
        found.push(change(name, Kind::Moved, Vec::new()));
    }
    found
}

/// The policies of a release, to be found by name.
struct ByName<'r>(Vec<&'r Policy>);

impl<'r> ByName<'r> {
    fn of(release: &'r Release) -> Self {
        let mut policies: Vec<&Policy> = release.policies.iter().collect();
        callgate_json::sort_by(&mut policies, |a, b| a.name.cmp(&b.name));
        Self(policies)
    }

    fn get(&self, name: &str) -> Option<&'r Policy> {
        let found = self
            .0
            .binary_search_by(|policy| policy.name.as_str().cmp(name));
        found.ok().and_then(|place| self.0.get(place).copied())
    }
}

fn change(name: &str, kind: Kind, parts: Vec<Part>) -> Change {
    Change {
        policy: Some(name.to_owned()),
        kind,
        parts,
    }
}

type Show = fn(&Policy) -> Option<String>;

const PARTS: [(&str, Show); 6] = [
    ("kind", |policy| {
        Some(policy.spec.family().kind().to_owned())
    }),
    ("scope", |policy| {
        let targets = policy.scope.targets.join(", ");
        let level = policy.scope.level.as_str();
        Some(match targets.is_empty() {
            true => level.to_owned(),
            false => format!("{level} {targets}"),
        })
    }),
    ("effect", |policy| {
        policy.spec.cel().map(|cel| cel.effect.as_str().to_owned())
    }),
    ("expression", |policy| {
        policy.spec.cel().map(|cel| cel.expression.clone())
    }),
    ("message", |policy| policy.spec.cel()?.message.clone()),
    ("spec", |policy| match policy.spec.cel() {
        Some(_) => None,
        None => Some(policy.spec.to_json()),
    }),
];

fn parts(before: Option<&Policy>, after: Option<&Policy>) -> Vec<Part> {
    let parts = PARTS.iter().map(|(name, show)| Part {
        name: (*name).to_owned(),
        before: before.and_then(show),
        after: after.and_then(show),
    });
    parts.filter(|part| part.before != part.after).collect()
}

/// The settings that differ, as JSON.
fn settings(before: &Settings, after: &Settings) -> Vec<Part> {
    let [old, new] = [before, after].map(members);
    let value = |members: &[(String, String)], name: &String| {
        let found = members.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let mut names: Vec<&String> = old.iter().chain(&new).map(|(name, _)| name).collect();
    callgate_json::sort_by(&mut names, Ord::cmp);
    names.dedup();
    let parts = names.into_iter().map(|name| Part {
        name: name.clone(),
        before: value(&old, name),
        after: value(&new, name),
    });
    parts.filter(|part| part.before != part.after).collect()
}

/// Settings as a release has them.
fn members(settings: &Settings) -> Vec<(String, String)> {
    let build = Build {
        settings: settings.clone(),
        ..Build::default()
    };
    let text = build.to_json();
    // INVARIANT: what is built is JSON.
    let Ok(document) = Document::parse(text.as_bytes(), &Limits::default().release_json()) else {
        return Vec::new();
    };
    let settings = document.root().pointer("/settings");
    let members = settings.and_then(|settings| settings.as_object());
    let members = members.into_iter().flat_map(|members| members.iter());
    let members = members.map(|(name, value)| (name.to_owned(), value.raw().to_owned()));
    members.collect()
}
