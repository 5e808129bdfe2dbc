//! Findings for people: the place, the line of source, and how to mend it.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use callgate_model::Severity;

use crate::problem::Problem;
use crate::terminal::printable;

/// Characters of a source line that are still worth showing.
const WIDTH: usize = 120;

/// One finding, with a blank line after it.
pub fn problem(problem: &Problem) -> String {
    let diagnostic = &problem.diagnostic;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code);
    let mut group: Group<'_> = match (&problem.file, problem.range()) {
        (Some(file), Some(range)) => {
            let span = range.span.start as usize..range.span.end as usize;
            let snippet = Snippet::source(file.text.as_str())
                .path(file.name.as_str())
                .line_start(file.first_line as usize);
            title.element(snippet.annotation(AnnotationKind::Primary.span(span)))
        }
        (Some(file), None) => title.element(Origin::path(file.name.as_str())),
        (None, _) => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = Renderer::styled()
        .decor_style(DecorStyle::Ascii)
        .term_width(WIDTH);
    format!("{}\n\n", renderer.render(&[group]))
}

/// The last line: how many errors and warnings there are.
pub fn total(problems: &[Problem]) -> String {
    let count = |severity: Severity| {
        problems
            .iter()
            .filter(|p| p.diagnostic.severity == severity)
            .count()
    };
    let errors = count(Severity::Error);
    let warnings = count(Severity::Warning);
    format!(
        "{}, {}\n",
        plural(errors, "error"),
        plural(warnings, "warning")
    )
}

/// `1 error`, `2 errors`.
pub fn plural(count: usize, what: &str) -> String {
    let noun = match (count, what.strip_suffix('y')) {
        (1, _) => what.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{what}s"),
    };
    format!("{count} {noun}")
}
