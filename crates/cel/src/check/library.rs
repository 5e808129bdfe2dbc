//! What every function takes and gives, and what it is for; targets count as the first parameter.

use super::signature::Signature;
use super::types::Type;
use super::unify::Unifier;
use crate::functions::{Function, Style, rows};

/// A function's overloads and its documentation in one sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// In the notation of [`super::Signature`]. Empty for functions of any number of arguments.
    pub signatures: &'static [&'static str],
    /// What it gives.
    pub doc: &'static str,
}

const INSTANT: &[&str] = &["timestamp -> int", "timestamp, string -> int"];
const TIME: &[&str] = &[
    "timestamp -> int",
    "timestamp, string -> int",
    "duration -> int",
];
const ROUNDING: &[&str] = &["double -> double"];
const TEST: &[&str] = &["double -> bool"];
const BITS: &[&str] = &["int, int -> int", "uint, uint -> uint"];
const SHIFT: &[&str] = &["int, int -> int", "uint, int -> uint"];
const ADDRESS: &[&str] = &["net.IP -> bool"];
const TEXT_TEST: &[&str] = &["string, string -> bool"];
const TEXT: &[&str] = &["string -> string"];
/// What lists can be sorted.
pub(super) const SORT: &[&str] = &[
    "list(int) -> list(int)",
    "list(uint) -> list(uint)",
    "list(double) -> list(double)",
    "list(string) -> list(string)",
    "list(bytes) -> list(bytes)",
    "list(bool) -> list(bool)",
    "list(timestamp) -> list(timestamp)",
    "list(duration) -> list(duration)",
];
const SETS: &[&str] = &["list(A), list(B) -> bool"];

/// The entry of a function.
pub(crate) fn entry(function: Function) -> Entry {
    let (signatures, doc) = texts(function)
        .or_else(|| values(function))
        .or_else(|| numbers(function))
        .or_else(|| network(function))
        .unwrap_or_else(|| lists(function));
    Entry { signatures, doc }
}

type Row = (&'static [&'static str], &'static str);

fn texts(function: Function) -> Option<Row> {
    use Function as F;
    Some(match function {
        F::Contains => (TEXT_TEST, "Whether the text contains the other."),
        F::StartsWith => (TEXT_TEST, "Whether the text starts with the other."),
        F::EndsWith => (TEXT_TEST, "Whether the text ends with the other."),
        F::Matches => (
            TEXT_TEST,
            "Whether an RE2 pattern matches somewhere in the text.",
        ),
        F::CharAt => (
            &["string, int -> string"],
            "The character at a position; empty at the end.",
        ),
        F::IndexOf => (
            &["string, string -> int", "string, string, int -> int"],
            "Where the other text first stands, at or after a position; -1 if nowhere.",
        ),
        F::LastIndexOf => (
            &["string, string -> int", "string, string, int -> int"],
            "Where the other text last stands, at or before a position; -1 if nowhere.",
        ),
        F::LowerAscii => (TEXT, "The text with ASCII letters in lower case."),
        F::UpperAscii => (TEXT, "The text with ASCII letters in upper case."),
        F::Replace => (
            &[
                "string, string, string -> string",
                "string, string, string, int -> string",
            ],
            "The text with one part replaced by another, everywhere or so many times.",
        ),
        F::Split => (
            &[
                "string, string -> list(string)",
                "string, string, int -> list(string)",
            ],
            "The parts of the text between separators, at most so many.",
        ),
        F::Substring => (
            &["string, int -> string", "string, int, int -> string"],
            "The text from a position, to the end or up to and without another position.",
        ),
        F::Trim => (TEXT, "The text without white space at its ends."),
        F::Join => (
            &["list(string) -> string", "list(string), string -> string"],
            "The texts of a list as one, with a separator between them.",
        ),
        F::Format => (
            &["string, list(dyn) -> string"],
            "The text with `%s`, `%d`, `%f`, … replaced by the list's values.",
        ),
        F::Quote => (TEXT, "The text in quotes, with escapes."),
        F::Base64Encode => (&["bytes -> string"], "The bytes in base64."),
        F::Base64Decode => (&["string -> bytes"], "The bytes a base64 text stands for."),
        F::Extract => (
            &["string, string -> optional_type(string)"],
            "What a pattern, or its only group, matches first.",
        ),
        F::ExtractAll => (
            &["string, string -> list(string)"],
            "All that a pattern, or its only group, matches.",
        ),
        F::RegexReplace => (
            &[
                "string, string, string -> string",
                "string, string, string, int -> string",
            ],
            "The text with matches of a pattern replaced; `\\1` in the new text is a group.",
        ),
        _ => return None,
    })
}

fn values(function: Function) -> Option<Row> {
    use Function as F;
    Some(match function {
        F::Size => (
            &[
                "string -> int",
                "bytes -> int",
                "list(A) -> int",
                "map(A, B) -> int",
            ],
            "The number of characters, bytes, elements or entries.",
        ),
        F::ToBool => (
            &["bool -> bool", "string -> bool"],
            "The boolean a text spells.",
        ),
        F::ToInt => (
            &[
                "int -> int",
                "uint -> int",
                "double -> int",
                "string -> int",
                "timestamp -> int",
                "duration -> int",
            ],
            "The value as an int; fractions are cut off, an instant gives seconds since 1970.",
        ),
        F::ToUint => (
            &[
                "uint -> uint",
                "int -> uint",
                "double -> uint",
                "string -> uint",
            ],
            "The value as an unsigned int.",
        ),
        F::ToDouble => (
            &[
                "double -> double",
                "int -> double",
                "uint -> double",
                "string -> double",
            ],
            "The value as a double.",
        ),
        F::ToString => (
            &[
                "string -> string",
                "bool -> string",
                "int -> string",
                "uint -> string",
                "double -> string",
                "bytes -> string",
                "timestamp -> string",
                "duration -> string",
                "net.IP -> string",
                "net.CIDR -> string",
            ],
            "The value as text.",
        ),
        F::ToBytes => (
            &["bytes -> bytes", "string -> bytes"],
            "The UTF-8 bytes of a text.",
        ),
        F::ToTimestamp => (
            &[
                "timestamp -> timestamp",
                "string -> timestamp",
                "int -> timestamp",
            ],
            "The instant an RFC 3339 text, or a number of seconds since 1970, stands for.",
        ),
        F::ToDuration => (
            &[
                "duration -> duration",
                "string -> duration",
                "int -> duration",
            ],
            "The span of time a text such as `1h30m`, or a number of seconds, stands for.",
        ),
        F::Type => (&["A -> type(A)"], "The type of the value."),
        F::Dyn => (&["A -> dyn"], "The value, its type unknown to the checker."),
        F::FullYear => (INSTANT, "The year, in UTC or a time zone."),
        F::Month => (INSTANT, "The month from 0, in UTC or a time zone."),
        F::Date => (
            INSTANT,
            "The day of the month from 1, in UTC or a time zone.",
        ),
        F::DayOfMonth => (
            INSTANT,
            "The day of the month from 0, in UTC or a time zone.",
        ),
        F::DayOfWeek => (
            INSTANT,
            "The day of the week, 0 is Sunday, in UTC or a time zone.",
        ),
        F::DayOfYear => (
            INSTANT,
            "The day of the year from 0, in UTC or a time zone.",
        ),
        F::Hours => (TIME, "The hour of an instant, or the hours of a duration."),
        F::Minutes => (
            TIME,
            "The minute of an instant, or the minutes of a duration.",
        ),
        F::Seconds => (
            TIME,
            "The second of an instant, or the seconds of a duration.",
        ),
        F::Milliseconds => (
            TIME,
            "The milliseconds of an instant's or a duration's second.",
        ),
        F::OptionalNone => (&["-> optional_type(A)"], "An empty optional."),
        F::OptionalOf => (&["A -> optional_type(A)"], "An optional holding the value."),
        F::OptionalOfNonZero => (
            &["A -> optional_type(A)"],
            "An optional holding the value, empty if it is its type's zero.",
        ),
        F::Unwrap | F::UnwrapOpt => (
            &["list(optional_type(A)) -> list(A)"],
            "The values of the optionals that have one.",
        ),
        F::HasValue => (
            &["optional_type(A) -> bool"],
            "Whether the optional has a value.",
        ),
        F::OptionalValue => (
            &["optional_type(A) -> A"],
            "The optional's value; an error if it is empty.",
        ),
        F::Or => (
            &["optional_type(A), optional_type(A) -> optional_type(A)"],
            "The first optional if it has a value, else the second.",
        ),
        F::OrValue => (
            &["optional_type(A), A -> A"],
            "The optional's value, or the other value if it is empty.",
        ),
        _ => return None,
    })
}

fn numbers(function: Function) -> Option<Row> {
    use Function as F;
    Some(match function {
        F::Greatest => (&[], "The greatest of the numbers, or of a list's numbers."),
        F::Least => (&[], "The least of the numbers, or of a list's numbers."),
        F::Ceil => (ROUNDING, "The number rounded up."),
        F::Floor => (ROUNDING, "The number rounded down."),
        F::Round => (ROUNDING, "The nearest whole number, halves away from zero."),
        F::Trunc => (ROUNDING, "The number without its fraction."),
        F::Sqrt => (
            &["double -> double", "int -> double", "uint -> double"],
            "The square root.",
        ),
        F::Abs => (
            &["int -> int", "uint -> uint", "double -> double"],
            "The number without its sign.",
        ),
        F::Sign => (
            &["int -> int", "uint -> uint", "double -> double"],
            "-1, 0 or 1, as the number is less than, equal to or greater than zero.",
        ),
        F::IsNan => (TEST, "Whether the double is not a number."),
        F::IsInf => (TEST, "Whether the double is infinite."),
        F::IsFinite => (TEST, "Whether the double is a finite number."),
        F::BitAnd => (BITS, "The bits set in both numbers."),
        F::BitOr => (BITS, "The bits set in either number."),
        F::BitXor => (BITS, "The bits set in one of the numbers."),
        F::BitNot => (
            &["int -> int", "uint -> uint"],
            "The number with every bit turned.",
        ),
        F::BitShiftLeft => (SHIFT, "The number with its bits moved up."),
        F::BitShiftRight => (SHIFT, "The number with its bits moved down; zeros come in."),
        _ => return None,
    })
}

fn network(function: Function) -> Option<Row> {
    use Function as F;
    Some(match function {
        F::Ip => (
            &["string -> net.IP", "net.IP -> net.IP"],
            "The IP address a text spells.",
        ),
        F::IsIp => (
            &["string -> bool"],
            "Whether the text spells an IP address.",
        ),
        F::IsCanonicalIp => (
            &["string -> bool"],
            "Whether the address is in its shortest form.",
        ),
        F::Family => (&["net.IP -> int"], "4 or 6."),
        F::IsUnspecified => (ADDRESS, "Whether the address is `0.0.0.0` or `::`."),
        F::IsLoopback => (ADDRESS, "Whether the address is the host's own."),
        F::IsGlobalUnicast => (ADDRESS, "Whether the address is of one host, anywhere."),
        F::IsLinkLocalMulticast => (ADDRESS, "Whether the address is of a group on the link."),
        F::IsLinkLocalUnicast => (ADDRESS, "Whether the address is of one host on the link."),
        F::Cidr => (
            &["string -> net.CIDR", "net.CIDR -> net.CIDR"],
            "The network a text spells.",
        ),
        F::IsCidr => (&["string -> bool"], "Whether the text spells a network."),
        F::ContainsIp => (
            &["net.CIDR, net.IP -> bool", "net.CIDR, string -> bool"],
            "Whether the address is in the network.",
        ),
        F::ContainsCidr => (
            &["net.CIDR, net.CIDR -> bool", "net.CIDR, string -> bool"],
            "Whether the other network is within the network.",
        ),
        F::CidrIp => (&["net.CIDR -> net.IP"], "The network's address."),
        F::Masked => (&["net.CIDR -> net.CIDR"], "The network without host bits."),
        F::PrefixLength => (&["net.CIDR -> int"], "How many bits name the network."),
        _ => return None,
    })
}

fn lists(function: Function) -> Row {
    use Function as F;
    match function {
        F::Reverse => (
            &["string -> string", "list(A) -> list(A)"],
            "The text or the list from its end to its start.",
        ),
        F::Slice => (
            &["list(A), int, int -> list(A)"],
            "The elements from a position up to and without another.",
        ),
        F::Flatten => (
            &["list(dyn) -> list(dyn)", "list(dyn), int -> list(dyn)"],
            "The list with the elements of its lists in their place, one level or so many.",
        ),
        F::Distinct => (&["list(A) -> list(A)"], "The list without repetitions."),
        F::Sort => (SORT, "The list in order."),
        F::First => (
            &["list(A) -> optional_type(A)"],
            "The first element; empty if there is none.",
        ),
        F::Last => (
            &["list(A) -> optional_type(A)"],
            "The last element; empty if there is none.",
        ),
        F::Range => (
            &["int -> list(int)"],
            "The numbers from 0 up to and without another.",
        ),
        F::SetContains => (
            SETS,
            "Whether every element of the second list is in the first.",
        ),
        F::SetEquivalent => (
            SETS,
            "Whether the lists have the same elements, repetitions aside.",
        ),
        F::SetIntersects => (SETS, "Whether the lists have an element in common."),
        _ => (&[], ""),
    }
}

/// A macro: how it is written, and what it gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Macro {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it gives.
    pub doc: &'static str,
}

/// Every macro.
pub(crate) const MACROS: &[Macro] = &[
    Macro {
        name: "has",
        usage: "has(a.b)",
        doc: "Whether the field is there.",
    },
    Macro {
        name: "all",
        usage: "list.all(x, condition)",
        doc: "Whether the condition holds for every element, or every key of a map.",
    },
    Macro {
        name: "exists",
        usage: "list.exists(x, condition)",
        doc: "Whether the condition holds for an element, or a key of a map.",
    },
    Macro {
        name: "exists_one",
        usage: "list.exists_one(x, condition)",
        doc: "Whether the condition holds for exactly one element, or key of a map.",
    },
    Macro {
        name: "existsOne",
        usage: "list.existsOne(x, condition)",
        doc: "Whether the condition holds for exactly one element, or key of a map.",
    },
    Macro {
        name: "filter",
        usage: "list.filter(x, condition)",
        doc: "The elements, or a map's keys, for which the condition holds.",
    },
    Macro {
        name: "map",
        usage: "list.map(x, condition, value)",
        doc: "A value for every element, or every key of a map; the condition may be left out.",
    },
    Macro {
        name: "sortBy",
        usage: "list.sortBy(x, key)",
        doc: "The elements in the order of their keys.",
    },
    Macro {
        name: "transformList",
        usage: "map.transformList(k, v, condition, value)",
        doc: "A list with a value for every entry; the condition may be left out.",
    },
    Macro {
        name: "transformMap",
        usage: "map.transformMap(k, v, condition, value)",
        doc: "A map with a new value for every entry; the condition may be left out.",
    },
    Macro {
        name: "transformMapEntry",
        usage: "map.transformMapEntry(k, v, condition, {key: value})",
        doc: "A map with new entries for every entry; the condition may be left out.",
    },
    Macro {
        name: "optMap",
        usage: "optional.optMap(x, value)",
        doc: "An optional of a value made from the optional's; empty if it is.",
    },
    Macro {
        name: "optFlatMap",
        usage: "optional.optFlatMap(x, optional)",
        doc: "An optional made from the optional's value; empty if it is.",
    },
    Macro {
        name: "bind",
        usage: "cel.bind(x, value, expression)",
        doc: "The expression, in which the name stands for the value.",
    },
];

/// Whether a method or macro can be called on a value of a type.
pub(crate) fn takes_target(name: &str, target: &Type) -> bool {
    let visits = matches!(
        target,
        Type::Dyn | Type::List(_) | Type::Map(..) | Type::Object(_)
    );
    match name {
        "has" | "bind" => return false,
        "optMap" | "optFlatMap" => return matches!(target, Type::Dyn | Type::Optional(_)),
        _ if MACROS.iter().any(|found| found.name == name) => return visits,
        _ => {}
    }
    let methods = rows().filter(|(known, style, _)| *known == name && *style != Style::Global);
    let mut signatures = methods.flat_map(|(_, _, function)| entry(function).signatures);
    signatures.any(|text| {
        let first = Signature::parse(text).and_then(|found| found.parameters.into_iter().next());
        first.is_some_and(|first| Unifier::new().fits(target, &any(&first)))
    })
}

/// The type with `dyn` in the place of its parameters.
fn any(found: &Type) -> Type {
    match found {
        Type::Parameter(_) => Type::Dyn,
        _ => found.with_parameters(any),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Signature;

    #[test]
    fn every_function_has_signatures_that_can_be_read() {
        for (_, _, function) in crate::functions::rows() {
            let entry = entry(function);
            let variadic = matches!(function, Function::Greatest | Function::Least);
            assert!(!entry.doc.is_empty(), "{function:?}");
            assert_eq!(entry.signatures.is_empty(), variadic, "{function:?}");
            for text in entry.signatures {
                assert!(Signature::parse(text).is_some(), "{function:?}: {text}");
            }
        }
    }
}
