//! Small JSON by dice, with the names that expressions ask for.

use crate::dice::Dice;

impl Dice {
    /// An object with the names expressions ask for.
    pub fn object(&mut self, depth: u32) -> String {
        let mut members = Vec::new();
        for key in ["a", "b", "c", "list", "a_key_of_more_than_sixteen_bytes"] {
            if self.roll(5) > 0 {
                let value = match key {
                    "list" => self.list(depth),
                    _ => self.json(depth),
                };
                members.push(format!("\"{key}\":{value}"));
            }
        }
        if self.roll(3) == 0 {
            let key = self.text().replace('"', "");
            members.push(format!("\"{key}!\":1"));
        }
        format!("{{{}}}", members.join(","))
    }

    /// A list of texts.
    pub fn texts(&mut self) -> String {
        let texts: Vec<String> = (0..self.roll(12)).map(|_| self.text()).collect();
        format!("[{}]", texts.join(","))
    }

    fn list(&mut self, depth: u32) -> String {
        let same = (self.roll(2) == 0).then(|| self.json(depth.saturating_sub(1)));
        let elements: Vec<String> = (0..self.roll(14))
            .map(|_| {
                same.clone()
                    .unwrap_or_else(|| self.json(depth.saturating_sub(1)))
            })
            .collect();
        format!("[{}]", elements.join(","))
    }

    fn text(&mut self) -> String {
        let letters = self.pick(&["a", "ab", "aab ", "x", "é", "A1-", "a=b,"]);
        let longest = [3, 20, 120][usize::try_from(self.roll(3)).unwrap_or(0)];
        let count = usize::try_from(self.roll(longest)).unwrap_or(0);
        format!("\"{}\"", letters.repeat(count))
    }

    fn json(&mut self, depth: u32) -> String {
        match self.roll(if depth == 0 { 6 } else { 10 }) {
            0 => "true".to_owned(),
            1 => format!("{}", self.roll(9)),
            2 => "1.5".to_owned(),
            3..=5 => self.text(),
            6 | 7 => self.list(depth),
            8 => self.object(depth.saturating_sub(1)),
            _ => format!("[{}]", self.list(depth)),
        }
    }
}
