//! Decimals against arithmetic that people can check by hand.

use super::*;

fn decimal(text: &str) -> Decimal<'_> {
    Decimal::parse(text).unwrap()
}

#[test]
fn spellings_of_one_number_are_equal() {
    for (left, right) in [
        ("1", "1.0"),
        ("1", "10e-1"),
        ("100", "1e2"),
        ("-0", "0.00"),
        ("0e999999999999999", "0"),
        ("0.001", "1E-3"),
        ("12345678901234567890", "1234567890123456789e1"),
        ("9007199254740993", "9007199254740993.0"),
    ] {
        assert_eq!(
            decimal(left).compare(decimal(right)),
            Ordering::Equal,
            "{left} {right}"
        );
        let key = |text| {
            let mut key = Vec::new();
            decimal(text).write_key(&mut key);
            key
        };
        assert_eq!(key(left), key(right), "{left} {right}");
    }
}

#[test]
fn numbers_are_ordered_beyond_what_doubles_tell_apart() {
    let ascending = [
        "-1e400",
        "-10",
        "-9.99",
        "-1",
        "-0.5",
        "-1e-400",
        "0",
        "1e-400",
        "0.1",
        "0.11",
        "1",
        "1.000000000000000000001",
        "9",
        "10",
        "9007199254740992",
        "9007199254740993",
        "1e400",
    ];
    for pair in ascending.windows(2) {
        assert_eq!(
            decimal(pair[0]).compare(decimal(pair[1])),
            Ordering::Less,
            "{pair:?}"
        );
        assert_eq!(
            decimal(pair[1]).compare(decimal(pair[0])),
            Ordering::Greater,
            "{pair:?}"
        );
    }
}

#[test]
fn multiples_are_exact() {
    for (dividend, divisor, expected) in [
        ("0.0075", "0.0001", true),
        ("0.00751", "0.0001", false),
        ("19.99", "0.01", true),
        ("19.995", "0.01", false),
        ("1e308", "0.123456789", false),
        ("1e308", "0.5", true),
        ("12391239123", "1e-8", true),
        ("4.5", "1.5", true),
        ("-9", "3", true),
        ("0", "7", true),
        ("35", "1.5", false),
        ("9007199254740993", "2", false),
        ("100", "8", false),
        ("1000", "8", true),
    ] {
        let divides = decimal(divisor)
            .as_divisor()
            .unwrap()
            .divides(decimal(dividend));
        assert_eq!(divides, expected, "{dividend} by {divisor}");
    }
    assert!(decimal("0").as_divisor().is_none());
    assert!(decimal("-1").as_divisor().is_none());
    assert!(decimal("0.1234567890123456789").as_divisor().is_none());
}

#[test]
fn counts_and_integers() {
    assert_eq!(decimal("2.0").as_count(), Some(2));
    assert_eq!(decimal("1e3").as_count(), Some(1000));
    assert_eq!(decimal("1e30").as_count(), Some(u64::MAX));
    assert_eq!(decimal("18446744073709551615").as_count(), Some(u64::MAX));
    assert_eq!(decimal("1.5").as_count(), None);
    assert_eq!(decimal("-1").as_count(), None);
    assert_eq!(decimal("-0").as_count(), Some(0));
    assert!(decimal("1e400").is_integer());
    assert!(!decimal("1e-1").is_integer());
    assert!(matches!(
        Decimal::parse("1e1234567890123456"),
        Err(Refusal::NumberOutOfRange)
    ));
}
