//! What holds for a whole project.

use callgate_json::{Value, Writer};
use callgate_model::Reader;

/// Settings that change decisions; part of every release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Whether all CEL allow policies must hold, or one.
    pub allow_combining: AllowCombining,
    /// What happens while there is no release.
    pub default_action: DefaultAction,
    /// MCP methods allowed beside the protocol's own; `*` at the end matches any rest.
    pub mcp_methods: Vec<String>,
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
        let known = ["allow_combining", "default_action", "mcp_methods"];
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
        Some(settings)
    }

    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        let combining = match self.allow_combining {
            AllowCombining::All => "all",
            AllowCombining::Any => "any",
        };
        w.begin_object().key("allow_combining").str(combining);
        w.key("default_action").str(self.default_action.as_str());
        w.key("mcp_methods").begin_array();
        for method in &self.mcp_methods {
            w.str(method);
        }
        w.end_array().end_object();
    }
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
