//! `callgate serve`: the console, and the API that scripts and the console ask, over HTTP.
//!
//! ```text
//! GET  /                 the console          POST /api/v1/decide   a record for a call
//! GET  /healthz          what runs here
//! ```

mod decide;
mod error;
mod page;
mod problem;
mod routes;
mod shield;
mod stop;

use std::net::SocketAddr;

use callgate_engine::CompiledRelease;
use callgate_model::Digest;
use tokio::net::TcpListener;

pub use decide::decide;
pub use error::Error;
pub use problem::{Problem, Status};
pub use stop::signal;

/// What is served, and where.
#[derive(Debug)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What calls are decided by that bring no policies of their own.
    pub release: Option<CompiledRelease>,
    /// The WebAssembly modules that `/healthz` names; of the web modules the console's own count.
    pub modules: Vec<(&'static str, Digest)>,
}

/// A server that has its port.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    release: Option<CompiledRelease>,
    modules: Vec<(&'static str, Digest)>,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn bind(options: Options) -> Result<Self, Error> {
        let taken = |source| Error::Listen {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self {
            listener,
            address,
            release: options.release,
            modules: options.modules,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready; then answers what was asked, and ends.
    ///
    /// # Errors
    /// The port is lost.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let router = routes::router(self.address, self.release, &self.modules);
        let serving = axum::serve(self.listener, router).with_graceful_shutdown(stop);
        serving.await.map_err(Error::Serve)
    }
}

/// Whether this build carries the console.
pub fn has_console() -> bool {
    page::exists()
}
