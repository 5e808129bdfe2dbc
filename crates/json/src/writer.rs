//! A streaming writer that puts the commas; the caller gives keys in canonical order.

use crate::{Value, canonical, number};

/// Appends JSON to a byte buffer. Objects and arrays are closed by the caller, in the order opened.
#[derive(Debug)]
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
    /// Whether a value was written since the container was opened.
    separate: bool,
}

impl<'o> Writer<'o> {
    /// Writes to the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            separate: false,
        }
    }

    /// `{`
    pub fn begin_object(&mut self) -> &mut Self {
        self.open(b'{')
    }

    /// `}`
    pub fn end_object(&mut self) -> &mut Self {
        self.close(b'}')
    }

    /// `[`
    pub fn begin_array(&mut self) -> &mut Self {
        self.open(b'[')
    }

    /// `]`
    pub fn end_array(&mut self) -> &mut Self {
        self.close(b']')
    }

    /// A member's name; its value must follow.
    pub fn key(&mut self, key: &str) -> &mut Self {
        self.comma();
        canonical::write_str(key, self.out);
        self.out.push(b':');
        self.separate = false;
        self
    }

    /// A string.
    pub fn str(&mut self, text: &str) -> &mut Self {
        self.comma();
        canonical::write_str(text, self.out);
        self
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { b"true" } else { b"false" })
    }

    /// `null`
    pub fn null(&mut self) -> &mut Self {
        self.raw(b"null")
    }

    /// A signed integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.raw(value.to_string().as_bytes())
    }

    /// An unsigned integer.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.comma();
        let mut digits = [0_u8; 20];
        let mut left = value;
        let mut used = 0_usize;
        for slot in digits.iter_mut().rev() {
            let digit = left.checked_rem(10).unwrap_or(0);
            left = left.checked_div(10).unwrap_or(0);
            *slot = b'0'.wrapping_add(u8::try_from(digit).unwrap_or(0));
            used = used.wrapping_add(1);
            if left == 0 {
                break;
            }
        }
        let begin = digits.len().wrapping_sub(used);
        self.out
            .extend_from_slice(digits.get(begin..).unwrap_or_default());
        self
    }

    /// A double, as RFC 8785 writes it.
    pub fn double(&mut self, value: f64) -> &mut Self {
        self.comma();
        number::write_double(value, self.out);
        self
    }

    /// A value of a document, in canonical form.
    pub fn value(&mut self, value: Value<'_>) -> &mut Self {
        self.comma();
        canonical::write(value, self.out);
        self
    }

    /// Bytes that are one JSON value already.
    pub fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.comma();
        self.out.extend_from_slice(json);
        self
    }

    fn open(&mut self, bracket: u8) -> &mut Self {
        self.comma();
        self.out.push(bracket);
        self.separate = false;
        self
    }

    fn close(&mut self, bracket: u8) -> &mut Self {
        self.out.push(bracket);
        self.separate = true;
        self
    }

    fn comma(&mut self) {
        if self.separate {
            self.out.push(b',');
        }
        self.separate = true;
    }
}
