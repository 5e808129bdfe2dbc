//! What other engines have too: the language without extensions, on literals.

use super::{Grammar, Sort};

/// Sorts as in the full grammar; no attributes, and integers beside each other for `x`.
pub const SHARED: Grammar = Grammar(&[
    Sort {
        letter: b'b',
        leaves: &["true", "false"],
        nodes: &[
            "($b && $b)", "($b || $b)", "!$b", "($b ? $b : $b)", "($i < $i)", "($i <= $i)",
            "($i > $i)", "($i >= $i)", "($i == $i)", "($i != $i)", "($u < $u)", "($u == $u)",
            "($d < $d)", "($d >= $d)", "($d == $d)", "($t < $t)", "($t >= $t)", "($t == $t)",
            "($t != $t)", "($y == $y)", "($b == $b)", "($b != $b)", "($i in $l)", "($t in $s)",
            "($t in $m)", "$t.contains($t)", "$t.startsWith($t)", "$t.endsWith($t)",
            "$t.matches($r)", "$l.all(@i,^ $b)", "$l.exists(@i,^ $b)", "$l.exists_one(@i,^ $b)",
            "$s.all(@t,^ $b)", "$s.exists(@t,^ $b)", "$m.all(@t,^ $b)", "$m.exists(@t,^ $b)",
            "($l == $l)", "($s == $s)", "($m == $m)", "($i == $u)", "($i < $d)", "($u > $i)",
            "($x == $x)", "has($m.a)", "($x in [$x, $x])",
        ],
    },
    Sort {
        letter: b'i',
        leaves: &["0", "1", "-1", "2", "7", "9223372036854775807", "-9223372036854775808", "0x1f"],
        nodes: &[
            "($i + $i)", "($i - $i)", "($i * $i)", "($i / $i)", "($i % $i)", "-($i)", "size($t)",
            "size($l)", "size($s)", "size($m)", "size($y)", "$t.size()", "$l.size()",
            "($b ? $i : $i)", "int($u)", "int($d)", "int($t)", "$l[$i]", "$m.a", "$m[$t]",
        ],
    },
    Sort {
        letter: b'u',
        leaves: &["0u", "1u", "7u", "18446744073709551615u"],
        nodes: &["($u + $u)", "($u - $u)", "($u * $u)", "($u / $u)", "($u % $u)", "uint($i)", "uint($d)", "uint($t)", "($b ? $u : $u)"],
    },
    Sort {
        letter: b'd',
        leaves: &["0.0", "1.5", "-2.5", "1e3", "0.25"],
        nodes: &["($d + $d)", "($d - $d)", "($d * $d)", "($d / $d)", "-($d)", "double($i)", "double($u)", "double($t)", "($b ? $d : $d)"],
    },
    Sort {
        letter: b't',
        leaves: &["\"\"", "\"a\"", "'é'", "\"abc\"", "r\"\\d\"", "\"😀b\"", "\"12\"", "\"1.5\"", "\"\\u00e9\\x41\\101\""],
        nodes: &["($t + $t)", "($b ? $t : $t)", "string($i)", "string($u)", "string($b)", "string($y)", "string($t)", "$s[$i]"],
    },
    Sort {
        letter: b'y',
        leaves: &["b\"\"", "b\"a\"", "b\"\\xff\"", "b'é'"],
        nodes: &["($y + $y)", "bytes($t)", "($b ? $y : $y)"],
    },
    Sort {
        letter: b'l',
        leaves: &["[]", "[1]", "[1, 2, 3]"],
        nodes: &["[$i]", "[$i, $i]", "($l + $l)", "$l.filter(@i,^ $b)", "$l.map(@i,^ $i)", "$l.map(@i,^ $b, $i)", "$s.map(@t,^ $i)", "($b ? $l : $l)"],
    },
    Sort {
        letter: b's',
        leaves: &["[]", "[\"a\"]", "[\"b\", \"a\"]"],
        nodes: &["[$t]", "[$t, $t]", "($s + $s)", "$s.filter(@t,^ $b)", "$s.map(@t,^ $t)", "$l.map(@i,^ $t)"],
    },
    Sort {
        letter: b'm',
        leaves: &["{}", "{\"a\": 1}"],
        nodes: &["{\"a\": $i}", "{\"a\": $i, \"b\": $i}", "{\"a\": $i, $t: $i}", "($b ? $m : $m)"],
    },
    Sort {
        letter: b'r',
        leaves: &["\"^a\"", "\"[a-c]+\"", "\"(?i)A|B\"", "\"[0-9]{2,}\"", "\"(a)(b)?\"", "\"[^a]\"", "\"(\"", "\"\""],
        nodes: &[],
    },
    Sort {
        letter: b'x',
        leaves: &["null", "1", "1u", "1.0", "\"a\"", "true", "[]", "{}", "b\"a\""],
        nodes: &["$i", "$u", "$d", "$t", "$y", "$l", "$s", "$m", "$b", "[$x, $x]", "{\"a\": $x}"],
    },
]);
