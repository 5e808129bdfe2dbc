//! The demo's table: columns line up, and a wrong decision cannot be overlooked.

use xtask::demo::table;
use xtask::example::Row;

fn row(decision: &str, expected: &str) -> Row {
    Row {
        agent: "support-bot".to_owned(),
        tool: "get-env".to_owned(),
        arguments: "{}".to_owned(),
        decision: decision.to_owned(),
        policy: String::new(),
        code: String::new(),
        seen: "result: ünïcode".to_owned(),
        expected: [expected.to_owned(), String::new(), String::new()],
    }
}

#[test]
fn columns_line_up_whatever_their_letters() {
    let text = table::render(&[
        row("ALLOW", "ALLOW"),
        Row {
            agent: "ä".to_owned(),
            ..row("DENY", "DENY")
        },
    ]);
    let starts: Vec<_> = text
        .lines()
        .skip(2)
        .filter_map(|line| line.chars().position(|c| c == '{'))
        .collect();
    assert_eq!(starts.len(), 2, "{text}");
    assert_eq!(starts[0], starts[1], "{text}");
    assert!(!text.contains('←'), "{text}");
}

#[test]
fn a_decision_that_is_not_expected_is_marked() {
    let rows = [row("ALLOW", "ALLOW"), row("ALLOW", "DENY")];
    let text = table::render(&rows);
    let marked: Vec<_> = text.lines().filter(|line| line.contains('←')).collect();
    assert_eq!(marked.len(), 1, "{text}");
    assert!(marked[0].ends_with("← expected DENY"), "{text}");
    assert!(!rows[1].is_expected());
}
