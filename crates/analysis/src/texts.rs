//! Texts worth trying: made from what texts are compared with, so that conditions on them come out both ways.

use crate::atom::{Atom, Constant, Form};

/// Texts of one question that are tried at most at one place.
const MOST: usize = 96;

/// Texts for a place that these atoms look at.
pub(crate) fn candidates<'a>(atoms: impl Iterator<Item = &'a Atom>) -> Vec<String> {
    let (mut begins, mut ends, mut middles) = (vec![""], vec![""], vec![""]);
    let mut near = Vec::new();
    let (mut patterns, mut sizes) = (Vec::new(), Vec::new());
    for atom in atoms {
        match &atom.form {
            Form::Starts(part) => begins.push(part),
            Form::Ends(part) => ends.push(part),
            Form::Contains(part) => middles.push(part),
            Form::Order(_, Constant::Text(text)) => {
                near.extend([format!("{text}!"), text.chars().skip(1).collect()]);
            }
            Form::Size(..) => sizes.extend(atom.points.iter().filter_map(size)),
            Form::Matches | Form::Other => patterns.extend(atom.points.iter()),
            _ => {}
        }
    }
    let mut texts: Vec<String> = vec!["other".to_owned(), String::new(), "~".to_owned()];
    for pattern in patterns {
        if let Constant::Text(pattern) = pattern {
            let matching = matching(pattern);
            texts.push(format!("{matching}x"));
            texts.push(format!("x{matching}"));
            texts.push(pattern.to_ascii_uppercase());
            texts.push(pattern.to_ascii_lowercase());
            texts.push(format!("x{pattern}x"));
            texts.push(matching);
        }
    }
    'all: for begin in &begins {
        for middle in &middles {
            for end in &ends {
                if texts.len() >= MOST {
                    break 'all;
                }
                texts.push(format!("{begin}x{middle}x{end}"));
                texts.push(format!("{begin}{middle}{end}"));
            }
        }
    }
    texts.extend(near);
    for size in sizes {
        texts.extend([size, size.saturating_add(1)].map(|length| "x".repeat(length)));
    }
    if middles.len() > 1 {
        texts.push(middles.join(" "));
    }
    let mut unique = Vec::new();
    for text in texts {
        if !unique.contains(&text) {
            unique.push(text);
        }
    }
    unique.truncate(MOST);
    unique
}

/// A number of characters or elements that is worth making.
pub(crate) fn size(constant: &Constant) -> Option<usize> {
    const MOST: f64 = 64.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be small and no less than nothing"
    )]
    match constant {
        Constant::Number(number) if (0.0..=MOST).contains(number) => Some(*number as usize),
        _ => None,
    }
}

/// A text that a simple regular expression matches; a guess, which whoever uses it checks.
pub(crate) fn matching(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    let mut depth = 0_usize;
    let mut skipping: Option<usize> = None;
    while let Some(c) = rest.next() {
        let mut emit = |text: char| {
            if skipping.is_none() {
                out.push(text);
            }
        };
        match c {
            '^' | '$' => {}
            '(' => {
                depth = depth.saturating_add(1);
                if rest.peek() == Some(&'?') {
                    // Flags, or a group without a number.
                    for c in rest.by_ref() {
                        if c == ':' || c == '>' {
                            break;
                        }
                        if c == ')' {
                            depth = depth.saturating_sub(1);
                            break;
                        }
                    }
                }
            }
            ')' => {
                depth = depth.saturating_sub(1);
                if skipping.is_some_and(|at| depth < at) {
                    skipping = None;
                }
            }
            '|' => skipping = skipping.or(Some(depth)),
            '*' | '?' => {}
            '+' => {}
            '{' => {
                let bounds: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let least: usize = bounds
                    .split(',')
                    .next()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(1);
                let last = out.chars().next_back();
                for _ in 1..least.min(64) {
                    out.extend(last);
                }
            }
            '.' => emit('x'),
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                emit(match inside.strip_prefix('^') {
                    Some(_) => '~',
                    None => member(&inside),
                });
            }
            '\\' => match rest.next() {
                Some('d') => emit('0'),
                Some('w') => emit('a'),
                Some('s') => emit(' '),
                Some('b' | 'B' | 'A' | 'z') | None => {}
                Some('S' | 'D') => emit('x'),
                Some('W') => emit('-'),
                Some('n') => emit('\n'),
                Some('t') => emit('\t'),
                Some(other) => emit(other),
            },
            other => emit(other),
        }
    }
    out
}

/// A member of a class of characters.
fn member(inside: &str) -> char {
    let mut inside = inside.chars();
    match (inside.next(), inside.next()) {
        (Some('\\'), Some('d')) => '0',
        (Some('\\'), Some('w')) => 'a',
        (Some('\\'), Some('s')) => ' ',
        (Some('\\'), Some(other)) => other,
        (Some(first), _) => first,
        (None, _) => 'x',
    }
}
