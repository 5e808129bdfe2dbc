//! What is said of a finding: what kind of value it is, how bad it is out there, how sure we are.

use callgate_model::Effect;

/// What kind of value a detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Keys of cloud providers and hosting platforms.
    Cloud,
    /// Tokens of source hosting and build services.
    Source,
    /// Tokens of package registries.
    Package,
    /// Tokens and webhooks of chat services.
    Chat,
    /// Keys of payment providers.
    Payment,
    /// Keys of providers of language models and their tools.
    Llm,
    /// Connection strings with a password.
    Database,
    /// Private keys.
    PrivateKey,
    /// Keys of other services.
    Saas,
    /// Secrets known by what they are called, not by who issues them.
    Generic,
    /// Ways to reach a person: e-mail, telephone, postal codes.
    Contact,
    /// Cards and bank accounts.
    Financial,
    /// Numbers that states give to people and companies.
    NationalId,
    /// Addresses of networks and devices.
    Network,
    /// Addresses and keys of crypto currencies.
    Crypto,
    /// Patterns of the configuration.
    Custom,
}

impl Class {
    /// Every class, in the order of the table.
    pub const ALL: [Self; 16] = [
        Self::Cloud,
        Self::Source,
        Self::Package,
        Self::Chat,
        Self::Payment,
        Self::Llm,
        Self::Database,
        Self::PrivateKey,
        Self::Saas,
        Self::Generic,
        Self::Contact,
        Self::Financial,
        Self::NationalId,
        Self::Network,
        Self::Crypto,
        Self::Custom,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Source => "source",
            Self::Package => "package",
            Self::Chat => "chat",
            Self::Payment => "payment",
            Self::Llm => "llm",
            Self::Database => "database",
            Self::PrivateKey => "private-key",
            Self::Saas => "saas",
            Self::Generic => "generic",
            Self::Contact => "contact",
            Self::Financial => "financial",
            Self::NationalId => "national-id",
            Self::Network => "network",
            Self::Crypto => "crypto",
            Self::Custom => "custom",
        }
    }
}

/// How bad it is when a value of the kind gets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth recording.
    Low,
    /// Worth a mark.
    Medium,
    /// Worth a mark and somebody's attention.
    High,
    /// Must not pass.
    Critical,
}

impl Severity {
    /// `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }

    /// The severity with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Low, Self::Medium, Self::High, Self::Critical];
        all.into_iter().find(|severity| severity.as_str() == name)
    }

    /// What a finding of this severity asks for unless the configuration says otherwise: CRITICAL
    /// is refused, HIGH and MEDIUM are marked, LOW is recorded.
    pub const fn effect(self) -> Effect {
        match self {
            Self::Critical => Effect::Deny,
            Self::High | Self::Medium => Effect::Flag,
            Self::Low => Effect::Allow,
        }
    }
}

/// How sure a finding is. It also ranks findings at the same place: the surer one is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Known by a name nearby or by a shape that other things share.
    Low,
    /// Known by a shape with a name nearby, or by a distinctive shape.
    Medium,
    /// Known by a prefix that its issuer gives to nothing else.
    High,
    /// A checksum or a decoded structure agrees.
    Certain,
}

impl Confidence {
    /// `low`, `medium`, `high` or `certain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Certain => "certain",
        }
    }
}

/// Which way a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the agent to the tool or the model.
    Request,
    /// Back to the agent.
    Response,
}

/// Which ways a detector looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Requests only.
    Request,
    /// Responses only.
    Response,
    /// Both.
    #[default]
    Both,
}

impl Reach {
    /// Whether texts that go this way are looked at.
    pub const fn covers(self, direction: Direction) -> bool {
        match self {
            Self::Both => true,
            Self::Request => matches!(direction, Direction::Request),
            Self::Response => matches!(direction, Direction::Response),
        }
    }
}
