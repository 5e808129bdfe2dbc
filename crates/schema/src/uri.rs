//! URI references (RFC 3986): taken apart, and resolved against a base.

/// The parts of a URI reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'u> {
    pub(crate) scheme: Option<&'u str>,
    pub(crate) authority: Option<&'u str>,
    pub(crate) path: &'u str,
    pub(crate) query: Option<&'u str>,
    pub(crate) fragment: Option<&'u str>,
}

impl<'u> Parts<'u> {
    /// Takes any text apart (RFC 3986, appendix B); it says nothing about the characters.
    pub(crate) fn of(text: &'u str) -> Self {
        let (rest, fragment) = cut(text, '#');
        let (rest, query) = cut(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self {
            scheme,
            authority,
            path,
            query,
            fragment,
        }
    }

    fn write(&self, path: &str) -> String {
        let mut out = String::new();
        if let Some(scheme) = self.scheme {
            out.push_str(scheme);
            out.push(':');
        }
        if let Some(authority) = self.authority {
            out.push_str("//");
            out.push_str(authority);
        }
        out.push_str(path);
        if let Some(query) = self.query {
            out.push('?');
            out.push_str(query);
        }
        out
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

pub(crate) fn is_scheme(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(plain)
}

/// Resolves `reference` against `base` (RFC 3986, section 5.2), without its fragment.
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    let (base, reference) = (Parts::of(base), Parts::of(reference));
    if reference.scheme.is_some() {
        return reference.write(&without_dots(reference.path));
    }
    let scheme = base.scheme;
    if reference.authority.is_some() {
        let parts = Parts {
            scheme,
            ..reference
        };
        return parts.write(&without_dots(reference.path));
    }
    let parts = Parts {
        scheme,
        authority: base.authority,
        ..reference
    };
    if reference.path.is_empty() {
        let query = reference.query.or(base.query);
        return Parts { query, ..parts }.write(base.path);
    }
    if reference.path.starts_with('/') {
        return parts.write(&without_dots(reference.path));
    }
    let folder = match base.path.rfind('/') {
        Some(end) => base.path.get(..=end).unwrap_or_default(),
        None if base.authority.is_some() => "/",
        None => "",
    };
    parts.write(&without_dots(&format!("{folder}{}", reference.path)))
}

/// Follows `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    let mut segments = path.split('/').skip(usize::from(rooted)).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    let joined = kept.join("/");
    if rooted { format!("/{joined}") } else { joined }
}

/// Decodes `%XX`; `None` if that gives no text.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = core::str::from_utf8(&digits).ok()?;
            let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let byte = u8::from_str_radix(digits, 16).ok();
            bytes.push(byte.filter(|_| hexadecimal)?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986, section 5.4, without the fragments.
    #[test]
    fn resolves_the_examples_of_the_standard() {
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{reference}");
        }
        assert_eq!(resolve("", "item.json"), "item.json");
        assert_eq!(resolve("http://a", "b"), "http://a/b");
        assert_eq!(resolve("urn:x:y", "#/a"), "urn:x:y");
    }

    #[test]
    fn decodes_what_is_text() {
        assert_eq!(percent_decode("%25%c3%a4").as_deref(), Some("%ä"));
        assert_eq!(percent_decode("%f"), None);
        assert_eq!(percent_decode("%+f"), None);
        assert_eq!(percent_decode("%ff"), None);
    }
}
