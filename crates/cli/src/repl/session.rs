//! The call that expressions are tried on, and what they come to.

use std::path::Path;
use std::rc::Rc;

use callgate_cel::check::{Context, Manifest, check};
use callgate_cel::{Arena, Gas, Program, tooling};
use callgate_engine::{activation, check_expression, environment, explain_parts};
use callgate_json::{Document, ErrorCode, Writer};
use callgate_model::{Call, Diagnostic, Limits, Span, SubExpression, Timestamp};

use super::input::{HELP, Request, Wish};
use crate::error::Error;
use crate::input::{self, File};
use crate::problem::Problem;
use crate::verb::cel::{Evaluated, evaluate};

/// The call of a session that is given none.
const EXAMPLE: &str = include_str!("../../templates/call.json");

/// A call and the time it is made at.
#[derive(Debug)]
pub struct Session {
    call: Rc<File>,
    tools: Option<Manifest>,
    now: Timestamp,
    limits: Limits,
}

/// What a line comes to.
pub enum Answer {
    /// A value.
    Value(Evaluated),
    /// A type.
    Type(String),
    /// A value, and that of every part.
    Parts {
        /// The expression.
        source: String,
        /// Its parts.
        parts: Vec<SubExpression>,
    },
    /// What an expression costs.
    Cost {
        /// At most.
        most: u64,
        /// The same in words.
        words: String,
        /// On the call.
        here: u64,
    },
    /// An expression in canonical form.
    Formatted(String),
    /// The call.
    Call {
        /// As its file has it.
        text: String,
        /// In canonical form.
        json: String,
    },
    /// Words.
    Words(String),
    /// What is wrong with the expression, and how many bytes of the line are before it.
    Invalid(Vec<Diagnostic>, u32),
    /// What evaluating it failed with, in the same terms.
    Failed(Box<Diagnostic>, u32),
    /// What could not be done.
    Error(Error),
}

impl Session {
    /// A session on the call in a file, or on an example.
    ///
    /// # Errors
    /// It cannot be read, or is no call.
    pub fn new(
        path: Option<&Path>,
        tools: Option<Manifest>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let example = || {
            let name = "<example>".to_owned();
            Ok(Rc::new(File::new(name, EXAMPLE.to_owned())))
        };
        let call = path.map_or_else(example, open)?;
        Ok(Self {
            call,
            tools,
            now,
            limits: Limits::default(),
        })
    }

    /// The tools that are known.
    pub fn tools(&self) -> Option<Manifest> {
        self.tools.clone()
    }

    /// The answer to a line.
    pub fn answer(&mut self, request: &Request<'_>) -> Answer {
        match *request {
            Request::Help => Answer::Words(HELP.to_owned()),
            Request::Call => self.shown().unwrap_or_else(Answer::Error),
            Request::Load(path) => match open(Path::new(path)) {
                Ok(call) => {
                    self.call = call;
                    Answer::Words(String::new())
                }
                Err(error) => Answer::Error(error),
            },
            Request::Unknown { name, meant } => Answer::Error(Error::Usage {
                message: format!("there is no command `{name}`"),
                help: match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`:help` lists them".to_owned(),
                },
            }),
            Request::Expression {
                wish,
                source,
                offset,
            } => self
                .about(wish, source)
                .unwrap_or_else(|found| Answer::Invalid(found, offset))
                .at(offset),
        }
    }

    fn shown(&self) -> Result<Answer, Error> {
        let document = parse(&self.call, &self.limits)?;
        let mut json = Vec::new();
        Writer::new(&mut json).value(document.root());
        Ok(Answer::Call {
            text: self.call.text.trim_end().to_owned(),
            // INVARIANT: the writer writes text.
            json: String::from_utf8(json).unwrap_or_default(),
        })
    }

    fn context(&self) -> Context<'_> {
        Context {
            tools: self.tools.as_ref(),
            ..Context::from(environment())
        }
    }

    /// What is wished to be known about an expression, or all that is wrong with it.
    fn about(&self, wish: Wish, source: &str) -> Result<Answer, Vec<Diagnostic>> {
        if wish == Wish::Format {
            return tooling::format(source, &self.limits).map(Answer::Formatted);
        }
        let ast = callgate_cel::parse(source, &self.limits)?;
        let checked = check(&ast, self.context(), &self.limits);
        if !checked.is_usable() {
            return Err(checked.diagnostics);
        }
        if wish == Wish::Type {
            let found = checked.type_of(ast.root());
            return Ok(Answer::Type(
                found.map_or_else(|| "dyn".to_owned(), ToString::to_string),
            ));
        }
        let program = callgate_cel::compile(&ast, environment(), &self.limits)?;
        let outcome = self.on_call(|values| match wish {
            Wish::Trace => {
                let parts = explain_parts(&program, values, &self.limits);
                let source = source.to_owned();
                Answer::Parts { source, parts }
            }
            Wish::Cost => self.cost(source, &program, values),
            Wish::Value | Wish::Type | Wish::Format => {
                let arena = Arena::new(self.limits.arena_bytes);
                match evaluate(&program, values, &arena, false) {
                    Ok(value) => Answer::Value(value),
                    Err(error) => Answer::Failed(Box::new(error.diagnostic(source)), 0),
                }
            }
        });
        Ok(outcome.unwrap_or_else(Answer::Error))
    }

    fn cost(
        &self,
        source: &str,
        program: &Program,
        values: &[Option<callgate_cel::Value<'_>>],
    ) -> Answer {
        let arena = Arena::new(self.limits.arena_bytes);
        let mut gas = Gas::new(self.limits.gas);
        // What an evaluation that fails has cost is a cost too.
        let _ = program.eval(values, &arena, &mut gas);
        let cost = check_expression(source, self.tools.as_ref(), &self.limits).cost;
        Answer::Cost {
            most: cost.as_ref().map_or(0, callgate_cel::Cost::gas),
            words: cost.map_or_else(String::new, |cost| cost.to_string()),
            here: gas.used(),
        }
    }

    /// Does something with the values of the call.
    fn on_call<T>(
        &self,
        act: impl FnOnce(&[Option<callgate_cel::Value<'_>>]) -> T,
    ) -> Result<T, Error> {
        let document = parse(&self.call, &self.limits)?;
        let call = read(&self.call, &document)?;
        Ok(act(&activation(&call, self.now)))
    }
}

impl Answer {
    /// The same, with places counted from the beginning of the line.
    fn at(self, offset: u32) -> Self {
        match self {
            Self::Invalid(found, _) => Self::Invalid(found, offset),
            Self::Failed(found, _) => Self::Failed(found, offset),
            other => other,
        }
    }
}

/// The call in a file.
fn open(path: &Path) -> Result<Rc<File>, Error> {
    let file = input::read(path)?;
    let document = parse(&file, &Limits::default())?;
    read(&file, &document)?;
    Ok(file)
}

fn parse<'f>(file: &'f Rc<File>, limits: &Limits) -> Result<Document<'f>, Error> {
    Document::parse(file.text.as_bytes(), &limits.json).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let code: ErrorCode = error.code;
        let diagnostic = Diagnostic::error(code.as_str(), span, code.describe());
        Error::Input(vec![Problem::new(file, diagnostic)])
    })
}

fn read<'d>(file: &Rc<File>, document: &'d Document<'_>) -> Result<Call<'d>, Error> {
    Call::read(document.root()).map_err(|found| Error::Input(Problem::all(file, found)))
}
