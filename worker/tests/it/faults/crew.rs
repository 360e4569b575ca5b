//! Worker processes, and what is done to them.
use std::process::Stdio;

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use testing::Role;

use crate::fixture::eventually;

use super::{
    process::{NAME, Orders},
    stage::Stage,
};

/// Shifts a process's clock; its timers stay right.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// What a member of the crew is like; one that goes is replaced by its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As shipped.
    Plain,
    /// The version before: knows one job type less.
    Old,
    /// On a host whose clock is five minutes ahead.
    Skewed,
}

/// A process.
pub struct Member {
    pub kind: Kind,
    child: Child,
    /// Frozen until this many more rounds have passed.
    frozen: Option<usize>,
}

/// All of them.
pub struct Crew(pub Vec<Member>);

/// Whether a clock can be skewed on this machine.
pub fn can_skew() -> bool {
    std::path::Path::new(FAKETIME).exists()
}

pub async fn signal(name: &str, pid: i32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().await.unwrap();
    assert!(sent.success(), "kill -{name} {pid}");
}

impl Member {
    async fn start(stage: &Stage, kind: Kind) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args([NAME, "--exact", "--ignored", "--nocapture", "--quiet"])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(stage.log())
            .kill_on_drop(true);
        if kind == Kind::Skewed && can_skew() {
            command.envs([
                ("LD_PRELOAD", FAKETIME),
                ("FAKETIME", "+300s"),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("DONT_FAKE_MONOTONIC", "1"),
            ]);
        }
        let mut child = command.spawn().unwrap();
        let orders = Orders { environment: stage.environment(), old: kind == Kind::Old };
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&serde_json::to_vec(&orders).unwrap()).await.unwrap();
        drop(stdin);
        Self { kind, child, frozen: None }
    }

    fn pid(&self) -> i32 {
        i32::try_from(self.child.id().unwrap()).unwrap()
    }

    fn is_gone(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// At any moment; what it holds is found by its lease.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Drains beside what else happens; gone when it is done.
    pub async fn terminate(&mut self) {
        if !self.is_gone() {
            signal("TERM", self.pid()).await;
        }
    }

    /// Frozen for some rounds: its sessions stay open, its lease runs out, it knows nothing of it.
    pub async fn freeze(&mut self, rounds: usize) {
        if !self.is_gone() {
            signal("STOP", self.pid()).await;
            self.frozen = Some(rounds);
        }
    }

    async fn thaw(&mut self) {
        if self.frozen.take().is_some() && !self.is_gone() {
            signal("CONT", self.pid()).await;
        }
    }

    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }
}

impl Crew {
    pub async fn hire(stage: &Stage) -> Self {
        let mut crew = vec![];
        for kind in [Kind::Plain, Kind::Old, Kind::Skewed] {
            crew.push(Member::start(stage, kind).await);
        }
        let owner = stage.pool(Role::Owner, 1);
        eventually("all have said what they can run", async || {
            sqlx::query_scalar::<_, i64>("SELECT count(*) FROM biz.trigger_workers")
                .fetch_one(&owner)
                .await
                .unwrap()
                == 3
        })
        .await;
        owner.close().await;
        Self(crew)
    }

    /// A round passes: those who are gone are replaced, those who were frozen long enough go on.
    pub async fn next_round(&mut self, stage: &Stage) {
        for member in &mut self.0 {
            match member.frozen {
                Some(0) => member.thaw().await,
                Some(rounds) => member.frozen = Some(rounds - 1),
                None => {}
            }
            if member.is_gone() {
                *member = Member::start(stage, member.kind).await;
            }
        }
    }

    /// Everybody goes on, and nobody is missing.
    pub async fn mend(&mut self, stage: &Stage) {
        for member in &mut self.0 {
            member.thaw().await;
        }
        self.next_round(stage).await;
    }

    /// SIGTERM to all; each must end by itself.
    pub async fn dismiss(mut self) {
        for member in &mut self.0 {
            member.terminate().await;
        }
        for member in &mut self.0 {
            let ended = tokio::time::timeout(std::time::Duration::from_secs(20), member.child.wait()).await;
            let status = ended.expect("a drained process ends").unwrap();
            assert!(status.success(), "{:?}: {status}", member.kind);
        }
    }
}
