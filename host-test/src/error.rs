//! Why a module could not be loaded, started or run to the end of a callback.

use std::path::PathBuf;

/// A failure of the module under test, or of finding it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter was not built.
    #[error(
        "no filter at `{}`; build it: cargo build --profile wasm --target wasm32-unknown-unknown -p callgate-filter",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The bytes are not a module that Envoy would load.
    #[error("module refused: {reason}")]
    Refused {
        /// What is wrong with it.
        reason: String,
    },
    /// `proxy_on_vm_start` or `proxy_on_configure` answered false.
    #[error("`{callback}` returned false\n{logs}")]
    Rejected {
        /// The callback.
        callback: &'static str,
        /// What the module logged.
        logs: String,
    },
    /// The module trapped: in Envoy the worker's VM is dead.
    #[error("trap in `{callback}`: {trap}\n{logs}")]
    Trap {
        /// The callback.
        callback: &'static str,
        /// The trap with its wasm backtrace.
        trap: String,
        /// What the module logged in this callback's context.
        logs: String,
    },
    /// A question did not lead to one record.
    #[error("one record was expected in the log: {logs}")]
    Unanswered {
        /// What the module logged.
        logs: String,
    },
    /// The test asked for something the script does not hold.
    #[error("{0}")]
    Script(&'static str),
}
