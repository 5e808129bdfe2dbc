//! `callgate cel`: the value of a bare expression, or of many test cases.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use callgate_cel::value::tagged;
use callgate_cel::{
    Arena, Environment, EvalError, Gas, Program, Type, Value, compile_source, conformance,
};
use callgate_json::{Document, Writer};
use callgate_model::{Diagnostic, Limits, Span};
use serde_json::json;

use crate::args::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::problem::Problem;
use crate::render::json;
use crate::render::text;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Exit codes: 0 a value, 1 the expression failed, 3 it is no valid expression.

Examples:
  callgate cel '1 + 2'
  callgate cel 'args.amount <= 100 && user in admins' --vars vars.json
  echo '\"a\" + \"b\"' | callgate cel - -f json
  callgate cel --typed --batch cases.json -f json    cases of the CEL conformance suite";

/// Evaluate a CEL expression
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The expression
    #[arg(
        value_name = "EXPR",
        required_unless_present = "batch",
        allow_hyphen_values = true
    )]
    expression: Option<String>,

    /// A JSON object: the variables and their values
    #[arg(long, value_name = "FILE")]
    vars: Option<PathBuf>,

    /// Values are written with their types: `{"t":"int","v":"1"}`
    #[arg(long)]
    typed: bool,

    /// Compile without evaluating
    #[arg(long)]
    check_only: bool,

    /// Run a JSON array of cases, each with its expression, bindings and perhaps expectation
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expression", "vars", "check_only"])]
    batch: Option<PathBuf>,

    /// How to write the result
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// Evaluates.
///
/// # Errors
/// The variables or cases cannot be read.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    match (&args.batch, &args.expression) {
        (Some(path), _) => batch(path, args.format, terminal),
        (None, Some(expression)) => one(args, expression, terminal),
        (None, None) => Ok(Exit::Usage),
    }
}

fn one(args: &Args, expression: &str, terminal: &mut Terminal) -> Result<Exit, Error> {
    let source = if expression == "-" {
        input::read(Path::new("-"))?
    } else {
        Rc::new(File::new("<expression>".to_owned(), expression.to_owned()))
    };
    let vars = args.vars.as_deref().map(input::read).transpose()?;
    let vars = vars.unwrap_or_else(|| Rc::new(File::new("<vars>".to_owned(), "{}".to_owned())));
    let limits = Limits::default();
    let document = parse(&vars, &limits.json)?;
    let arena = Arena::new(limits.arena_bytes);
    let values = variables(&document, &vars, args.typed, &arena)?;
    let environment = values
        .iter()
        .fold(Environment::builder(), |builder, (name, _)| {
            builder.variable(name, Type::Dyn)
        });
    let environment = environment.build();
    let program = match compile_source(source.text.trim_end(), &environment, &limits) {
        Ok(program) => program,
        Err(found) => {
            let found = found.into_iter().map(declare).collect();
            return Ok(invalid(&source, found, args.format, terminal));
        }
    };
    if args.check_only {
        let text = match args.format {
            Format::Text => "valid\n".to_owned(),
            Format::Json => json::line(&json!({ "valid": true })),
        };
        terminal.data(&text);
        return Ok(Exit::Ok);
    }
    // Slots are numbered in the order of the declarations.
    let slots = environment.declarations().iter().map(|declaration| {
        let value = values.iter().find(|(name, _)| **name == *declaration.path);
        value.map(|(_, value)| *value)
    });
    let activation: Vec<Option<Value<'_>>> = slots.collect();
    let outcome = evaluate(&program, &activation, &arena, args.typed);
    Ok(show(&source, outcome, args.format, terminal))
}

/// A value with its type and cost.
pub struct Evaluated {
    /// The value as JSON.
    pub json: String,
    /// The name of its type.
    pub kind: &'static str,
    /// What evaluating it took.
    pub gas: u64,
}

/// Evaluates a program on the values of its attributes.
///
/// # Errors
/// What the expression fails with.
pub fn evaluate(
    program: &Program,
    activation: &[Option<Value<'_>>],
    arena: &Arena,
    typed: bool,
) -> Result<Evaluated, EvalError> {
    let mut gas = Gas::new(Limits::default().gas);
    let value = program.eval(activation, arena, &mut gas)?;
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    let written = if typed {
        tagged::write(value, &mut writer)
    } else {
        callgate_cel::to_json(value, &mut writer)
    };
    written.map_err(|code| EvalError {
        code,
        span: Span::default(),
    })?;
    let json = String::from_utf8(out).unwrap_or_default();
    Ok(Evaluated {
        json,
        kind: value.kind().name(),
        gas: gas.used(),
    })
}

fn show(
    source: &Rc<File>,
    outcome: Result<Evaluated, EvalError>,
    format: Format,
    terminal: &mut Terminal,
) -> Exit {
    match (outcome, format) {
        (Ok(value), Format::Text) => {
            terminal.data(&format!("{}\n", value.json));
            Exit::Ok
        }
        (Ok(Evaluated { json, kind, gas }), Format::Json) => {
            terminal.data(&format!(
                "{{\"value\":{json},\"type\":{},\"gas\":{gas}}}\n",
                json!(kind)
            ));
            Exit::Ok
        }
        (Err(error), Format::Text) => {
            let diagnostic = error.diagnostic(&source.text);
            terminal.words(&text::problem(&Problem::new(source, diagnostic)));
            Exit::Operational
        }
        (Err(error), Format::Json) => {
            let diagnostic = error.diagnostic(&source.text);
            terminal.data(&json::line(&json!({ "error": failure(&diagnostic) })));
            Exit::Operational
        }
    }
}

/// An expression that does not compile: every error, the first also by itself.
fn invalid(
    source: &Rc<File>,
    found: Vec<Diagnostic>,
    format: Format,
    terminal: &mut Terminal,
) -> Exit {
    match format {
        Format::Text => {
            for problem in Problem::all(source, found) {
                terminal.words(&text::problem(&problem));
            }
        }
        Format::Json => {
            let problems = Problem::all(source, found);
            let all: Vec<_> = problems.iter().map(|p| failure(&p.diagnostic)).collect();
            terminal.data(&json::line(&json!({ "error": all.first(), "errors": all })));
        }
    }
    Exit::Invalid
}

/// An unknown name can be given with the variables.
fn declare(mut diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.code == "cel.undeclared_name" && diagnostic.help.is_none() {
        diagnostic.help = Some("give it a value with `--vars FILE`".to_owned());
    }
    diagnostic
}

/// A finding in an expression, for programs.
pub fn failure(diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "code": diagnostic.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "from": diagnostic.span.map(|span| span.start),
        "to": diagnostic.span.map(|span| span.end),
    })
}

/// The members of the variables' object, as values of the language.
fn variables<'d>(
    document: &'d Document<'_>,
    file: &Rc<File>,
    typed: bool,
    arena: &'d Arena,
) -> Result<Vec<(&'d str, Value<'d>)>, Error> {
    let wrong = |at: callgate_json::Value<'_>, message: String, help: &str| {
        let diagnostic = Diagnostic::error("WRONG_TYPE", Span::from(at.span()), message);
        Error::Input(vec![Problem::new(file, diagnostic.with_help(help))])
    };
    let root = document.root();
    let Some(object) = root.as_object() else {
        let message = format!(
            "the variables must be an object, not {}",
            root.kind().describe()
        );
        return Err(wrong(root, message, "write them as `{\"name\": value}`"));
    };
    let value = |(name, value): (&'d str, callgate_json::Value<'d>)| {
        let read = if typed {
            tagged::read(value, arena)
        } else {
            Value::from_json(value)
        };
        read.map(|value| (name, value)).map_err(|code| {
            let help = if typed {
                "with `--typed` a value looks like `{\"t\":\"int\",\"v\":\"1\"}`"
            } else {
                "integers have at most 64 bits"
            };
            wrong(value, format!("`{name}`: {}", code.describe()), help)
        })
    };
    object.iter().map(value).collect()
}

fn batch(path: &Path, format: Format, terminal: &mut Terminal) -> Result<Exit, Error> {
    let file = input::read(path)?;
    // A file of cases is no request: it is bounded as a release is, and its nodes by its bytes.
    let limits = Limits::default();
    let room = callgate_json::Limits {
        nodes: limits.release_bytes,
        ..limits.release_json()
    };
    let document = parse(&file, &room)?;
    let root = document.root();
    if root.as_array().is_none() {
        let message = format!("the cases must be an array, not {}", root.kind().describe());
        let diagnostic = Diagnostic::error("WRONG_TYPE", Span::from(root.span()), message);
        return Err(Error::Input(vec![Problem::new(&file, diagnostic)]));
    }
    let report = conformance::run(root, &limits);
    match format {
        Format::Json => {
            let mut out = Vec::new();
            report.write(&mut Writer::new(&mut out));
            terminal.data(&String::from_utf8(out).unwrap_or_default());
            terminal.data("\n");
        }
        Format::Text => {
            for case in report.cases.iter().filter(|case| case.pass == Some(false)) {
                let place = [case.file.as_str(), &case.section, &case.name].join("/");
                terminal.data(&format!("FAIL {place}: got {}\n", case.got));
            }
            terminal.data(&format!(
                "{} passed, {} failed\n",
                report.passed, report.failed
            ));
        }
    }
    Ok(if report.failed == 0 {
        Exit::Ok
    } else {
        Exit::TestsFailed
    })
}

fn parse<'f>(file: &'f Rc<File>, limits: &callgate_json::Limits) -> Result<Document<'f>, Error> {
    Document::parse(file.text.as_bytes(), limits).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let diagnostic = Diagnostic::error(error.code.as_str(), span, error.code.describe());
        Error::Input(vec![Problem::new(file, diagnostic)])
    })
}
