//! `CelPolicy`: an expression that grants or refuses.

use callgate_json::{Value, Writer};
use callgate_model::Reader;

use super::members::message;

/// An expression that grants or refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CelPolicy {
    /// What the expression's truth means.
    pub effect: CelEffect,
    /// A boolean CEL expression over `identity`, `task`, `request`, `run` and `now`.
    pub expression: String,
    /// Told to the caller when this policy refuses the call.
    pub message: Option<String>,
}

/// What the truth of a CEL policy means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CelEffect {
    /// False refuses.
    Allow,
    /// True refuses.
    Deny,
}

impl CelEffect {
    /// `allow` or `deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

const EFFECTS: [(&str, CelEffect); 2] = [("allow", CelEffect::Allow), ("deny", CelEffect::Deny)];

impl CelPolicy {
    pub(super) fn read(reader: &mut Reader, value: Value<'_>) -> Option<Self> {
        let known = ["effect", "expression", "message"];
        let fields = reader.fields(value, "the `spec` of a CelPolicy", &known)?;
        let effect = reader.required(fields, "effect", "a CelPolicy");
        let effect = effect.and_then(|v| reader.choice(v, "`effect`", &EFFECTS));
        let expression = reader.required(fields, "expression", "a CelPolicy");
        let expression = expression.and_then(|v| reader.string(v, "`expression`"));
        Some(Self {
            message: message(reader, fields),
            effect: effect?,
            expression: expression?.to_owned(),
        })
    }

    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.begin_object().key("effect").str(self.effect.as_str());
        w.key("expression").str(&self.expression);
        if let Some(message) = &self.message {
            w.key("message").str(message);
        }
        w.end_object();
    }
}
