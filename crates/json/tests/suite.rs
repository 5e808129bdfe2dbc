//! The public JSON parsing test suite (Nicolas Seriot, "Parsing JSON is a Minefield").
//!
//! `y_` files must be accepted, `n_` files rejected; what the standard leaves open (`i_`) is decided here.

use std::path::PathBuf;

use callgate_json::{Document, ErrorCode, Limits};

/// The open cases that are accepted: numbers beyond every type are text until somebody reads them.
const ACCEPTED: &[&str] = &[
    "i_number_double_huge_neg_exp.json",
    "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
];

/// Cases the standard allows and this reader refuses on purpose, with the reason.
const STRICTER: &[(&str, ErrorCode)] = &[
    ("i_number_huge_exp.json", ErrorCode::NumberTooLong),
    (
        "y_number_double_close_to_zero.json",
        ErrorCode::NumberTooLong,
    ),
    ("y_object_duplicated_key.json", ErrorCode::DuplicateKey),
    (
        "y_object_duplicated_key_and_value.json",
        ErrorCode::DuplicateKey,
    ),
];

fn suite() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(".xtask/json-test-suite")
}

#[test]
fn every_file_is_accepted_or_rejected_as_it_must() {
    let folder = suite();
    let files = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask setup`", folder.display()));
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let result = Document::parse(&bytes, &Limits::default());
        let stricter = STRICTER.iter().find(|(file, _)| *file == name);
        let right = match (name.as_bytes()[0], stricter) {
            (_, Some((_, code))) => result.as_ref().is_err_and(|error| error.code == *code),
            (b'y', None) => result.is_ok(),
            (b'n', None) => result.is_err(),
            (b'i', None) => result.is_ok() == ACCEPTED.contains(&name.as_str()),
            _ => continue,
        };
        seen += 1;
        if !right {
            wrong.push(format!("{name}: {:?}", result.map(|_| "accepted")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen >= 300, "only {seen} files in {}", folder.display());
}
