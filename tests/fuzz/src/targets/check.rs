//! `cel_check`: what the checker lets pass compiles, its places exist, and the types it finds out are
//! those of the values; an expression without `dyn` never meets operands it is not defined for.

use std::sync::LazyLock;

use callgate_cel::check::{Checked, Type, check, check_policy};
use callgate_cel::{
    Arena, Ast, Environment, ErrorCode, EvalError, Gas, Kind, Value, compile, compile_source, parse,
};
use callgate_model::Limits;

use super::{GAS, MEMORY, Target, places_are_real};
use crate::choices::Choices;
use crate::grammar::FULL;
use crate::{Finding, Label, world};

pub const TARGET: Target = Target {
    name: "cel_check",
    run,
    must_meet: &["refused", "dynamic", "typed, a value", "typed, an error"],
};

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(world::environment);
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

fn run(data: &[u8]) -> Result<Label, Finding> {
    let mut choices = Choices::new(data);
    let slots = world::slots(&mut choices);
    let depth = 2 + u32::from(choices.byte() % 2);
    let letter = choices.pick(b"bbbbiudtylsmwpox").copied().unwrap_or(b'b');
    let source = match choices.below(3) {
        0 => FULL.expression(letter, depth, &mut choices),
        _ => FULL.fitting(letter, depth, &mut choices),
    };
    let wrong = |problem: String| Err(Finding::new(&source, problem));
    let ast = match parse(&source, &LIMITS) {
        Ok(ast) => ast,
        // Only nesting: the grammar writes nothing that cannot be read.
        Err(found) if found.iter().all(|d| d.code == "cel.nesting_limit") => return Ok("deep"),
        Err(found) => return wrong(format!("cannot be read: {found:?}")),
    };
    let checked = check(&ast, (&*ENVIRONMENT).into(), &LIMITS);
    places_are_real(&source, &checked.diagnostics)?;
    let compiled = compile(&ast, &ENVIRONMENT, &LIMITS);
    if choices.one_in(8) {
        agree(&source, &ast, &checked)?;
    }
    if !checked.is_usable() {
        return Ok("refused");
    }
    let program = match compiled {
        Ok(program) => program,
        Err(found) => return wrong(format!("usable, and does not compile: {found:?}")),
    };
    let arena = Arena::new(MEMORY);
    let result = program.eval(&slots, &arena, &mut Gas::new(GAS));
    judge(&source, &ast, &checked, result)
}

/// The ways to have a source checked refuse the same.
fn agree(source: &str, ast: &Ast, checked: &Checked) -> Result<(), Finding> {
    if checked.is_usable() != compile_source(source, &ENVIRONMENT, &LIMITS).is_ok() {
        return Err(Finding::new(
            source,
            "checked alone and before compiling, it differs",
        ));
    }
    let policy = check_policy(ast, (&*ENVIRONMENT).into(), &LIMITS);
    if policy.is_usable() && !checked.is_usable() {
        return Err(Finding::new(source, "no expression, and yet a policy"));
    }
    Ok(())
}

fn judge(
    source: &str,
    ast: &Ast,
    checked: &Checked,
    result: Result<Value<'_>, EvalError>,
) -> Result<Label, Finding> {
    let root = checked.type_of(ast.root()).unwrap_or(&Type::Dyn);
    match result {
        _ if is_dynamic(ast, checked) => Ok("dynamic"),
        Ok(value) if !fits(root, value) => Err(Finding::new(
            source,
            format!(
                "a `{root}` by its type, and a {} in fact",
                value.kind().name()
            ),
        )),
        Ok(_) => Ok("typed, a value"),
        Err(EvalError {
            code: ErrorCode::NoMatchingOverload,
            span,
        }) => {
            let part = ast.text(span);
            Err(Finding::new(
                source,
                format!("typed, and no overload matches at {part:?}"),
            ))
        }
        Err(_) => Ok("typed, an error"),
    }
}

/// Whether something in the expression has a type that only evaluation tells. A null beside an optional
/// counts, too: the conformance suite has their list be one of optionals.
fn is_dynamic(ast: &Ast, checked: &Checked) -> bool {
    let any = |wanted: fn(&Type) -> bool| {
        ast.nodes()
            .any(|(id, _)| checked.type_of(id).is_some_and(wanted))
    };
    any(mentions_dyn)
        || (any(|found| *found == Type::NULL) && any(|found| matches!(found, Type::Optional(_))))
}

fn mentions_dyn(found: &Type) -> bool {
    match found {
        Type::Dyn | Type::Number | Type::Parameter(_) | Type::Abstract(..) => true,
        Type::Simple(_) | Type::Object(_) | Type::Variable(_) => false,
        Type::List(inner) | Type::Optional(inner) | Type::Type(inner) => mentions_dyn(inner),
        Type::Map(key, value) => mentions_dyn(key) || mentions_dyn(value),
    }
}

/// Whether a value is of a type, as far as the type says.
fn fits(found: &Type, value: Value<'_>) -> bool {
    let kind = value.kind();
    match found {
        Type::Dyn | Type::Variable(_) | Type::Parameter(_) | Type::Abstract(..) => true,
        Type::Simple(wanted) => kind == *wanted,
        Type::Number => matches!(kind, Kind::Int | Kind::Uint | Kind::Double),
        Type::List(inner) => value
            .as_list()
            .is_some_and(|mut list| list.all(|e| e.is_ok_and(|e| fits(inner, e)))),
        Type::Map(of, to) => value.as_map().is_some_and(|mut map| {
            map.all(|(key, value)| fits(of, key) && value.is_ok_and(|value| fits(to, value)))
        }),
        Type::Object(_) => kind == Kind::Map,
        Type::Optional(inner) => match value {
            Value::Optional(content) => content.is_none_or(|content| fits(inner, *content)),
            _ => false,
        },
        Type::Type(_) => kind == Kind::Type,
    }
}
