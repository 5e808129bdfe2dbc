//! Numbers keep their text; a reader asks for their class.

/// A number literal of a document.
#[derive(Debug, Clone, Copy)]
pub struct Number<'d> {
    text: &'d str,
    integer: bool,
}

/// The one value a number literal stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberClass {
    /// An integer literal within `i64`.
    Int(i64),
    /// An integer literal beyond `i64` and within `u64`.
    Uint(u64),
    /// A literal with a fraction or an exponent; the nearest `f64`.
    Double(f64),
    /// An integer beyond 64 bits, or a literal beyond the range of `f64`. Reading it is an error.
    Unrepresentable,
}

impl<'d> Number<'d> {
    pub(crate) fn integer(text: &'d str) -> Self {
        Self {
            text,
            integer: true,
        }
    }

    pub(crate) fn fraction(text: &'d str) -> Self {
        Self {
            text,
            integer: false,
        }
    }

    /// The literal as it stands in the source.
    pub fn text(self) -> &'d str {
        self.text
    }

    /// The value it stands for. `-0` is the integer 0.
    pub fn class(self) -> NumberClass {
        if !self.integer {
            return match self.text.parse::<f64>() {
                Ok(double) if double.is_finite() => NumberClass::Double(double),
                _ => NumberClass::Unrepresentable,
            };
        }
        if let Ok(int) = self.text.parse::<i64>() {
            return NumberClass::Int(int);
        }
        match self.text.parse::<u64>() {
            Ok(uint) => NumberClass::Uint(uint),
            Err(_) => NumberClass::Unrepresentable,
        }
    }
}

/// Writes a finite double as ECMAScript's `Number::toString` does (RFC 8785 section 3.2.2.3).
///
/// Not-a-number and the infinities have no JSON form and are written as `null`.
pub fn write_double(double: f64, out: &mut Vec<u8>) {
    if !double.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    if double == 0.0 {
        out.push(b'0');
        return;
    }
    if double < 0.0 {
        out.push(b'-');
    }
    // `{:e}` gives the shortest digits that read back as the same double: d.ddde±x.
    let text = format!("{:e}", double.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: Vec<u8> = mantissa.bytes().filter(|b| *b != b'.').collect();
    let exponent = exponent.parse::<i32>().unwrap_or(0);
    layout(&digits, exponent.saturating_add(1), out);
}

/// `point` is where the decimal point stands, counted in digits from the front.
fn layout(digits: &[u8], point: i32, out: &mut Vec<u8>) {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match point {
        1..=21 if count <= point => {
            out.extend_from_slice(digits);
            for _ in count..point {
                out.push(b'0');
            }
        }
        1..=21 => {
            let (whole, fraction) = split(digits, point);
            out.extend_from_slice(whole);
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        -5..=0 => {
            out.extend_from_slice(b"0.");
            for _ in point..0 {
                out.push(b'0');
            }
            out.extend_from_slice(digits);
        }
        _ => {
            let (first, rest) = split(digits, 1);
            out.extend_from_slice(first);
            if !rest.is_empty() {
                out.push(b'.');
                out.extend_from_slice(rest);
            }
            let exponent = point.saturating_sub(1);
            let sign = if exponent < 0 { "e-" } else { "e+" };
            out.extend_from_slice(sign.as_bytes());
            out.extend_from_slice(exponent.unsigned_abs().to_string().as_bytes());
        }
    }
}

fn split(digits: &[u8], at: i32) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).unwrap_or(0);
    digits.split_at_checked(at).unwrap_or((digits, &[]))
}
