//! Check digits agree with python-stdnum and phonenumbers on numbers drawn at random.

mod corpus;

use corpus::{scan, scan_under};

#[test]
fn numbers_are_found_where_the_oracles_call_them_valid_and_nowhere_else() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in include_str!("data/numbers.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, verdict, words, value] = fields[..] else {
            panic!("a line has four fields: {line}");
        };
        let text = format!("Reference {words} {value} as discussed.");
        let found = scan(&text);
        let start = text.find(value).unwrap();
        let end = start + value.len();
        let exact = found
            .iter()
            .any(|f| f.detector == id && (f.start, f.end) == (start, end));
        // A wrong check digit may make a right number of another kind.
        if exact != (verdict == "valid") {
            wrong.push(format!("{line}: {found:?}"));
        }
        if verdict == "valid" {
            let label = format!("customer_{}", words.replace(' ', "_"));
            let alone = scan_under(value, &label);
            let number = words.is_empty() || alone.iter().any(|f| f.detector == id);
            if !number && !words.contains(' ') {
                wrong.push(format!("{line} under {label}: {alone:?}"));
            }
        }
        seen += 1;
    }
    assert!(seen > 1_200, "only {seen} numbers");
    assert!(
        wrong.is_empty(),
        "{} of {seen}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
