//! What holds for a whole project.

use callgate_json::{Value, Writer};
use callgate_model::Reader;

use crate::spec::MatchAction;

/// Settings that change decisions; part of every release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Whether all CEL allow policies must hold, or one.
    pub allow_combining: AllowCombining,
    /// What happens while there is no release.
    pub default_action: DefaultAction,
    /// MCP methods allowed beside the protocol's own; `*` at the end matches any rest.
    pub mcp_methods: Vec<String>,
    /// What happens to a call that no match policy matches.
    pub match_default: MatchAction,
    /// What happens to a call that no control covers.
    pub uncovered: Uncovered,
    /// Whether refusals name other tools that the caller may call.
    pub disclose_alternatives: bool,
    /// Which release decides the calls of a run.
    pub pinning: Pinning,
}

/// Which release decides the calls of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pinning {
    /// The one in force.
    #[default]
    None,
    /// The one that was in force when the run began.
    Run,
}

impl Pinning {
    const NAMED: [(&'static str, Self); 2] = [("none", Self::None), ("run", Self::Run)];
}

/// What happens to a call that no control covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uncovered {
    /// It goes on.
    #[default]
    Allow,
    /// It is refused unless its impact is known to be low.
    DenyWrites,
    /// It is refused.
    Deny,
}

impl Uncovered {
    const NAMED: [(&'static str, Self); 3] = [
        ("allow", Self::Allow),
        ("deny_writes", Self::DenyWrites),
        ("deny", Self::Deny),
    ];
}

/// How CEL allow policies combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AllowCombining {
    /// Each must be true.
    #[default]
    All,
    /// One must be true.
    Any,
}

/// What happens while there is no release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DefaultAction {
    /// Every call is refused.
    #[default]
    Deny,
    /// Every call goes on.
    Allow,
}

impl DefaultAction {
    /// The names in documents.
    pub const NAMED: [(&'static str, Self); 2] = [("deny", Self::Deny), ("allow", Self::Allow)];

    fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }
}

const COMBININGS: [(&str, AllowCombining); 2] =
    [("all", AllowCombining::All), ("any", AllowCombining::Any)];

impl Settings {
    /// Reads `settings`; absent members have their defaults.
    pub(crate) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let known = [
            "allow_combining",
            "default_action",
            "mcp_methods",
            "match_default",
            "uncovered",
            "disclose_alternatives",
            "pinning",
        ];
        let fields = reader.fields(value, "`settings`", &known)?;
        let mut settings = Self::default();
        if let Some(value) = fields.get("allow_combining") {
            settings.allow_combining = reader.choice(value, "`allow_combining`", &COMBININGS)?;
        }
        if let Some(value) = fields.get("default_action") {
            let choices = &DefaultAction::NAMED;
            settings.default_action = reader.choice(value, "`default_action`", choices)?;
        }
        if let Some(value) = fields.get("mcp_methods") {
            settings.mcp_methods = methods(reader, value)?;
        }
        if let Some(value) = fields.get("match_default") {
            settings.match_default =
                reader.choice(value, "`match_default`", &MatchAction::NAMED)?;
        }
        if let Some(value) = fields.get("uncovered") {
            settings.uncovered = reader.choice(value, "`uncovered`", &Uncovered::NAMED)?;
        }
        if let Some(value) = fields.get("disclose_alternatives") {
            settings.disclose_alternatives = reader.bool(value, "`disclose_alternatives`")?;
        }
        if let Some(value) = fields.get("pinning") {
            settings.pinning = reader.choice(value, "`pinning`", &Pinning::NAMED)?;
        }
        Some(settings)
    }

    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        let combining = match self.allow_combining {
            AllowCombining::All => "all",
            AllowCombining::Any => "any",
        };
        w.begin_object().key("allow_combining").str(combining);
        w.key("default_action").str(self.default_action.as_str());
        if self.disclose_alternatives {
            w.key("disclose_alternatives").bool(true);
        }
        if self.match_default != MatchAction::default() {
            let name = name_of(&MatchAction::NAMED, self.match_default);
            w.key("match_default").str(name);
        }
        w.key("mcp_methods").begin_array();
        for method in &self.mcp_methods {
            w.str(method);
        }
        w.end_array();
        if self.pinning != Pinning::default() {
            w.key("pinning").str(name_of(&Pinning::NAMED, self.pinning));
        }
        if self.uncovered != Uncovered::default() {
            w.key("uncovered")
                .str(name_of(&Uncovered::NAMED, self.uncovered));
        }
        w.end_object();
    }
}

fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let named = names.iter().find(|(_, choice)| *choice == value);
    named.map_or("", |(name, _)| name)
}

/// Methods that may pass. What a pattern takes in must be readable off it, and a tool call passes by
/// policies, never by its method.
fn methods(reader: &mut Reader, value: Value<'_>) -> Option<Vec<String>> {
    let mut methods = Vec::new();
    for item in reader.strings(value, "`mcp_methods`")?.iter() {
        let method = item.as_str().unwrap_or_default();
        let prefix = method.strip_suffix('*').unwrap_or(method);
        let mend = if prefix.contains('*') {
            "`*` stands at the end only: write `resources/*`, say"
        } else if prefix.is_empty() {
            "name the methods, `resources/*` say: not every one there will ever be"
        } else if method == "tools/call" || prefix != method && "tools/call".starts_with(prefix) {
            "tool calls pass by policies, never by their method: leave it out"
        } else {
            methods.push(method.to_owned());
            continue;
        };
        let message = format!("`mcp_methods` cannot have `{method}`");
        reader.error("WRONG_VALUE", item, message, Some(mend.to_owned()));
    }
    Some(methods)
}
