//! What keeps a verb from doing its work: where, what kind, and how to mend it.

use std::io;
use std::rc::Rc;

use callgate_json::ErrorCode;
use callgate_model::{Diagnostic, Span};

use crate::exit::Exit;
use crate::input::File;
use crate::problem::Problem;

/// A failure; [`problems`](Self::problems) turns it into what the user reads.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{name}`: {}", reason_of(reason))]
    Read {
        /// The file.
        name: String,
        /// What the system said.
        reason: io::Error,
        /// A file that exists and has nearly that name.
        meant: Option<String>,
    },
    /// A file cannot be written.
    #[error("cannot write `{name}`: {}", write_reason(reason))]
    Write {
        /// The file.
        name: String,
        /// What the system said.
        reason: io::Error,
    },
    /// Files are in the way of what would be written.
    #[error("{} already; nothing was written", in_the_way(names))]
    Exists {
        /// The files.
        names: Vec<String>,
        /// What to do instead.
        help: &'static str,
    },
    /// A file is too large to be anything callgate reads.
    #[error("`{name}` is larger than {limit} bytes")]
    TooLarge {
        /// The file.
        name: String,
        /// The limit in bytes.
        limit: u32,
    },
    /// A file holds no text.
    #[error("`{}` is no text", file.name)]
    NotText {
        /// The file; what is no text in it is replaced.
        file: Rc<File>,
        /// Its first byte that is none.
        at: u32,
    },
    /// There is no project where one is needed.
    #[error("there is no `callgate.yaml` in `{from}` or any folder above it")]
    NoProject {
        /// Where the search began.
        from: String,
        /// What to do instead.
        help: &'static str,
    },
    /// Nothing to work on was found.
    #[error("{what}")]
    Nothing {
        /// What was looked for, and where.
        what: String,
        /// What to do about it.
        help: String,
    },
    /// Arguments that do not go together.
    #[error("{message}")]
    Usage {
        /// What is wrong with them.
        message: String,
        /// What to write instead.
        help: String,
    },
    /// The server cannot serve.
    #[error(transparent)]
    Serve(#[from] callgate_server::Error),
    /// A module that was to decide does not.
    #[error("the module does not decide: {why}")]
    Module {
        /// What it said.
        why: String,
    },
    /// A release that would do something nobody asked for.
    #[error("{message}")]
    Unacknowledged {
        /// What it would do.
        message: String,
        /// How to say that this is meant.
        help: String,
    },
    /// Policies, tests, project files or releases are invalid.
    #[error("{} problems in policies", .0.len())]
    Policies(Vec<Problem>),
    /// An input to decide on is invalid.
    #[error("{} problems in the input", .0.len())]
    Input(Vec<Problem>),
}

impl Error {
    /// Everything the user should read, most important first.
    pub fn problems(&self) -> Vec<Problem> {
        let (code, help) = match self {
            Self::Policies(problems) | Self::Input(problems) => return problems.clone(),
            Self::Read { meant, .. } => {
                let help = meant.as_ref().map_or_else(
                    || "give the path of a file, from the current folder".to_owned(),
                    |name| format!("did you mean `{name}`?"),
                );
                ("CANNOT_READ", Some(help))
            }
            Self::Write { reason, .. } => {
                let missing = reason.kind() == io::ErrorKind::NotFound;
                let help = missing.then(|| "make its folder first".to_owned());
                ("CANNOT_WRITE", help)
            }
            Self::Exists { help, .. } => ("ALREADY_EXISTS", Some((*help).to_owned())),
            Self::TooLarge { .. } => ("TOO_LARGE", None),
            Self::NotText { file, at } => {
                let code = ErrorCode::InvalidUtf8;
                // The replacement character is what stands there now.
                let span = Span::new(*at, at.saturating_add(1));
                let diagnostic = Diagnostic::error(code.as_str(), span, code.describe());
                return vec![Problem::new(file, diagnostic)];
            }
            Self::NoProject { help, .. } => ("NO_PROJECT", Some((*help).to_owned())),
            Self::Nothing { help, .. } => ("NOTHING_FOUND", Some(help.clone())),
            Self::Usage { help, .. } => ("USAGE", Some(help.clone())),
            Self::Serve(_) => {
                let help = "name another address: `--listen 127.0.0.1:0` takes a free port";
                ("CANNOT_SERVE", Some(help.to_owned()))
            }
            Self::Module { .. } => {
                let help = "`cargo xtask wasm` builds the modules of this version";
                ("BROKEN_MODULE", Some(help.to_owned()))
            }
            Self::Unacknowledged { help, .. } => ("NOT_ACKNOWLEDGED", Some(help.clone())),
        };
        vec![Problem::bare(code, self.to_string(), help)]
    }

    /// The exit code it stands for.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Policies(_) | Self::Unacknowledged { .. } => Exit::Invalid,
            Self::Usage { .. } => Exit::Usage,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Exists { .. }
            | Self::TooLarge { .. }
            | Self::NotText { .. }
            | Self::NoProject { .. }
            | Self::Nothing { .. }
            | Self::Serve(_)
            | Self::Module { .. }
            | Self::Input(_) => Exit::Operational,
        }
    }
}

/// The system's words without its error numbers.
fn reason_of(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        _ => reason.to_string(),
    }
}

fn write_reason(reason: &io::Error) -> String {
    match reason.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        _ => reason_of(reason),
    }
}

/// The first of the files, and how many more there are.
fn in_the_way(names: &[String]) -> String {
    let first = names.first().map_or("", String::as_str);
    match names.len() {
        0 | 1 => format!("`{first}` exists"),
        2 => format!("`{first}` and another file exist"),
        count => format!(
            "`{first}` and {} other files exist",
            count.saturating_sub(1)
        ),
    }
}
