//! Secrets and personal data in one text.

use callgate_answer::place::Places;
use callgate_answer::problem;
use callgate_cel::Gas;
use callgate_detect::{Config, Detectors, Direction, Input};
use callgate_json::Writer;
use callgate_model::Limits;

/// The detectors as they are when no policy changes them.
pub(crate) fn detectors() -> Result<Detectors, Vec<u8>> {
    let compiled = Detectors::compile(&Config::default(), &callgate_detect::Limits::default());
    compiled.map_err(|_| unusable("the detectors could not be compiled"))
}

/// `{"findings":[…]}`, in the order of the text, or `{"errors":[…]}`.
pub(crate) fn scan(detectors: &Detectors, text: &str, label: &str, limits: &Limits) -> Vec<u8> {
    let places = Places::of(text);
    let mut out = Vec::new();
    let mut w = Writer::new(&mut out);
    w.begin_object().key("findings").begin_array();
    let input = Input {
        text,
        label,
        direction: Direction::Request,
    };
    let scanned = detectors.scan(input, &mut Gas::new(limits.gas), &mut |finding| {
        let offset = |at: usize| places.at(u32::try_from(at).unwrap_or(u32::MAX)).offset;
        w.begin_object().key("class").str(finding.class.as_str());
        w.key("confidence").str(finding.confidence.as_str());
        w.key("detector").str(finding.detector);
        w.key("from").uint(offset(finding.start));
        w.key("masked").str(&finding.masked);
        w.key("severity").str(finding.severity.as_str());
        w.key("to").uint(offset(finding.end)).end_object();
    });
    w.end_array().end_object();
    match scanned {
        Ok(()) => out,
        Err(error) => unusable(&error.to_string()),
    }
}

fn unusable(message: &str) -> Vec<u8> {
    let help = "scan a smaller piece of it";
    let found = problem::bare("SCAN_LIMIT", message, Some(help));
    problem::errors(&[found], problem::Text::of(""))
}
