//! The filter in wasmtime: the corpus' gateway, its cases as exchanges, what must hold of each.
use crate::bypass::{self, Case, Config, Expect, Request};
use crate::releases;
use anyhow::{Context, Result, ensure};
use callgate_host_test::{Exchange, Module, Options, Origin, Outcome, Process, Vm, property_path};
use callgate_release::Build;
use serde_json::{Value, json};

/// The most linear memory that the filter may need, in bytes.
pub const MEMORY_CEILING: usize = 32 << 20;

/// A VM of the built filter with this gateway.
///
/// # Errors
/// The filter is not built, traps, or does not take the configuration.
pub fn start(config: &Config) -> Result<Vm> {
    let vm = start_with(&config.plugin_configuration()?)?;
    let denying = vm.root_logs().iter().find(|line| line.level >= 4);
    ensure!(
        denying.is_none(),
        "the configuration is refused: {denying:?}"
    );
    Ok(vm)
}

/// A VM of the built filter with any bytes as its configuration.
///
/// # Errors
/// The filter is not built, or traps.
pub fn start_with(configuration: &str) -> Result<Vm> {
    let options = Options {
        memory_limit: MEMORY_CEILING,
        ..Options::default()
    };
    Ok(Vm::start(Module::filter()?, configuration, options)?)
}

/// A worker of this process with a configuration that it takes without a word; its control plane is `control`.
///
/// # Errors
/// The filter is not built, traps, or has something to say.
pub fn worker(process: &Process, plugin: &Value) -> Result<Vm> {
    let options = Options {
        memory_limit: MEMORY_CEILING,
        process: process.clone(),
        clusters: ["control".to_owned()].into(),
        ..Options::default()
    };
    let vm = Vm::start(Module::filter()?, plugin.to_string(), options)?;
    ensure!(vm.root_logs().is_empty(), "{:?}", vm.root_logs());
    Ok(vm)
}

/// A policy document without a scope, named as its kind.
#[must_use]
pub fn policy(kind: &str, spec: Value) -> Value {
    json!({ "apiVersion": "callgate/v1", "kind": kind, "metadata": { "name": kind }, "spec": spec })
}

/// A configuration with these policy documents, one caller and one MCP route.
///
/// # Errors
/// A document is wrong.
pub fn plugin(policies: &[Value]) -> Result<Value> {
    let policies = releases::policies(&json!(policies))?;
    let build = Build {
        project: "tested",
        number: 3,
        policies: &policies,
        ..Build::default()
    };
    let release: Value = serde_json::from_str(&build.to_json())?;
    Ok(json!({
        "release": release,
        "identity": { "source": "static", "name": "bot" },
        "routes": [{ "path": "/mcp", "kind": "mcp" }],
    }))
}

/// The request of a case, in the pieces the case names.
#[must_use]
pub fn exchange(request: &Request) -> Exchange {
    let mut exchange = Exchange::new(&request.method, &request.path);
    for (name, value) in &request.headers {
        exchange = exchange.header(name, value);
    }
    exchange = exchange.chunks(request.pieces());
    match &request.trailers {
        Some(trailers) => exchange.trailers(trailers.iter().cloned().collect()),
        None => exchange,
    }
}

/// The same exchange with what the host knows of it beside.
#[must_use]
pub fn attested(exchange: Exchange, request: &Request) -> Exchange {
    let attributes = request.attributes.iter();
    attributes.fold(exchange, |exchange, (path, value)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        exchange.property(property_path(&path), value)
    })
}

/// A filter without a release answers 503 and forwards nothing.
///
/// # Errors
/// It does anything else, or traps.
pub fn unavailable(vm: &mut Vm, request: &Request) -> Result<()> {
    let outcome = vm.exchange(exchange(request))?;
    ensure!(outcome.forwarded.is_none(), "forwarded");
    ensure!(
        outcome.status() == Some(503),
        "status {:?}",
        outcome.status()
    );
    Ok(())
}

/// Makes the host fail as the case says.
///
/// # Errors
/// A host call that does not exist.
pub fn fail_host(vm: &mut Vm, case: &Case) -> Result<()> {
    for failure in &case.host_failures {
        vm.inject(bypass::fault(failure)?);
    }
    Ok(())
}

/// What became of a request, in the terms of an expectation.
///
/// # Errors
/// A head that went on without its body, a request that went on and was answered too, a reply
/// that is not the filter's, bytes that went on changed.
pub fn got(outcome: &Outcome, request: &Request) -> Result<Expect> {
    ensure!(outcome.misuse.is_empty(), "misuse: {:?}", outcome.misuse);
    match (&outcome.forwarded, &outcome.reply) {
        (Some(_), None) => check_forwarded(outcome, request, |_| true).map(|()| Expect::Forwarded),
        (Some(_), Some(_)) => anyhow::bail!("forwarded and answered: {:?}", outcome.verdict()),
        (None, None) => Ok(Expect::Withheld),
        (None, Some(reply)) => {
            ensure!(reply.origin == Origin::Filter, "Envoy answered: {reply:?}");
            Expect::of_reply(u16::try_from(reply.status)?, &reply.body)
        }
    }
}

/// What every path of the corpus's gateway begins with that is judged.
const JUDGED: &str = "/mcp";

/// The same bytes went on; at most headers of ours are missing, and those that need not stay.
///
/// # Errors
/// Anything is missing, changed or added.
pub fn check_forwarded(
    outcome: &Outcome,
    request: &Request,
    stays: impl Fn(&[u8]) -> bool,
) -> Result<()> {
    let sent = outcome.forwarded.as_ref().context("forwarded")?;
    ensure!(sent.complete, "a head went on without its end");
    ensure!(
        sent.body == request.body.clone().unwrap_or_default(),
        "the body changed"
    );
    let trailers = request.trailers.as_ref();
    ensure!(
        sent.trailers.is_some() == trailers.is_some(),
        "the end of the request changed"
    );
    let ours = |name: &[u8]| name.starts_with(b"x-callgate-");
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        let went = sent.headers.iter().any(|pair| pair == (&name, value));
        ensure!(
            went || ours(&name) || !stays(&name),
            "a header was lost: {}",
            name.escape_ascii()
        );
    }
    let leaked = sent.headers.iter().find(|(name, _)| ours(name));
    ensure!(leaked.is_none(), "a header of ours went on: {leaked:?}");
    let judged = request.path.starts_with(JUDGED.as_bytes());
    for (name, value) in sent.trailers.iter().flat_map(|lines| lines.iter()) {
        let known =
            trailers.is_some_and(|lines| lines.iter().any(|(n, v)| n == name && v == value));
        ensure!(
            known && !judged && !ours(name),
            "a trailer that nobody judged went on: {}",
            name.escape_ascii()
        );
    }
    Ok(())
}
