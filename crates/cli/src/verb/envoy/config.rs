//! `callgate envoy config`: a bootstrap with the filter, or a folder that Envoy runs from and watches.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use callgate_envoy::{ClientCertificates, ControlPlane, Gateway, Tokens, Upstream};
use callgate_json::Document;
use callgate_model::{Diagnostic, Limits, Reader, Span};
use callgate_release::PublicKey;
use callgate_wire::identity::Source;
use serde_json::{Value, json};

use super::address::{Origin, host_and_port, listener, origin};
use super::folder::{Folder, Readers};
use crate::error::Error;
use crate::exit::Exit;
use crate::input::{self, File};
use crate::key;
use crate::modules;
use crate::place;
use crate::problem::Problem;
use crate::project;
use crate::render::json;
use crate::terminal::{Terminal, printable};

const EXAMPLES: &str = "\
Without `-o` the bootstrap is printed, with the release in it. With `-o DIR` a folder is written that \
Envoy runs from: `envoy.json`, the module under a name with its digest, and `callgate.json`, which Envoy \
watches. The same command with another release replaces that file, and Envoy goes over to it without \
losing a request.

The gateway file is JSON with `identity`, `task`, `run`, `routes` and `limits` as the filter's \
documentation has them. Without one every caller is `anonymous`, on `/mcp`; with `--jwks`, whom the token \
names; with `--client-ca`, whom the certificate names.

With `--control-plane` Envoy's main thread asks there for newer releases, which take effect without a file being \
written, and records of all decisions go there.

Examples:
  callgate envoy config -r release.json --upstream localhost:3000 > envoy.json && envoy -c envoy.json
  callgate envoy config -r release.json --upstream crm.internal:443 --upstream-tls --gateway gateway.json \\
    --trusted-key team.key.pub --jwks keys.json --issuer https://login.example.com -o gateway
  envoy -c gateway/envoy.json
  callgate envoy config -r release.json --trusted-key team.key.pub --control-plane https://callgate.internal \\
    --control-plane-token token.txt --state fleet > envoy.json";

/// Print an Envoy configuration that loads the filter, or keep a folder that Envoy watches
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The release, signed or not
    #[arg(short, long, value_name = "FILE")]
    release: PathBuf,

    /// Keys that must have signed the release; may be repeated
    #[arg(long, value_name = "PUB")]
    trusted_key: Vec<PathBuf>,

    /// Who calls, and where: the gateway part of the filter's configuration
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,

    /// The server behind
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000", value_parser = host_and_port)]
    upstream: (String, u16),

    /// Speak TLS to the server, and check that its certificate is for its name
    #[arg(long)]
    upstream_tls: bool,

    /// Where agents connect
    #[arg(long, value_name = "[HOST:]PORT", default_value = "127.0.0.1:10000", value_parser = listener)]
    listen: (String, u16),

    /// Port of Envoy's administration interface, on 127.0.0.1
    #[arg(long, value_name = "PORT", default_value_t = 9901)]
    admin: u16,

    /// The filter module; found beside this program otherwise
    #[arg(long, value_name = "FILE")]
    filter: Option<PathBuf>,

    /// Keys of the tokens that agents present as `authorization: Bearer`
    #[arg(long, value_name = "FILE", requires = "issuer")]
    jwks: Option<PathBuf>,

    /// Who must have issued the tokens
    #[arg(long, value_name = "NAME", requires = "jwks")]
    issuer: Option<String>,

    /// Whom tokens must be meant for; may be repeated
    #[arg(long, value_name = "NAME", requires = "jwks")]
    audience: Vec<String>,

    /// The listener's certificate, for TLS towards agents
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// Its private key
    #[arg(long, value_name = "PEM", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// Who must have signed the certificates of agents
    #[arg(
        long,
        value_name = "PEM",
        requires = "tls_certificate",
        conflicts_with = "jwks"
    )]
    client_ca: Option<PathBuf>,

    /// Where newer releases come from, and records go
    #[arg(long, value_name = "URL", requires = "trusted_key", value_parser = origin)]
    control_plane: Option<Origin>,

    /// The token for it, as text; what is written holds it (in a folder for the owner alone to read), and whoever reaches
    /// Envoy's administration interface can read it there
    #[arg(long, value_name = "FILE", requires = "control_plane")]
    control_plane_token: Option<PathBuf>,

    /// Where calls and spending are counted
    #[arg(long, value_enum, default_value_t = Keeps::Process)]
    state: Keeps,

    /// The folder to write
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Where the filter counts: `state` of its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Keeps {
    /// In each Envoy
    Process,
    /// For all Envoys together: the control plane lends each some
    Fleet,
    /// For all Envoys together: the control plane is asked at every call
    Strict,
    /// Nowhere: calls that would be counted are refused
    None,
}

/// Prints the configuration, or writes the folder.
///
/// # Errors
/// A file cannot be read or written, or would not be taken by the filter; nothing is written then.
pub fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Error> {
    let plugin = plugin(args)?;
    let filter = match &args.filter {
        Some(path) => path.clone(),
        None => modules::filter().ok_or_else(|| Error::Nothing {
            what: "there is no `callgate_filter.wasm` beside this program".to_owned(),
            help: "name it: `--filter callgate_filter.wasm` (`cargo xtask wasm filter` builds it)"
                .to_owned(),
        })?,
    };
    let filter = existing(&filter)?;
    match &args.output {
        None => {
            let wasm = callgate_envoy::wasm(&text(&filter), &plugin);
            let place = text(&filter);
            let bootstrap = gateway(args, callgate_envoy::filter(&wasm), &place, &plugin)?;
            let bootstrap = bootstrap.bootstrap();
            terminal.data(&json::pretty(&bootstrap));
        }
        Some(folder) => {
            let folder = Folder::open(folder)?;
            let module = folder.module(&filter)?;
            let wasm = callgate_envoy::wasm(&text(&module), &plugin);
            let watched =
                callgate_envoy::watched_filter(&folder.path("callgate.json"), &folder.path(""));
            let bootstrap = gateway(args, watched, &text(&module), &plugin)?.bootstrap();
            let readers = match &args.control_plane_token {
                Some(_) => Readers::Owner,
                None => Readers::All,
            };
            folder.write("envoy.json", &json::pretty(&bootstrap), readers)?;
            let number = plugin["release"]["number"].to_string();
            // Last: a running Envoy takes it at once.
            let file = callgate_envoy::watched_file(&number, &wasm);
            folder.write("callgate.json", &json::pretty(&file), readers)?;
            let said = format!(
                "run it: envoy -c {}\n",
                place::shown(Path::new(&folder.path("envoy.json")))
            );
            terminal.words(&printable(&said));
        }
    }
    Ok(Exit::Ok)
}

/// The filter's configuration, read as the filter will.
fn plugin(args: &Args) -> Result<Value, Error> {
    let file = input::read(&args.release)?;
    let opened = key::opened(&file)?;
    project::compile(&opened.release)?;
    let mut plugin = match &args.gateway {
        None => {
            json!({ "identity": identity(args), "routes": [{ "path": "/mcp", "kind": "mcp" }] })
        }
        Some(path) => own(&input::read(path)?)?,
    };
    // The access log of the bootstrap shows it.
    plugin["audit"] = json!({ "access_log": true });
    if let Some(origin) = &args.control_plane {
        let mut plane = json!({ "cluster": ControlPlane::CLUSTER, "authority": origin.authority });
        if let Some(path) = &args.control_plane_token {
            plane["token"] = token(path)?.into();
        }
        plugin["control_plane"] = plane;
        plugin["audit"]["executions"] = true.into();
    }
    plugin["state"] = match args.state {
        Keeps::Process => "process",
        Keeps::Fleet | Keeps::Strict if args.control_plane.is_none() => {
            return Err(Error::Usage {
                message: "nobody would count for all Envoys together".to_owned(),
                help: "name the control plane that does: `--control-plane URL`".to_owned(),
            });
        }
        Keeps::Fleet => "fleet",
        Keeps::Strict => "strict",
        Keeps::None => "none",
    }
    .into();
    plugin["release"] = serde_json::from_str(&file.text).unwrap_or_default();
    if !args.trusted_key.is_empty() {
        let keys = args.trusted_key.iter().map(|path| public_key(path));
        plugin["trusted_keys"] = json!(keys.collect::<Result<Vec<String>, Error>>()?);
        if opened.envelope.is_none() {
            return Err(Error::Usage {
                message:
                    "the release is not signed, and with trusted keys the filter would refuse it"
                        .to_owned(),
                help: "sign it: `callgate build --sign team.key`".to_owned(),
            });
        }
    }
    Ok(plugin)
}

/// What `authorization` says, but for the scheme.
fn token(path: &Path) -> Result<String, Error> {
    let file = input::read(path)?;
    let token = file.text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = "this is no token: one is a word of visible ASCII characters".to_owned();
        let diagnostic = Diagnostic::error("INVALID_TOKEN", Span::default(), message);
        return Err(Error::Input(vec![Problem::new(&file, diagnostic)]));
    }
    Ok(token.to_owned())
}

fn public_key(path: &Path) -> Result<String, Error> {
    let file = input::read(path)?;
    let read = PublicKey::read(&file.text);
    let key = read.map_err(|why| {
        let message = format!("this {why}");
        let diagnostic = Diagnostic::error("INVALID_KEY", Span::default(), message);
        Error::Input(vec![Problem::new(&file, diagnostic)])
    })?;
    Ok(key.to_pem())
}

/// Who calls, where no gateway file says it.
fn identity(args: &Args) -> Value {
    match (&args.jwks, &args.client_ca) {
        (Some(_), _) => json!({ "source": "jwt", "payload": Tokens::PAYLOAD }),
        (None, Some(_)) => json!({ "source": "mtls" }),
        (None, None) => json!({ "source": "static", "name": "anonymous" }),
    }
}

/// The gateway file, checked as the filter checks it.
fn own(file: &Rc<File>) -> Result<Value, Error> {
    let limits = Limits::default().release_json();
    let document = Document::parse(file.text.as_bytes(), &limits).map_err(|error| {
        let span = Span::new(error.offset, error.offset.saturating_add(1));
        let diagnostic = Diagnostic::error(error.code.as_str(), span, error.code.describe());
        Error::Input(vec![Problem::new(file, diagnostic)])
    })?;
    let mut reader = Reader::default();
    let known = callgate_wire::gateway::FIELDS;
    let gateway = reader.fields(document.root(), "the gateway", &known);
    let gateway = gateway.and_then(|fields| callgate_wire::Gateway::read(&mut reader, fields));
    let read = reader.finish(gateway);
    let gateway = read.map_err(|found| Error::Input(Problem::all(file, found)))?;
    let trusted = [
        ("identity", matches!(gateway.identity, Source::Header(_))),
        ("task", gateway.task.is_some()),
        (
            "run",
            gateway
                .run
                .as_ref()
                .is_some_and(|run| run.header().is_some()),
        ),
    ];
    if let Some((what, _)) = trusted.into_iter().find(|(_, trusted)| *trusted) {
        let message = format!(
            "nothing in this configuration sets or removes the header of `{what}`: agents would write it themselves"
        );
        let diagnostic = Diagnostic::error("UNTRUSTED_HEADER", Span::default(), message);
        let help = "leave it out (identities also come by `jwt`, `mtls`, `api_key` or `static`), or write the bootstrap by hand around what sets it";
        let problem = Problem::new(file, diagnostic.with_help(help));
        return Err(Error::Input(vec![problem]));
    }
    Ok(serde_json::from_str(&file.text).unwrap_or_default())
}

fn gateway(args: &Args, filter: Value, module: &str, plugin: &Value) -> Result<Gateway, Error> {
    let (host, port) = args.upstream.clone();
    let tokens = match (&args.jwks, &args.issuer) {
        (Some(jwks), Some(issuer)) => Some(Tokens {
            issuer: issuer.clone(),
            audiences: args.audience.clone(),
            jwks: text(&existing(jwks)?),
        }),
        _ => None,
    };
    let certificates = match (&args.tls_certificate, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(ClientCertificates {
            certificate: text(&existing(certificate)?),
            key: text(&existing(key)?),
            client_ca: match &args.client_ca {
                Some(authority) => Some(text(&existing(authority)?)),
                None => None,
            },
        }),
        _ => None,
    };
    Ok(Gateway {
        listen: args.listen.clone(),
        admin: args.admin,
        upstream: Upstream {
            host,
            port,
            tls: args.upstream_tls,
        },
        filter,
        tokens,
        certificates,
        control_plane: args.control_plane.as_ref().map(|origin| ControlPlane {
            server: origin.server.clone(),
            service: callgate_envoy::service(module, plugin),
        }),
        buffer_bytes: buffer(plugin),
    })
}

/// Twice what the filter reads at most of a message.
fn buffer(plugin: &Value) -> u32 {
    const LEAST: u64 = 1 << 20;
    let routes = plugin["routes"].as_array().into_iter().flatten();
    let places = routes.chain([plugin]);
    let most = places.filter_map(|place| place["limits"]["body_bytes"].as_u64());
    let most = most.max().unwrap_or(LEAST).max(LEAST);
    u32::try_from(most.saturating_mul(2)).unwrap_or(u32::MAX)
}

/// A file that Envoy will read: where it really is.
fn existing(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize()
        .map_err(|reason| input::unreadable(path, reason))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
