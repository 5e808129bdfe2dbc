//! The value a literal token stands for.

use super::ast::Literal;

/// Why a literal has no value: a byte range within its token, and a message.
pub(super) struct LiteralError {
    pub from: usize,
    pub to: usize,
    pub message: &'static str,
}

/// An integer literal; `negative` when a minus sign stands directly before it.
pub(super) fn int(text: &str, negative: bool) -> Option<Literal> {
    let magnitude = magnitude(text)?;
    let value = if negative {
        0i128.checked_sub(i128::from(magnitude))?
    } else {
        i128::from(magnitude)
    };
    i64::try_from(value).ok().map(Literal::Int)
}

/// An unsigned integer literal with its `u`.
pub(super) fn uint(text: &str) -> Option<Literal> {
    magnitude(text.trim_end_matches(['u', 'U'])).map(Literal::Uint)
}

fn magnitude(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A floating-point literal; one beyond the range of `f64` has no value.
pub(super) fn double(text: &str, negative: bool) -> Option<Literal> {
    let value: f64 = text.parse().ok()?;
    value
        .is_finite()
        .then_some(Literal::Double(if negative { -value } else { value }))
}

/// A string literal with prefix and quotes.
pub(super) fn string(token: &str) -> Result<Literal, LiteralError> {
    let mut out = String::new();
    let mut body = Body::new(token);
    while let Some(piece) = body.next_piece()? {
        match piece {
            Piece::Char(c) | Piece::Point(c) => out.push(c),
            Piece::Byte(byte) => out.push(char::from(byte)),
        }
    }
    Ok(Literal::String(out.into()))
}

/// A bytes literal with prefix and quotes.
pub(super) fn bytes(token: &str) -> Result<Literal, LiteralError> {
    let mut out = Vec::new();
    let mut body = Body::new(token);
    while let Some(piece) = body.next_piece()? {
        match piece {
            Piece::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Byte(byte) => out.push(byte),
            Piece::Point(_) => {
                return Err(body.fail("a bytes literal takes `\\x` and octal escapes, not `\\u`"));
            }
        }
    }
    Ok(Literal::Bytes(out.into()))
}

enum Piece {
    /// A character as it stands, or a one-letter escape.
    Char(char),
    /// `\x` or an octal escape: a code point in strings, a byte in bytes.
    Byte(u8),
    /// `\u` or `\U`.
    Point(char),
}

struct Body<'t> {
    token: &'t str,
    at: usize,
    end: usize,
    raw: bool,
    /// Where the last piece began, for errors.
    mark: usize,
}

impl<'t> Body<'t> {
    fn new(token: &'t str) -> Self {
        let is_quote = |c: char| matches!(c, '"' | '\'');
        let open = token.find(is_quote).unwrap_or(0);
        let (prefix, rest) = token.split_at_checked(open).unwrap_or(("", token));
        let triple = rest.starts_with("\"\"\"") || rest.starts_with("'''");
        let quotes = if triple { 3 } else { 1 };
        let at = open.saturating_add(quotes);
        Body {
            token,
            at,
            end: token.len().saturating_sub(quotes).max(at),
            raw: prefix.contains(['r', 'R']),
            mark: at,
        }
    }

    fn fail(&self, message: &'static str) -> LiteralError {
        LiteralError {
            from: self.mark,
            to: self.at.min(self.end),
            message,
        }
    }

    fn next_char(&mut self) -> Option<char> {
        let next = self.token.get(self.at..self.end)?.chars().next()?;
        self.at = self.at.saturating_add(next.len_utf8());
        Some(next)
    }

    fn next_piece(&mut self) -> Result<Option<Piece>, LiteralError> {
        self.mark = self.at;
        let Some(next) = self.next_char() else {
            return Ok(None);
        };
        if next != '\\' || self.raw {
            return Ok(Some(Piece::Char(next)));
        }
        let Some(escape) = self.next_char() else {
            return Err(self.fail("a backslash needs a character after it"));
        };
        let piece = match escape {
            'a' => Piece::Char('\u{07}'),
            'b' => Piece::Char('\u{08}'),
            'f' => Piece::Char('\u{0c}'),
            'n' => Piece::Char('\n'),
            'r' => Piece::Char('\r'),
            't' => Piece::Char('\t'),
            'v' => Piece::Char('\u{0b}'),
            '\\' | '?' | '"' | '\'' | '`' => Piece::Char(escape),
            'x' | 'X' => Piece::Byte(self.byte(16, 2, 0)?),
            '0'..='3' => Piece::Byte(self.byte(8, 2, escape.to_digit(8).unwrap_or(0))?),
            'u' => self.point(4)?,
            'U' => self.point(8)?,
            _ => return Err(self.fail("there is no such escape")),
        };
        Ok(Some(piece))
    }

    fn number(&mut self, radix: u32, digits: usize, start: u32) -> Result<u32, LiteralError> {
        let mut value = start;
        for _ in 0..digits {
            let digit = self.next_char().and_then(|c| c.to_digit(radix));
            let Some(digit) = digit else {
                return Err(self.fail("this escape has too few digits"));
            };
            value = value.saturating_mul(radix).saturating_add(digit);
        }
        Ok(value)
    }

    fn byte(&mut self, radix: u32, digits: usize, start: u32) -> Result<u8, LiteralError> {
        let value = self.number(radix, digits, start)?;
        u8::try_from(value).map_err(|_| self.fail("this escape is beyond a byte"))
    }

    fn point(&mut self, digits: usize) -> Result<Piece, LiteralError> {
        let value = self.number(16, digits, 0)?;
        char::from_u32(value)
            .map(Piece::Point)
            .ok_or_else(|| self.fail("this is no Unicode scalar value"))
    }
}
