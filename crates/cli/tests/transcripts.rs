//! Every transcript in `tests/cmd` runs as written. They double as documentation of the command line.

#[test]
fn transcripts_run_as_written() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("tests/cmd/*.trycmd")
        .case("tests/cmd/*.toml")
        .case("../../docs/analysis.md");
}
