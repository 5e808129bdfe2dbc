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
    if known { Lookup::WrongShape } else { Lookup::Unknown }
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
