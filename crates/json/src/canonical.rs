//! The canonical form: JSON Canonicalization Scheme (RFC 8785).
//!
//! One deliberate difference: integers keep all their digits. RFC 8785 would write
//! 9007199254740993 as 9007199254740992, and two different arguments would share a digest.

use crate::{Kind, NumberClass, Value, number, text};

/// Writes `value` with sorted keys, no white space, and one spelling for each string and number.
pub fn write(value: Value<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Bool | Kind::Number if value.as_number().is_none() => {
            out.extend_from_slice(value.raw().as_bytes());
        }
        Kind::Bool | Kind::Number => write_number(value, out),
        Kind::String => write_str(value.as_str().unwrap_or_default(), out),
        Kind::Array => {
            out.push(b'[');
            let elements = value.as_array().into_iter().flat_map(|array| array.iter());
            for (number, element) in elements.enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write(element, out);
            }
            out.push(b']');
        }
        Kind::Object => {
            out.push(b'{');
            let members = value
                .as_object()
                .into_iter()
                .flat_map(|object| object.sorted());
            for (number, (key, member)) in members.enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_str(key, out);
                out.push(b':');
                write(member, out);
            }
            out.push(b'}');
        }
    }
}

/// The canonical form of `value` as a string.
pub fn to_string(value: Value<'_>) -> String {
    let mut out = Vec::new();
    write(value, &mut out);
    // INVARIANT: the source was UTF-8 and everything added is ASCII.
    String::from_utf8(out).unwrap_or_default()
}

fn write_number(value: Value<'_>, out: &mut Vec<u8>) {
    let Some(number) = value.as_number() else {
        return;
    };
    match number.class() {
        NumberClass::Int(int) => out.extend_from_slice(int.to_string().as_bytes()),
        NumberClass::Uint(uint) => out.extend_from_slice(uint.to_string().as_bytes()),
        NumberClass::Double(double) => number::write_double(double, out),
        // No value to normalise to: the literal itself is the only faithful form.
        NumberClass::Unrepresentable => out.extend_from_slice(number.text().as_bytes()),
    }
}

/// Strings up to this length are copied as they are looked at.
const SHORT: usize = 64;

/// Writes a string literal with the escapes of RFC 8785 section 3.2.2.2, and no others.
pub fn write_str(string: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    if string.len() <= SHORT {
        write_short(string.as_bytes(), out);
    } else {
        write_long(string.as_bytes(), out);
    }
    out.push(b'"');
}

/// A word at a time: most strings of a record are names of a few bytes, for which finding their ends first
/// and then calling a copying function costs more than the copying does, above all in WebAssembly.
fn write_short(mut rest: &[u8], out: &mut Vec<u8>) {
    out.reserve(SHORT);
    loop {
        if let Some((word, tail)) = rest.split_first_chunk::<8>()
            && text::is_clean_word(*word)
        {
            out.extend_from_slice(word);
            rest = tail;
        } else if let Some((byte, tail)) = rest.split_first() {
            match text::is_special(*byte) {
                true => write_escape(*byte, out),
                false => out.push(*byte),
            }
            rest = tail;
        } else {
            return;
        }
    }
}

fn write_long(mut rest: &[u8], out: &mut Vec<u8>) {
    loop {
        let (clean, tail) = rest
            .split_at_checked(text::clean_until(rest, 0))
            .unwrap_or((rest, &[]));
        out.extend_from_slice(clean);
        let Some((special, tail)) = tail.split_first() else {
            return;
        };
        write_escape(*special, out);
        rest = tail;
    }
}

fn write_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        _ => {
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0') as u8;
            out.extend_from_slice(b"\\u00");
            out.push(digit(byte >> 4));
            out.push(digit(byte & 0xF));
            return;
        }
    };
    out.push(b'\\');
    out.push(short);
}
