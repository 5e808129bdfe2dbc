//! Macros: the names they open, what they ask of their bodies, what they give.

use callgate_model::{Diagnostic, Span};

use super::library::SORT;
use super::types::Type;
use super::walk::Checker;
use crate::syntax::ast::{Name, NodeId, NodeKind};
use crate::value::Kind;

/// What a macro that visits a list or a map makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    /// `all`, `exists`, `exists_one`
    Question,
    Filter,
    SortBy,
    /// `map`, `transformList`
    List,
    Map,
    Entries,
}

/// The parts of such a macro.
struct Loop {
    visit: Visit,
    range: NodeId,
    variables: (NodeId, Option<NodeId>),
    filter: Option<NodeId>,
    body: NodeId,
    span: Span,
}

impl<'c> Checker<'c> {
    /// The type of a macro's result, if the call has the shape of one.
    pub(super) fn macro_call(
        &mut self,
        id: NodeId,
        target: Option<NodeId>,
        function: &'c Name,
        arguments: &'c [NodeId],
    ) -> Option<Type> {
        let name = &*function.text;
        match (target, name, arguments) {
            (None, "has", [selection]) => Some(self.has(*selection)),
            (Some(value), "optMap" | "optFlatMap", [variable, body]) => {
                Some(self.map_optional(value, *variable, *body, name == "optFlatMap"))
            }
            (Some(target), "bind", [variable, value, body])
                if self.namespace(target).as_deref() == Some("cel") =>
            {
                let value = self.node(*value);
                Some(self.with_variables(&[(*variable, value)], |checker| checker.node(*body)))
            }
            (Some(range), _, _) => {
                let (visit, variables, filter, body) = shape(name, arguments)?;
                Some(self.visit(&Loop {
                    visit,
                    range,
                    variables,
                    filter,
                    body,
                    span: self.span(id),
                }))
            }
            _ => None,
        }
    }

    fn has(&mut self, selection: NodeId) -> Type {
        if let NodeKind::Select { operand, field, .. } = &self.ast.node(selection).kind {
            // The name itself may be declared, as `request.tool` is.
            if !self.is_declared(selection) {
                let target = self.resolved(*operand);
                let found = self.field(&target, &field.text, field.span);
                self.note_type(selection, &found);
            }
        } else {
            let message = "`has` takes the selection of a field, such as `a.b`";
            let span = self.span(selection);
            self.report(Diagnostic::error("cel.invalid_has", span, message));
        }
        Type::BOOL
    }

    fn map_optional(&mut self, value: NodeId, variable: NodeId, body: NodeId, flat: bool) -> Type {
        let found = self.resolved(value);
        let inner = self.unifier.fresh();
        let inner = if self.unifier.fits(&found, &Type::optional(inner.clone())) {
            inner
        } else {
            self.not_optional(value, &found);
            Type::Dyn
        };
        let given = self.with_variables(&[(variable, inner)], |checker| checker.resolved(body));
        if !flat {
            return Type::optional(given);
        }
        let result = Type::optional(self.unifier.fresh());
        if self.unifier.fits(&given, &result) {
            return result;
        }
        self.not_optional(body, &given);
        Type::optional(Type::Dyn)
    }

    fn not_optional(&mut self, id: NodeId, found: &Type) {
        let message = format!("an optional is wanted here, and this is `{found}`");
        let span = self.span(id);
        self.report(Diagnostic::error("cel.not_optional", span, message));
    }

    fn visit(&mut self, task: &Loop) -> Type {
        let range = self.resolved(task.range);
        let (keys, values) = self.visited(task.range, &range);
        let (first, second) = task.variables;
        let variables = match second {
            None => vec![(
                first,
                if range_is_map(&range) { &keys } else { &values }.clone(),
            )],
            Some(second) => {
                if self.same_name(first, second) {
                    let message = "the two variables of a macro need different names";
                    self.report(Diagnostic::error(
                        "cel.invalid_variable",
                        task.span,
                        message,
                    ));
                }
                vec![(first, keys.clone()), (second, values.clone())]
            }
        };
        let element = variables
            .first()
            .map_or(Type::Dyn, |(_, found)| found.clone());
        self.with_variables(&variables, |checker| {
            if let Some(filter) = task.filter {
                checker.truth(filter, "the condition of a macro");
            }
            match task.visit {
                Visit::Question => {
                    checker.truth(task.body, "the condition of a macro");
                    Type::BOOL
                }
                Visit::Filter => {
                    checker.truth(task.body, "the condition of a macro");
                    Type::list(element)
                }
                Visit::SortBy => {
                    checker.sorting_key(task.body);
                    Type::list(element)
                }
                Visit::List => Type::list(checker.node(task.body)),
                Visit::Map => Type::map(keys, checker.node(task.body)),
                Visit::Entries => checker.entries(task.body),
            }
        })
    }

    /// The body of `sortBy`: something that has an order.
    fn sorting_key(&mut self, body: NodeId) {
        let found = self.resolved(body);
        let list = Type::list(found.clone());
        if self.overload(SORT, core::slice::from_ref(&list)).is_none() {
            let message =
                format!("`sortBy` sorts by values that have an order, and this is `{found}`");
            let span = self.span(body);
            self.report(Diagnostic::error("cel.no_matching_overload", span, message));
        }
    }

    /// The body of `transformMapEntry`: a map.
    fn entries(&mut self, body: NodeId) -> Type {
        let found = self.resolved(body);
        let wanted = Type::map(self.unifier.fresh(), self.unifier.fresh());
        if self.unifier.fits(&found, &wanted) {
            return wanted;
        }
        let message = format!("`transformMapEntry` takes a map, and this is `{found}`");
        let span = self.span(body);
        self.report(Diagnostic::error("cel.no_matching_overload", span, message));
        Type::map(Type::Dyn, Type::Dyn)
    }

    /// The keys (or positions) and the values of what a macro visits.
    fn visited(&mut self, id: NodeId, range: &Type) -> (Type, Type) {
        match range {
            Type::List(element) => (Type::INT, (**element).clone()),
            Type::Map(key, value) => ((**key).clone(), (**value).clone()),
            Type::Object(_) => (Type::STRING, Type::Dyn),
            Type::Dyn | Type::Parameter(_) => (Type::Dyn, Type::Dyn),
            Type::Variable(_) => {
                self.unifier.fits(&Type::Dyn, range);
                (Type::Dyn, Type::Dyn)
            }
            _ => {
                let message = format!("a macro visits a list or a map, and this is `{range}`");
                let diagnostic =
                    Diagnostic::error("cel.no_matching_overload", self.span(id), message);
                self.report(match range {
                    Type::Optional(_) => diagnostic.with_help("give a default: `.orValue([])`"),
                    Type::Simple(Kind::String) => {
                        diagnostic.with_help("take it apart first: `text.split(\"\")`")
                    }
                    _ => diagnostic,
                });
                (Type::Dyn, Type::Dyn)
            }
        }
    }

    fn same_name(&self, first: NodeId, second: NodeId) -> bool {
        matches!(
            (&self.ast.node(first).kind, &self.ast.node(second).kind),
            (NodeKind::Ident { name: a, .. }, NodeKind::Ident { name: b, .. }) if a == b
        )
    }

    /// Looks at the scope of a macro's variables.
    fn with_variables(
        &mut self,
        variables: &[(NodeId, Type)],
        look: impl FnOnce(&mut Self) -> Type,
    ) -> Type {
        let outer = self.scope.len();
        for (id, found) in variables {
            let node = self.ast.node(*id);
            let name = match &node.kind {
                NodeKind::Ident {
                    name,
                    absolute: false,
                } => &**name,
                _ => {
                    let message = "a macro variable is a simple name";
                    self.report(Diagnostic::error(
                        "cel.invalid_variable",
                        node.span,
                        message,
                    ));
                    ""
                }
            };
            self.note_type(*id, found);
            self.refers(*id, super::Reference::Local(*id));
            self.scope.push((name, found.clone(), *id));
        }
        let given = look(self);
        self.scope.truncate(outer);
        given
    }
}

fn range_is_map(range: &Type) -> bool {
    matches!(range, Type::Map(..) | Type::Object(_))
}

type Shape = (Visit, (NodeId, Option<NodeId>), Option<NodeId>, NodeId);

/// The parts of a macro that visits something, if name and arguments are those of one.
fn shape(name: &str, arguments: &[NodeId]) -> Option<Shape> {
    let question = matches!(name, "all" | "exists" | "exists_one" | "existsOne");
    Some(match (name, arguments) {
        (_, [x, body]) if question => (Visit::Question, (*x, None), None, *body),
        (_, [x, y, body]) if question => (Visit::Question, (*x, Some(*y)), None, *body),
        ("filter", [x, body]) => (Visit::Filter, (*x, None), None, *body),
        ("sortBy", [x, body]) => (Visit::SortBy, (*x, None), None, *body),
        ("map", [x, body]) => (Visit::List, (*x, None), None, *body),
        ("map", [x, filter, body]) => (Visit::List, (*x, None), Some(*filter), *body),
        (_, [x, y, rest @ ..]) => {
            let (filter, body) = match rest {
                [body] => (None, *body),
                [filter, body] => (Some(*filter), *body),
                _ => return None,
            };
            let visit = match name {
                "transformList" => Visit::List,
                "transformMap" => Visit::Map,
                "transformMapEntry" => Visit::Entries,
                _ => return None,
            };
            (visit, (*x, Some(*y)), filter, body)
        }
        _ => return None,
    })
}
