//! `RuleSet`: typed rules that all have to hold.

use callgate_json::Value;
use callgate_model::{Fields, Glob, MicroUsd, Reader};

use super::members::{count, globs, message, money, seconds, senseless, text, texts};

/// Typed rules, an AND set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// In the order they were written.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What records call it: `name`, or `rules[2]`.
    pub name: String,
    /// Told to the caller when this rule refuses the call.
    pub message: Option<String>,
    /// What it checks.
    pub check: Check,
}

/// What a rule checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// `type: tool`
    Tool {
        /// The tools that are allowed; `None` is every tool.
        allow: Option<Vec<Glob>>,
        /// The tools that are not.
        deny: Vec<Glob>,
    },
    /// `type: data_access`
    DataAccess {
        /// Where calls name the resource.
        resources: Vec<Resource>,
        /// The resources that are allowed; `None` is every one.
        allow: Option<Vec<Glob>>,
        /// The resources that are not.
        deny: Vec<Glob>,
    },
    /// `type: rate`
    Rate {
        /// Calls in one window.
        max: u64,
        /// The sliding window.
        window_seconds: u64,
        /// Whose calls count together.
        by: By,
    },
    /// `type: cost`
    Cost {
        /// The cap.
        max: MicroUsd,
        /// What is capped.
        per: Per,
    },
    /// `type: time` with `max_seconds`
    RunAge {
        /// How old a run may be.
        max_seconds: u64,
    },
    /// `type: time` with `windows`
    Windows(Vec<Window>),
    /// `type: output`
    Output {
        /// JSON Schema that the response must satisfy.
        json_schema: Option<String>,
        /// Phrases that it must not hold.
        forbid: Vec<String>,
        /// Characters that it may have.
        max_length: Option<u64>,
    },
}

/// Where the calls of some tools name the resource they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The tools.
    pub tool: Glob,
    /// JSON Pointer into the arguments.
    pub arg: String,
}

/// Whose calls a rate counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Each agent by itself.
    Agent,
    /// Each caller by itself; a call's caller is its identity.
    Caller,
    /// Each tool by itself, whoever calls it.
    Tool,
    /// All calls together.
    Tenant,
}

impl By {
    /// The name in documents and in keys of state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Caller => "caller",
            Self::Tool => "tool",
            Self::Tenant => "tenant",
        }
    }
}

/// What a cost cap is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// One run.
    Run,
    /// One agent, ever.
    Agent,
    /// One day at UTC, all covered calls together.
    Day,
}

/// Times of the week at which calls may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Bit 0 is Monday.
    pub days: u8,
    /// First minute of the day.
    pub from: u32,
    /// The minute after the last; less than `from` when the window goes on past midnight.
    pub to: u32,
    /// IANA name of the time zone.
    pub timezone: String,
}

const TYPES: [(&str, Type); 6] = [
    ("tool", Type::Tool),
    ("data_access", Type::DataAccess),
    ("rate", Type::Rate),
    ("cost", Type::Cost),
    ("time", Type::Time),
    ("output", Type::Output),
];

#[derive(Clone, Copy)]
enum Type {
    Tool,
    DataAccess,
    Rate,
    Cost,
    Time,
    Output,
}

impl Type {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Tool => &["type", "name", "message", "allow", "deny"],
            Self::DataAccess => &["type", "name", "message", "resources", "allow", "deny"],
            Self::Rate => &[
                "type",
                "name",
                "message",
                "max",
                "per",
                "window_seconds",
                "by",
            ],
            Self::Cost => &["type", "name", "message", "max_usd", "per"],
            Self::Time => &["type", "name", "message", "max_seconds", "windows"],
            Self::Output => &[
                "type",
                "name",
                "message",
                "json_schema",
                "forbid",
                "max_length",
            ],
        }
    }
}

impl RuleSet {
    pub(super) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let what = "the `spec` of a RuleSet";
        let fields = reader.fields(value, what, &["rules"])?;
        let list = reader.required(fields, "rules", what)?;
        let list = reader.array(list, "`rules`")?;
        if list.is_empty() {
            senseless(reader, value, "a RuleSet needs at least one rule", "");
        }
        let mut rules: Vec<Rule> = Vec::with_capacity(list.len());
        for (number, value) in list.iter().enumerate() {
            let Some(rule) = Rule::read(reader, number, value) else {
                continue;
            };
            if rules.iter().any(|other| other.name == rule.name) {
                let message = format!("two rules are named `{}`", rule.name);
                reader.error("WRONG_VALUE", value, message, None);
            }
            rules.push(rule);
        }
        (rules.len() == list.len()).then_some(Self { rules })
    }

    /// The time zones that the rules name.
    pub fn zones(&self) -> impl Iterator<Item = &str> {
        let windows = self.rules.iter().filter_map(|rule| match &rule.check {
            Check::Windows(windows) => Some(windows),
            _ => None,
        });
        windows.flatten().map(|window| window.timezone.as_str())
    }
}

impl Rule {
    fn read(reader: &mut Reader, number: usize, value: Value<'_>) -> Option<Self> {
        let what = "a rule";
        let object = reader.object(value, what)?;
        let Some(kind) = object.get("type") else {
            let message = "a rule needs `type`".to_owned();
            let names = TYPES.map(|(name, _)| name).join(", ");
            reader.error(
                "MISSING_FIELD",
                value,
                message,
                Some(format!("one of: {names}")),
            );
            return None;
        };
        let kind = reader.choice(kind, "`type`", &TYPES)?;
        let fields = reader.fields(value, what, kind.fields())?;
        let name = text(reader, fields, "name");
        let message = message(reader, fields);
        let check = match kind {
            Type::Tool => tool(reader, fields),
            Type::DataAccess => data_access(reader, fields),
            Type::Rate => rate(reader, fields),
            Type::Cost => cost(reader, fields),
            Type::Time => time(reader, fields),
            Type::Output => output(reader, fields),
        };
        Some(Self {
            name: name.unwrap_or_else(|| format!("rules[{number}]")),
            message,
            check: check?,
        })
    }
}

fn tool(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    let allow = globs(reader, fields, "allow");
    let deny = globs(reader, fields, "deny");
    either(reader, fields, &["allow", "deny"])?;
    Some(Check::Tool {
        allow,
        deny: deny.unwrap_or_default(),
    })
}

fn data_access(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    let resources = reader.required(fields, "resources", "a `data_access` rule")?;
    let resources = reader.array(resources, "`resources`")?;
    let resource = |value| {
        let what = "a resource";
        let fields = reader.fields(value, what, &["tool", "arg"])?;
        let tool = reader.required(fields, "tool", what)?;
        let arg = reader.required(fields, "arg", what)?;
        let pointer = reader.string(arg, "`arg`")?;
        if !pointer.is_empty() && !pointer.starts_with('/') {
            let help = format!("write `/{pointer}`");
            let message = "`arg` must be a JSON Pointer into the arguments";
            senseless(reader, arg, message, &help);
        }
        Some(Resource {
            tool: Glob::new(reader.string(tool, "`tool`")?),
            arg: pointer.to_owned(),
        })
    };
    let resources: Vec<Resource> = resources.iter().filter_map(resource).collect();
    let allow = globs(reader, fields, "allow");
    let deny = globs(reader, fields, "deny");
    either(reader, fields, &["allow", "deny"])?;
    Some(Check::DataAccess {
        resources,
        allow,
        deny: deny.unwrap_or_default(),
    })
}

const WINDOWS: [(&str, u64); 3] = [("minute", 60), ("hour", 3_600), ("day", 86_400)];
const BYS: [(&str, By); 4] = [
    ("agent", By::Agent),
    ("caller", By::Caller),
    ("tool", By::Tool),
    ("tenant", By::Tenant),
];

fn rate(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    let what = "a `rate` rule";
    reader.required(fields, "max", what)?;
    let max = count(reader, fields, "max");
    let per = fields
        .get("per")
        .map(|v| reader.choice(v, "`per`", &WINDOWS));
    let window = fields
        .get("window_seconds")
        .map(|v| reader.seconds(v, "`window_seconds`"));
    let by = fields.get("by").map(|v| reader.choice(v, "`by`", &BYS));
    let window_seconds = match (per, window) {
        (Some(per), None) => per?,
        (None, Some(window)) => window?,
        (Some(_), Some(_)) | (None, None) => {
            let message = "a `rate` rule needs either `per` or `window_seconds`";
            senseless(
                reader,
                fields.object().value(),
                message,
                "`per: minute`, say",
            );
            return None;
        }
    };
    Some(Check::Rate {
        max: max?,
        window_seconds,
        by: by.unwrap_or(Some(By::Agent))?,
    })
}

const PERS: [(&str, Per); 3] = [("run", Per::Run), ("agent", Per::Agent), ("day", Per::Day)];

fn cost(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    let what = "a `cost` rule";
    reader.required(fields, "max_usd", what);
    let max = money(reader, fields, "max_usd");
    let per = reader.required(fields, "per", what)?;
    let per = reader.choice(per, "`per`", &PERS)?;
    Some(Check::Cost { max: max?, per })
}

fn time(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    let value = fields.object().value();
    let age = seconds(reader, fields, "max_seconds");
    match (fields.get("max_seconds"), fields.get("windows")) {
        (Some(_), None) => Some(Check::RunAge { max_seconds: age? }),
        (None, Some(windows)) => {
            let windows = reader.array(windows, "`windows`")?;
            if windows.is_empty() {
                let help = "leave the rule out, or disable what it is for";
                senseless(reader, value, "no window at all refuses every call", help);
            }
            let read: Vec<Window> = windows.iter().filter_map(|v| window(reader, v)).collect();
            (read.len() == windows.len()).then_some(Check::Windows(read))
        }
        (Some(_), Some(_)) | (None, None) => {
            let message = "a `time` rule needs either `max_seconds` or `windows`";
            senseless(reader, value, message, "write two rules to have both");
            None
        }
    }
}

const DAYS: [(&str, u8); 7] = [
    ("mon", 0),
    ("tue", 1),
    ("wed", 2),
    ("thu", 3),
    ("fri", 4),
    ("sat", 5),
    ("sun", 6),
];

fn window(reader: &mut Reader, value: Value<'_>) -> Option<Window> {
    let what = "a window";
    let fields = reader.fields(value, what, &["days", "from", "to", "timezone"])?;
    let mut days = 0u8;
    match fields.get("days") {
        None => days = 0x7F,
        Some(list) => {
            for day in reader.array(list, "`days`")?.iter() {
                let bit = reader.choice(day, "a day", &DAYS)?;
                days |= 1u8.wrapping_shl(u32::from(bit));
            }
        }
    }
    let from = reader.required(fields, "from", what);
    let from = from.and_then(|v| minute(reader, v));
    let to = reader.required(fields, "to", what);
    let to = to.and_then(|v| minute(reader, v));
    if days == 0 || from.is_some() && from == to {
        let help = "a whole day is `from: \"00:00\"`, `to: \"24:00\"`";
        senseless(reader, value, "a window must have some time in it", help);
    }
    let timezone = text(reader, fields, "timezone").unwrap_or_else(|| "UTC".to_owned());
    Some(Window {
        days,
        from: from?,
        to: to?,
        timezone,
    })
}

/// `HH:MM` as minutes, up to `24:00`.
fn minute(reader: &mut Reader, value: Value<'_>) -> Option<u32> {
    let text = reader.string(value, "a time of day")?;
    let parts = text.split_once(':');
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let minute = parts.and_then(|(hour, minute)| {
        let (hour, minute) = (two(hour)?, two(minute)?);
        let total = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && total <= 1_440).then_some(total)
    });
    if minute.is_none() {
        let help = "in quotes, since YAML may take it for a number otherwise";
        senseless(
            reader,
            value,
            "a time of day must be `\"HH:MM\"`, up to `\"24:00\"`",
            help,
        );
    }
    minute
}

fn output(reader: &mut Reader, fields: Fields<'_>) -> Option<Check> {
    either(reader, fields, &["json_schema", "forbid", "max_length"])?;
    let schema = fields.get("json_schema");
    let forbid = texts(reader, fields, "forbid").unwrap_or_default();
    if forbid.iter().any(String::is_empty) {
        let value = fields.object().value();
        senseless(
            reader,
            value,
            "an empty phrase is in every text",
            "leave it out",
        );
    }
    Some(Check::Output {
        json_schema: schema.map(callgate_json::canonical::to_string),
        forbid,
        max_length: count(reader, fields, "max_length"),
    })
}

/// Refuses a rule that has none of `keys` and so checks nothing.
fn either(reader: &mut Reader, fields: Fields<'_>, keys: &[&str]) -> Option<()> {
    if keys.iter().any(|key| fields.get(key).is_some()) {
        return Some(());
    }
    let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let message = format!("the rule checks nothing: it needs {}", names.join(" or "));
    reader.error("MISSING_FIELD", fields.object().value(), message, None);
    None
}
