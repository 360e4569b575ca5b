//! A relay in front of a database: what the pool says passes through, and is heard.
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use store::config::Url;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::wire::{Frontend, Statement};

/// Rounds since the last [`Recorder::begin`]: the statements after each of which the client waited.
type Rounds = Arc<Mutex<Vec<Vec<Statement>>>>;

/// The relay of one database.
pub struct Recorder {
    address: SocketAddr,
    rounds: Rounds,
}

impl Recorder {
    /// In front of the URL's host and port, without TLS.
    pub async fn listen(url: &Url) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let rounds = Rounds::default();
        let (heard, target) = (rounds.clone(), url.host_and_port());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (heard, target) = (heard.clone(), target.clone());
                tokio::spawn(async move {
                    if let Err(error) = relay(client, target, heard).await {
                        tracing::debug!(%error, "a relayed connection ended");
                    }
                });
            }
        });
        Ok(Self { address, rounds })
    }

    /// Where the pool connects to instead.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forgets what was heard.
    pub fn begin(&self) {
        self.lock().clear();
    }

    /// What was heard since. A round without a statement is the pool's question whether a connection that came back is
    /// still sound: no request waits for it.
    pub fn take(&self) -> Vec<Vec<Statement>> {
        let mut rounds = std::mem::take(&mut *self.lock());
        rounds.retain(|round| !round.is_empty());
        rounds
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Statement>>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn relay(mut client: TcpStream, target: (String, u16), heard: Rounds) -> Result<()> {
    let mut server =
        TcpStream::connect(&target).await.with_context(|| format!("{}:{}", target.0, target.1))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let there = async {
        let mut frontend = Frontend::default();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = from_client.read(&mut buffer).await?;
            let Some(bytes) = buffer.get(..n).filter(|bytes| !bytes.is_empty()) else { break };
            let rounds = frontend.hear(bytes);
            // Heard before it is passed on: the answer cannot overtake it.
            heard.lock().unwrap_or_else(PoisonError::into_inner).extend(rounds);
            to_server.write_all(bytes).await?;
        }
        to_server.shutdown().await
    };
    let back = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::try_join!(there, async { back.await.map(drop) })?;
    Ok(())
}
