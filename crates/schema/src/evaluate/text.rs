//! Strings: their length in characters, patterns and formats.

use super::{At, Run, Verdict, message};
use crate::node::{NodeId, TextRule};

impl Run<'_, '_> {
    pub(super) fn text(
        &mut self,
        id: NodeId,
        rule: &TextRule,
        text: &str,
        at: At<'_, '_>,
    ) -> Verdict {
        let mut length = || {
            self.budget.charge_bytes(text.len())?;
            Ok(text.chars().count() as u64)
        };
        Ok(match rule {
            TextRule::MinLength(least) => {
                length()? >= *least
                    || self.broken(id, "minLength", at, || {
                        message::shorter(*least, "characters")
                    })
            }
            TextRule::MaxLength(most) => {
                length()? <= *most
                    || self.broken(id, "maxLength", at, || message::longer(*most, "characters"))
            }
            TextRule::Pattern(pattern) => {
                pattern.matches(text, self.budget)?
                    || self.broken(id, "pattern", at, || message::pattern(&pattern.source))
            }
            TextRule::Format(format) => {
                format.accepts(text, self.budget)?
                    || self.broken(id, "format", at, || message::format(*format))
            }
        })
    }
}
