//! Prints the table of detectors as Markdown: `cargo run -p callgate-detect --example table > crates/detect/DETECTORS.md`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use callgate_detect::detectors;

fn main() {
    println!("# Detectors\n");
    println!(
        "{} detectors. Written by `cargo run -p callgate-detect --example table`.\n",
        detectors().count()
    );
    println!("| id | finds | class | severity | confidence | source of the form |");
    println!("|---|---|---|---|---|---|");
    for row in detectors() {
        let (class, severity, sure) = (
            row.class.as_str(),
            row.severity.as_str(),
            row.confidence.as_str(),
        );
        println!(
            "| `{}` | {} | {class} | {severity} | {sure} | {} |",
            row.id, row.title, row.source
        );
    }
}
