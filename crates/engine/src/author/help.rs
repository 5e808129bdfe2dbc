//! How to mend what its finder has no help for.

use callgate_json::ErrorCode;

/// What a person can do about a finding, by its code.
pub fn help(code: &str) -> Option<&'static str> {
    match code {
        "cel.syntax" => {
            return Some("an operator needs a value on each side, and every bracket its partner");
        }
        "YAML_SYNTAX" => {
            return Some(
                "close every quote and bracket, indent with spaces, and quote text that holds `: ` or ` #`",
            );
        }
        _ => {}
    }
    let code = ErrorCode::ALL.iter().find(|known| known.as_str() == code)?;
    Some(match code {
        ErrorCode::InvalidUtf8 | ErrorCode::Bom => {
            "save the file as UTF-8 without a byte order mark"
        }
        ErrorCode::UnexpectedEnd => "close what is open: a `}`, a `]` or a `\"` is missing",
        ErrorCode::UnexpectedByte => {
            "JSON has double quotes, a comma between members and none after the last, and no comments"
        }
        ErrorCode::TrailingData => {
            "one document a file; several calls go one a line into a file that ends in `.jsonl`"
        }
        ErrorCode::DuplicateKey => "keep one of them: readers disagree on which one counts",
        ErrorCode::LoneSurrogate => "write the character itself, or both halves of its escape",
        ErrorCode::InvalidEscape => {
            "escapes are `\\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and `\\u` with four digits"
        }
        ErrorCode::ControlCharacter => "write it as an escape, such as `\\n`",
        ErrorCode::InvalidNumber => {
            "numbers are written like `-12`, `0.5` or `1e3`, without a leading zero or `+`"
        }
        ErrorCode::TooLarge
        | ErrorCode::TooDeep
        | ErrorCode::TooManyKeys
        | ErrorCode::TooManyNodes
        | ErrorCode::NumberTooLong => "a gateway would refuse it too; make it smaller",
    })
}
