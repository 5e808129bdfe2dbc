//! What a line asks for.

use callgate_model::nearest;

/// Every form a line can have.
pub const HELP: &str = "  EXPR         its value on the call
  :type EXPR   its type, as far as it is known before
  :trace EXPR  its value and that of every part it needs; also `:explain`
  :cost EXPR   what it costs at most, and what it costs on the call
  :fmt EXPR    its canonical form
  :call        the call; `:call FILE` takes another one
  :help        this list
  :quit        the end

Lines that begin with `//` are comments.
";

/// A line, read.
#[derive(Debug, PartialEq, Eq)]
pub enum Input<'l> {
    /// It asks for nothing.
    Nothing,
    /// The end.
    Quit,
    /// It asks for something.
    Request(Request<'l>),
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request<'l> {
    /// Something about an expression.
    Expression {
        /// What.
        wish: Wish,
        /// The expression.
        source: &'l str,
        /// Bytes of the line before it.
        offset: u32,
    },
    /// The call as it is.
    Call,
    /// Another call, from a file.
    Load(&'l str),
    /// What can be written.
    Help,
    /// A command that does not exist; the one that was meant.
    Unknown {
        /// What was written.
        name: &'l str,
        /// What it looks like.
        meant: Option<&'static str>,
    },
}

/// What is asked about an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Its value.
    Value,
    /// Its type.
    Type,
    /// The values of its parts.
    Trace,
    /// Its cost.
    Cost,
    /// Its canonical form.
    Format,
}

/// The commands, with what they ask about an expression.
pub const COMMANDS: [(&str, Option<Wish>); 8] = [
    (":type", Some(Wish::Type)),
    (":trace", Some(Wish::Trace)),
    (":explain", Some(Wish::Trace)),
    (":cost", Some(Wish::Cost)),
    (":fmt", Some(Wish::Format)),
    (":call", None),
    (":help", None),
    (":quit", None),
];

impl<'l> Input<'l> {
    /// Reads a line.
    pub fn read(line: &'l str) -> Self {
        let text = line.trim();
        if text.is_empty() || text.starts_with("//") {
            return Self::Nothing;
        }
        if !text.starts_with(':') {
            return Self::expression(Wish::Value, text, line);
        }
        let (name, rest) = text
            .split_once(char::is_whitespace)
            .map_or((text, ""), |(name, rest)| (name, rest.trim()));
        let command = COMMANDS.iter().find(|(command, _)| *command == name);
        Self::Request(match (command, rest) {
            (Some((_, Some(wish))), _) => return Self::expression(*wish, rest, line),
            (Some((":call", _)), "") => Request::Call,
            (Some((":call", _)), file) => Request::Load(file),
            (Some((":help", _)), _) => Request::Help,
            (Some(_), _) => return Self::Quit,
            (None, _) => {
                let names = COMMANDS.iter().map(|(command, _)| *command);
                let meant = nearest(name, names);
                Request::Unknown { name, meant }
            }
        })
    }

    fn expression(wish: Wish, source: &'l str, line: &'l str) -> Self {
        // INVARIANT: `source` is a part of `line`.
        let offset = (source.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        let offset = u32::try_from(offset.min(line.len())).unwrap_or(u32::MAX);
        Self::Request(Request::Expression {
            wish,
            source,
            offset,
        })
    }
}
