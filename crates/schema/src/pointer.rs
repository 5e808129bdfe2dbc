//! JSON Pointers as text (RFC 6901), and texts that are cut where they would be too long.

/// Adds `/` and `token`, escaped.
pub(crate) fn push(out: &mut String, token: &str) {
    out.push('/');
    for c in token.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            _ => out.push(c),
        }
    }
}

/// Cuts a pointer or message to at most `bytes`, at a character, and says so by an ellipsis.
pub(crate) fn cut(mut text: String, bytes: u32) -> String {
    let bytes = bytes as usize;
    if text.len() > bytes {
        let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push('…');
    }
    text
}
