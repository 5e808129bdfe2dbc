//! `callgate token`: a signed token that says who calls, or within which task.

use std::path::PathBuf;

use callgate_json::{Document, Value, canonical};
use callgate_model::{Identity, Limits, Reader, Task, Timestamp};
use callgate_release::TokenKind;
use serde_json::json;

use crate::clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::input;
use crate::key;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
A token is a JSON Web Token signed with Ed25519. Envoy's filter believes it where its configuration has \
the public key under `tokens`, with the same audience, until it expires. Whoever has a token can use it.

Examples:
  callgate token agent support-bot --key team.key --audience prod --claims '{\"labels\": {\"team\": \"support\"}}'
  callgate token task support-bot --key team.key --audience prod --expires-in 15m \\
    --claims '{\"name\": \"refund\", \"context\": {\"order\": \"A-7\"}}'";

/// Sign a token that says who calls, or within which task
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What it says
    #[arg(value_enum)]
    kind: Kind,

    /// The agent: who calls, or whose task it is
    agent: String,

    /// The private key that signs it
    #[arg(short, long, value_name = "FILE")]
    key: PathBuf,

    /// Who is to believe it
    #[arg(long)]
    audience: String,

    /// How long it holds: seconds, or a text such as `15m`, `24h` or `7d`
    #[arg(long, value_name = "TIME", default_value = "1h")]
    expires_in: String,

    /// What else it says, as JSON: `labels` and `groups` of an agent, `name`, `labels` and `context` of a task
    #[arg(long, value_name = "JSON", default_value = "{}")]
    claims: String,

    /// The time it holds from
    #[arg(long, value_name = "TIME", value_parser = clock::argument)]
    now: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// Who calls
    Agent,
    /// Within which task
    Task,
}

/// Signs the token.
///
/// # Errors
/// The key cannot be read, or the claims are none of the kind.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let key = key::private(&args.key)?;
    let from = args.now.unwrap_or_else(clock::now).seconds;
    let lasts = json!(args.expires_in).to_string();
    let lasts = read("--expires-in", &lasts, |reader, value| {
        let number = value.as_str().and_then(|text| text.parse::<u32>().ok());
        number
            .map(u64::from)
            .or_else(|| reader.seconds(value, "`--expires-in`"))
    })?;
    let until = from.saturating_add(i64::try_from(lasts).unwrap_or(i64::MAX));
    let own: serde_json::Value =
        serde_json::from_str(&args.claims).map_err(|error| Error::Usage {
            message: format!("`--claims` is no JSON: {error}"),
            help: "as in --claims '{\"labels\": {\"team\": \"support\"}}'".to_owned(),
        })?;
    let mut claims = json!({ "aud": args.audience, "exp": until, "nbf": from, "sub": args.agent });
    let kind = match args.kind {
        Kind::Agent => {
            let mut identity = own.clone();
            identity["name"] = json!(args.agent);
            read("--claims", &identity.to_string(), |reader, value| {
                Identity::read(reader, value).map(|_| ())
            })?;
            for (name, value) in own.as_object().into_iter().flatten() {
                claims[name] = value.clone();
            }
            TokenKind::Agent
        }
        Kind::Task => {
            read("--claims", &own.to_string(), |reader, value| {
                Task::read(reader, value);
                Some(())
            })?;
            claims["task"] = own;
            TokenKind::Task
        }
    };
    let claims = claims.to_string();
    let document = Document::parse(claims.as_bytes(), &Limits::default().json);
    let mut text = Vec::new();
    if let Ok(document) = &document {
        canonical::write(document.root(), &mut text);
    }
    let token = key.token(kind, &String::from_utf8_lossy(&text));
    terminal.data(&format!("{token}\n"));
    Ok(Exit::Ok)
}

/// Reads JSON that was given as an argument.
fn read<T>(
    name: &str,
    text: &str,
    read: impl FnOnce(&mut Reader, Value<'_>) -> Option<T>,
) -> Result<T, Error> {
    let file = input::text(name.to_owned(), text.as_bytes().to_vec(), 1)?;
    let document = Document::parse(text.as_bytes(), &Limits::default().json);
    let document = document.map_err(|error| Error::Usage {
        message: format!("`{name}` cannot be read: {}", error.code.describe()),
        help: "write it as JSON, each name once".to_owned(),
    })?;
    let mut reader = Reader::default();
    let found = read(&mut reader, document.root());
    let file = std::rc::Rc::new(file);
    reader
        .finish(found)
        .map_err(|problems| Error::Input(Problem::all(&file, problems)))
}
