//! Which conditions an evaluation shows to decide.

use callgate_json::{Document, Limits as JsonLimits};
use callgate_model::Limits;

use super::*;
use crate::{Arena, Environment, Gas, Type, Value};

fn environment() -> Environment {
    Environment::builder()
        .leaf("a.x", Type::Dyn)
        .leaf("a.y", Type::Dyn)
        .leaf("a.list", Type::Dyn)
        .build()
}

/// `condition=truth` for each condition, a `*` where it decides; a decision a line.
fn watched(source: &str, values: &str) -> String {
    let environment = environment();
    let limits = Limits::default();
    let conditions = Conditions::new(source, &environment, &limits).unwrap();
    let document = Document::parse(values.as_bytes(), &JsonLimits::default()).unwrap();
    let mut activation = environment.activation();
    for (name, value) in document.root().as_object().unwrap().iter() {
        let slot = environment.slot(&format!("a.{name}")).unwrap();
        activation[slot.index()] = Value::from_json(value).ok();
    }
    let decisions: Vec<_> = conditions.decisions().collect();
    let all = conditions.watch(&activation);
    // What the conditions come to together is what the expression comes to.
    let program = crate::compile_source(source, &environment, &limits).unwrap();
    let arena = Arena::new(limits.arena_bytes);
    let truth = program.test(&activation, &arena, &mut Gas::new(limits.gas));
    assert_eq!(decisions[0].outcome(&all[0].truths), truth.ok(), "{source}");
    let mut out = String::new();
    for seen in all {
        let decision = decisions[seen.decision];
        let parts = decision.conditions.iter().zip(&seen.truths).enumerate();
        let parts = parts.map(|(index, (condition, truth))| {
            let text = &source[condition.span.start as usize..condition.span.end as usize];
            let star = if decision.decides(&seen.truths, index) {
                "*"
            } else {
                ""
            };
            let truth = match truth {
                Some(true) => "T",
                Some(false) => "F",
                None => "E",
            };
            format!("{text}={truth}{star}")
        });
        out += &parts.collect::<Vec<_>>().join(" ; ");
        out += match decision.outcome(&seen.truths) {
            Some(true) => " -> T\n",
            Some(false) => " -> F\n",
            None => " -> E\n",
        };
    }
    out
}

#[test]
fn a_condition_decides_unless_another_masks_it() {
    let cases = [
        ("a.x == 1", r#"{"x":1}"#, "a.x == 1=T* -> T\n"),
        (
            "a.x == 1 && a.y == 2",
            r#"{"x":1,"y":2}"#,
            "a.x == 1=T* ; a.y == 2=T* -> T\n",
        ),
        (
            "a.x == 1 && a.y == 2",
            r#"{"x":0,"y":2}"#,
            "a.x == 1=F* ; a.y == 2=T -> F\n",
        ),
        (
            "a.x == 1 && a.y == 2",
            r#"{"x":0,"y":0}"#,
            "a.x == 1=F ; a.y == 2=F -> F\n",
        ),
        (
            "a.x == 1 || a.y == 2",
            r#"{"x":1,"y":0}"#,
            "a.x == 1=T* ; a.y == 2=F -> T\n",
        ),
        (
            "!(a.x == 1) && (a.y == 2)",
            r#"{"x":0,"y":2}"#,
            "a.x == 1=F* ; a.y == 2=T* -> T\n",
        ),
        // A guard decides: without it the rest would fail.
        (
            "has(a.x) && a.x == 1",
            "{}",
            "has(a.x)=F* ; a.x == 1=E -> F\n",
        ),
        // What fails has no opposite, and decides nothing.
        (
            "a.x == 1 && a.y == 2",
            r#"{"y":2}"#,
            "a.x == 1=E ; a.y == 2=T* -> E\n",
        ),
        ("a.x == 1 || true", r#"{"x":1}"#, "a.x == 1=T -> T\n"),
        (
            "a.x == 1 ? a.y == 1 : a.y == 2",
            r#"{"x":1,"y":1}"#,
            "a.x == 1=T* ; a.y == 1=T* ; a.y == 2=F -> T\n",
        ),
    ];
    for (source, values, expected) in cases {
        assert_eq!(watched(source, values), expected, "{source} on {values}");
    }
}

#[test]
fn bodies_of_macros_are_decisions_of_their_own() {
    assert_eq!(
        watched("a.list.exists(i, i == 1 || i > 5)", r#"{"list":[1,3,9]}"#),
        "a.list.exists(i, i == 1 || i > 5)=T* -> T\n\
         i == 1=T* ; i > 5=F -> T\n\
         i == 1=F* ; i > 5=F* -> F\n\
         i == 1=F ; i > 5=T* -> T\n"
    );
    // Of two variables the first is the place; a map has its keys.
    assert_eq!(
        watched(
            "a.list.all(k, v, k == 'x' && v == 2)",
            r#"{"list":{"x":2}}"#
        ),
        "a.list.all(k, v, k == 'x' && v == 2)=T* -> T\nk == 'x'=T* ; v == 2=T* -> T\n"
    );
    assert_eq!(
        watched("a.list.all(o, o.all(i, i == o[0]))", r#"{"list":[[1,1]]}"#),
        "a.list.all(o, o.all(i, i == o[0]))=T* -> T\n\
         o.all(i, i == o[0])=T* -> T\n\
         i == o[0]=T* -> T\n\
         i == o[0]=T* -> T\n"
    );
    assert_eq!(
        watched("cel.bind(s, a.x, s == 1 || s == 2)", r#"{"x":2}"#),
        "cel.bind(s, a.x, s == 1 || s == 2)=T* -> T\ns == 1=F ; s == 2=T* -> T\n"
    );
    // What is masked is not looked into.
    assert_eq!(
        watched(
            "a.x == 1 && a.list.exists(i, i == 1)",
            r#"{"x":0,"list":[1]}"#
        ),
        "a.x == 1=F* ; a.list.exists(i, i == 1)=T -> F\n"
    );
}

#[test]
fn a_choice_among_values_is_a_decision() {
    assert_eq!(
        watched("(a.x > 1 && a.y > 1 ? 10 : 20) == 10", r#"{"x":2,"y":2}"#),
        "(a.x > 1 && a.y > 1 ? 10 : 20) == 10=T* -> T\na.x > 1=T* ; a.y > 1=T* -> T\n"
    );
}
