//! Child processes that leave nothing behind: each leads a group of its own, and is ended with the whole group.
use anyhow::{Context as _, Result};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{process::ExitStatus, time::Duration};
use tokio::process::{Child, Command};

/// A child and its descendants. Dropping it kills them.
#[derive(Debug)]
pub struct Group {
    child: Child,
    leader: Pid,
    name: String,
    over: bool,
}

impl Group {
    /// Starts it. Ctrl-C in the terminal does not reach it: we hear it, and end our children in order.
    pub fn spawn(mut command: Command, name: &str) -> Result<Self> {
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", command.as_std().get_program().display()))?;
        let id = child.id().context("the child has already been waited for")?;
        Ok(Self { child, leader: Pid::from_raw(i32::try_from(id)?), name: name.to_owned(), over: false })
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        self.leader
    }

    /// Until it ends; then nothing of its group is left. Safe to drop and call again.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().await.with_context(|| format!("cannot wait for {}", self.name))?;
        self.kill();
        Ok(status)
    }

    /// Asks it to end, and after `grace` ends it; then whatever it left.
    pub async fn stop(mut self, grace: Duration) -> Result<()> {
        let _ = killpg(self.leader, Signal::SIGTERM); // (gone already: fine)
        let in_time = tokio::time::timeout(grace, self.child.wait()).await;
        self.kill();
        if in_time.is_err() {
            self.child.wait().await?;
        }
        Ok(())
    }

    fn kill(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            let _ = killpg(self.leader, Signal::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
