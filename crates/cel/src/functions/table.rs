//! Every function of the language: its name, how it is called, and with how many arguments.

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `f(x)`
    Global,
    /// `x.f()`
    Method,
    /// Both; the target is the first argument.
    Either,
}

/// What a name and a shape of call lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    Found(Function),
    /// The function exists, but is not called so.
    WrongShape,
    Unknown,
}

macro_rules! functions {
    ($($variant:ident $name:literal $style:ident $least:literal..=$most:literal,)*) => {
        /// A function. Targets count as the first argument.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Function { $($variant,)* }

        impl Function {
            /// The name it is called by.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        const TABLE: &[(&str, Style, usize, usize, Function)] =
            &[$(($name, Style::$style, $least, $most, Function::$variant),)*];
    };
}

functions! {
    Size "size" Either 1..=1,
    Contains "contains" Method 2..=2,
    StartsWith "startsWith" Method 2..=2,
    EndsWith "endsWith" Method 2..=2,
    Matches "matches" Either 2..=2,
    ToBool "bool" Global 1..=1,
    ToInt "int" Global 1..=1,
    ToUint "uint" Global 1..=1,
    ToDouble "double" Global 1..=1,
    ToString "string" Global 1..=1,
    ToBytes "bytes" Global 1..=1,
    ToTimestamp "timestamp" Global 1..=1,
    ToDuration "duration" Global 1..=1,
    Type "type" Global 1..=1,
    Dyn "dyn" Global 1..=1,
    FullYear "getFullYear" Method 1..=2,
    Month "getMonth" Method 1..=2,
    Date "getDate" Method 1..=2,
    DayOfMonth "getDayOfMonth" Method 1..=2,
    DayOfWeek "getDayOfWeek" Method 1..=2,
    DayOfYear "getDayOfYear" Method 1..=2,
    Hours "getHours" Method 1..=2,
    Minutes "getMinutes" Method 1..=2,
    Seconds "getSeconds" Method 1..=2,
    Milliseconds "getMilliseconds" Method 1..=2,
    CharAt "charAt" Method 2..=2,
    IndexOf "indexOf" Method 2..=3,
    LastIndexOf "lastIndexOf" Method 2..=3,
    LowerAscii "lowerAscii" Method 1..=1,
    UpperAscii "upperAscii" Method 1..=1,
    Replace "replace" Method 3..=4,
    Split "split" Method 2..=3,
    Substring "substring" Method 2..=3,
    Trim "trim" Method 1..=1,
    Reverse "reverse" Method 1..=1,
    Join "join" Method 1..=2,
    Format "format" Method 2..=2,
    Quote "strings.quote" Global 1..=1,
    Greatest "math.greatest" Global 1..=1_000,
    Least "math.least" Global 1..=1_000,
    Ceil "math.ceil" Global 1..=1,
    Floor "math.floor" Global 1..=1,
    Round "math.round" Global 1..=1,
    Trunc "math.trunc" Global 1..=1,
    Sqrt "math.sqrt" Global 1..=1,
    Abs "math.abs" Global 1..=1,
    Sign "math.sign" Global 1..=1,
    IsNan "math.isNaN" Global 1..=1,
    IsInf "math.isInf" Global 1..=1,
    IsFinite "math.isFinite" Global 1..=1,
    BitAnd "math.bitAnd" Global 2..=2,
    BitOr "math.bitOr" Global 2..=2,
    BitXor "math.bitXor" Global 2..=2,
    BitNot "math.bitNot" Global 1..=1,
    BitShiftLeft "math.bitShiftLeft" Global 2..=2,
    BitShiftRight "math.bitShiftRight" Global 2..=2,
    Base64Encode "base64.encode" Global 1..=1,
    Base64Decode "base64.decode" Global 1..=1,
    OptionalNone "optional.none" Global 0..=0,
    OptionalOf "optional.of" Global 1..=1,
    OptionalOfNonZero "optional.ofNonZeroValue" Global 1..=1,
    Unwrap "optional.unwrap" Global 1..=1,
    UnwrapOpt "unwrapOpt" Method 1..=1,
    HasValue "hasValue" Method 1..=1,
    OptionalValue "value" Method 1..=1,
    Or "or" Method 2..=2,
    OrValue "orValue" Method 2..=2,
    Ip "ip" Global 1..=1,
    IsIp "isIP" Global 1..=1,
    IsCanonicalIp "ip.isCanonical" Global 1..=1,
    Family "family" Method 1..=1,
    IsUnspecified "isUnspecified" Method 1..=1,
    IsLoopback "isLoopback" Method 1..=1,
    IsGlobalUnicast "isGlobalUnicast" Method 1..=1,
    IsLinkLocalMulticast "isLinkLocalMulticast" Method 1..=1,
    IsLinkLocalUnicast "isLinkLocalUnicast" Method 1..=1,
    Cidr "cidr" Global 1..=1,
    IsCidr "isCIDR" Global 1..=1,
    ContainsIp "containsIP" Method 2..=2,
    ContainsCidr "containsCIDR" Method 2..=2,
    CidrIp "ip" Method 1..=1,
    Masked "masked" Method 1..=1,
    PrefixLength "prefixLength" Method 1..=1,
    Slice "slice" Method 3..=3,
    Flatten "flatten" Method 1..=2,
    Distinct "distinct" Method 1..=1,
    Sort "sort" Method 1..=1,
    First "first" Method 1..=1,
    Last "last" Method 1..=1,
    Range "lists.range" Global 1..=1,
    SetContains "sets.contains" Global 2..=2,
    SetEquivalent "sets.equivalent" Global 2..=2,
    SetIntersects "sets.intersects" Global 2..=2,
    Extract "regex.extract" Global 2..=2,
    ExtractAll "regex.extractAll" Global 2..=2,
    RegexReplace "regex.replace" Global 3..=4,
}

/// The function called `name` with `count` arguments (the target included), as a method or not.
pub(crate) fn lookup(name: &str, method: bool, count: usize) -> Lookup {
    let mut known = false;
    for (candidate, style, least, most, function) in TABLE {
        if *candidate != name {
            continue;
        }
        known = true;
        let shape = match style {
            Style::Either => true,
            Style::Method => method,
            Style::Global => !method,
        };
        if shape && (*least..=*most).contains(&count) {
            return Lookup::Found(*function);
        }
    }
    if known {
        Lookup::WrongShape
    } else {
        Lookup::Unknown
    }
}

/// Every name and way to call it.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, Style, Function)> {
    TABLE
        .iter()
        .map(|(name, style, _, _, function)| (*name, *style, *function))
}

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, ..)| *name)
}

/// How a function is called, in words.
pub(crate) fn usage(name: &str) -> String {
    let mut forms = Vec::new();
    for (candidate, style, least, most, _) in TABLE {
        if *candidate != name {
            continue;
        }
        if matches!(style, Style::Method | Style::Either) {
            let (least, most) = (least.saturating_sub(1), most.saturating_sub(1));
            forms.push(format!("`x.{name}(…)` with {}", counted(least, most)));
        }
        if matches!(style, Style::Global | Style::Either) {
            forms.push(format!("`{name}(…)` with {}", counted(*least, *most)));
        }
    }
    format!("it is called {}", forms.join(" or "))
}

fn counted(least: usize, most: usize) -> String {
    match (least, most) {
        (1, 1) => "1 argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, usize::MAX) => format!("at least {least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    }
}
