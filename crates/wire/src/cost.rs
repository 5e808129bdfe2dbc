//! What a call costs: said before it goes on, and read out of its response when that tells.
use crate::http::Headers;
use callgate_json::{Object, Value};
use callgate_model::{Glob, MicroUsd};

/// What calls of a route cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What is reserved before a call goes on.
    pub reserved: MicroUsd,
    /// Where the response says what it was.
    pub said: Option<Said>,
}

/// Where a response says what a call has cost.
#[derive(Clone, Debug)]
pub enum Said {
    /// A header, in US dollars.
    Header(String),
    /// A place in the result, as a JSON Pointer (RFC 6901), in US dollars.
    Path(String),
    /// The tokens that a model says it has used, at these prices; the first that fits the model.
    Usage(Vec<Price>),
}

/// Prices of a model, in US dollars for a million tokens.
#[derive(Clone, Debug)]
pub struct Price {
    /// The models that have them.
    pub model: Glob,
    /// Of tokens that it is given.
    pub input: MicroUsd,
    /// Of tokens that it writes.
    pub output: MicroUsd,
}

/// What a response has said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    amount: Option<MicroUsd>,
    /// Tokens in and out: streams say them in parts, and more than once.
    tokens: Option<(u64, u64)>,
}

/// Tokens that a price is for.
const MILLION: u128 = 1_000_000;
/// What vendors call the tokens that a model is given; cached ones are counted beside the others by Anthropic.
const INPUT: [&str; 4] = [
    "prompt_tokens",
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
];
const OUTPUT: [&str; 2] = ["completion_tokens", "output_tokens"];

impl Said {
    /// Reads what the head of a response says. What is no amount, or is said twice, is not said.
    pub fn read_head(&self, headers: Headers<'_>, bill: &mut Bill) {
        let Self::Header(name) = self else { return };
        let value = headers.only(name).ok().flatten();
        let text = value.and_then(|value| core::str::from_utf8(value).ok());
        if let Some(amount) = text.and_then(|text| MicroUsd::parse(text.trim())) {
            bill.amount = Some(amount);
        }
    }

    /// Reads what a result, or a part of one, says.
    pub fn read(&self, result: Value<'_>, bill: &mut Bill) {
        match self {
            Self::Header(_) => {}
            Self::Path(path) => {
                let value = result.pointer(path);
                let number = value.and_then(Value::as_number);
                let text = value.and_then(Value::as_str);
                let text = text.or(number.map(|number| number.text()));
                bill.amount = text.and_then(MicroUsd::parse).or(bill.amount);
            }
            Self::Usage(_) => {
                // Anthropic's first event has it in the message, the last one of Responses in the response.
                for path in ["/usage", "/message/usage", "/response/usage"] {
                    let usage = result.pointer(path).and_then(Value::as_object);
                    if let Some(usage) = usage {
                        let (input, output) = (sum(usage, &INPUT), sum(usage, &OUTPUT));
                        let (before_in, before_out) = bill.tokens.unwrap_or_default();
                        bill.tokens = Some((before_in.max(input), before_out.max(output)));
                    }
                }
            }
        }
    }

    /// What it all comes to for a call of `model`; `None` when nothing was said, or the model has no price.
    #[must_use]
    pub fn amount(&self, bill: Bill, model: &str) -> Option<MicroUsd> {
        let Self::Usage(prices) = self else {
            return bill.amount;
        };
        let price = prices.iter().find(|price| price.model.matches(model))?;
        let (input, output) = bill.tokens?;
        let of = |tokens: u64, price: MicroUsd| {
            let price = u128::try_from(price.0).unwrap_or(0);
            u128::from(tokens).saturating_mul(price)
        };
        // Rounded up: nothing is free that has a price.
        let total = of(input, price.input).saturating_add(of(output, price.output));
        let total = i64::try_from(total.div_ceil(MILLION));
        Some(MicroUsd(total.unwrap_or(i64::MAX)))
    }
}

fn sum(usage: Object<'_>, names: &[&str]) -> u64 {
    let values = names.iter().filter_map(|name| usage.get(name)?.as_number());
    let counts = values.filter_map(|number| number.text().parse::<u64>().ok());
    counts.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use callgate_json::{Document, Limits};

    fn read(said: &Said, parts: &[&str], model: &str) -> Option<i64> {
        let mut bill = Bill::default();
        for part in parts {
            let document = Document::parse(part.as_bytes(), &Limits::default()).unwrap();
            said.read(document.root(), &mut bill);
        }
        said.amount(bill, model).map(|amount| amount.0)
    }

    fn prices() -> Said {
        let price = |model: &str, input: i64, output: i64| Price {
            model: Glob::new(model),
            input: MicroUsd(input),
            output: MicroUsd(output),
        };
        let (mini, other) = (
            price("small-*", 150_000, 600_000),
            price("large", 3_000_000, 15_000_000),
        );
        Said::Usage(vec![mini, other])
    }

    #[test]
    fn tokens_cost_what_their_model_does_and_are_rounded_up() {
        let usage =
            r#"{"usage": {"prompt_tokens": 1000, "completion_tokens": 1, "total_tokens": 1001}}"#;
        assert_eq!(read(&prices(), &[usage], "large"), Some(3_015));
        assert_eq!(read(&prices(), &[usage], "small-2"), Some(151));
        let huge = r#"{"usage": {"prompt_tokens": 18446744073709551615}}"#;
        assert_eq!(read(&prices(), &[huge], "large"), Some(i64::MAX));
        assert_eq!(read(&prices(), &[usage], "unknown"), None);
        assert_eq!(read(&prices(), &["{}"], "large"), None);
        assert_eq!(read(&prices(), &[r#"{"usage": null}"#], "large"), None);
    }

    #[test]
    fn a_stream_says_its_tokens_in_parts() {
        let parts = [
            r#"{"type": "message_start", "message": {"usage": {"input_tokens": 25, "output_tokens": 1}}}"#,
            r#"{"type": "message_delta", "usage": {"output_tokens": 15}}"#,
        ];
        assert_eq!(read(&prices(), &parts, "large"), Some(25 * 3 + 15 * 15));
        let parts = [
            r#"{"type": "response.created", "response": {"usage": null}}"#,
            r#"{"type": "response.completed", "response": {"usage": {"input_tokens": 25,
                "input_tokens_details": {"cached_tokens": 20}, "output_tokens": 15, "total_tokens": 40}}}"#,
        ];
        assert_eq!(read(&prices(), &parts, "large"), Some(25 * 3 + 15 * 15));
    }

    #[test]
    fn an_amount_is_a_decimal_and_nothing_else() {
        let said = Said::Path("/_meta/cost".to_owned());
        for (text, expected) in [
            (r#"{"_meta": {"cost": 0.25}}"#, Some(250_000)),
            (r#"{"_meta": {"cost": "1.5"}}"#, Some(1_500_000)),
            (r#"{"_meta": {"cost": -1}}"#, None),
            (r#"{"_meta": {"cost": 1e3}}"#, None),
            (r#"{"_meta": {"cost": [1]}}"#, None),
            (r#"{"_meta": {}}"#, None),
        ] {
            assert_eq!(read(&said, &[text], ""), expected, "{text}");
        }
    }
}
