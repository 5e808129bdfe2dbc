//! The same text as other people would have written it, by a seed.

/// A source of choices that is the same on every machine.
pub struct Disguise(u64);

impl Disguise {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(end.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    /// Changes that hardly ever keep a text from being read.
    pub fn gentle(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=self.below(6) {
            self.change(&mut lines);
        }
        let end = if self.below(4) == 0 { "\r\n" } else { "\n" };
        let mut text = lines.join(end);
        text.push_str(end);
        text
    }

    fn change(&mut self, lines: &mut Vec<String>) {
        let at = self.below(lines.len());
        match self.below(10) {
            0 => self.widen(lines),
            1 => lines.insert(at, " ".repeat(self.below(5))),
            2 => lines.insert(at, format!("{}#  remark {at}", " ".repeat(self.below(9)))),
            3 => lines[at].push_str("   "),
            4 => lines[at].push_str(" #remark"),
            5 => lines[at] = lines[at].replacen(": ", " :   ", 1),
            6 => outdent(lines, at),
            8 => {
                lines[at] = lines[at]
                    .replace("{ ", "{")
                    .replace(", ", " ,  ")
                    .replace('[', "[ ")
            }
            7 => {
                let line = lines[at].trim_end().to_owned();
                if line.ends_with(": |") || line.ends_with(": |-") {
                    lines[at] = format!("{line} # a block");
                }
            }
            _ => self.swap(lines),
        }
    }

    /// Every indentation twice, three times or half as wide.
    fn widen(&mut self, lines: &mut [String]) {
        let times = [1, 4, 6, 3][self.below(4)];
        for line in lines {
            let content = line.trim_start_matches(' ');
            let indent = (line.len() - content.len()) * times / 2;
            // A key behind a dash has to stay in the column of those below it.
            let content = match content.strip_prefix("- ") {
                Some(rest) if times > 1 => format!("-{}{rest}", " ".repeat(times - 1)),
                _ => content.to_owned(),
            };
            *line = format!("{}{content}", " ".repeat(indent));
        }
    }

    /// Two keys of the outermost mapping in each other's places.
    fn swap(&mut self, lines: &mut Vec<String>) {
        let is_key = |line: &&String| line.starts_with(char::is_alphabetic);
        let keys: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| is_key(line))
            .map(|(at, _)| at)
            .collect();
        if keys.len() < 3 || lines.iter().any(|line| line.starts_with("---")) {
            return;
        }
        let at = self.below(keys.len() - 2);
        let moved: Vec<String> = lines.drain(keys[at]..keys[at + 1]).collect();
        let to = keys[at + 2] - moved.len();
        for (offset, line) in moved.into_iter().enumerate() {
            lines.insert(to + offset, line);
        }
    }

    /// Characters that mean something, anywhere; lines that are gone, doubled or shifted.
    pub fn rough(&mut self, text: &str) -> String {
        let mut text = self.gentle(text);
        for _ in 0..=self.below(3) {
            let mut at = self.below(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match self.below(4) {
                0 => {
                    let marks = [
                        " ",
                        "\n",
                        "#",
                        " #",
                        "'",
                        "\"",
                        "[",
                        "}",
                        ",",
                        "\t",
                        "\\",
                        "- ",
                        "? ",
                        "|\n",
                        "\n\n",
                        ">+\n",
                        "\n---\n",
                        "--- ",
                        "\n  ",
                        "!",
                        "%",
                        "\r",
                        "é",
                        ": |2\n   ",
                    ];
                    text.insert_str(at, marks[self.below(marks.len())]);
                }
                1 => {
                    text.remove(at);
                }
                _ => {
                    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
                    let at = self.below(lines.len());
                    match self.below(3) {
                        0 => lines[at].insert(0, ' '),
                        1 => outdent(&mut lines, at),
                        _ => drop(lines.remove(at)),
                    }
                    text = lines.join("\n");
                }
            }
            if text.is_empty() {
                text.push('\n');
            }
        }
        text
    }
}

/// A sequence in the column of its key.
fn outdent(lines: &mut [String], at: usize) {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let Some(start) = lines
        .iter()
        .enumerate()
        .skip(at)
        .find(|(_, line)| line.starts_with("  ") && line.trim_start().starts_with("- "))
        .map(|(at, _)| at)
    else {
        return;
    };
    let column = indent(&lines[start]);
    let first = lines[..start]
        .iter()
        .rposition(|line| !line.trim().is_empty() && indent(line) < column)
        .map_or(start, |key| key + 1);
    for line in &mut lines[first..] {
        if !line.trim().is_empty() && indent(line) < column {
            break;
        }
        if line.starts_with("  ") {
            line.drain(..2);
        }
    }
}
