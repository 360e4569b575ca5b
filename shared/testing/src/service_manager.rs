//! What systemd hears from a program: a socket that stands where its own would.
use std::{
    ffi::OsString,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::{net::UnixDatagram, time::Instant};

/// The socket that `NOTIFY_SOCKET` names. Dropping it removes it.
#[derive(Debug)]
pub struct ServiceManager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl ServiceManager {
    /// A socket of its own.
    ///
    /// # Errors
    /// When the temporary directory cannot be written to.
    pub fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zqyy-notify-{}-{number}", std::process::id()));
        // A killed process of the same number may have left one.
        drop(std::fs::remove_file(&path));
        let socket = UnixDatagram::bind(&path).with_context(|| format!("cannot bind {}", path.display()))?;
        Ok(Self { socket, path })
    }

    /// What a unit's `Type=notify` and `WatchdogSec` set.
    pub fn environment(&self, watchdog: Duration) -> [(&'static str, OsString); 2] {
        [
            ("NOTIFY_SOCKET", self.path.clone().into_os_string()),
            ("WATCHDOG_USEC", watchdog.as_micros().to_string().into()),
        ]
    }

    /// Waits until the program says `state`; answers everything it said before, in order.
    ///
    /// # Errors
    /// When it has not said so in time; the error tells what it said instead.
    pub async fn hear(&self, state: &str, patience: Duration) -> Result<Vec<String>> {
        let (deadline, mut before) = (Instant::now() + patience, Vec::new());
        let mut bytes = [0; 1024];
        loop {
            let length = tokio::time::timeout_at(deadline, self.socket.recv(&mut bytes))
                .await
                .with_context(|| format!("still no {state}, but {before:?}"))??;
            let said = String::from_utf8_lossy(&bytes[..length]).into_owned();
            for line in said.lines() {
                if line == state {
                    return Ok(before);
                }
                before.push(line.to_owned());
            }
        }
    }

    /// What has been said and not been heard yet.
    pub fn unheard(&self) -> Vec<String> {
        let (mut said, mut bytes) = (Vec::new(), [0; 1024]);
        while let Ok(length) = self.socket.try_recv(&mut bytes) {
            said.extend(String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned));
        }
        said
    }
}

impl Drop for ServiceManager {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}
