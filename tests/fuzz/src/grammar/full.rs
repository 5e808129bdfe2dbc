//! Everything the language and its extensions have, over the attributes of the targets' environment.

use super::{Grammar, Sort};

/// Sorts: `b` bool, `i` int, `u` uint, `d` double, `t` text, `y` bytes, `l` list of ints, `s` list of
/// texts, `m` map from text to int, `w` instant, `p` span of time, `o` optional int, `n` address, `c`
/// network, `r` pattern, `x` anything.
pub const FULL: Grammar = Grammar(&[
    Sort {
        letter: b'b',
        leaves: &[
            "true", "false", "call.flag", "has(call.name)", "has(call.flag)", "has(call.args)",
            "has(call.args.a)", "has(call.labels.a)", "has(call.box)", "call.box.flag",
        ],
        nodes: &[
            "($b && $b)", "($b || $b)", "$b && $b && $b", "$b || $b || $b", "!$b", "($b ? $b : $b)",
            "($i == $i)", "($i != $i)", "($i < $i)", "($i <= $i)", "($i <= $u)", "($d > $i)",
            "($u >= $d)", "($d == $d)", "($t < $t)", "($t == $t)", "($t != $t)", "($t >= $t)",
            "call.name == $t", "($y == $y)", "($y < $y)", "($w < $w)", "($w == $w)", "($p >= $p)",
            "($b == $b)", "($b < $b)", "($l == $l)", "($s == $s)", "($m == $m)", "($m != $m)",
            "($x == $x)", "($x != $x)", "($x < $x)", "($i in $l)", "($t in $s)", "($t in $m)",
            "($x in $x)", "$t in [\"a\", \"b\", \"abc\"]", "$t in [\"a\", $t]", "$x in [1, 2u, 3.0, 7]",
            "$x in [\"a\", 1, true, null]", "$t.contains($t)", "$t.startsWith($t)", "$t.endsWith($t)",
            "$t.matches($r)", "matches($t, $r)", "$t.matches($t)", "$l.all(@i,^ $b)",
            "$l.exists(@i,^ $b)", "$l.exists_one(@i,^ $b)", "$l.existsOne(@i,^ $b)",
            "$s.all(@t,^ $b)", "$s.exists(@t,^ $b)", "$m.all(@t,^ $b)", "$m.exists(@t,^ $b)",
            "$m.all(@t, @i,^ $b)", "$m.exists(@t, @i,^ $b)", "$m.existsOne(@t, @i,^ $b)",
            "$l.all(@i, @i,^ $b)", "$l.exists(@i, @i,^ $b)", "$x.all(@x,^ $b)", "$x.exists(@x, @x,^ $b)",
            "cel.bind(@i, $i,^ $b)", "cel.bind(@x, $x,^ $b)", "$o.hasValue()", "($o == $o)",
            "math.isNaN($d)", "math.isInf($d)", "math.isFinite($d)", "isIP($t)",
            "ip.isCanonical($t)", "$n.isLoopback()", "$n.isUnspecified()", "$n.isGlobalUnicast()",
            "$n.isLinkLocalUnicast()", "$n.isLinkLocalMulticast()", "($n == $n)", "isCIDR($t)",
            "$c.containsIP($n)", "$c.containsIP($t)", "$c.containsCIDR($c)", "($c == $c)",
            "sets.contains($l, $l)", "sets.equivalent($l, $l)", "sets.intersects($s, $s)", "bool($t)",
            "has($m.a)", "has($x.a)", "dyn($b)", "(type($x) == int)", "(type($x) == type($x))", "$x",
            "call.args.?a.orValue($x) == $x", "$o.optMap(@i,^ $b).orValue(false)",
        ],
    },
    Sort {
        letter: b'i',
        leaves: &[
            "0", "1", "-1", "2", "7", "9223372036854775807", "-9223372036854775808", "0x1f",
            "call.count", "call.box.count", "call.labels.a",
        ],
        nodes: &[
            "($i + $i)", "($i - $i)", "($i * $i)", "($i / $i)", "($i % $i)", "-($i)", "size($t)",
            "$l.size()", "$s.size()", "size($m)", "$y.size()", "($b ? $i : $i)", "int($u)", "int($d)",
            "int($t)", "int($w)", "int($p)", "$t.indexOf($t)", "$t.indexOf($t, $i)",
            "$t.lastIndexOf($t)", "$t.lastIndexOf($t, $i)", "$l[$i]", "$m.a", "$m[$t]",
            "$m.?a.orValue($i)", "math.greatest($i, $i)", "math.least($i, $i, $i)",
            "math.greatest($l)", "math.abs($i)", "math.sign($i)", "math.bitAnd($i, $i)",
            "math.bitOr($i, $i)", "math.bitXor($i, $i)", "math.bitNot($i)",
            "math.bitShiftLeft($i, $i)", "math.bitShiftRight($i, $i)", "$w.getFullYear()",
            "$w.getMonth(\"America/New_York\")", "$w.getDate($t)", "$w.getDayOfMonth()",
            "$w.getDayOfWeek(\"+05:30\")", "$w.getDayOfYear()", "$w.getHours()", "$w.getMinutes()",
            "$w.getSeconds()", "$w.getMilliseconds()", "$p.getHours()", "$p.getMinutes()",
            "$p.getSeconds()", "$p.getMilliseconds()", "$o.value()", "$o.orValue($i)",
            "cel.bind(@i, $i,^ $i)", "$n.family()", "$c.prefixLength()", "$l.first().orValue($i)",
            "$l.last().value()", "dyn($i)",
        ],
    },
    Sort {
        letter: b'u',
        leaves: &["0u", "1u", "7u", "18446744073709551615u", "call.size"],
        nodes: &[
            "($u + $u)", "($u - $u)", "($u * $u)", "($u / $u)", "($u % $u)", "uint($i)", "uint($d)",
            "uint($t)", "($b ? $u : $u)", "math.abs($u)", "math.bitAnd($u, $u)", "math.bitNot($u)",
            "math.bitShiftLeft($u, $i)", "math.greatest($u, $u)",
        ],
    },
    Sort {
        letter: b'd',
        leaves: &["0.0", "1.5", "-0.0", "1e300", "-2.5", "1e-7", "9007199254740993.0", "call.ratio"],
        nodes: &[
            "($d + $d)", "($d - $d)", "($d * $d)", "($d / $d)", "-($d)", "double($i)", "double($u)",
            "double($t)", "($b ? $d : $d)", "math.ceil($d)", "math.floor($d)", "math.round($d)",
            "math.trunc($d)", "math.sqrt($d)", "math.sqrt($i)", "math.abs($d)", "math.sign($d)",
            "math.least($d, $d)",
        ],
    },
    Sort {
        letter: b't',
        leaves: &[
            "\"\"", "\"a\"", "'é'", "\"abc\"", "r\"\\d\"", "\"😀b\"", "\"12\"", "\"-1.5e3\"",
            "'''a\nb'''", "\"\\u00e9\\x41\\000\\101\"", "\"10.0.0.1\"", "\"2024-02-29T00:00:00Z\"", "\"90m\"",
            "\"YWI=\"", "call.name", "call.tool", "call.box.name",
        ],
        nodes: &[
            "($t + $t)", "($b ? $t : $t)", "string($i)", "string($u)", "string($d)", "string($b)",
            "string($y)", "string($w)", "string($p)", "string($n)", "string($c)", "$t.charAt($i)",
            "$t.lowerAscii()", "$t.upperAscii()", "$t.replace($t, $t)", "$t.replace($t, $t, $i)",
            "$t.substring($i)", "$t.substring($i, $i)", "$t.trim()", "$t.reverse()", "$s.join()",
            "$s.join($t)", "\"%s-%d\".format([$x, $i])", "\"%.3f %e %x %X %b %o %%\".format([$d, $d, $i, $t, $i, $u])",
            "$t.format([$x, $x])", "strings.quote($t)", "base64.encode($y)",
            "regex.replace($t, $r, $t)", "regex.replace($t, $r, $t, $i)",
            "regex.extract($t, $r).orValue($t)", "$s[$i]", "cel.bind(@t, $t,^ $t)",
        ],
    },
    Sort {
        letter: b'y',
        leaves: &["b\"\"", "b\"a\"", "b\"\\xff\\x00\"", "b'é'", "br'\\n'"],
        nodes: &["($y + $y)", "bytes($t)", "base64.decode($t)", "($b ? $y : $y)"],
    },
    Sort {
        letter: b'l',
        leaves: &["[]", "[1]", "[1, 2, 3]", "call.items"],
        nodes: &[
            "[$i]", "[$i, $i]", "[$i, $i, $i,]", "($l + $l)", "$l.filter(@i,^ $b)",
            "$l.map(@i,^ $i)", "$l.map(@i,^ $b, $i)", "$s.map(@t,^ $i)", "$m.map(@t,^ $i)",
            "lists.range(3)", "lists.range($i % 9)", "$l.slice($i, $i)", "$l.slice(0, 1)",
            "$l.distinct()", "$l.sort()", "$l.reverse()", "[$l, $l].flatten()",
            "$l.transformList(@i, @i,^ $i)", "$m.transformList(@t, @i,^ $b, $i)",
            "$l.sortBy(@i,^ $i)", "optional.unwrap([$o, $o])", "[$o, $o].unwrapOpt()",
            "[?$o, $i]", "($b ? $l : $l)", "cel.bind(@l, $l,^ $l)",
        ],
    },
    Sort {
        letter: b's',
        leaves: &["[]", "[\"a\"]", "[\"b\", \"a\", \"é\"]", "call.tags"],
        nodes: &[
            "[$t]", "[$t, $t]", "($s + $s)", "$s.filter(@t,^ $b)", "$s.map(@t,^ $t)",
            "$l.map(@i,^ $t)", "$m.map(@t,^ $t)", "$t.split($t)", "$t.split($t, $i)",
            "regex.extractAll($t, $r)", "$s.sort()", "$s.distinct()", "$s.reverse()",
        ],
    },
    Sort {
        letter: b'm',
        leaves: &["{}", "{\"a\": 1}", "call.labels"],
        nodes: &[
            "{\"a\": $i}", "{\"a\": $i, \"b\": $i}", "{\"a\": $i, $t: $i,}", "{?\"a\": $o, \"é\": $i}",
            "$m.transformMap(@t, @i,^ $i)", "$m.transformMap(@t, @i,^ $b, $i)",
            "$s.transformMapEntry(@i, @t,^ {$t: $i})", "($b ? $m : $m)", "cel.bind(@m, $m,^ $m)",
        ],
    },
    Sort {
        letter: b'w',
        leaves: &[
            "timestamp(\"2024-02-29T23:59:59.5Z\")", "timestamp(0)",
            "timestamp(\"9999-12-31T23:59:59Z\")", "timestamp(\"0001-01-01T00:00:00+01:00\")", "call.at",
        ],
        nodes: &["timestamp($i)", "timestamp($t)", "($w + $p)", "($p + $w)", "($w - $p)", "($b ? $w : $w)"],
    },
    Sort {
        letter: b'p',
        leaves: &["duration(\"1h30m\")", "duration(\"-1.5s\")", "duration(\"0\")", "duration(\"9223372036s\")", "call.span"],
        nodes: &["duration($t)", "duration($i)", "($w - $w)", "($p + $p)", "($p - $p)", "-($p)"],
    },
    Sort {
        letter: b'o',
        leaves: &["optional.none()", "optional.of(1)", "call.?count", "call.labels.?a"],
        nodes: &[
            "optional.of($i)", "optional.ofNonZeroValue($i)", "$m[?$t]", "$m.?a", "$l[?$i]",
            "$o.or($o)", "$o.optMap(@i,^ $i)", "$o.optFlatMap(@i,^ $o)", "$l.first()", "$l.last()",
            "($b ? $o : $o)",
        ],
    },
    Sort {
        letter: b'n',
        leaves: &["ip(\"127.0.0.1\")", "ip(\"::1\")", "ip(\"fe80::1\")", "ip(\"::ffff:10.0.0.1\")", "ip(\"224.0.0.1\")"],
        nodes: &["ip($t)", "$c.ip()"],
    },
    Sort {
        letter: b'c',
        leaves: &["cidr(\"10.0.0.0/8\")", "cidr(\"10.1.2.3/24\")", "cidr(\"2001:db8::/32\")", "cidr(\"::/0\")"],
        nodes: &["cidr($t)", "$c.masked()"],
    },
    Sort {
        letter: b'r',
        leaves: &[
            "\"^a\"", "\"[a-c]+\"", "\"(?i)A|B\"", "r\"\\d{2,}\"", "\"(a)(b)?\"", "\"a*?$\"",
            "r\"\\bx\\b\"", "\"[^a]\"", "\"(?s).\"", "\"x{3}|y\"", "\"(\"", "\"\"", "\"(?P<n>é)\"", "r\"\\pL\"",
        ],
        nodes: &[],
    },
    Sort {
        letter: b'x',
        leaves: &[
            "null", "call.args", "call.args.a", "call.args.list", "call.args.deep.x", "call.args.big",
            "dyn(1)", "dyn(\"a\")", "call.args[\"a\"]", "call", "call.box", "string", "call.?args",
        ],
        nodes: &[
            "call.args[$t]", "call.args.list[$i]", "call.args.list[0]", "$x.a", "$x.?a", "$x[$i]",
            "$x[?$t]", "[$x, $x]", "{$t: $x}", "{$i: $x, $b: $x}", "{$u: $x, $i: $x}", "dyn($x)",
            "type($x)", "($b ? $x : $x)", "($x + $x)", "($x - $x)", "($x * $x)", "-($x)", "!$x",
            "$x.map(@x,^ $x)", "$x.filter(@x,^ $b)", "size($x)", "string($x)", "int($x)", "$x.size()",
            "cel.bind(@x, $x,^ $x)", "[$x, [$x]].flatten($i)", "[$x, $x].distinct()", "[$x, $x].sort()",
            "[$x, $x].reverse()", "optional.of($x)", "optional.ofNonZeroValue($x)", "$i", "$u", "$d",
            "$t", "$y", "$l", "$s", "$m", "$w", "$p", "$o", "$n", "$c", "$b",
            "math.greatest($x, $x)", "$x.orValue($x)", "$x.value()", "sets.contains($x, $x)",
        ],
    },
]);
