//! Patterns mean what ECMA-262 says, and what needs backtracking is refused by name.

use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    let pattern = Pattern::compile(pattern, 262_144).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    pattern.matches(text, &mut Budget::new(1_000_000)).unwrap()
}

#[test]
fn matches_as_ecma_262_does() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("a+", "xxaayy", true),
        ("^a+$", "xxaayy", false),
        ("^abc$", "abc\n", false),
        ("^[a-c]{2,3}$", "abc", true),
        ("^[a-c]{2,3}$", "a", false),
        ("^(?:a|bc|)d$", "d", true),
        ("^(?<year>\\d{4})-\\d\\d$", "2020-12", true),
        ("^\\d$", "߀", false),
        ("^\\w$", "é", false),
        ("^\\W$", "é", true),
        ("^\\s$", "\u{feff}", true),
        ("^\\s$", "\u{85}", false),
        ("^\\S$", "\u{2029}", false),
        ("^.$", "\u{2028}", false),
        ("^.$", "🐲", true),
        ("^\\cC$", "\u{3}", true),
        ("^\\x41\\u0042\\u{43}\\0$", "ABC\0", true),
        ("^\\uD83D\\uDC32*$", "🐲🐲", true),
        ("^[\\uD83D\\uDC32]$", "🐲", true),
        ("^\\/\\-\\.$", "/-.", true),
        ("^[\\d-]+$", "1-2", true),
        ("^[^]$", "\n", true),
        ("^[]$", "a", false),
        ("^[\\b]$", "\u{8}", true),
        ("a\\b", "a b", true),
        ("a\\B", "a b", false),
        ("^]}$", "]}", true),
        ("^\\p{L}+$", "École", true),
        ("^\\p{Lu}\\P{Lu}", "École", true),
        ("^\\p{gc=Nd}+$", "42߀", true),
        ("^a*?$", "aaa", true),
        ("^[a&&b]$", "&", true),
        ("^[a~~b]$", "~", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text:?}");
    }
}

#[test]
fn what_cannot_be_matched_is_refused_with_its_place() {
    for (pattern, message) in [
        (
            "a(?=b)",
            "a look-ahead at character 3 cannot be matched in linear time",
        ),
        (
            "(?<!é)b",
            "a look-behind at character 2 cannot be matched in linear time",
        ),
        (
            "(a)\\1",
            "a reference to a group at character 4 cannot be matched in linear time",
        ),
        (
            "\\k<x>",
            "a reference to a group at character 1 cannot be matched in linear time",
        ),
        ("(a", "a group that is not closed at character 2"),
        ("a)", "a `)` without its `(` at character 1"),
        ("[a", "a class that is not closed at character 2"),
        ("*a", "a repetition of nothing at character 0"),
        ("a**", "a repetition of nothing at character 2"),
        (
            "a{,5}",
            "a `{` that is no repetition; write `\\{` at character 1",
        ),
        ("^*", "a repetition of an assertion at character 2"),
        (
            "\\Z",
            "an escape that ECMA-262 does not have at character 1",
        ),
        (
            "\\a",
            "an escape that ECMA-262 does not have at character 1",
        ),
        (
            "(?i)a",
            "a kind of group that ECMA-262 does not have at character 2",
        ),
        ("[z-a]", "a range that ends before it begins at character 4"),
        ("\\uD83D", "an escape that is no character at character 2"),
        ("a\\", "a backslash at the end at character 2"),
        (
            "[[:alpha:]]",
            "a named class, which ECMA-262 does not have, at character 1",
        ),
    ] {
        let error = Pattern::compile(pattern, 262_144).err();
        assert_eq!(
            error.map(|e| e.to_string()).as_deref(),
            Some(message),
            "{pattern}"
        );
    }
}

#[test]
fn size_is_bounded_before_the_pattern_is_built() {
    let nested = "(((a{1000}){1000}){1000})";
    assert_eq!(
        Pattern::compile(nested, 262_144).err(),
        Some(PatternError::TooLarge)
    );
    assert_eq!(
        Pattern::compile("\\p{L}{100}", 262_144).err(),
        Some(PatternError::TooLarge)
    );
    let deep = format!("{}a{}", "(".repeat(40), ")".repeat(40));
    assert!(matches(&deep, "a"));
    let deeper = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    assert!(Pattern::compile(&deeper, 262_144).is_err());
    let long = "a".repeat(100_000);
    assert_eq!(
        Pattern::compile(&long, u32::MAX).err(),
        Some(PatternError::TooLarge)
    );
}
