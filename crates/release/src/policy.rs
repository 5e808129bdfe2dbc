//! One policy: what it is called, whom it is for, what it says.

use callgate_json::{Value, Writer};
use callgate_model::{Fields, Reader, nearest};

use crate::spec::{CelEffect, CelPolicy, Family, Spec};

/// The only version of policy documents there is.
pub const API_VERSION: &str = "callgate/v1";

/// A policy of any family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `metadata.name`: unique in a release, shown in records.
    pub name: String,
    /// `metadata.id`, given when the control plane stores the policy.
    pub id: Option<String>,
    /// `metadata.description`: for people.
    pub description: String,
    /// `metadata.labels`: for people and filters, sorted by key.
    pub labels: Vec<(String, String)>,
    /// A policy that is not enabled is in no release.
    pub enabled: bool,
    /// Whom it is for.
    pub scope: Scope,
    /// What it says.
    pub spec: Spec,
}

/// Whom a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// What `targets` names.
    pub level: Level,
    /// Names at that level; none for the tenant and the platform.
    pub targets: Vec<String>,
}

/// What the targets of a scope are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everybody, on every tenant. `global` is the same.
    Platform,
    /// Everybody of the tenant.
    Tenant,
    /// Members of the groups named.
    Group,
    /// Calls of the missions named.
    Mission,
    /// The agents named.
    Agent,
    /// The runs named.
    Run,
}

impl Level {
    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Tenant => "tenant",
            Self::Group => "group",
            Self::Mission => "mission",
            Self::Agent => "agent",
            Self::Run => "run",
        }
    }

    fn takes_targets(self) -> bool {
        !matches!(self, Self::Platform | Self::Tenant)
    }
}

const LEVELS: [(&str, Level); 7] = [
    ("platform", Level::Platform),
    ("global", Level::Platform),
    ("tenant", Level::Tenant),
    ("group", Level::Group),
    ("mission", Level::Mission),
    ("agent", Level::Agent),
    ("run", Level::Run),
];

/// Characters a policy's name may have at most: it stands in headers, logs and tables.
const NAME_CHARACTERS: usize = 128;

impl Policy {
    /// An enabled CEL policy for everybody, made by a program.
    pub fn cel(name: impl Into<String>, effect: CelEffect, expression: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            id: None,
            description: String::new(),
            labels: Vec::new(),
            enabled: true,
            scope: Scope::tenant(),
            spec: Spec::Cel(CelPolicy {
                effect,
                expression: expression.into(),
                message: None,
            }),
        }
    }

    /// Reads a policy document; every problem goes to `reader`.
    pub fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let known = ["apiVersion", "kind", "metadata", "enabled", "scope", "spec"];
        let fields = reader.fields(value, "a policy", &known)?;
        if let Some(version) = reader.required(fields, "apiVersion", "a policy") {
            reader.choice(version, "`apiVersion`", &[(API_VERSION, ())]);
        }
        let kind = reader.required(fields, "kind", "a policy");
        let chosen = kind.and_then(|v| reader.choice(v, "`kind`", &Family::NAMED));
        // A misspelt kind leaves no doubt about what the rest is meant to be.
        let family = chosen.or_else(|| nearest_family(kind?.as_str()?));
        let metadata = reader.required(fields, "metadata", "a policy");
        let metadata = metadata.and_then(|v| Metadata::read(reader, v));
        let enabled = fields.get("enabled").map(|v| reader.bool(v, "`enabled`"));
        let scope = fields.get("scope").map(|v| Scope::read(reader, v));
        let spec = reader.required(fields, "spec", "a policy");
        let spec = spec
            .zip(family)
            .and_then(|(v, family)| Spec::read(reader, family, v));
        chosen?;
        let metadata = metadata?;
        Some(Self {
            name: metadata.name,
            id: metadata.id,
            description: metadata.description,
            labels: metadata.labels,
            enabled: enabled.unwrap_or(Some(true))?,
            scope: scope.unwrap_or_else(|| Some(Scope::tenant()))?,
            spec: spec?,
        })
    }

    /// Writes the canonical document.
    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("apiVersion").str(API_VERSION);
        w.key("enabled").bool(self.enabled);
        w.key("kind").str(self.spec.family().kind());
        w.key("metadata").begin_object();
        if !self.description.is_empty() {
            w.key("description").str(&self.description);
        }
        if let Some(id) = &self.id {
            w.key("id").str(id);
        }
        if !self.labels.is_empty() {
            w.key("labels").begin_object();
            for (key, label) in &self.labels {
                w.key(key).str(label);
            }
            w.end_object();
        }
        w.key("name").str(&self.name).end_object();
        self.scope.write(w.key("scope"));
        self.spec.write(w.key("spec"));
        w.end_object();
    }
}

fn nearest_family(text: &str) -> Option<Family> {
    let names = Family::NAMED.iter().map(|(name, _)| *name);
    let name = nearest(text, names)?;
    let found = Family::NAMED.iter().find(|(known, _)| *known == name);
    found.map(|(_, family)| *family)
}

struct Metadata {
    name: String,
    id: Option<String>,
    description: String,
    labels: Vec<(String, String)>,
}

impl Metadata {
    fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let known = ["name", "id", "description", "labels"];
        let fields = reader.fields(value, "`metadata`", &known)?;
        let name = reader.required(fields, "name", "`metadata`");
        let name = name.and_then(|v| name_of(reader, v));
        let id = text(reader, fields, "id");
        let description = text(reader, fields, "description").unwrap_or_default();
        let labels = labels(reader, fields);
        Some(Self {
            name: name?,
            id,
            description,
            labels,
        })
    }
}

fn name_of(reader: &mut Reader, value: Value<'_>) -> Option<String> {
    let name = reader.string(value, "`name`")?;
    let printable = !name.chars().any(is_unseen) && name.trim() == name;
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS || !printable {
        let message = format!("`name` must be 1 to {NAME_CHARACTERS} printable characters");
        reader.error("WRONG_VALUE", value, message, None);
        return None;
    }
    Some(name.to_owned())
}

/// Characters that show nothing or change how others show: two names that look alike are one to people.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

fn labels(reader: &mut Reader, fields: Fields<'_>) -> Vec<(String, String)> {
    let object = fields
        .get("labels")
        .and_then(|v| reader.object(v, "`labels`"));
    let members = object.into_iter().flat_map(|labels| labels.sorted());
    let label = |(key, value): (&str, Value<'_>)| {
        let text = reader.string(value, format_args!("label `{key}`"))?;
        Some((key.to_owned(), text.to_owned()))
    };
    members.filter_map(label).collect()
}

impl Scope {
    /// Everybody of the tenant.
    pub fn tenant() -> Self {
        let (level, targets) = (Level::Tenant, Vec::new());
        Self { level, targets }
    }

    fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let fields = reader.fields(value, "`scope`", &["level", "targets"])?;
        let level = reader.required(fields, "level", "`scope`")?;
        let level = reader.choice(level, "`level`", &LEVELS)?;
        let targets = fields
            .get("targets")
            .map(|v| reader.strings(v, "`targets`"));
        let targets = targets.map_or(Some(Vec::new()), |array| {
            let names = array?.iter().filter_map(Value::as_str);
            Some(names.map(str::to_owned).collect::<Vec<_>>())
        })?;
        let blank = |target: &&String| target.is_empty() || target.trim() != *target;
        if let Some(target) = targets.iter().find(blank) {
            let message = format!("no target is named `{target}`: it is empty, or blank at an end");
            reader.error("WRONG_VALUE", value, message, None);
            return None;
        }
        if let Some(target) = targets.iter().find(|target| target.contains('*')) {
            let message = format!("`targets` are exact names, and `{target}` has a `*`");
            let help = "name each, or scope to a group or the tenant and ask in the policy itself";
            reader.error("WRONG_VALUE", value, message, Some(help.to_owned()));
            return None;
        }
        if targets.is_empty() == level.takes_targets() {
            let message = format!(
                "a scope of level `{}` {} targets",
                level.as_str(),
                if level.takes_targets() {
                    "needs"
                } else {
                    "takes no"
                }
            );
            reader.error("WRONG_VALUE", value, message, None);
            return None;
        }
        Some(Self { level, targets })
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("level").str(self.level.as_str());
        w.key("targets").begin_array();
        for target in &self.targets {
            w.str(target);
        }
        w.end_array().end_object();
    }
}

fn text(reader: &mut Reader, fields: Fields<'_>, key: &str) -> Option<String> {
    let value = fields.get(key)?;
    let text = reader.string(value, format_args!("`{key}`"))?;
    Some(text.to_owned())
}
