//! The only door to standard output and standard error: data on one, words on the other.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};

use crate::args::Color;
use crate::exit::Exit;

/// Bytes of results that wait at most. 64 KiB: as much as a pipe takes at once.
const PENDING_BYTES: usize = 65_536;

/// Where results and words go.
#[derive(Debug)]
pub struct Terminal {
    color: ColorChoice,
    words: AutoStream<io::Stderr>,
    pending: Vec<u8>,
    data_failure: Option<io::Error>,
}

impl Terminal {
    /// The process's own streams.
    pub fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        // Whatever else writes to the terminal, clap's own errors included, follows the same wish.
        choice.write_global();
        Self {
            color: choice,
            words: AutoStream::new(io::stderr(), choice),
            pending: Vec::new(),
            data_failure: None,
        }
    }

    /// Writes a result byte for byte. It may wait for [`flush`](Self::flush), or for words that follow it.
    pub fn data(&mut self, text: &str) {
        self.pending.extend_from_slice(text.as_bytes());
        if self.pending.len() >= PENDING_BYTES {
            self.flush();
        }
    }

    /// Writes a result for a person: styles are dropped where nobody sees them.
    pub fn show(&mut self, text: &str) {
        self.flush();
        self.write(
            &mut AutoStream::new(io::stdout(), self.color),
            text.as_bytes(),
        );
    }

    /// Lets go of all results so far. A failure is remembered, and ends the process as
    /// [`finish`](Self::finish) says.
    pub fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.write(&mut io::stdout(), &pending);
        }
    }

    fn write(&mut self, stream: &mut impl io::Write, bytes: &[u8]) {
        if self.data_failure.is_none() {
            let written = stream.write_all(bytes);
            self.data_failure = written.and_then(|()| stream.flush()).err();
        }
    }

    /// Writes words for a person. Nobody can be told that this failed.
    pub fn words(&mut self, text: &str) {
        self.flush();
        let _ = self.words.write_all(text.as_bytes());
    }

    /// Whether a person writes the input and sees the results.
    pub fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Whether a person sees the words.
    pub fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Whether nobody takes the results any more.
    pub fn is_closed(&self) -> bool {
        self.data_failure.is_some()
    }

    /// How the process ends: `exit`, unless results were lost. A reader that has had enough loses nothing.
    pub fn finish(mut self, exit: Exit) -> Exit {
        self.flush();
        match self.data_failure.take() {
            None => exit,
            Some(failure) if failure.kind() == io::ErrorKind::BrokenPipe => exit,
            Some(failure) => {
                self.words(&format!(
                    "error: cannot write to standard output: {failure}\n"
                ));
                Exit::Operational
            }
        }
    }
}

/// `text` with control characters shown instead of sent: a policy's words must not drive a terminal.
pub fn printable(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' => character,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => character,
    };
    text.chars().map(shown).collect()
}
