//! Atoms: conditions that have no conditions for parts, and what is known of their form.

use callgate_cel::syntax::ast::{Ast, BinaryOperator, Literal, NodeId, NodeKind};
use callgate_cel::{Arena, ErrorCode, Gas, Program, Value};
use callgate_model::{Call, Limits, Timestamp};

use crate::domain;
use crate::outcome::Outcomes;
use crate::place::{Looks, Place, children, environment, place};

/// A condition without parts.
#[derive(Debug)]
pub(crate) struct Atom {
    /// None for what is decided by more than expressions can see.
    pub(crate) program: Option<Program>,
    /// What it may come to when nothing is known of the call.
    pub(crate) outcomes: Outcomes,
    /// The one place it looks at, if there is only one.
    pub(crate) place: Option<Place>,
    /// All the places it looks at.
    pub(crate) places: Vec<Place>,
    pub(crate) form: Form,
    /// It reads the place with `.?`.
    pub(crate) optional: bool,
    /// Constants in it: what the place may be compared with.
    pub(crate) points: Vec<Constant>,
}

/// What is known about how an atom depends on the value at its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// `has(p)`
    Has,
    /// `p`
    Truth,
    /// `p == c`, `p != c`, `p in [c, …]`
    Equal(Vec<Constant>),
    /// `p < c` and its kin
    Order(Relation, Constant),
    /// `p.startsWith("c")`
    Starts(String),
    /// `p.endsWith("c")`
    Ends(String),
    /// `p.contains("c")`
    Contains(String),
    /// `p.matches("c")`
    Matches,
    /// `c in p`
    Holds(Constant),
    /// `size(p) < number` and its kin
    Size(Relation, f64),
    /// Anything else.
    Other,
}

/// How a value stands to a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

impl Relation {
    fn of(operator: BinaryOperator) -> Option<Self> {
        Some(match operator {
            BinaryOperator::Less => Self::Less,
            BinaryOperator::LessEqual => Self::LessEqual,
            BinaryOperator::Greater => Self::Greater,
            BinaryOperator::GreaterEqual => Self::GreaterEqual,
            BinaryOperator::Equal => Self::Equal,
            BinaryOperator::NotEqual => Self::NotEqual,
            _ => return None,
        })
    }

    /// The relation with its sides exchanged.
    fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            same @ (Self::Equal | Self::NotEqual) => same,
        }
    }

    /// The relation that holds when this one does not.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Less => Self::GreaterEqual,
            Self::LessEqual => Self::Greater,
            Self::Greater => Self::LessEqual,
            Self::GreaterEqual => Self::Less,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }
}

impl Form {
    fn constants(&self) -> &[Constant] {
        match self {
            Self::Equal(constants) => constants,
            Self::Order(_, constant) | Self::Holds(constant) => std::slice::from_ref(constant),
            Self::Has
            | Self::Truth
            | Self::Starts(_)
            | Self::Ends(_)
            | Self::Contains(_)
            | Self::Matches
            | Self::Size(..)
            | Self::Other => &[],
        }
    }
}

/// A value that no call changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Text(String),
    Number(f64),
    /// `true`, `false`, `null`
    Simple,
    Instant(Timestamp),
    /// `[]`
    EmptyList,
    /// Another list, a duration, a type.
    Other,
}

impl Constant {
    fn of(value: Value<'_>) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers beyond 2^53 are not told apart"
        )]
        match value {
            Value::String(text) => Self::Text(text.to_owned()),
            Value::Int(int) => Self::Number(int as f64),
            Value::Uint(uint) => Self::Number(uint as f64),
            Value::Double(double) => Self::Number(double),
            Value::Bool(_) | Value::Null => Self::Simple,
            Value::Timestamp(instant) => Self::Instant(instant),
            Value::List([]) => Self::EmptyList,
            _ => Self::Other,
        }
    }
}

impl Atom {
    /// The condition at `id`, which stands within no macro.
    pub(crate) fn of(ast: &Ast, id: NodeId, limits: &Limits) -> Option<Self> {
        let id = ast.ungrouped(id);
        let text = text(ast, id, limits);
        let program = compile(&text, limits)?;
        let looks = Looks::of(ast, id);
        let mut places = looks.places;
        let only = match places.as_slice() {
            [only] if !looks.elsewhere => Some(only.clone()),
            _ => None,
        };
        let mut points = Vec::new();
        points_of(ast, id, limits, &mut points);
        let (only, form) = member(ast, id, limits).map_or_else(
            || (only, form(ast, id, limits)),
            |place| (Some(place), Form::Has),
        );
        places.extend(only.clone());
        // INVARIANT: whatever the form compares with is a point of its own.
        points.extend(form.constants().iter().cloned());
        Some(Self {
            program: Some(program),
            outcomes: Outcomes::ANY,
            form,
            place: only,
            places,
            optional: looks.optional,
            points,
        })
    }

    /// Something that comes out one way or the other for reasons of its own.
    pub(crate) fn opaque() -> Self {
        Self {
            program: None,
            outcomes: Outcomes::EITHER,
            place: None,
            places: Vec::new(),
            form: Form::Other,
            optional: false,
            points: Vec::new(),
        }
    }

    /// Something that cannot be evaluated: it may come to anything.
    pub(crate) fn unknown() -> Self {
        Self {
            outcomes: Outcomes::ANY,
            ..Self::opaque()
        }
    }

    /// What it comes to for a call; anything if that takes more than a decision may.
    pub(crate) fn evaluate(&self, call: &Call<'_>, now: Timestamp, limits: &Limits) -> Outcomes {
        let Some(program) = &self.program else {
            return self.outcomes;
        };
        let mut activation = callgate_engine::activation(call, now);
        activation.push(call.mission.map(Value::String));
        let arena = Arena::new(limits.arena_bytes);
        let truth = program.test(&activation, &arena, &mut Gas::new(limits.gas));
        match truth {
            Ok(truth) => Outcomes::of(truth),
            Err(error)
                if matches!(
                    error.code,
                    ErrorCode::GasExhausted | ErrorCode::MemoryExhausted
                ) =>
            {
                Outcomes::ANY
            }
            Err(_) => Outcomes::FAILS,
        }
    }
}

/// The source of a node in canonical layout, so that what differs in blanks is the same.
pub(crate) fn text(ast: &Ast, id: NodeId, limits: &Limits) -> String {
    let source = ast.text(ast.node(id).span);
    callgate_cel::tooling::format(source, limits).unwrap_or_else(|_| source.to_owned())
}

fn compile(source: &str, limits: &Limits) -> Option<Program> {
    let ast = callgate_cel::parse(source, limits).ok()?;
    callgate_cel::compile(&ast, environment(), limits).ok()
}

/// The value of a node that looks at no call.
fn constant(ast: &Ast, id: NodeId, limits: &Limits) -> Option<Constant> {
    let looks = Looks::of(ast, id);
    if looks.elsewhere || !looks.places.is_empty() {
        return None;
    }
    let program = compile(ast.text(ast.node(ast.ungrouped(id)).span), limits)?;
    let arena = Arena::new(limits.arena_bytes);
    let activation = environment().activation();
    let value = program.eval(&activation, &arena, &mut Gas::new(limits.gas));
    value.ok().map(Constant::of)
}

/// Every constant below a node: literals, and instants that calls such as `timestamp("…")` give.
fn points_of(ast: &Ast, id: NodeId, limits: &Limits, points: &mut Vec<Constant>) {
    match &ast.node(id).kind {
        NodeKind::Literal(Literal::String(text)) => points.push(Constant::Text((**text).into())),
        NodeKind::Literal(_) | NodeKind::Call { .. } => {
            points.extend(constant(ast, id, limits).filter(|found| *found != Constant::Other));
        }
        _ => {}
    }
    for child in children(&ast.node(id).kind) {
        points_of(ast, child, limits, points);
    }
}

/// The place that `"key" in map` asks about, where the map is one in every call.
fn member(ast: &Ast, id: NodeId, limits: &Limits) -> Option<Place> {
    let NodeKind::Binary {
        operator: BinaryOperator::In,
        left,
        right,
        ..
    } = &ast.node(id).kind
    else {
        return None;
    };
    let (mut map, _) = place(ast, *right, &[])?;
    let Some(Constant::Text(key)) = constant(ast, *left, limits) else {
        return None;
    };
    if !map.keys.is_empty() || !domain::is_map(&map.attribute) {
        return None;
    }
    map.keys.push(key.into());
    Some(map)
}

fn form(ast: &Ast, id: NodeId, limits: &Limits) -> Form {
    let plain = |id: NodeId| is_value(ast, id, limits);
    let constant = |id: NodeId| constant(ast, id, limits);
    match &ast.node(id).kind {
        NodeKind::Binary {
            operator,
            left,
            right,
            ..
        } => comparison(ast, *operator, *left, *right, limits),
        NodeKind::Call {
            target: None,
            function,
            arguments,
            ..
        } if &*function.text == "has" => match arguments.as_slice() {
            [selection] if place(ast, *selection, &[]).is_some() => Form::Has,
            _ => Form::Other,
        },
        NodeKind::Call {
            target,
            function,
            arguments,
            ..
        } => {
            let operands: Vec<NodeId> = target.iter().chain(arguments).copied().collect();
            let [value, part] = operands.as_slice() else {
                return Form::Other;
            };
            let Some(Constant::Text(part)) = constant(*part).filter(|_| plain(*value)) else {
                return Form::Other;
            };
            match &*function.text {
                "startsWith" => Form::Starts(part),
                "endsWith" => Form::Ends(part),
                "contains" => Form::Contains(part),
                "matches" => Form::Matches,
                _ => Form::Other,
            }
        }
        _ if plain(id) => Form::Truth,
        _ => Form::Other,
    }
}

fn comparison(
    ast: &Ast,
    operator: BinaryOperator,
    left: NodeId,
    right: NodeId,
    limits: &Limits,
) -> Form {
    let plain = |id: NodeId| is_value(ast, id, limits);
    let constant = |id: NodeId| constant(ast, id, limits);
    let (value, other, turned) = match plain(left) || is_size(ast, left) {
        true => (left, right, false),
        false => (right, left, true),
    };
    if operator == BinaryOperator::In {
        return membership(ast, left, right, limits);
    }
    let Some(relation) = Relation::of(operator) else {
        return Form::Other;
    };
    let relation = match turned {
        true => relation.turned(),
        false => relation,
    };
    let is_equality = matches!(relation, Relation::Equal | Relation::NotEqual);
    match constant(other) {
        Some(Constant::Number(number)) if is_size(ast, value) => Form::Size(relation, number),
        Some(found) if plain(value) && is_equality => Form::Equal(vec![found]),
        Some(found) if plain(value) => Form::Order(relation, found),
        _ => Form::Other,
    }
}

fn membership(ast: &Ast, left: NodeId, right: NodeId, limits: &Limits) -> Form {
    let plain = |id: NodeId| is_value(ast, id, limits);
    let constant = |id: NodeId| constant(ast, id, limits);
    match &ast.node(ast.ungrouped(right)).kind {
        NodeKind::List(elements) if plain(left) => {
            let constants = elements.iter().map(|e| constant(e.value));
            let constants: Option<Vec<Constant>> = constants.collect();
            let optional = elements.iter().any(|element| element.optional);
            let constants = constants.filter(|_| !optional);
            constants.map_or(Form::Other, Form::Equal)
        }
        _ if plain(right) => constant(left).map_or(Form::Other, Form::Holds),
        _ => Form::Other,
    }
}

/// Whether a node is the value at a place: itself, or a constant where there is none.
fn is_value(ast: &Ast, id: NodeId, limits: &Limits) -> bool {
    if let Some((_, optional)) = place(ast, id, &[]) {
        return !optional;
    }
    let NodeKind::Call {
        target: Some(target),
        function,
        arguments,
        ..
    } = &ast.node(ast.ungrouped(id)).kind
    else {
        return false;
    };
    let [otherwise] = arguments.as_slice() else {
        return false;
    };
    &*function.text == "orValue"
        && place(ast, *target, &[]).is_some_and(|(_, optional)| optional)
        && constant(ast, *otherwise, limits).is_some()
}

/// `size(p)`, or `p.size()`
fn is_size(ast: &Ast, id: NodeId) -> bool {
    let NodeKind::Call {
        target,
        function,
        arguments,
        ..
    } = &ast.node(ast.ungrouped(id)).kind
    else {
        return false;
    };
    let measured: Vec<NodeId> = target.iter().chain(arguments).copied().collect();
    let [measured] = measured.as_slice() else {
        return false;
    };
    let found = place(ast, *measured, &[]);
    &*function.text == "size" && found.is_some_and(|(_, optional)| !optional)
}
