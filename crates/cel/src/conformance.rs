//! Runs cases in the form of the CEL conformance suite: expression, bindings, expected result.

use callgate_json as json;
use callgate_model::Limits;

use crate::value::tagged;
use crate::{
    Arena, Environment, ErrorCode, EvalError, Gas, Type, Undeclared, Value, compile, syntax,
};

/// What a run of many cases came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Cases whose result is the expected one.
    pub passed: u32,
    /// Cases whose result is not.
    pub failed: u32,
    /// Each case, in order.
    pub cases: Vec<CaseReport>,
}

/// What one case came to.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The file of the case.
    pub file: String,
    /// The section in the file.
    pub section: String,
    /// The name in the section.
    pub name: String,
    /// Whether the result is the expected one; `None` when nothing was expected.
    pub pass: Option<bool>,
    /// The result in JSON: a tagged value, or `{"error":{…}}`.
    pub got: String,
}

/// Runs every case of a JSON array. What a case expects never influences what it gets.
pub fn run(cases: json::Value<'_>, limits: &Limits) -> Report {
    let mut report = Report::default();
    for case in cases.as_array().into_iter().flat_map(json::Array::iter) {
        let case = run_case(case, limits);
        match case.pass {
            Some(true) => report.passed = report.passed.saturating_add(1),
            Some(false) => report.failed = report.failed.saturating_add(1),
            None => {}
        }
        report.cases.push(case);
    }
    report
}

impl Report {
    /// Writes the report as JSON.
    pub fn write(&self, out: &mut json::Writer<'_>) {
        out.begin_object().key("cases").begin_array();
        for case in &self.cases {
            out.begin_object();
            out.key("file").str(&case.file);
            out.key("got").raw(case.got.as_bytes());
            out.key("name").str(&case.name);
            out.key("pass");
            match case.pass {
                Some(pass) => out.bool(pass),
                None => out.null(),
            };
            out.key("section").str(&case.section);
            out.end_object();
        }
        out.end_array();
        out.key("failed").uint(u64::from(self.failed));
        out.key("passed").uint(u64::from(self.passed));
        out.end_object();
    }
}

fn text<'a>(case: json::Value<'a>, key: &str) -> &'a str {
    let found = case.as_object().and_then(|case| case.get(key));
    found.and_then(json::Value::as_str).unwrap_or_default()
}

fn run_case(case: json::Value<'_>, limits: &Limits) -> CaseReport {
    let arena = Arena::new(limits.arena_bytes);
    let (got, pass) = outcome(case, limits, &arena);
    CaseReport {
        file: text(case, "file").to_owned(),
        section: text(case, "section").to_owned(),
        name: text(case, "name").to_owned(),
        pass,
        got,
    }
}

/// The result as JSON, and whether it is the expected one.
fn outcome(case: json::Value<'_>, limits: &Limits, arena: &Arena) -> (String, Option<bool>) {
    let mut bytes = Vec::new();
    let result = evaluate(case, limits, arena, |result| {
        let mut writer = json::Writer::new(&mut bytes);
        if let Err(code) = result.and_then(|value| tagged::write(value, &mut writer).map_err(plain))
        {
            bytes.clear();
            write_error(code, &mut json::Writer::new(&mut bytes));
        }
        let expect = case.as_object().and_then(|case| case.get("expect"));
        expect.map(|expect| as_expected(result, expect, arena))
    });
    (String::from_utf8(bytes).unwrap_or_default(), result)
}

fn plain(code: ErrorCode) -> EvalError {
    EvalError {
        code,
        span: callgate_model::Span::default(),
    }
}

fn write_error(error: EvalError, out: &mut json::Writer<'_>) {
    out.begin_object().key("error").begin_object();
    out.key("code").str(error.code.as_str());
    out.key("from").uint(u64::from(error.span.start));
    out.key("message").str(error.code.describe());
    out.key("to").uint(u64::from(error.span.end));
    out.end_object().end_object();
}

/// Parses, compiles and evaluates a case, and hands the result on.
fn evaluate<R>(
    case: json::Value<'_>,
    limits: &Limits,
    arena: &Arena,
    then: impl FnOnce(Result<Value<'_>, EvalError>) -> R,
) -> R {
    let mut builder = Environment::builder()
        .container(text(case, "container"))
        .undeclared(Undeclared::FailWhenRead);
    let declared = case
        .as_object()
        .and_then(|case| case.get("type_env")?.as_array());
    for declaration in declared.into_iter().flat_map(json::Array::iter) {
        if text(declaration, "kind") == "ident" {
            builder = builder.variable(text(declaration, "name"), Type::Dyn);
        }
    }
    let bindings = case
        .as_object()
        .and_then(|case| case.get("bindings")?.as_object());
    for (name, _) in bindings.into_iter().flat_map(json::Object::iter) {
        builder = builder.variable(name, Type::Dyn);
    }
    let environment = builder.build();
    let mut activation = environment.activation();
    for (name, value) in bindings.into_iter().flat_map(json::Object::iter) {
        let slot = environment
            .slot(name)
            .and_then(|slot| activation.get_mut(slot.0 as usize));
        match (slot, tagged::read(value, arena)) {
            (Some(slot), Ok(value)) => *slot = Some(value),
            (_, Err(code)) => return then(Err(plain(code))),
            (None, Ok(_)) => {}
        }
    }
    let mut diagnostics = Vec::new();
    let ast = syntax::parse(text(case, "expr"), limits, &mut diagnostics);
    let program = if diagnostics.is_empty() {
        compile(&ast, &environment, limits)
    } else {
        Err(diagnostics)
    };
    match program {
        Err(diagnostics) => {
            let span = diagnostics.first().and_then(|diagnostic| diagnostic.span);
            let code = ErrorCode::InvalidExpression;
            then(Err(EvalError {
                code,
                span: span.unwrap_or_default(),
            }))
        }
        Ok(program) => then(program.eval(&activation, arena, &mut Gas::new(limits.gas))),
    }
}

/// An error case passes with any error, as the reference runner judges. Types are not judged here.
fn as_expected(
    result: Result<Value<'_>, EvalError>,
    expect: json::Value<'_>,
    arena: &Arena,
) -> bool {
    match text(expect, "kind") {
        "error" => result.is_err(),
        "value" => {
            let expected = expect.as_object().and_then(|expect| expect.get("value"));
            let expected = expected.map(|expected| tagged::read(expected, arena));
            match (expected, result) {
                (Some(Ok(expected)), Ok(value)) => identical(expected, value),
                _ => false,
            }
        }
        _ => true,
    }
}

/// Equal, of the same types throughout, and not a number where that is expected.
fn identical(expected: Value<'_>, value: Value<'_>) -> bool {
    let written = |value: Value<'_>| {
        let mut bytes = Vec::new();
        let written = tagged::write(value, &mut json::Writer::new(&mut bytes));
        written.is_ok().then_some(bytes)
    };
    written(expected).is_some() && written(expected) == written(value)
}
