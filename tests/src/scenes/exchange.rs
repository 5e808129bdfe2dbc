//! One exchange with a real Envoy, told as the tests' own host tells it, so that the same judge can judge it.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bytes::Bytes;
use callgate_host_test::{End, LogLine, Message, Origin, Outcome, Reply};
use hyper::body::Frame;
use tokio::sync::mpsc::Sender;

use super::server::lines;
use super::{PATIENCE, Stage, until};
use crate::bypass::{Expect, Meanwhile, Moment, Request, Send};
use crate::envoy::client::Answer;
use crate::envoy::request;
use crate::envoy::sending::{Sendable, sendable};

/// Sends a request, and waits until nothing more can come of it.
pub(super) async fn exchange(
    stage: &mut Stage<'_>,
    send: &Send,
    asked: &Request,
) -> Result<Outcome> {
    let sent = sendable(asked, stage.wire, &[]).map_err(|why| anyhow!(why))?;
    let begun = match &send.meanwhile {
        None => Begun::Whole(Box::new(sent)),
        Some(meanwhile) => begin(stage, sent, meanwhile).await?,
    };
    stage.server.answers(send.upstream.clone());
    drop(stage.server.seen());
    let logged = stage.gateways.logged(stage.place).len();
    let before = stage.gateways.forwarded(stage.place)?;
    let address = stage.gateways.address(stage.place)?;
    let answer = tokio::time::timeout(PATIENCE, begun.finish(&address)).await;
    let end = match &answer {
        Ok(Ok(_)) => End::Answered,
        Ok(Err(_)) => End::Reset,
        Err(_) => End::Held,
    };
    until("the exchange never ended", || {
        Ok(stage.gateways.open(stage.place)? == stage.aside)
    })
    .await?;
    let forwarded = match stage
        .gateways
        .forwarded(stage.place)?
        .saturating_sub(before)
    {
        0 => None,
        1 => Some(went_on(stage, asked).await?),
        more => bail!("{more} requests went on"),
    };
    let records = send.expect.records.as_ref().map_or(0, Vec::len);
    let said = || stage.gateways.logged(stage.place).into_iter().skip(logged);
    until("a record is missing", || {
        let told = said().filter(|line| line.starts_with(RECORD));
        Ok(told.count() >= records)
    })
    .await?;
    let logs = said().map(|message| LogLine { level: 2, message });
    let answer = answer.ok().and_then(Result::ok);
    Ok(told(forwarded, answer.as_ref(), end, logs.collect()))
}

/// What a record in the log begins with.
const RECORD: &str = "callgate: {";

/// A request, or what is left of it.
enum Begun {
    Whole(Box<Sendable>),
    Rest {
        answer: tokio::task::JoinHandle<Result<Answer>>,
        sender: Sender<Frame<Bytes>>,
        frames: Vec<Frame<Bytes>>,
    },
}

impl Begun {
    async fn finish(self, address: &str) -> Result<Answer> {
        match self {
            Self::Whole(sent) => {
                let mut client = sent.client(address).await?;
                client.send(sent.request()).await
            }
            Self::Rest {
                answer,
                sender,
                frames,
            } => {
                for frame in frames {
                    // Who was answered already hears no more.
                    drop(sender.send(frame).await);
                }
                drop(sender);
                answer.await?
            }
        }
    }
}

/// Sends the pieces up to a moment, and does what happens then.
async fn begin(stage: &mut Stage<'_>, sent: Sendable, meanwhile: &Meanwhile) -> Result<Begun> {
    let Moment::Pieces(count) = meanwhile.at else {
        bail!("no moment for a real host");
    };
    let address = stage.gateways.address(stage.place)?;
    let mut client = sent.client(&address).await?;
    let (head, mut frames) = sent.by_hand();
    // The head is the first piece.
    let rest = frames.split_off(count.saturating_sub(1).min(frames.len()));
    ensure!(!rest.is_empty(), "there are fewer pieces");
    let (sender, body) = request::open();
    let answer = tokio::spawn(async move { client.send(head.map(|()| body)).await });
    for frame in frames {
        sender.send(frame).await.context("it gave up")?;
    }
    until("the head never came", || {
        Ok(stage.gateways.open(stage.place)? > stage.aside)
    })
    .await?;
    stage.aside += 1;
    for step in &meanwhile.steps {
        stage.step(step).await.context("meanwhile")?;
    }
    stage.aside -= 1;
    Ok(Begun::Rest {
        answer,
        sender,
        frames: rest,
    })
}

/// What reached the server, when Envoy has said that something did.
async fn went_on(stage: &Stage<'_>, asked: &Request) -> Result<Message> {
    let mut seen = Vec::new();
    until("it never arrived", || {
        seen.extend(stage.server.seen());
        Ok(!seen.is_empty())
    })
    .await?;
    let mut message = seen.pop().context("just seen")?;
    if asked.trailers.is_some() {
        // Envoy sends no trailers without a line.
        message.trailers.get_or_insert_default();
    }
    Ok(message)
}

fn told(
    forwarded: Option<Message>,
    answer: Option<&Answer>,
    end: End,
    logs: Vec<LogLine>,
) -> Outcome {
    let response = answer.map(|answer| Message {
        headers: lines(&answer.headers).with(":status", answer.status.to_string()),
        body: answer.body.to_vec(),
        trailers: None,
        complete: true,
    });
    let local = answer.filter(|_| forwarded.is_none());
    let reply = local.map(|answer| Reply {
        status: answer.status.into(),
        headers: lines(&answer.headers),
        body: answer.body.to_vec(),
        details: Vec::new(),
        grpc_status: -1,
        origin: match answer.header("content-type") {
            "application/json" => Origin::Filter,
            _ => Origin::Envoy,
        },
    });
    Outcome {
        forwarded,
        reply,
        response,
        end,
        logs,
        ..Outcome::default()
    }
}

/// Whether Envoy itself refused what must be refused: with an answer of its own, or by ending the stream.
pub(super) fn is_refused_by_envoy(outcome: &Outcome, send: &Send) -> Result<bool> {
    let must = matches!(send.expect.verdict()?, Some(Expect::Refused { .. }));
    let by_envoy = match &outcome.reply {
        Some(reply) => reply.origin == Origin::Envoy && reply.status >= 400,
        None => outcome.end == End::Reset,
    };
    Ok(must && by_envoy && outcome.forwarded.is_none())
}
