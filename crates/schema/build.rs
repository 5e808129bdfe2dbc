//! Writes the general categories of Unicode as one small table, from the data `regex-syntax` carries.
use std::path::PathBuf;

use regex_syntax::hir::{Class, HirKind};

/// The two-letter categories, in the order their numbers are given in.
const CATEGORIES: [&str; 29] = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut runs = Vec::new();
    for (number, name) in (0u8..).zip(CATEGORIES) {
        runs.extend(
            ranges(name)
                .into_iter()
                .map(|(start, end)| (start, end, number)),
        );
    }
    runs.sort_unstable();
    let mut table = Vec::new();
    let mut next = 0;
    for (start, end, category) in runs {
        assert!(start >= next, "categories do not overlap");
        push(&mut table, start - next, end - start, category);
        next = end + 1;
    }
    let folder = std::env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    if let Err(error) = std::fs::write(folder.join("categories.bin"), table) {
        println!("cargo::error=cannot write the table of categories: {error}");
    }
}

/// One run: its category with a bit that says whether a gap comes first, the gap, and the length.
fn push(table: &mut Vec<u8>, gap: u32, length: u32, category: u8) {
    table.push(category << 1 | u8::from(gap > 0));
    if gap > 0 {
        varint(table, gap);
    }
    varint(table, length);
}

fn varint(table: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        table.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    table.push(u8::try_from(value).unwrap_or_default());
}

fn ranges(category: &str) -> Vec<(u32, u32)> {
    let parsed = regex_syntax::parse(&format!("\\p{{{category}}}"));
    let hir = parsed.unwrap_or_else(|error| unreachable!("a category: {error}"));
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => class
            .ranges()
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0).into_owned();
            text.chars().map(|c| (c.into(), c.into())).collect()
        }
        other => unreachable!("{category} is {other:?}"),
    }
}
