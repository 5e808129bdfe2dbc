//! White space of a flow collection on one line: `{ a: 1, b: [x, y] }`.

use crate::layout::scalar;

/// The collection with its white space as the examples have it.
pub fn spaced(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut last = None;
    for token in tokens(text) {
        match (last, token) {
            // A colon would become part of what stands before it.
            (Some(Token::Open(_) | Token::Comma), Token::Colon) => return text.to_owned(),
            (_, Token::Comma | Token::Colon) | (Some(Token::Open("{")), Token::Close(_)) => {}
            (Some(Token::Comma | Token::Colon), Token::Close("]")) => {}
            (Some(Token::Comma | Token::Colon | Token::Open("{")), _)
            | (Some(_), Token::Close("}")) => written.push(' '),
            _ => {}
        }
        written.push_str(token.text());
        last = Some(token);
    }
    written
}

#[derive(Clone, Copy)]
enum Token<'t> {
    Open(&'t str),
    Close(&'t str),
    Comma,
    Colon,
    Scalar(&'t str),
}

impl<'t> Token<'t> {
    fn text(self) -> &'t str {
        match self {
            Self::Open(text) | Self::Close(text) | Self::Scalar(text) => text,
            Self::Comma => ",",
            Self::Colon => ":",
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t']);
    while !rest.is_empty() {
        let quoted = matches!(tokens.last(), Some(Token::Scalar(text)) if is_quoted(text));
        let adjacent = quoted || matches!(tokens.last(), Some(Token::Close(_)));
        let (token, behind) = token(rest, adjacent);
        tokens.push(token);
        rest = behind.trim_start_matches([' ', '\t']);
    }
    tokens
}

fn token(text: &str, adjacent: bool) -> (Token<'_>, &str) {
    let (sign, behind) = text.split_at_checked(1).unwrap_or((text, ""));
    match sign {
        "[" | "{" => (Token::Open(sign), behind),
        "]" | "}" => (Token::Close(sign), behind),
        "," => (Token::Comma, behind),
        ":" if adjacent || ends_key(behind) => (Token::Colon, behind),
        _ => {
            let (scalar, behind) = text.split_at(scalar_end(text));
            (Token::Scalar(scalar.trim_end_matches([' ', '\t'])), behind)
        }
    }
}

fn scalar_end(text: &str) -> usize {
    if is_quoted(text) {
        return scalar::end(&[text], 0).map_or(text.len(), |(_, end)| end);
    }
    let mut signs = text.char_indices().skip(1);
    let end = signs.find(|(at, sign)| match sign {
        '[' | ']' | '{' | '}' | ',' => true,
        ':' => text.get(at.saturating_add(1)..).is_none_or(ends_key),
        _ => false,
    });
    end.map_or(text.len(), |(at, _)| at)
}

fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\''])
}

/// Whether a colon before `behind` ends a plain key.
fn ends_key(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with([' ', '\t', ',', '[', ']', '{', '}'])
}
