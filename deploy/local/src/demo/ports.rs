//! Free loopback ports, the same as last time where they still are free.
use super::directory::Directory;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::{fs, net::TcpListener};

/// Where the programs listen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ports {
    pub api: u16,
    pub api_metrics: u16,
    /// 0 in what a demo from before there was one has remembered.
    #[serde(default)]
    pub board: u16,
    pub worker_metrics: Vec<u16>,
}

impl Ports {
    /// Chooses them, and remembers them for the next start.
    pub fn choose(directory: &Directory, workers: u16) -> Result<Self> {
        let before: Option<Self> =
            fs::read(directory.file("ports.json")).ok().and_then(|text| serde_json::from_slice(&text).ok());
        // Held until all are chosen, so that no two are the same.
        let mut held = vec![];
        let mut take = |wanted: Option<u16>| -> Result<u16> {
            let listener = match wanted.map(|port| TcpListener::bind(("127.0.0.1", port))) {
                Some(Ok(listener)) => listener,
                _ => TcpListener::bind(("127.0.0.1", 0))?,
            };
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok(port)
        };
        let api = take(before.as_ref().map(|p| p.api))?;
        let api_metrics = take(before.as_ref().map(|p| p.api_metrics))?;
        let board = take(before.as_ref().map(|p| p.board))?;
        let worker_metrics = (0..usize::from(workers))
            .map(|i| take(before.as_ref().and_then(|p| p.worker_metrics.get(i).copied())))
            .collect::<Result<_>>()?;
        let ports = Self { api, api_metrics, board, worker_metrics };
        directory.write_private("ports.json", &serde_json::to_string(&ports)?)?;
        Ok(ports)
    }
}
