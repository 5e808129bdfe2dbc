//! `DlpPolicy`: what detectors look for in requests, and what is done about what they find.

use std::collections::BTreeSet;

use callgate_cel::TextPattern;
use callgate_detect::{Class, Direction, Reach, Severity, detectors};
use callgate_json::{Kind, Value};
use callgate_model::{Effect, Fields, Limits, Reader, nearest};

use super::members::{message, senseless, texts};

/// What is looked for, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DlpPolicy {
    /// Which of the detectors that come with callgate look.
    pub looks_for: LooksFor,
    /// What findings of a severity ask for, where it is not the severity's own effect.
    pub actions: Vec<(Severity, Action)>,
    /// What is different for a detector, a class of them, or a pattern, by name.
    pub detectors: Vec<(String, Change)>,
    /// Patterns of one's own.
    pub patterns: Vec<Pattern>,
    /// Values that are never reported, sorted.
    pub allow: Vec<String>,
    /// Whether what it would refuse or mark in a response is blanked there instead.
    pub redact: bool,
    /// Told to the caller when this policy refuses or marks the call.
    pub message: Option<String>,
}

/// Which detectors look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LooksFor {
    /// All but those that are off.
    #[default]
    All,
    /// Those that the policy names, and its patterns.
    Listed,
}

/// What is done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The call is refused.
    Deny,
    /// The call goes on and is marked.
    Flag,
    /// The finding is recorded.
    Record,
}

impl Action {
    /// The effect of the action.
    pub fn effect(self) -> Effect {
        match self {
            Self::Deny => Effect::Deny,
            Self::Flag => Effect::Flag,
            Self::Record => Effect::Allow,
        }
    }

    /// Every action with its name in documents.
    pub const NAMED: [(&'static str, Self); 3] = [
        ("deny", Self::Deny),
        ("flag", Self::Flag),
        ("record", Self::Record),
    ];
}

/// What is different for one detector, or for all of a class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// It does not look, for nobody.
    pub off: bool,
    /// Agents for whom it does not look.
    pub off_for: Vec<String>,
    /// Its severity, where it is another.
    pub severity: Option<Severity>,
    /// What its findings ask for, whatever their severity.
    pub action: Option<Action>,
    /// Which ways it looks at.
    pub on: Option<Reach>,
}

/// A pattern of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Its name: none of a detector or a class.
    pub name: String,
    /// What it looks for.
    pub what: Searched,
    /// How bad a finding is.
    pub severity: Severity,
    /// Which ways it looks at.
    pub on: Reach,
}

/// What a pattern looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Searched {
    /// A regular expression in RE2's syntax.
    Regex(String),
    /// Words and phrases, in either case, not inside other words.
    Keywords(Vec<String>),
}

/// What a policy says about the findings of one detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// Nothing: the policy does not look for it.
    None,
    /// Nobody is to look for it.
    Off,
    /// A finding is this bad, and asks for this.
    Finds(Severity, Effect),
}

impl DlpPolicy {
    /// What the policy says about findings of the detector (or of the policy's own pattern) named
    /// `name`, of `class` and usually of `severity`, in texts of `agent` that go in `direction`.
    pub fn stance(
        &self,
        (name, class, severity): (&str, Class, Severity),
        agent: &str,
        direction: Direction,
    ) -> Stance {
        let [own, general] = [name, class.as_str()].map(|name| self.change(name));
        let changes = || [own, general].into_iter().flatten();
        if changes().any(|change| change.off || change.off_for.iter().any(|name| name == agent)) {
            return Stance::Off;
        }
        let listed = changes().next().is_some() || class == Class::Custom;
        let reach = changes().find_map(|change| change.on).unwrap_or_default();
        if self.looks_for == LooksFor::Listed && !listed || !reach.covers(direction) {
            return Stance::None;
        }
        let changed = changes().find_map(|change| change.severity);
        let severity = changed.unwrap_or(severity);
        let usual = self.actions.iter().find(|(known, _)| *known == severity);
        let action = changes().find_map(|change| change.action);
        let action = action.or(usual.map(|(_, action)| *action));
        Stance::Finds(severity, action.map_or(severity.effect(), Action::effect))
    }

    /// Whether any agent's texts are looked at for what the detector finds.
    pub fn may_find(&self, name: &str, class: Class, severity: Severity) -> bool {
        let both = [Direction::Request, Direction::Response];
        // No agent is named by the empty text.
        both.into_iter().any(|direction| {
            let stance = self.stance((name, class, severity), "", direction);
            matches!(stance, Stance::Finds(..))
        })
    }

    /// Whether `value` is never reported.
    pub fn allows(&self, value: &str) -> bool {
        let found = self
            .allow
            .binary_search_by(|known| known.as_str().cmp(value));
        found.is_ok()
    }

    fn change(&self, name: &str) -> Option<&Change> {
        let found = self
            .detectors
            .binary_search_by(|(known, _)| known.as_str().cmp(name));
        self.detectors.get(found.ok()?).map(|(_, change)| change)
    }

    pub(super) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let known = [
            "looks_for",
            "actions",
            "detectors",
            "patterns",
            "allow",
            "redact",
            "message",
        ];
        let fields = reader.fields(value, "the `spec` of a DlpPolicy", &known)?;
        let choices = [("all", LooksFor::All), ("listed", LooksFor::Listed)];
        let looks_for = fields.get("looks_for");
        let looks_for = looks_for.map(|v| reader.choice(v, "`looks_for`", &choices));
        let actions = actions(reader, fields);
        let patterns = patterns(reader, fields);
        let detectors = changes(reader, fields, &patterns);
        let redact = fields.get("redact");
        let redact = redact.map(|value| reader.bool(value, "`redact`"));
        let message = message(reader, fields);
        let mut allow = texts(reader, fields, "allow").unwrap_or_default();
        callgate_json::sort_by(&mut allow, Ord::cmp);
        let policy = Self {
            looks_for: looks_for.unwrap_or(Some(LooksFor::All))?,
            actions,
            detectors,
            patterns,
            allow,
            redact: redact.unwrap_or(Some(false))?,
            message,
        };
        if policy.says_nothing() {
            let help = "name detectors under `detectors`, or leave `looks_for` out";
            senseless(reader, value, "this policy looks for nothing", help);
        }
        Some(policy)
    }

    fn says_nothing(&self) -> bool {
        let nothing = self.patterns.is_empty() && self.allow.is_empty();
        self.looks_for == LooksFor::Listed && self.detectors.is_empty() && nothing
    }
}

const SEVERITIES: [(&str, Severity); 4] = [
    ("CRITICAL", Severity::Critical),
    ("HIGH", Severity::High),
    ("MEDIUM", Severity::Medium),
    ("LOW", Severity::Low),
];

const WAYS: [(&str, Reach); 3] = [
    ("request", Reach::Request),
    ("response", Reach::Response),
    ("both", Reach::Both),
];

/// Characters of a pattern's name: it stands in records and where values were blanked.
const NAME_CHARACTERS: usize = 64;

fn actions(reader: &mut Reader, fields: Fields<'_>) -> Vec<(Severity, Action)> {
    let names = SEVERITIES.map(|(name, _)| name);
    let actions = fields.get("actions");
    let Some(given) = actions.and_then(|v| reader.fields(v, "`actions`", &names)) else {
        return Vec::new();
    };
    let mut actions = Vec::new();
    for (name, severity) in SEVERITIES {
        let action = given.get(name);
        let action = action.and_then(|v| reader.choice(v, "an action", &Action::NAMED));
        actions.extend(action.map(|action| (severity, action)));
    }
    actions
}

/// What is different by detector: an action, or an object.
fn changes(reader: &mut Reader, fields: Fields<'_>, patterns: &[Pattern]) -> Vec<(String, Change)> {
    let object = fields.get("detectors");
    let object = object.and_then(|value| reader.object(value, "`detectors`"));
    let own = patterns.iter().map(|pattern| pattern.name.as_str());
    let mut names = BTreeSet::new();
    names.extend(own.chain(table()));
    let mut changes = Vec::new();
    for key in object.into_iter().flat_map(|object| object.keys()) {
        let name = key.as_str().unwrap_or_default();
        if !names.contains(name) {
            let help = nearest(name, names.iter().copied())
                .map(|found| format!("did you mean `{found}`?"));
            let message = format!("there is no detector and no class `{name}`");
            reader.error("UNKNOWN_VALUE", key, message, help);
        }
    }
    // INVARIANT: names of detectors are ASCII, so the canonical order is that of their bytes.
    for (name, value) in object.into_iter().flat_map(|object| object.sorted()) {
        changes.extend(change(reader, value).map(|change| (name.to_owned(), change)));
    }
    changes
}

/// The names of all detectors and classes.
fn table<'n>() -> impl Iterator<Item = &'n str> {
    let classes = Class::ALL.into_iter().map(|class| class.as_str());
    detectors().map(|detector| detector.id).chain(classes)
}

fn change(reader: &mut Reader, value: Value<'_>) -> Option<Change> {
    let choices = [
        ("deny", Some(Action::Deny)),
        ("flag", Some(Action::Flag)),
        ("record", Some(Action::Record)),
        ("off", None),
    ];
    if value.kind() == Kind::String {
        let action = reader.choice(value, "an action", &choices)?;
        return Some(Change {
            off: action.is_none(),
            action,
            ..Change::default()
        });
    }
    let known = ["action", "severity", "off_for", "on"];
    let fields = reader.fields(value, "an entry of `detectors`", &known)?;
    let action = fields.get("action");
    let action = action.and_then(|v| reader.choice(v, "`action`", &choices));
    let change = Change {
        off: action == Some(None),
        action: action.flatten(),
        severity: severity(reader, fields),
        off_for: texts(reader, fields, "off_for").unwrap_or_default(),
        on: way(reader, fields),
    };
    if change.off && fields.object().len() > 1 {
        let message = "what is off has nothing else to say";
        senseless(reader, value, message, "write `off` instead of the object");
    }
    Some(change)
}

fn severity(reader: &mut Reader, fields: Fields<'_>) -> Option<Severity> {
    let value = fields.get("severity")?;
    reader.choice(value, "`severity`", &SEVERITIES)
}

fn way(reader: &mut Reader, fields: Fields<'_>) -> Option<Reach> {
    let value = fields.get("on")?;
    reader.choice(value, "`on`", &WAYS)
}

fn patterns(reader: &mut Reader, fields: Fields<'_>) -> Vec<Pattern> {
    let list = fields.get("patterns");
    let list = list.and_then(|value| reader.array(value, "`patterns`"));
    let mut names = BTreeSet::new();
    names.extend(table().map(str::to_owned));
    let mut patterns: Vec<Pattern> = Vec::new();
    for value in list.into_iter().flat_map(|list| list.iter()) {
        let Some(pattern) = pattern(reader, value) else {
            continue;
        };
        if !names.insert(pattern.name.clone()) {
            let message = format!("`{}` is the name of another detector", pattern.name);
            senseless(reader, value, &message, "");
        }
        patterns.push(pattern);
    }
    patterns
}

fn pattern(reader: &mut Reader, value: Value<'_>) -> Option<Pattern> {
    let what = "a pattern";
    let known = ["name", "regex", "keywords", "severity", "on"];
    let fields = reader.fields(value, what, &known)?;
    let name = reader.required(fields, "name", what);
    let name = name.and_then(|v| pattern_name(reader, v));
    let searched = match (fields.get("regex"), fields.get("keywords")) {
        (Some(regex), None) => regular(reader, regex).map(Searched::Regex),
        (None, Some(list)) => keywords(reader, list).map(Searched::Keywords),
        _ => {
            let message = "a pattern has either `regex` or `keywords`";
            senseless(reader, value, message, "");
            None
        }
    };
    Some(Pattern {
        severity: severity(reader, fields).unwrap_or(Severity::High),
        on: way(reader, fields).unwrap_or_default(),
        name: name?,
        what: searched?,
    })
}

fn pattern_name(reader: &mut Reader, value: Value<'_>) -> Option<String> {
    let name = reader.string(value, "`name`")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > NAME_CHARACTERS || !name.bytes().all(plain) {
        let message = format!(
            "the name of a pattern is 1 to {NAME_CHARACTERS} letters, digits, `-`, `_` and `.`"
        );
        senseless(reader, value, &message, "");
    }
    Some(name.to_owned())
}

fn regular(reader: &mut Reader, value: Value<'_>) -> Option<String> {
    let source = reader.string(value, "`regex`")?;
    if let Err(problem) = TextPattern::measure(source, Limits::default().regex_bytes) {
        let help = "patterns are written as for `matches`, in RE2's syntax";
        senseless(
            reader,
            value,
            &format!("the pattern cannot be used: {problem}"),
            help,
        );
    }
    Some(source.to_owned())
}

fn keywords(reader: &mut Reader, value: Value<'_>) -> Option<Vec<String>> {
    let list = reader.strings(value, "`keywords`")?;
    if list.is_empty() {
        senseless(reader, value, "a list of keywords needs one", "");
    }
    for item in list.iter() {
        if item.as_str().is_some_and(|word| word.trim().is_empty()) {
            senseless(reader, item, "a keyword is not blank", "");
        }
    }
    let words = list.iter().filter_map(Value::as_str);
    Some(words.map(str::to_owned).collect())
}
