//! Both ends of connections through Envoy: a client that sends one request on each at once, and a server that
//! answers each alike. Neither allocates for a request: what is timed is Envoy.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

const ANSWER: &str =
    r#"{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"done"}]}}"#;

/// The server behind Envoy. Its threads end with the program.
pub struct Server(u16);

impl Server {
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is Envoy's to tell of.
                thread::spawn(move || serve(stream).ok());
            }
        });
        Ok(Self(port))
    }

    pub fn port(&self) -> u16 {
        self.0
    }
}

fn serve(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let length = ANSWER.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    let answer = [head.as_str(), ANSWER].concat();
    let mut reader = Reader::default();
    while reader.message(&mut stream)?.is_some() {
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// Connections of a client. With one, Envoy waits between two requests, and what is timed is that it falls asleep and
/// wakes up.
const CONNECTIONS: usize = 16;

/// Connections to a listener of Envoy's.
pub struct Client {
    connections: Vec<(TcpStream, Reader)>,
    request: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str, body: &str) -> Result<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            anyhow::Ok((stream, Reader::default()))
        };
        let connections = (0..CONNECTIONS).map(connect).collect::<Result<_>>()?;
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             accept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-06-18\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        Ok(Self {
            connections,
            request: request.into_bytes(),
        })
    }

    /// Sends so many requests on each connection, on all of them at once, and tells how long they took.
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    pub fn send(&mut self, count: u32) -> Result<Duration> {
        let begun = Instant::now();
        for _ in 0..count {
            for (stream, _) in &mut self.connections {
                stream.write_all(&self.request)?;
            }
            for (stream, reader) in &mut self.connections {
                let answer = reader.message(stream)?;
                let answer = answer.context("Envoy closed the connection")?;
                let text = String::from_utf8_lossy(answer);
                ensure!(
                    text.starts_with("HTTP/1.1 200") && text.ends_with(ANSWER),
                    "{text}"
                );
            }
        }
        Ok(begun.elapsed())
    }

    /// How many requests are sent at once.
    pub fn at_once(&self) -> u32 {
        u32::try_from(self.connections.len()).unwrap_or(u32::MAX)
    }
}

/// Whole messages of HTTP/1.1 off a connection.
#[derive(Default)]
struct Reader {
    held: Vec<u8>,
    /// Bytes of the message that was given last.
    given: usize,
}

impl Reader {
    /// The next message, head and body; `None` at the end.
    fn message(&mut self, stream: &mut TcpStream) -> Result<Option<&[u8]>> {
        self.held.drain(..self.given);
        self.given = 0;
        let mut bytes = [0; 16 << 10];
        loop {
            if let Some(length) = whole(&self.held)? {
                self.given = length;
                return Ok(self.held.get(..length));
            }
            let read = stream.read(&mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.held
                .extend_from_slice(bytes.get(..read).unwrap_or_default());
        }
    }
}

/// How long the first message is, once all of it is there.
fn whole(held: &[u8]) -> Result<Option<usize>> {
    let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(held.get(..end).unwrap_or_default())?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    let length = length.context("a message without `content-length`")??;
    let total = end.saturating_add(4).saturating_add(length);
    Ok((held.len() >= total).then_some(total))
}
