//! What only the machine's owner can install: found out at once, told in one line.

use anyhow::{Result, bail};

use crate::say;

struct Need {
    what: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    /// The Debian packages that bring it.
    packages: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        what: "Node.js 20 or newer",
        program: "node",
        arguments: &[
            "-e",
            "process.exit(Number(process.versions.node.split('.')[0]) >= 20 ? 0 : 1)",
        ],
        packages: "nodejs",
    },
    Need {
        what: "npm",
        program: "npm",
        arguments: &["--version"],
        packages: "npm",
    },
    Need {
        what: "Python 3.10 or newer with venv",
        program: "python3",
        arguments: &[
            "-c",
            "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))",
        ],
        packages: "python3 python3-venv",
    },
    Need {
        what: "a C compiler",
        program: "cc",
        arguments: &["--version"],
        packages: "build-essential",
    },
];

/// Fails with the one command that installs everything missing.
pub fn check() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|need| need.what).collect();
    let packages: Vec<_> = missing.iter().map(|need| need.packages).collect();
    bail!(
        "missing: {}\n  on Debian: sudo apt-get install -y {}",
        names.join(", "),
        packages.join(" ")
    )
}

impl Need {
    fn is_met(&self) -> bool {
        say::output(&mut say::command(self.program, self.arguments)).is_ok()
    }
}
