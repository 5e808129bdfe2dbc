//! How the command line behaves towards the streams and files it is given.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
#![cfg(unix)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn callgate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callgate"));
    command.args(arguments);
    command
}

fn a_project() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("gateway");
    assert!(
        callgate(&["init", project.to_str().unwrap()])
            .output()
            .unwrap()
            .status
            .success()
    );
    (folder, project)
}

#[test]
fn a_record_comes_before_the_next_call_is_asked_for() {
    let (_folder, project) = a_project();
    let mut child = callgate(&[
        "decide",
        "-r",
        project.to_str().unwrap(),
        "-i",
        "-",
        "-f",
        "json",
    ])
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut calls = child.stdin.take().unwrap();
    let mut records = BufReader::new(child.stdout.take().unwrap());
    for (team, decision) in [
        ("support", "ALLOW"),
        ("engineering", "DENY"),
        ("support", "ALLOW"),
    ] {
        let identity = format!(r#"{{"name":"bot","labels":{{"team":"{team}"}}}}"#);
        writeln!(
            calls,
            r#"{{"identity":{identity},"request":{{"tool":{{"name":"refund"}}}}}}"#
        )
        .unwrap();
        let mut record = String::new();
        records.read_line(&mut record).unwrap();
        assert!(
            record.contains(&format!(r#""decision":"{decision}""#)),
            "{team}: {record}"
        );
    }
    drop(calls);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = callgate(&["schema", "policy"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
#[cfg(target_os = "linux")]
fn results_that_could_not_be_written_are_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = callgate(&["version"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("cannot write to standard output"), "{words}");
}

#[test]
fn a_release_is_replaced_in_one_step() {
    let (folder, project) = a_project();
    let release = folder.path().join("release.json");
    let arguments = [
        "build",
        project.to_str().unwrap(),
        "-o",
        release.to_str().unwrap(),
    ];
    for number in ["1", "2"] {
        let output = callgate(&arguments)
            .args(["--number", number])
            .output()
            .unwrap();
        assert!(output.status.success());
        assert!(
            fs::read_to_string(&release)
                .unwrap()
                .contains(&format!(r#""number":{number}"#))
        );
    }
    let rights = fs::metadata(&release).unwrap().permissions().mode();
    let plain = folder.path().join("plain");
    File::create(&plain).unwrap();
    let usual = fs::metadata(plain).unwrap().permissions().mode();
    assert_eq!(
        rights, usual,
        "a release is readable as any file the user makes"
    );

    // What was there stays when the project is broken.
    fs::write(project.join("policies/20-allow-team-tools.yaml"), "spec: [").unwrap();
    let output = callgate(&arguments)
        .args(["--number", "3"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        fs::read_to_string(&release)
            .unwrap()
            .contains(r#""number":2"#)
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 3, "nothing temporary is left: {left:?}");
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let (_folder, project) = a_project();
    let output = callgate(&["build", project.to_str().unwrap(), "-o", "/dev/null"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

#[test]
fn words_of_a_policy_do_not_drive_the_terminal() {
    let (_folder, project) = a_project();
    let policy = project.join("policies/20-allow-team-tools.yaml");
    let text = fs::read_to_string(&policy).unwrap();
    let text = text.replace(
        "message: this tool is not one of your team's",
        "message: \"\\e[2Jgone\"",
    );
    fs::write(&policy, text).unwrap();
    let call = project.join("call.json");
    fs::write(
        &call,
        r#"{"identity":{"name":"b\u001b[2J"},"request":{"tool":{"name":"x"}}}"#,
    )
    .unwrap();
    let arguments = [
        "decide",
        "-r",
        project.to_str().unwrap(),
        "-i",
        call.to_str().unwrap(),
        "--color",
        "never",
    ];
    let output = callgate(&arguments).output().unwrap();
    assert!(output.status.success());
    let verdict = String::from_utf8(output.stdout).unwrap();
    assert!(
        verdict.contains("gone") && !verdict.contains('\u{1b}'),
        "{verdict:?}"
    );
}

#[test]
fn a_file_that_is_no_text_is_named_with_its_place() {
    let (_folder, project) = a_project();
    fs::write(
        project.join("policies/30-bad.yaml"),
        b"spec: ok\nname: \xff\n",
    )
    .unwrap();
    let output = callgate(&["check", project.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("30-bad.yaml:2:7"), "{words}");
}

#[test]
fn an_overlong_line_is_one_bad_call() {
    let (_folder, project) = a_project();
    let calls = project.join("calls.jsonl");
    let good = r#"{"identity":{"name":"b"},"request":{"tool":{"name":"x"}}}"#;
    let long = format!(r#"{{"identity":{{"name":"{}"}}}}"#, "b".repeat(3_000_000));
    fs::write(&calls, format!("{good}\n{long}\n{good}\n")).unwrap();
    let arguments = [
        "decide",
        "-r",
        project.to_str().unwrap(),
        "-i",
        calls.to_str().unwrap(),
        "-f",
        "json",
    ];
    let output = callgate(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1].starts_with(r#"{"errors":[{"code":"JSON_TOO_LARGE""#),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains(r#""decision":"DENY""#), "{}", lines[2]);
}

#[test]
fn results_are_written_byte_for_byte() {
    let output = callgate(&["cel", r#""\x7f\u009bé""#]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "\"\u{7f}\u{9b}é\"\n"
    );
}

#[test]
fn a_mistake_inside_a_character_is_shown_as_the_whole_character() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    for text in ["{é}", "[\"a\", ü]", "é", "", "{\"a\": \"\u{1f600}"] {
        fs::write(&policy, text).unwrap();
        for format in ["text", "json", "sarif", "github"] {
            let arguments = ["check", policy.to_str().unwrap(), "-f", format];
            let output = callgate(&arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(3), "{text:?} as {format}");
        }
    }
}

/// As a package installs them: the program, and the modules in the same folder.
#[test]
fn modules_beside_the_program_are_told_with_their_digests() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("callgate");
    fs::copy(env!("CARGO_BIN_EXE_callgate"), &program).unwrap();
    let mut told = String::new();
    for (name, sha256) in [
        (
            "callgate_filter.wasm",
            "8707dd98158ba9d6ef0eb5bf8500beab3369d211682d82398b9e7b3816f1d1cd",
        ),
        (
            "callgate_web.wasm",
            "8556fcd78cb00675d10bd9c532dfcd3c619844ae82598824a572fdb915053169",
        ),
        (
            "callgate_web_analysis.wasm",
            "7bf7fa2f2c87097de3182e37d7347cc65158faa01ad4dfdc0dc614665120caf6",
        ),
    ] {
        fs::write(folder.path().join(name), name).unwrap();
        told += &format!("  {name} sha256:{sha256}\n");
    }
    let output = Command::new(&program).arg("version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with(&told), "{text}");
}

#[test]
fn a_token_for_the_control_plane_is_one_word_and_only_the_owner_reads_it() {
    let (folder, project) = a_project();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| callgate(arguments).output().unwrap().status.code();
    let (key, public) = (path("team.key"), path("team.key.pub"));
    assert_eq!(run(&["keygen", "-o", &key]), Some(0));
    let release = path("release.json");
    let project = project.to_str().unwrap();
    assert_eq!(
        run(&["build", project, "--sign", &key, "-o", &release]),
        Some(0)
    );
    let (token, gateway) = (path("token.txt"), path("envoy"));
    let config = [
        "envoy",
        "config",
        "-r",
        &release,
        "--filter",
        &release,
        "--trusted-key",
        &public,
        "-o",
        &gateway,
    ];
    let plane = [
        "--control-plane",
        "http://plane",
        "--control-plane-token",
        &token,
    ];
    let mode = |name: &str| {
        let file = fs::metadata(folder.path().join("envoy").join(name)).unwrap();
        file.permissions().mode() & 0o077
    };
    assert_eq!(run(&config), Some(0));
    assert_ne!(mode("envoy.json"), 0, "without a token");
    // What a run left that was cut short keeps no secret.
    fs::write(folder.path().join("envoy/.callgate.json.new"), "").unwrap();
    fs::write(&token, "secret\n").unwrap();
    assert_eq!(run(&[&config[..], &plane].concat()), Some(0));
    for name in ["envoy.json", "callgate.json"] {
        assert_eq!(mode(name), 0, "{name}");
    }
    for wrong in ["", "\n", "a b", "a\nx-admin: 1", "ä"] {
        fs::write(&token, wrong).unwrap();
        assert_eq!(run(&[&config[..], &plane].concat()), Some(1), "{wrong:?}");
    }
}
