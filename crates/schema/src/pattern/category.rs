//! The general categories of Unicode, from a table made when this crate is built.

use super::class::Class;

/// One run after the other: category and whether a gap comes first, the gap, the length.
static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/categories.bin"));

/// Names of a category and the numbers, from and to, that the table gives what it holds.
const NAMES: &[(&str, &str, u8, u8)] = &[
    ("L", "Letter", 0, 4),
    ("LC", "Cased_Letter", 0, 2),
    ("Lu", "Uppercase_Letter", 0, 0),
    ("Ll", "Lowercase_Letter", 1, 1),
    ("Lt", "Titlecase_Letter", 2, 2),
    ("Lm", "Modifier_Letter", 3, 3),
    ("Lo", "Other_Letter", 4, 4),
    ("M", "Mark", 5, 7),
    ("M", "Combining_Mark", 5, 7),
    ("Mn", "Nonspacing_Mark", 5, 5),
    ("Mc", "Spacing_Mark", 6, 6),
    ("Me", "Enclosing_Mark", 7, 7),
    ("N", "Number", 8, 10),
    ("Nd", "Decimal_Number", 8, 8),
    ("Nd", "digit", 8, 8),
    ("Nl", "Letter_Number", 9, 9),
    ("No", "Other_Number", 10, 10),
    ("P", "Punctuation", 11, 17),
    ("P", "punct", 11, 17),
    ("Pc", "Connector_Punctuation", 11, 11),
    ("Pd", "Dash_Punctuation", 12, 12),
    ("Ps", "Open_Punctuation", 13, 13),
    ("Pe", "Close_Punctuation", 14, 14),
    ("Pi", "Initial_Punctuation", 15, 15),
    ("Pf", "Final_Punctuation", 16, 16),
    ("Po", "Other_Punctuation", 17, 17),
    ("S", "Symbol", 18, 21),
    ("Sm", "Math_Symbol", 18, 18),
    ("Sc", "Currency_Symbol", 19, 19),
    ("Sk", "Modifier_Symbol", 20, 20),
    ("So", "Other_Symbol", 21, 21),
    ("Z", "Separator", 22, 24),
    ("Zs", "Space_Separator", 22, 22),
    ("Zl", "Line_Separator", 23, 23),
    ("Zp", "Paragraph_Separator", 24, 24),
    ("C", "Other", 25, 28),
    ("Cc", "Control", 25, 25),
    ("Cc", "cntrl", 25, 25),
    ("Cf", "Format", 26, 26),
    ("Co", "Private_Use", 27, 27),
    ("Cn", "Unassigned", 28, 28),
];

/// The characters of a property as ECMA-262 names it: `L`, `Letter`, `gc=L`, `Any`, `ASCII`.
pub(super) fn property(name: &str) -> Option<Class> {
    let mut class = Class::default();
    match name {
        "Any" => class.add('\0', char::MAX),
        "ASCII" => class.add('\0', '\u{7f}'),
        _ => {
            let prefixes = ["gc=", "General_Category="];
            let mut prefixed = prefixes.iter().filter_map(|p| name.strip_prefix(p));
            let name = prefixed.next().unwrap_or(name);
            let mut named = NAMES.iter();
            let (_, _, first, last) =
                named.find(|(short, long, ..)| *short == name || *long == name)?;
            add_categories(&mut class, *first, *last);
        }
    }
    Some(class)
}

fn add_categories(class: &mut Class, first: u8, last: u8) {
    let mut bytes = TABLE.iter().copied();
    let mut next = 0u32;
    while let Some(head) = bytes.next() {
        if head & 1 == 1 {
            next = next.saturating_add(varint(&mut bytes));
        }
        let end = next.saturating_add(varint(&mut bytes));
        if (first..=last).contains(&(head >> 1))
            && let (Some(start), Some(end)) = (char::from_u32(next), char::from_u32(end))
        {
            class.add(start, end);
        }
        next = end.saturating_add(1);
    }
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> u32 {
    let mut value = 0u32;
    for shift in [0u32, 7, 14, 21] {
        let byte = bytes.next().unwrap_or(0);
        value |= u32::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
