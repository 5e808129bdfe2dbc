//! Calls: macros first, then namespaced functions, then methods.

use callgate_model::{Span, nearest};

use super::{Compiler, did_you_mean};
use crate::error::ErrorCode;
use crate::functions::{self, Function, Lookup};
use crate::program::{ConstantSet, Op, OpId, TextTest};
use crate::regex;
use crate::syntax::ast::{Literal, Name, NodeId, NodeKind};
use crate::value::Value;

impl<'c> Compiler<'c> {
    pub(super) fn call(&mut self, id: NodeId) -> OpId {
        let ast = self.ast;
        let span = ast.node(id).span;
        let NodeKind::Call {
            target,
            function,
            arguments,
            ..
        } = &ast.node(id).kind
        else {
            return self.emit(Op::Fail(ErrorCode::UndeclaredFunction), span);
        };
        if let Some(op) = self.macro_call(*target, function, arguments, span) {
            return op;
        }
        // `math.greatest(x)`: the target is part of the name.
        let namespaced = target
            .and_then(|target| self.namespace(target))
            .map(|namespace| format!("{namespace}.{}", function.text));
        if let Some(name) = &namespaced
            && functions::lookup(name, false, arguments.len()) != Lookup::Unknown
        {
            let arguments: Vec<OpId> = arguments
                .iter()
                .map(|argument| self.node(*argument))
                .collect();
            return self.function(name, false, &arguments, function.span, span);
        }
        if target.is_some() && functions::lookup(&function.text, true, 1) == Lookup::Unknown {
            // Say that the function is missing, not that its receiver is.
            return self.function(&function.text, true, &[], function.span, span);
        }
        if let Some(op) = self.literal_pattern(*target, function, arguments, span) {
            return op;
        }
        let arguments: Vec<OpId> = target
            .iter()
            .chain(arguments)
            .map(|argument| self.node(*argument))
            .collect();
        self.function(
            &function.text,
            target.is_some(),
            &arguments,
            function.span,
            span,
        )
    }

    fn function(
        &mut self,
        name: &str,
        method: bool,
        arguments: &[OpId],
        place: Span,
        span: Span,
    ) -> OpId {
        match functions::lookup(name, method, arguments.len()) {
            Lookup::Found(function) => {
                let test = match function {
                    Function::Contains => Some(TextTest::Contains),
                    Function::StartsWith => Some(TextTest::StartsWith),
                    Function::EndsWith => Some(TextTest::EndsWith),
                    _ => None,
                };
                if let (Some(test), [text, part]) = (test, arguments) {
                    return self.emit_folded(Op::TextTest(test, *text, *part), span);
                }
                let arguments = self.operands(arguments);
                self.emit_folded(
                    Op::Call {
                        function,
                        arguments,
                    },
                    span,
                )
            }
            Lookup::WrongShape => {
                let message = format!("`{name}` does not take these arguments");
                self.undeclared("cel.wrong_arguments", place, message, |_| {
                    Some(functions::usage(name))
                });
                self.emit(Op::Fail(ErrorCode::NoMatchingOverload), span)
            }
            Lookup::Unknown => {
                let message = format!("there is no function `{name}`");
                self.undeclared("cel.undeclared_function", place, message, |_| {
                    nearest(name, functions::names()).map(did_you_mean)
                });
                self.emit(Op::Fail(ErrorCode::UndeclaredFunction), span)
            }
        }
    }

    /// `text.matches("literal")` with the pattern compiled now.
    fn literal_pattern(
        &mut self,
        target: Option<NodeId>,
        function: &Name,
        arguments: &[NodeId],
        span: Span,
    ) -> Option<OpId> {
        if &*function.text != Function::Matches.name() {
            return None;
        }
        let (text, pattern) = match (target, arguments) {
            (Some(text), [pattern]) => (text, *pattern),
            (None, [text, pattern]) => (*text, *pattern),
            _ => return None,
        };
        let ast = self.ast;
        let pattern = ast.node(ast.ungrouped(pattern));
        let NodeKind::Literal(Literal::String(source)) = &pattern.kind else {
            return None;
        };
        let place = pattern.span;
        let operand = self.node(text);
        match regex::compile(source, self.limits.regex_bytes) {
            Ok(compiled) => {
                let regex = super::pool_id(self.program.regexes.len());
                self.program.regexes.push(compiled);
                Some(self.emit(Op::Matches { operand, regex }, span))
            }
            Err(problem) => {
                self.undeclared("cel.invalid_regex", place, problem.to_string(), |_| None);
                Some(self.emit(Op::Fail(ErrorCode::InvalidRegex), span))
            }
        }
    }

    /// `x in [constants]`, if the list has nothing but constants.
    pub(super) fn constant_membership(
        &mut self,
        left: NodeId,
        right: NodeId,
        span: Span,
    ) -> Option<OpId> {
        let ast = self.ast;
        let NodeKind::List(elements) = &ast.node(ast.ungrouped(right)).kind else {
            return None;
        };
        let mut set = ConstantSet::default();
        for element in elements {
            let NodeKind::Literal(literal) = &ast.node(ast.ungrouped(element.value)).kind else {
                return None;
            };
            match literal {
                _ if element.optional => return None,
                Literal::String(text) => set.texts.push(text.clone()),
                Literal::Bytes(_) => return None,
                Literal::Null => set.others.push(Value::Null),
                Literal::Bool(bool) => set.others.push(Value::Bool(*bool)),
                Literal::Int(int) => set.others.push(Value::Int(*int)),
                Literal::Uint(uint) => set.others.push(Value::Uint(*uint)),
                Literal::Double(double) => set.others.push(Value::Double(*double)),
            }
        }
        callgate_json::sort_by(&mut set.texts, Ord::cmp);
        set.texts.dedup();
        let operand = self.node(left);
        let id = super::pool_id(self.program.sets.len());
        self.program.sets.push(set);
        Some(self.emit(Op::InSet { operand, set: id }, span))
    }
}
