//! One fault after the other.
use std::{collections::BTreeMap, fmt, time::Duration};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    crew::{Crew, can_skew},
    stage::{LEASE_SECONDS, Stage},
};

/// Rounds of a quarter second until a frozen process has surely lost its runs.
const BEYOND_LEASE: usize = (LEASE_SECONDS + 3) * 4;

/// What is done, with how often.
const FAULTS: [(&str, u32); 9] = [
    ("kill -9", 20),
    ("SIGTERM", 15),
    ("SIGSTOP beyond the lease", 10),
    ("SIGSTOP for a moment", 10),
    ("pg_terminate_backend", 20),
    ("LISTEN connection cut", 10),
    ("all connections cut", 5),
    ("server restarted", 4),
    ("server crashed", 6),
];

/// Counts what it does.
pub struct Chaos {
    dice: StdRng,
    done: BTreeMap<&'static str, usize>,
}

impl Chaos {
    pub fn new(seed: u64) -> Self {
        Self { dice: StdRng::seed_from_u64(seed), done: BTreeMap::new() }
    }

    pub fn rounds(&self) -> usize {
        self.done.values().sum()
    }

    /// A fault, and a moment of work.
    pub async fn strike(&mut self, stage: &mut Stage, crew: &mut Crew) {
        let mut at = self.dice.random_range(0..FAULTS.iter().map(|f| f.1).sum::<u32>());
        let (fault, _) = FAULTS
            .iter()
            .find(|(_, weight)| match at.checked_sub(*weight) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            })
            .copied()
            .unwrap();
        let victim = self.dice.random_range(0..crew.0.len());
        let awake = crew.0.iter().filter(|member| !member.is_frozen()).count();
        let member = &mut crew.0[victim];
        match fault {
            "kill -9" => member.kill().await,
            "SIGTERM" if !member.is_frozen() => member.terminate().await,
            // Somebody has to work.
            "SIGSTOP beyond the lease" if awake > 1 => member.freeze(BEYOND_LEASE).await,
            "SIGSTOP for a moment" if awake > 1 && !member.is_frozen() => member.freeze(2).await,
            "pg_terminate_backend" => terminate(stage, "true ORDER BY random() LIMIT 1").await,
            "LISTEN connection cut" => terminate(stage, "query LIKE 'LISTEN%'").await,
            "all connections cut" => terminate(stage, "true").await,
            "server restarted" => stage.restart_server(false).await,
            "server crashed" => stage.restart_server(true).await,
            _ => return,
        }
        *self.done.entry(fault).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(self.dice.random_range(50..450))).await;
        crew.next_round(stage).await;
    }
}

async fn terminate(stage: &Stage, which: &'static str) {
    let Some(mut superuser) = stage.superuser().await else { return };
    let sql = match which {
        "true" => "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zqyy_worker'",
        "query LIKE 'LISTEN%'" => {
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'zqyy_worker' AND query LIKE 'LISTEN%'"
        }
        _ => {
            "SELECT pg_terminate_backend(pid) FROM (
                 SELECT pid FROM pg_stat_activity WHERE usename = 'zqyy_worker' ORDER BY random() LIMIT 1) AS one"
        }
    };
    sqlx::query(sql).execute(&mut superuser).await.unwrap();
}

impl fmt::Display for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} faults:", self.rounds())?;
        for (fault, count) in &self.done {
            write!(f, " {fault} {count},")?;
        }
        let late = "two senders' transactions committed seconds late, one worker of the version before";
        write!(
            f,
            " {late}, one with its clock 5 min ahead: {}",
            if can_skew() { "yes" } else { "no libfaketime here" }
        )
    }
}
