//! Where in a call an expression looks: an attribute and the keys that lead on from it.

use std::sync::OnceLock;

use callgate_cel::syntax::ast::{Ast, Literal, NodeId, NodeKind};
use callgate_cel::{Entity, Environment, Type};

/// The attribute that scopes see and expressions do not.
pub(crate) const MISSION: &str = "mission.id";

/// What atoms may name: what policies may, and the mission.
pub(crate) fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let declarations = callgate_engine::environment().declarations().iter();
        let builder = declarations.fold(Environment::builder(), |builder, declared| {
            builder.leaf(&declared.path, declared.r#type.clone())
        });
        builder.leaf(MISSION, Type::String).build()
    })
}

/// A place in a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The dotted path of the attribute.
    pub(crate) attribute: Box<str>,
    /// The keys that lead on.
    pub(crate) keys: Vec<Box<str>>,
}

impl Place {
    pub(crate) fn attribute(path: &str) -> Self {
        Self {
            attribute: path.into(),
            keys: Vec::new(),
        }
    }

    /// The place one key up.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, keys) = self.keys.split_last()?;
        Some(Self {
            attribute: self.attribute.clone(),
            keys: keys.to_vec(),
        })
    }

    /// Every step from the call down.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.iter().map(|key| &**key);
        self.attribute.split('.').chain(keys)
    }
}

/// Where a part of an expression looks.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    pub(crate) places: Vec<Place>,
    /// It also looks at something that is no place: a whole struct, say.
    pub(crate) elsewhere: bool,
    /// Some place is read with `.?`, which forgives more than `.` does.
    pub(crate) optional: bool,
}

const MACROS: [&str; 14] = [
    "all",
    "exists",
    "exists_one",
    "existsOne",
    "filter",
    "map",
    "sortBy",
    "transformList",
    "transformMap",
    "transformMapEntry",
    "optMap",
    "optFlatMap",
    "bind",
    "has",
];

impl Looks {
    /// Where the part of `ast` at `id` looks. It must not stand within a macro.
    pub(crate) fn of(ast: &Ast, id: NodeId) -> Self {
        let mut looks = Self::default();
        let mut variables = Vec::new();
        variables_of(ast, id, &mut variables);
        // A variable that hides an attribute is more than is worth following.
        looks.elsewhere = variables.iter().any(|v| environment().entity(v).is_some());
        looks.walk(ast, id, &variables);
        looks
    }

    fn walk(&mut self, ast: &Ast, id: NodeId, variables: &[&str]) {
        if let Some((place, optional)) = place(ast, id, variables) {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
            self.optional |= optional;
            return;
        }
        if let NodeKind::Ident { name, .. } = &ast.node(id).kind {
            self.elsewhere |= !variables.contains(&&**name) && environment().entity(name).is_some();
        }
        for child in children(&ast.node(id).kind) {
            self.walk(ast, child, variables);
        }
    }
}

/// Names that macros in this part of the expression bind, or may.
fn variables_of<'a>(ast: &'a Ast, id: NodeId, variables: &mut Vec<&'a str>) {
    let kind = &ast.node(id).kind;
    if let NodeKind::Call {
        target: Some(_),
        function,
        arguments,
        ..
    } = kind
        && MACROS.contains(&&*function.text)
    {
        for argument in arguments.iter().take(2) {
            if let NodeKind::Ident { name, .. } = &ast.node(*argument).kind {
                variables.push(name);
            }
        }
    }
    for child in children(kind) {
        variables_of(ast, child, variables);
    }
}

/// The place that a node is, and whether it is read with `.?` or `[?]`.
pub(crate) fn place(ast: &Ast, id: NodeId, variables: &[&str]) -> Option<(Place, bool)> {
    let (mut steps, mut at, mut optional) = (Vec::new(), id, false);
    loop {
        match &ast.node(at).kind {
            NodeKind::Group(inner) => at = *inner,
            NodeKind::Select {
                operand,
                field,
                optional: forgiving,
            } => {
                steps.push((&*field.text, !forgiving));
                optional |= forgiving;
                at = *operand;
            }
            NodeKind::Index {
                operand,
                index,
                optional: forgiving,
            } => {
                let NodeKind::Literal(Literal::String(key)) = &ast.node(ast.ungrouped(*index)).kind
                else {
                    return None;
                };
                steps.push((key, false));
                optional |= forgiving;
                at = *operand;
            }
            NodeKind::Ident {
                name,
                absolute: false,
            } if !variables.contains(&&**name) => {
                steps.push((name, true));
                break;
            }
            _ => return None,
        }
    }
    steps.reverse();
    resolve(&steps).map(|place| (place, optional))
}

/// The attribute that the steps begin with, and what is left of them. Only plain selections name an attribute.
fn resolve(steps: &[(&str, bool)]) -> Option<Place> {
    let mut path = String::new();
    for (taken, (name, plain)) in steps.iter().enumerate() {
        if !plain {
            return None;
        }
        path.push_str(if path.is_empty() { "" } else { "." });
        path.push_str(name);
        if let Some(Entity::Slot(_)) = environment().entity(&path) {
            let keys = steps.iter().skip(taken.saturating_add(1));
            return Some(Place {
                attribute: path.into(),
                keys: keys.map(|(key, _)| (*key).into()).collect(),
            });
        }
    }
    None
}

/// The nodes directly below one.
pub(crate) fn children(kind: &NodeKind) -> Vec<NodeId> {
    match kind {
        NodeKind::Error | NodeKind::Literal(_) | NodeKind::Ident { .. } => Vec::new(),
        NodeKind::Select { operand, .. } | NodeKind::Unary { operand, .. } => vec![*operand],
        NodeKind::Index { operand, index, .. } => vec![*operand, *index],
        NodeKind::Call {
            target, arguments, ..
        } => target.iter().chain(arguments).copied().collect(),
        NodeKind::List(elements) => elements.iter().map(|element| element.value).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|e| [e.key, e.value]).collect(),
        NodeKind::Message { fields, .. } => fields.iter().map(|(_, value)| *value).collect(),
        NodeKind::Binary { left, right, .. } => vec![*left, *right],
        NodeKind::Conditional {
            condition,
            then,
            otherwise,
        } => vec![*condition, *then, *otherwise],
        NodeKind::Group(inner) => vec![*inner],
    }
}
