//! What the process tells its caller.

use std::process::ExitCode;

use callgate_model::Effect;

/// Exit codes; the same for every verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It worked and nothing was found.
    Ok,
    /// Something outside the policies failed: a file, an input, the terminal.
    Operational,
    /// The command line was wrong. `clap` exits with the same number by itself.
    Usage,
    /// A policy, a test file, the project file or a release is invalid.
    Invalid,
    /// A test failed, or an examination found an error.
    TestsFailed,
    /// What was compared differs.
    Differs,
    /// With `--exit-status`: the worst effect that was decided.
    Decided(Effect),
}

impl Exit {
    fn number(self) -> u8 {
        match self {
            Self::Ok | Self::Decided(Effect::Allow) => 0,
            Self::Operational => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::TestsFailed => 4,
            Self::Differs => 5,
            Self::Decided(Effect::Flag) => 10,
            Self::Decided(Effect::Deny) => 11,
            Self::Decided(Effect::RequireApproval) => 12,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
