//! Calls whose outcome the source alone decides: patterns, instants and the like that cannot be read.

use callgate_model::Diagnostic;

use super::walk::Checker;
use crate::environment::Environment;
use crate::functions::Function;
use crate::syntax::ast::{Literal, NodeId, NodeKind};
use crate::{Arena, Gas, regex};

impl Checker<'_> {
    /// Complains about a literal argument that the function refuses on every call.
    pub(super) fn constant_call(&mut self, function: Function, parts: &[NodeId]) {
        use Function as F;
        match (function, parts) {
            (F::Matches | F::Extract | F::ExtractAll | F::RegexReplace, [_, pattern, ..]) => {
                self.pattern(*pattern);
            }
            (
                F::ToBool
                | F::ToInt
                | F::ToUint
                | F::ToDouble
                | F::ToTimestamp
                | F::ToDuration
                | F::Ip
                | F::Cidr
                | F::IsCanonicalIp
                | F::Base64Decode,
                [text],
            ) => {
                if let Some(source) = self.text_literal(*text) {
                    let call = format!("{}({source})", function.name());
                    self.attempt(&call, *text);
                }
            }
            (
                F::FullYear
                | F::Month
                | F::Date
                | F::DayOfMonth
                | F::DayOfWeek
                | F::DayOfYear
                | F::Hours
                | F::Minutes
                | F::Seconds
                | F::Milliseconds,
                [_, zone],
            ) => {
                if let Some(source) = self.text_literal(*zone) {
                    let call = format!("timestamp(0).{}({source})", function.name());
                    self.attempt(&call, *zone);
                }
            }
            (F::ContainsIp | F::ContainsCidr, [_, text]) => {
                let read = match function {
                    F::ContainsIp => "ip",
                    _ => "cidr",
                };
                if let Some(source) = self.text_literal(*text) {
                    self.attempt(&format!("{read}({source})"), *text);
                }
            }
            _ => {}
        }
    }

    /// The source of a text literal.
    fn text_literal(&self, id: NodeId) -> Option<&str> {
        let inner = self.ast.ungrouped(id);
        match &self.ast.node(inner).kind {
            NodeKind::Literal(Literal::String(_)) => Some(self.ast.text(self.span(inner))),
            _ => None,
        }
    }

    fn pattern(&mut self, id: NodeId) {
        let inner = self.ast.ungrouped(id);
        if let NodeKind::Literal(Literal::String(source)) = &self.ast.node(inner).kind
            && let Err(problem) = regex::measure(source, self.limits.regex_bytes)
        {
            let span = self.span(inner);
            self.report(Diagnostic::error(
                "cel.invalid_regex",
                span,
                problem.to_string(),
            ));
        }
    }

    /// Makes the call; it has no unknown parts, so it fails now or never.
    fn attempt(&mut self, call: &str, place: NodeId) {
        let environment = Environment::default();
        let Ok(ast) = crate::parse(call, self.limits) else {
            return;
        };
        let Ok(program) = crate::compile(&ast, &environment, self.limits) else {
            return;
        };
        let arena = Arena::new(self.limits.arena_bytes);
        if let Err(error) = program.eval(&[], &arena, &mut Gas::new(self.limits.gas)) {
            let message = format!("this fails on every call: {}", error.code.describe());
            let span = self.span(self.ast.ungrouped(place));
            let diagnostic = Diagnostic::error("cel.invalid_constant", span, message);
            let example = match call.split('(').next() {
                Some("timestamp") if !call.contains(").") => {
                    Some("an instant is written `2026-01-31T12:00:00Z`")
                }
                Some("duration") => Some("a duration is written `1h30m`, `45s` or `250ms`"),
                Some("cidr") => Some("a network is written `10.0.0.0/8`"),
                _ => None,
            };
            self.report(match example {
                Some(example) => diagnostic.with_help(example),
                None => diagnostic,
            });
        }
    }
}
