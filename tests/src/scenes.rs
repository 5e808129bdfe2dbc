//! The scripts of the bypass corpus in a real Envoy: real clients, a real server behind, a real control plane.

mod attested;
mod control;
mod exchange;
mod gateways;
mod playable;
mod server;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use control::Control;
use futures_util::StreamExt as _;
use gateways::{Beginning, Gateways};
pub(crate) use server::Server;

use crate::bypass::{self, Config, Configure, Poll, Script, Send, Step, judge};
use crate::envoy::sending::Wire;

/// How the scripts fared.
#[derive(Debug, Default)]
pub struct Played {
    /// Scripts that ended as they end in wasmtime.
    pub alike: usize,
    /// Requests among them that Envoy refused by itself, before the filter heard of them.
    pub refused_by_envoy: usize,
    /// Scripts that need a host of the tests' own, by why.
    pub withheld: BTreeMap<&'static str, usize>,
    /// What went wrong.
    pub differences: Vec<String>,
}

/// Scripts that share one Envoy: each has VMs of its own, which need memory, and statistics, among which those that are
/// asked for have to be found.
const TOGETHER: usize = 36;
/// Scripts that are played at once: most of the time they wait.
const AT_ONCE: usize = 8;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often something is looked at that is waited for.
const LOOK: Duration = Duration::from_millis(5);

/// Plays every script that a real host can play; not the cases of one request, which [`crate::parity`] sends.
///
/// # Errors
/// Envoy cannot be started or reached.
pub async fn play_in_envoy(wire: Wire) -> Result<Played> {
    let single: Vec<String> = bypass::cases()?.into_iter().map(|case| case.id).collect();
    let mut played = Played::default();
    let mut playable = Vec::new();
    for script in bypass::scripts()? {
        match playable::withheld(&script, wire) {
            _ if single.contains(&script.id) => {}
            Some(why) => *played.withheld.entry(why).or_default() += 1,
            None => playable.push(script),
        }
    }
    let envoys = playable.len().div_ceil(TOGETHER);
    for first in 0..envoys {
        // In turn, so that no Envoy has all of a class that needs much of the kernel.
        let some = playable.iter().skip(first).step_by(envoys);
        play_together(&some.collect::<Vec<_>>(), wire, &mut played).await?;
    }
    Ok(played)
}

async fn play_together(scripts: &[&Script], wire: Wire, played: &mut Played) -> Result<()> {
    let (mut beginnings, mut around) = (Vec::new(), Vec::new());
    for (place, script) in scripts.iter().enumerate() {
        let (server, control) = (Server::start(wire).await?, Control::start().await?);
        beginnings.push(Beginning {
            configuration: gateways::own_control(first(script)?, place),
            server: server.port,
            control: control.port,
            is_watched: is_configured_later(&script.steps),
            attesting: attested::attesting(script).map_err(|why| anyhow!(why))?,
        });
        around.push((server, control));
    }
    let gateways = Gateways::start(&beginnings, wire).await?;
    let all = scripts.iter().zip(around).enumerate();
    let all = all.map(|(place, (script, (server, control)))| {
        let stage = Stage {
            gateways: &gateways,
            server,
            place,
            wire,
            config: &script.config,
            control,
            configured: 0,
            refused: 0,
            aside: 0,
        };
        stage.play(script)
    });
    let mut all = futures_util::stream::iter(all).buffered(AT_ONCE);
    let mut scripts = scripts.iter();
    while let (Some((end, refused)), Some(script)) = (all.next().await, scripts.next()) {
        played.refused_by_envoy += refused;
        match end {
            Ok(()) => played.alike += 1,
            Err(why) => played.differences.push(format!("{}: {why:#}", script.id)),
        }
    }
    Ok(())
}

/// Whether it gets another configuration than the first.
fn is_configured_later(steps: &[Step]) -> bool {
    steps.iter().enumerate().any(|(number, step)| match step {
        Step::Configure(configure) => number > 0 || configure.times > 1,
        Step::Send(send) => {
            let meanwhile = send.meanwhile.iter().flat_map(|it| &it.steps);
            meanwhile
                .into_iter()
                .any(|step| matches!(step, Step::Configure(_)))
        }
        _ => false,
    })
}

/// What a gateway begins with: what the script gives it first, if that is before any request.
fn first(script: &Script) -> Result<String> {
    match script.steps.first() {
        Some(Step::Configure(configure)) if configure.times == 1 => {
            match given(&script.config, configure) {
                Ok(text) => Ok(text),
                Err(_) => script.config.plugin_configuration(),
            }
        }
        _ => script.config.plugin_configuration(),
    }
}

/// The text of a configuration; an error when no release can be built of it.
fn given(config: &Config, configure: &Configure) -> Result<String> {
    match &configure.text {
        Some(text) => Ok(text.clone()),
        None => config.changed(&configure.config)?.plugin_configuration(),
    }
}

/// One script's gateway, and what stands around it.
struct Stage<'s> {
    gateways: &'s Gateways,
    server: Server,
    place: usize,
    wire: Wire,
    config: &'s Config,
    control: Control,
    /// Configurations that it was given beside the first.
    configured: usize,
    /// Requests that Envoy refused by itself.
    refused: usize,
    /// Exchanges that are open meanwhile.
    aside: u64,
}

impl Stage<'_> {
    /// How the script ends, and how many of its requests Envoy refused by itself.
    async fn play(mut self, script: &Script) -> (Result<()>, usize) {
        let end = self.steps(script).await;
        (end, self.refused)
    }

    async fn steps(&mut self, script: &Script) -> Result<()> {
        let begins = matches!(script.steps.first(), Some(Step::Configure(_)));
        if !begins {
            let denying = self.gateways.denying(self.place, 0);
            ensure!(denying.is_none(), "it is refused: {denying:?}");
        }
        for (number, step) in script.steps.iter().enumerate() {
            let step = match step {
                Step::Configure(configure) if number == 0 && configure.times == 1 => {
                    self.begun(configure)
                }
                step => self.step(step).await,
            };
            step.with_context(|| format!("step {}", number + 1))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Send(send) => {
                for time in 0..send.times {
                    self.send(send, time).await?;
                }
                Ok(())
            }
            Step::Configure(configure) => {
                for _ in 0..configure.times {
                    self.configure(configure).await?;
                }
                Ok(())
            }
            Step::Poll(poll) => self.poll(poll).await,
            Step::Wait(_) | Step::Restart(_) | Step::Memory(_) => bail!("no step for a real host"),
        }
    }

    async fn send(&mut self, send: &Send, time: usize) -> Result<()> {
        let request = send.request(time);
        let outcome = Box::pin(exchange::exchange(self, send, &request)).await?;
        if exchange::is_refused_by_envoy(&outcome, send)? {
            self.refused += 1;
            return Ok(());
        }
        judge::check(&outcome, send, &request)
    }

    /// The configuration that it began with.
    fn begun(&self, configure: &Configure) -> Result<()> {
        match (given(self.config, configure), &configure.refused) {
            (Err(why), code) => not_built(&why, code.as_deref()),
            (Ok(_), code) => self.taken(0, code.as_deref()),
        }
    }

    async fn configure(&mut self, configure: &Configure) -> Result<()> {
        let text = match given(self.config, configure) {
            Ok(text) => gateways::own_control(text, self.place),
            Err(why) => return not_built(&why, configure.refused.as_deref()),
        };
        self.configured += 1;
        let before = self.gateways.logged(self.place).len();
        self.gateways
            .configure(self.place, self.configured, &text)
            .await?;
        self.taken(before, configure.refused.as_deref())
    }

    /// Whether the log says of the latest configuration what it must; it has `before` lines of earlier ones.
    fn taken(&self, before: usize, refused: Option<&str>) -> Result<()> {
        let denying = self.gateways.denying(self.place, before);
        match (refused, &denying) {
            (None, None) => Ok(()),
            (Some(code), Some(why)) if why.starts_with(code) => Ok(()),
            _ => bail!("expected {refused:?}, the log says {denying:?}"),
        }
    }

    async fn poll(&mut self, poll: &Poll) -> Result<()> {
        for _ in 0..poll.times {
            let body = poll.body(self.config)?;
            self.control.answer(poll.status, body).await?;
        }
        Ok(())
    }
}

/// No release is built of it, so no gateway ever gets it.
fn not_built(why: &anyhow::Error, code: Option<&str>) -> Result<()> {
    let expected = code.is_some_and(|code| format!("{why:#}").contains(code));
    ensure!(expected, "no release is built: {why:#}");
    Ok(())
}

/// Looks until something holds.
async fn until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let look = async {
        let mut clock = tokio::time::interval(LOOK);
        while !holds()? {
            clock.tick().await;
        }
        Ok(())
    };
    let looked = tokio::time::timeout(PATIENCE, look).await;
    looked.with_context(|| what.to_owned())?
}
