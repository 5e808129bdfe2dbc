//! A control plane whose questions wait until a script answers them.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::PATIENCE;

/// A status with a body; `None` is nobody who answers.
type Answer = Option<(u16, Vec<u8>)>;

/// The control plane of one script.
pub(super) struct Control {
    pub(super) port: u16,
    questions: UnboundedReceiver<oneshot::Sender<Answer>>,
    /// The question that is waiting, once it has come.
    waiting: Option<oneshot::Sender<Answer>>,
}

impl Control {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (sender, questions) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                let service = service_fn(move |request| answer(sender.clone(), request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async { drop(connection.await) });
            }
        });
        Ok(Self {
            port,
            questions,
            waiting: None,
        })
    }

    /// Answers the next question, and returns when what that brought is in force: whoever asks has asked
    /// twice more then, and every VM looks several times between two questions.
    pub(super) async fn answer(&mut self, status: Option<u16>, body: Vec<u8>) -> Result<()> {
        let answer = status.map(|status| (status, body));
        let question = self.next().await?;
        drop(question.send(answer));
        drop(self.next().await?.send(Some((NOT_MODIFIED, Vec::new()))));
        self.waiting = Some(self.next().await?);
        Ok(())
    }

    /// A question that somebody waits for.
    async fn next(&mut self) -> Result<oneshot::Sender<Answer>> {
        let mut next = self.waiting.take();
        loop {
            match next {
                Some(question) if !question.is_closed() => return Ok(question),
                _ => {}
            }
            let asked = tokio::time::timeout(PATIENCE, self.questions.recv()).await;
            next = Some(asked.context("nobody asked")?.context("the server ended")?);
        }
    }
}

const NOT_MODIFIED: u16 = 304;
/// Where releases are asked for.
const RELEASES: &str = "/api/v1/releases/active";

/// Waits for the script's answer; an error ends the connection.
async fn answer(
    questions: UnboundedSender<oneshot::Sender<Answer>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>> {
    if request.uri().path() != RELEASES {
        return Err(anyhow!("nobody answers that"));
    }
    let (sender, receiver) = oneshot::channel();
    questions.send(sender)?;
    let (status, body) = receiver.await?.context("nobody answers")?;
    Ok(Response::builder().status(status).body(body.into())?)
}
