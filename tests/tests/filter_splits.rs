//! Every byte split of a request's body gives the same answer, byte for byte.
use anyhow::{Context, Result};
use callgate_host_test::{per_byte, split_every_way};
use callgate_tests::bypass::{Case, Expect, cases};
use callgate_tests::filter::{exchange, start_with};

/// Longest body whose every split is tried.
const LONGEST: usize = 300;
/// Bodies to try of each class.
const PER_CLASS: usize = 3;

#[test]
fn every_split_of_a_body_gives_the_same_answer() -> Result<()> {
    let all = cases()?;
    let chosen = chosen(&all);
    let forwarded = chosen
        .iter()
        .filter(|case| case.expect == Expect::Forwarded);
    assert!(forwarded.count() >= 10, "too few that pass");
    assert!(chosen.len() >= 40, "{} bodies", chosen.len());
    for case in chosen {
        splits(case).with_context(|| case.id.clone())?;
    }
    Ok(())
}

/// Short bodies, a few of each class about the wire, one that passes among them where there is one. What policies
/// judge has no pieces any more.
fn chosen(all: &[Case]) -> Vec<&Case> {
    let mut chosen: Vec<&Case> = Vec::new();
    let short = |case: &&Case| {
        let body = case.request.body.as_ref();
        let short = body.is_some_and(|body| (1..=LONGEST).contains(&body.len()));
        short && case.class.starts_with('W')
    };
    let (twins, attacks): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(short)
        .filter(|case| case.host_failures.is_empty())
        .partition(|case| case.expect == Expect::Forwarded);
    for case in twins.into_iter().chain(attacks) {
        let same = chosen.iter().filter(|other| other.class == case.class);
        if same.count() < PER_CLASS {
            chosen.push(case);
        }
    }
    chosen
}

/// A fresh VM each time: the decision's id depends on the context's, and all else must be equal.
fn splits(case: &Case) -> Result<()> {
    let body = case.request.body.clone().unwrap_or_default();
    let configuration = case.config.plugin_configuration()?;
    let play = |chunks: Vec<Vec<u8>>, empty_last: bool| -> Result<_> {
        let exchange = exchange(&case.request).chunks(chunks);
        let exchange = if empty_last {
            exchange.empty_last_chunk()
        } else {
            exchange
        };
        Ok(start_with(&configuration)?.exchange(exchange)?.verdict())
    };
    let whole = play(vec![body.clone()], false)?;
    for (at, chunks) in split_every_way(&body).chain([per_byte(&body)]).enumerate() {
        for empty_last in [false, true] {
            let verdict = play(chunks.clone(), empty_last)?;
            assert_eq!(verdict, whole, "split {at}, empty last piece {empty_last}");
        }
    }
    Ok(())
}
