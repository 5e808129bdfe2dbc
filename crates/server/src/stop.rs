//! When to end: Ctrl-C, or the request of whoever started the process.

use tokio::signal::ctrl_c;

/// Ready at the first Ctrl-C or termination request.
pub async fn signal() {
    let interrupted = async {
        // Without a way to hear of it, a server that never ends is better than one that never starts.
        if ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signals) => drop(signals.recv().await),
                Err(_) => std::future::pending::<()>().await,
            }
        };
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
