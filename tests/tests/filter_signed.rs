//! The filter believes releases by their signatures and numbers, and denies everything else.

use anyhow::{Context as _, Result, ensure};
use callgate_host_test::{FailurePolicy, Fault, Module, Options, Process, Status, Vm, When};
use callgate_release::Envelope;
use callgate_release::signed::PrivateKey;
use callgate_tests::bypass::{Case, cases};
use callgate_tests::filter::{MEMORY_CEILING, exchange, unavailable};
use serde_json::{Value, json};

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(&[number; 32])
}

/// A request that the corpus's policies let pass.
fn allowed() -> Result<Case> {
    let found = cases()?
        .into_iter()
        .find(|case| case.id == "W08-known-length-passes");
    found.context("the case is gone")
}

/// The text of the corpus's release under another number.
fn release(case: &Case, number: u64) -> Result<String> {
    let plugin: Value = serde_json::from_str(&case.config.plugin_configuration()?)?;
    let mut release = plugin["release"].clone();
    ensure!(release["number"].is_u64(), "the corpus has no number");
    release["number"] = json!(number);
    // Sorted keys and no white space: `serde_json` writes what is canonical already.
    Ok(release.to_string())
}

fn sign(text: &str, keys: &[&PrivateKey]) -> Result<Value> {
    let mut envelope = Envelope::new(text);
    keys.iter().for_each(|key| key.sign(&mut envelope));
    Ok(serde_json::from_str(&envelope.to_json())?)
}

/// The corpus's configuration with this release and these trusted keys.
fn configuration(case: &Case, release: &Value, trusted: &[&PrivateKey]) -> Result<Value> {
    let mut plugin: Value = serde_json::from_str(&case.config.plugin_configuration()?)?;
    plugin["release"] = release.clone();
    let keys: Vec<String> = trusted.iter().map(|key| key.public().to_pem()).collect();
    if !keys.is_empty() {
        plugin["trusted_keys"] = json!(keys);
    }
    Ok(plugin)
}

fn options() -> Options {
    Options {
        memory_limit: MEMORY_CEILING,
        failure_policy: FailurePolicy::Reload,
        ..Options::default()
    }
}

fn start(configuration: &Value) -> Result<Vm> {
    Ok(Vm::start(
        Module::filter()?,
        configuration.to_string(),
        options(),
    )?)
}

/// The request goes on.
fn passes(vm: &mut Vm, case: &Case) -> Result<()> {
    let outcome = vm.exchange(exchange(&case.request))?;
    ensure!(outcome.forwarded.is_some(), "denied: {:?}", vm.root_logs());
    Ok(())
}

/// Everything is denied, and the log has said why.
fn denies(vm: &mut Vm, case: &Case, why: &str) -> Result<()> {
    let last = vm.root_logs().last().context("it said nothing")?;
    let start = "callgate: denying every request, the configuration cannot be used: ";
    let said = last.message.strip_prefix(start);
    ensure!(
        said.is_some_and(|said| said.starts_with(why)),
        "{why}: {last:?}"
    );
    unavailable(vm, &case.request)
}

#[test]
fn a_release_that_a_trusted_key_signed_decides() -> Result<()> {
    let (case, ours, others) = (allowed()?, key(1), key(2));
    let release = release(&case, 1)?;
    for (signers, trusted) in [
        (vec![&ours], vec![&ours]),
        (vec![&ours], vec![&others, &ours]),
        (vec![&others, &ours], vec![&ours]),
    ] {
        let plugin = configuration(&case, &sign(&release, &signers)?, &trusted)?;
        passes(&mut start(&plugin)?, &case)?;
    }
    Ok(())
}

#[test]
fn nothing_else_does_while_keys_are_trusted() -> Result<()> {
    let (case, ours, others) = (allowed()?, key(1), key(2));
    let text = release(&case, 1)?;
    let good = sign(&text, &[&ours])?;
    let changed = |pointer: &str, value: Value| {
        let mut other = good.clone();
        if let Some(place) = other.pointer_mut(pointer) {
            *place = value;
        }
        other
    };
    let more = sign(&text.replace("deny", "denz"), &[&ours])?;
    let short = good["payload"]
        .as_str()
        .and_then(|text| text.get(4..))
        .context("a payload")?;
    let plain: Value = serde_json::from_str(&text)?;
    let forged = Envelope::new(&text);
    let cases = [
        (plain, "NOT_SIGNED"),
        (serde_json::from_str(&forged.to_json())?, "NOT_SIGNED"),
        (sign(&text, &[&others])?, "UNTRUSTED_KEY"),
        (
            changed("/payload", more["payload"].clone()),
            "BAD_SIGNATURE",
        ),
        (changed("/payload", json!(short)), "BAD_SIGNATURE"),
        (
            changed("/signatures/0/sig", more["signatures"][0]["sig"].clone()),
            "BAD_SIGNATURE",
        ),
        (
            changed("/payloadType", json!("application/json")),
            "UNKNOWN_VALUE",
        ),
        (changed("/payload", json!("AAA")), "WRONG_VALUE"),
        (
            changed("/signatures", json!([{ "sig": "" }])),
            "WRONG_VALUE",
        ),
        (sign(&format!("{text} "), &[&ours])?, "NOT_CANONICAL"),
        (
            sign(&text.replace("delete_issue", "delete_issuf"), &[&ours])?,
            "DIGEST_MISMATCH",
        ),
    ];
    for (release, why) in cases {
        let plugin = configuration(&case, &release, &[&ours])?;
        denies(&mut start(&plugin)?, &case, why)?;
    }
    Ok(())
}

#[test]
fn keys_that_cannot_be_used_deny_everything() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let good = configuration(&case, &sign(&release(&case, 1)?, &[&ours])?, &[&ours])?;
    let pem = ours.public().to_pem();
    let weak = "MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let cases = [
        ("/trusted_keys", json!([]), "BAD_KEY"),
        ("/trusted_keys", json!([pem, pem]), "BAD_KEY"),
        ("/trusted_keys", json!([weak]), "BAD_KEY"),
        ("/trusted_keys", json!([ours.to_pem()]), "BAD_KEY"),
        ("/trusted_keys", json!(pem), "WRONG_TYPE"),
        ("/required_signatures", json!(0), "BAD_KEY"),
        ("/required_signatures", json!(2), "BAD_KEY"),
    ];
    for (pointer, value, why) in cases {
        let mut plugin = good.clone();
        plugin["required_signatures"] = json!(1);
        *plugin.pointer_mut(pointer).context("the field")? = value;
        denies(&mut start(&plugin)?, &case, why)?;
    }
    let mut alone = good.clone();
    alone["required_signatures"] = json!(1);
    alone
        .as_object_mut()
        .context("an object")?
        .remove("trusted_keys");
    denies(&mut start(&alone)?, &case, "MISSING_FIELD")
}

#[test]
fn several_keys_can_be_needed() -> Result<()> {
    let (case, one, two, three) = (allowed()?, key(1), key(2), key(3));
    let text = release(&case, 1)?;
    for (signers, enough) in [
        (vec![&one], false),
        (vec![&one, &two], true),
        (vec![&three, &one], true),
    ] {
        let mut plugin = configuration(&case, &sign(&text, &signers)?, &[&one, &two, &three])?;
        plugin["required_signatures"] = json!(2);
        let mut vm = start(&plugin)?;
        match enough {
            true => passes(&mut vm, &case)?,
            false => denies(&mut vm, &case, "TOO_FEW_SIGNATURES")?,
        }
    }
    Ok(())
}

#[test]
fn an_older_number_never_comes_back() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let signed =
        |number| configuration(&case, &sign(&release(&case, number)?, &[&ours])?, &[&ours]);
    let mut vm = start(&signed(6)?)?;
    passes(&mut vm, &case)?;
    vm.reconfigure(signed(7)?.to_string())?;
    passes(&mut vm, &case)?;
    vm.reconfigure(signed(6)?.to_string())?;
    denies(&mut vm, &case, "OLDER_RELEASE")?;
    // The same again, after a refusal and in a new instance as after a trap.
    vm.reconfigure(signed(7)?.to_string())?;
    passes(&mut vm, &case)?;
    vm.reload()?;
    passes(&mut vm, &case)?;
    vm.reconfigure(signed(6)?.to_string())?;
    denies(&mut vm, &case, "OLDER_RELEASE")
}

#[test]
fn a_number_names_one_content() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let mut vm = start(&configuration(
        &case,
        &sign(&release(&case, 7)?, &[&ours])?,
        &[&ours],
    )?)?;
    let text: Value = serde_json::from_str(&release(&case, 7)?)?;
    let other = callgate_release::Build {
        project: text["project"].as_str().context("a project")?,
        number: 7,
        ..callgate_release::Build::default()
    };
    let other = sign(&other.to_json(), &[&ours])?;
    vm.reconfigure(configuration(&case, &other, &[&ours])?.to_string())?;
    denies(&mut vm, &case, "NUMBER_REUSED")
}

#[test]
fn a_release_that_could_not_be_used_bars_no_other() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let signed =
        |number| configuration(&case, &sign(&release(&case, number)?, &[&ours])?, &[&ours]);
    let mut vm = start(&signed(6)?)?;
    let mut broken = signed(7)?;
    broken["routes"] = json!("none");
    vm.reconfigure(broken.to_string())?;
    denies(&mut vm, &case, "WRONG_TYPE")?;
    vm.reconfigure(signed(6)?.to_string())?;
    passes(&mut vm, &case)
}

#[test]
fn workers_agree_on_the_newest_number() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let signed =
        |number| configuration(&case, &sign(&release(&case, number)?, &[&ours])?, &[&ours]);
    let process = Process::new();
    let worker = |plugin: &Value| -> Result<Vm> {
        let options = Options {
            process: process.clone(),
            ..options()
        };
        Ok(Vm::start(Module::filter()?, plugin.to_string(), options)?)
    };
    let mut first = worker(&signed(6)?)?;
    let mut second = worker(&signed(6)?)?;
    passes(&mut second, &case)?;
    second.reconfigure(signed(7)?.to_string())?;
    passes(&mut first, &case)?;
    denies(&mut worker(&signed(6)?)?, &case, "OLDER_RELEASE")
}

#[test]
fn without_trusted_keys_signed_releases_load_and_the_log_says_so() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let mut vm = start(&configuration(
        &case,
        &sign(&release(&case, 1)?, &[&ours])?,
        &[],
    )?)?;
    passes(&mut vm, &case)?;
    let said = vm
        .root_logs()
        .iter()
        .any(|line| line.level == 3 && line.message.contains("nobody checks"));
    ensure!(said, "{:?}", vm.root_logs());
    // A bare release says nothing, and its number may be any.
    let plain: Value = serde_json::from_str(&release(&case, 1)?)?;
    vm.reconfigure(configuration(&case, &plain, &[])?.to_string())?;
    passes(&mut vm, &case)
}

#[test]
fn a_host_that_cannot_remember_numbers_gets_nothing_through() -> Result<()> {
    let (case, ours) = (allowed()?, key(1));
    let plugin = configuration(&case, &sign(&release(&case, 1)?, &[&ours])?, &[&ours])?;
    for call in ["proxy_get_shared_data", "proxy_set_shared_data"] {
        for status in Status::FAILURES.into_iter().chain([Status::Ok]) {
            // To find nothing at first is no failure, and to write second is none to try again.
            let fault = Fault {
                when: When::Every(call),
                status,
            };
            let module = Module::filter()?;
            let mut vm = Vm::start_with(module, plugin.to_string(), options(), &[fault])
                .with_context(|| format!("{call} {status:?}"))?;
            vm.clear_faults();
            denies(&mut vm, &case, "HOST_CALL_FAILED")
                .with_context(|| format!("{call} {status:?}"))?;
        }
    }
    Ok(())
}
