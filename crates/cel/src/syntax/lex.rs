//! Source text to tokens; characters that start no token become diagnostics and are skipped.

use callgate_model::{Diagnostic, Span};

use super::parse::MOST_DIAGNOSTICS;
use super::token::{Token, TokenKind};

/// The tokens of a source text, ending with [`TokenKind::End`], and its `//` comments.
#[derive(Debug, Default)]
pub struct Tokens {
    /// Tokens in order.
    pub tokens: Vec<Token>,
    /// Comments in order, each from `//` to the end of its line.
    pub comments: Vec<Span>,
}

/// Splits `source` into tokens, reporting what it cannot read.
pub fn lex(source: &str, diagnostics: &mut Vec<Diagnostic>) -> Tokens {
    let mut lexer = Lexer {
        source,
        bytes: source.as_bytes(),
        at: 0,
        diagnostics,
    };
    // Three bytes a token is what expressions tend to have; a wrong guess costs one growth.
    let mut out = Tokens {
        tokens: Vec::with_capacity(source.len() / 3),
        comments: Vec::new(),
    };
    loop {
        lexer.skip_blank(&mut out.comments);
        let start = lexer.at;
        let Some(kind) = lexer.token() else { continue };
        out.tokens.push(Token {
            kind,
            span: lexer.span_from(start),
        });
        if kind == TokenKind::End {
            return out;
        }
    }
}

struct Lexer<'s, 'd> {
    source: &'s str,
    bytes: &'s [u8],
    at: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Lexer<'_, '_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes
            .get(self.at.saturating_add(ahead))
            .copied()
            .unwrap_or(0)
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.bytes.len());
    }

    fn span_from(&self, start: usize) -> Span {
        span(start, self.at)
    }

    fn skip_blank(&mut self, comments: &mut Vec<Span>) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c => self.advance(1),
                b'/' if self.peek(1) == b'/' => {
                    let start = self.at;
                    while self.at < self.bytes.len() && self.peek(0) != b'\n' {
                        self.advance(1);
                    }
                    comments.push(self.span_from(start));
                }
                _ => return,
            }
        }
    }

    /// The next token, or `None` after a character that was reported and skipped.
    fn token(&mut self) -> Option<TokenKind> {
        if self.at >= self.bytes.len() {
            return Some(TokenKind::End);
        }
        let first = self.peek(0);
        match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => match self.literal_prefix() {
                Some((prefix, kind)) => self.quoted(prefix, kind),
                None => Some(self.word()),
            },
            b'0'..=b'9' => Some(self.number()),
            b'.' if self.peek(1).is_ascii_digit() => Some(self.number()),
            b'"' | b'\'' => self.quoted(0, TokenKind::String),
            b'`' => self.quoted_ident(),
            _ => self.symbol(first),
        }
    }

    /// Recognises `r`, `b`, `rb`, `br` in any case directly before a quote.
    fn literal_prefix(&self) -> Option<(usize, TokenKind)> {
        let is = |byte: u8, letter: u8| byte.eq_ignore_ascii_case(&letter);
        let quote = |ahead| matches!(self.peek(ahead), b'"' | b'\'');
        let (one, two) = (self.peek(0), self.peek(1));
        if quote(1) && is(one, b'r') {
            Some((1, TokenKind::String))
        } else if quote(1) && is(one, b'b') {
            Some((1, TokenKind::Bytes))
        } else if quote(2) && ((is(one, b'b') && is(two, b'r')) || (is(one, b'r') && is(two, b'b')))
        {
            Some((2, TokenKind::Bytes))
        } else {
            None
        }
    }

    fn word(&mut self) -> TokenKind {
        let start = self.at;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.advance(1);
        }
        match self.source.get(start..self.at) {
            Some("true") => TokenKind::True,
            Some("false") => TokenKind::False,
            Some("null") => TokenKind::Null,
            Some("in") => TokenKind::In,
            _ => TokenKind::Ident,
        }
    }

    fn digits(&mut self, accept: fn(&u8) -> bool) -> bool {
        let start = self.at;
        while accept(&self.peek(0)) {
            self.advance(1);
        }
        self.at > start
    }

    fn number(&mut self) -> TokenKind {
        let mut kind = TokenKind::Int;
        if self.peek(0) == b'0'
            && matches!(self.peek(1), b'x' | b'X')
            && self.peek(2).is_ascii_hexdigit()
        {
            self.advance(2);
            self.digits(u8::is_ascii_hexdigit);
        } else {
            self.digits(u8::is_ascii_digit);
            if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
                kind = TokenKind::Double;
                self.advance(1);
                self.digits(u8::is_ascii_digit);
            }
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if matches!(self.peek(0), b'e' | b'E')
                && self.peek(sign.saturating_add(1)).is_ascii_digit()
            {
                kind = TokenKind::Double;
                self.advance(sign.saturating_add(1));
                self.digits(u8::is_ascii_digit);
            }
        }
        if kind == TokenKind::Int && matches!(self.peek(0), b'u' | b'U') {
            self.advance(1);
            kind = TokenKind::Uint;
        }
        kind
    }

    /// A string or bytes literal; the token spans prefix and quotes.
    fn quoted(&mut self, prefix: usize, kind: TokenKind) -> Option<TokenKind> {
        let start = self.at;
        let raw = prefix > 0 && (0..prefix).any(|i| self.peek(i).eq_ignore_ascii_case(&b'r'));
        self.advance(prefix);
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.advance(if triple { 3 } else { 1 });
        while self.at < self.bytes.len() {
            let byte = self.peek(0);
            if byte == b'\\' && !raw {
                self.advance(2);
            } else if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote))
            {
                self.advance(if triple { 3 } else { 1 });
                return Some(kind);
            } else if !triple && matches!(byte, b'\n' | b'\r') {
                break;
            } else {
                self.advance(1);
            }
        }
        self.align();
        let span = self.span_from(start);
        self.report(
            Diagnostic::error(
                "cel.unterminated_literal",
                span,
                "this literal is not closed",
            )
            .with_help("close it with the quote it began with"),
        );
        Some(kind)
    }

    fn quoted_ident(&mut self) -> Option<TokenKind> {
        let start = self.at;
        self.advance(1);
        while matches!(self.peek(0), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'/' | b' ')
        {
            self.advance(1);
        }
        if self.peek(0) == b'`' && self.at > start.saturating_add(1) {
            self.advance(1);
            return Some(TokenKind::QuotedIdent);
        }
        let span = self.span_from(start);
        self.report(Diagnostic::error(
            "cel.invalid_quoted_name",
            span,
            "a quoted name is letters, digits, `_`, `.`, `-`, `/` and spaces between backticks",
        ));
        Some(TokenKind::QuotedIdent)
    }

    fn symbol(&mut self, first: u8) -> Option<TokenKind> {
        let pair = |second: u8, long: TokenKind, short: Option<TokenKind>| {
            if self.peek(1) == second {
                (Some(long), 2)
            } else {
                (short, 1)
            }
        };
        let (kind, length) = match first {
            b'(' => (Some(TokenKind::LeftParen), 1),
            b')' => (Some(TokenKind::RightParen), 1),
            b'[' => (Some(TokenKind::LeftBracket), 1),
            b']' => (Some(TokenKind::RightBracket), 1),
            b'{' => (Some(TokenKind::LeftBrace), 1),
            b'}' => (Some(TokenKind::RightBrace), 1),
            b'.' => (Some(TokenKind::Dot), 1),
            b',' => (Some(TokenKind::Comma), 1),
            b':' => (Some(TokenKind::Colon), 1),
            b'?' => (Some(TokenKind::Question), 1),
            b'-' => (Some(TokenKind::Minus), 1),
            b'+' => (Some(TokenKind::Plus), 1),
            b'*' => (Some(TokenKind::Star), 1),
            b'/' => (Some(TokenKind::Slash), 1),
            b'%' => (Some(TokenKind::Percent), 1),
            b'!' => pair(b'=', TokenKind::NotEqual, Some(TokenKind::Not)),
            b'<' => pair(b'=', TokenKind::LessEqual, Some(TokenKind::Less)),
            b'>' => pair(b'=', TokenKind::GreaterEqual, Some(TokenKind::Greater)),
            b'=' => pair(b'=', TokenKind::Equal, None),
            b'&' => pair(b'&', TokenKind::And, None),
            b'|' => pair(b'|', TokenKind::Or, None),
            _ => (None, 1),
        };
        let start = self.at;
        self.advance(length);
        if kind.is_none() {
            self.align();
            self.report_character(start);
        }
        // Half an operator was meant to be the whole one: reading on so reports nothing twice.
        kind.or(match first {
            b'=' => Some(TokenKind::Equal),
            b'&' => Some(TokenKind::And),
            b'|' => Some(TokenKind::Or),
            _ => None,
        })
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Moves past the continuation bytes of a character.
    fn align(&mut self) {
        while !self.source.is_char_boundary(self.at) {
            self.advance(1);
        }
    }

    fn report_character(&mut self, start: usize) {
        let span = self.span_from(start);
        let found = self.source.get(start..self.at).unwrap_or_default();
        let message = format!("unexpected character `{}`", found.escape_debug());
        let diagnostic = Diagnostic::error("cel.unexpected_character", span, message);
        self.report(match found {
            "=" => diagnostic.with_help("equality is written `==`"),
            "&" => diagnostic.with_help("logical and is written `&&`"),
            "|" => diagnostic.with_help("logical or is written `||`"),
            _ => diagnostic,
        });
    }
}

fn span(start: usize, end: usize) -> Span {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: clamp(start),
        end: clamp(end),
    }
}
