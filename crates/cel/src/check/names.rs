//! What names stand for, and what selecting and indexing give.

use callgate_model::{Diagnostic, Span, nearest};

use super::Reference;
use super::types::{Object, Others, Type};
use super::walk::Checker;
use crate::environment::Entity;
use crate::syntax::ast::{Dotted, Literal, Name, NodeId, NodeKind};
use crate::value::Kind;

impl<'c> Checker<'c> {
    /// A name standing alone.
    pub(super) fn ident(&mut self, id: NodeId) -> Type {
        if let Some(found) = self.qualified(id).or_else(|| self.type_constant(id)) {
            return found;
        }
        let NodeKind::Ident { name, .. } = &self.ast.node(id).kind else {
            return Type::Dyn;
        };
        let locals = self.scope.iter().map(|(name, ..)| *name);
        let paths = self.context.environment.paths().map(|(path, _)| path);
        let declared = paths.map(|path| path.split('.').next().unwrap_or(path));
        let near = nearest(name, locals.chain(declared));
        let message = format!("`{name}` is not declared");
        let diagnostic = Diagnostic::error("cel.undeclared_name", self.span(id), message);
        self.report(match near {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic,
        });
        Type::Dyn
    }

    /// `operand.field` or `operand.?field`.
    pub(super) fn select(
        &mut self,
        id: NodeId,
        operand: NodeId,
        field: &'c Name,
        optional: bool,
    ) -> Type {
        if !optional && let Some(found) = self.qualified(id).or_else(|| self.type_constant(id)) {
            return found;
        }
        let target = self.resolved(operand);
        let span = if optional { field.span } else { self.span(id) };
        let found = self.field(&target, &field.text, span);
        match found {
            Type::Optional(_) if matches!(target, Type::Optional(_)) => found,
            _ if optional => Type::optional(found),
            _ => found,
        }
    }

    /// A node that begins with a macro variable or a declared name, with the rest read as fields.
    fn qualified(&mut self, id: NodeId) -> Option<Type> {
        let dotted = self.ast.dotted(id)?;
        let (used, mut found, reference) = self.resolve(&dotted)?;
        let (_, named) = *dotted.parts.get(used.checked_sub(1)?)?;
        self.refers(named, reference);
        self.note_type(named, &found);
        for (field, node) in dotted.parts.iter().skip(used) {
            let target = self.unifier.resolve(&found);
            found = self.field(&target, field, self.span(*node));
            self.note_type(*node, &found);
        }
        Some(found)
    }

    /// Whether a dotted node is the name of something declared, whole; its type is noted if so.
    pub(super) fn is_declared(&mut self, id: NodeId) -> bool {
        let Some(dotted) = self.ast.dotted(id) else {
            return false;
        };
        match self.resolve(&dotted) {
            Some((used, found, reference)) if used == dotted.parts.len() => {
                self.refers(id, reference);
                self.note_type(id, &found);
                true
            }
            _ => false,
        }
    }

    /// The longest prefix that stands for something: its parts, its type, what it refers to.
    fn resolve(&mut self, dotted: &Dotted<'c>) -> Option<(usize, Type, Reference)> {
        let (first, _) = dotted.parts.first()?;
        if !dotted.absolute
            && let Some((_, found, node)) = self.scope.iter().rfind(|(name, ..)| name == first)
        {
            return Some((1, found.clone(), Reference::Local(*node)));
        }
        for used in (1..=dotted.parts.len()).rev() {
            let names = dotted.parts.iter().take(used).map(|(name, _)| *name);
            let path = names.collect::<Vec<_>>().join(".");
            if let Some((path, found)) = self.lookup(&path, dotted.absolute) {
                return Some((used, found, Reference::Declared(path)));
            }
        }
        None
    }

    /// What a path names, tried in the container and outwards from it.
    fn lookup(&mut self, path: &str, absolute: bool) -> Option<(Box<str>, Type)> {
        let environment = self.context.environment;
        let mut container = if absolute {
            ""
        } else {
            environment.container()
        };
        while !container.is_empty() {
            let inside = format!("{container}.{path}");
            if let Some(found) = self.declared(&inside) {
                return Some((inside.into(), found));
            }
            container = container.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        Some((path.into(), self.declared(path)?))
    }

    fn declared(&mut self, path: &str) -> Option<Type> {
        let more = self.context.declarations;
        if let Some(found) = more.and_then(|more| more.variables.get(path)) {
            let found = found.clone();
            return Some(self.instance(&found));
        }
        let entity = self.context.environment.entity(path)?;
        if let Some(arguments) = self.narrowed(path) {
            return Some(arguments);
        }
        Some(self.of_entity(path, entity))
    }

    fn of_entity(&self, path: &str, entity: Entity) -> Type {
        let environment = self.context.environment;
        let structure = match entity {
            Entity::Slot(slot) => {
                let declaration = environment.declaration(slot);
                return declaration.map_or(Type::Dyn, |found| Type::from(&found.r#type));
            }
            Entity::Struct(id) => environment.structure(id),
        };
        let fields = structure.into_iter().flat_map(|found| &found.fields);
        let fields = fields.map(|(name, entity)| {
            let inside = format!("{path}.{name}");
            (name.clone(), self.of_entity(&inside, *entity))
        });
        Type::Object(
            Object {
                name: path.into(),
                note: "".into(),
                fields: fields.collect(),
                others: Others::None,
            }
            .into(),
        )
    }

    /// Whether a dotted node is a namespace (`math`, `ip`) and nothing declared: its dotted text.
    pub(super) fn namespace(&mut self, id: NodeId) -> Option<String> {
        let dotted = self.ast.dotted(id)?;
        if self.resolve(&dotted).is_some() {
            return None;
        }
        let names: Vec<&str> = dotted.parts.iter().map(|(name, _)| *name).collect();
        Some(names.join("."))
    }

    /// A type named by a node (`int`, `google.protobuf.Timestamp`), unless something declared has that name.
    fn type_constant(&mut self, id: NodeId) -> Option<Type> {
        let name = self.namespace(id)?;
        let kind = Kind::named(&name)?;
        self.refers(id, Reference::TypeName);
        Some(Type::Type(Type::from(kind).into()))
    }

    /// What a field of a value is.
    pub(super) fn field(&mut self, target: &Type, field: &str, span: Span) -> Type {
        match target {
            Type::Dyn | Type::Parameter(_) => Type::Dyn,
            Type::Variable(_) => {
                self.unifier.fits(&Type::Dyn, target);
                Type::Dyn
            }
            Type::Map(_, value) => (**value).clone(),
            Type::Object(object) => self.known_field(object, field, span),
            Type::Optional(inner) => {
                let inner = self.unifier.resolve(inner);
                match self.field(&inner, field, span) {
                    found @ Type::Optional(_) => found,
                    found => Type::optional(found),
                }
            }
            Type::Simple(_) | Type::Number | Type::List(_) | Type::Type(_) | Type::Abstract(..) => {
                let message = format!("`{target}` has no fields");
                let diagnostic = Diagnostic::error("cel.no_fields", span, message);
                self.report(match target {
                    Type::List(_) => diagnostic.with_help(
                        "take an element, `list[0]`, or ask about all: `list.exists(x, …)`",
                    ),
                    _ => diagnostic,
                });
                Type::Dyn
            }
        }
    }

    fn known_field(&mut self, object: &Object, field: &str, span: Span) -> Type {
        if let Some(found) = object.fields.get(field) {
            return found.clone();
        }
        let known = || object.fields.keys().map(|name| &**name);
        let path = &object.name;
        let message = format!("`{path}` has no field `{field}`{}", object.note);
        let near = nearest(field, known());
        let diagnostic = Diagnostic::error("cel.undeclared_field", span, message);
        let diagnostic = match (object.others, near) {
            (Others::Any, _) => return Type::Dyn,
            (_, Some(near)) => diagnostic.with_help(format!("did you mean `{path}.{near}`?")),
            (Others::None, None) if object.fields.is_empty() => diagnostic,
            (Others::None, None) => {
                let known: Vec<&str> = known().collect();
                diagnostic.with_help(format!("`{path}` has {}", known.join(", ")))
            }
            (Others::Unsaid, None) => {
                let message = format!("`{path}` declares no field `{field}`{}", object.note);
                Diagnostic::warning("cel.undeclared_argument", span, message)
            }
        };
        self.report(diagnostic);
        Type::Dyn
    }

    /// `operand[index]` or `operand[?index]`.
    pub(super) fn index(
        &mut self,
        id: NodeId,
        (operand, index): (NodeId, NodeId),
        optional: bool,
    ) -> Type {
        let target = self.resolved(operand);
        let at = self.resolved(index);
        let found = self.element_at(id, &target, (index, &at));
        match found {
            Type::Optional(_) if matches!(target, Type::Optional(_)) => found,
            _ if optional => Type::optional(found),
            _ => found,
        }
    }

    fn element_at(&mut self, id: NodeId, target: &Type, (index, at): (NodeId, &Type)) -> Type {
        match target {
            Type::Dyn | Type::Variable(_) | Type::Parameter(_) => Type::Dyn,
            Type::List(element) => {
                if !self.unifier.fits(at, &Type::INT) {
                    let message = format!("the index of a list is an int, and this is `{at}`");
                    let span = self.span(index);
                    self.report(Diagnostic::error("cel.no_matching_overload", span, message));
                }
                (**element).clone()
            }
            Type::Map(key, value) => {
                self.comparable(at, key, index, || {
                    format!("this map's keys are `{key}`, and this is `{at}`")
                });
                (**value).clone()
            }
            Type::Object(object) => {
                self.comparable(at, &Type::STRING, index, || {
                    format!("the names of fields are `string`, and this is `{at}`")
                });
                match &self.ast.node(self.ast.ungrouped(index)).kind {
                    NodeKind::Literal(Literal::String(field)) => {
                        self.known_field(object, field, self.span(index))
                    }
                    _ => Type::Dyn,
                }
            }
            Type::Optional(inner) => {
                let inner = self.unifier.resolve(inner);
                match self.element_at(id, &inner, (index, at)) {
                    found @ Type::Optional(_) => found,
                    found => Type::optional(found),
                }
            }
            Type::Simple(_) | Type::Number | Type::Type(_) | Type::Abstract(..) => {
                let message = format!("`{target}` has no elements");
                let span = self.span(id);
                let diagnostic = Diagnostic::error("cel.no_matching_overload", span, message);
                self.report(match target {
                    Type::Simple(Kind::String) => {
                        diagnostic.with_help("a character is `text.charAt(0)`")
                    }
                    _ => diagnostic,
                });
                Type::Dyn
            }
        }
    }
}
