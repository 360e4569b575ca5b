//! What the scheduler promises, while everything around it fails: real worker processes on a PostgreSQL of their own,
//! events and slots streaming in, a fault at random every moment, and an oracle over the rows that are left.
//!
//! | file | what |
//! |---|---|
//! | `process` | a worker process: this test binary, started again |
//! | `handlers` | what its jobs do: work, fail, panic, hang, write late |
//! | `stage` | server, databases, tables that watch, the door between |
//! | `crew` | processes: started, killed, frozen, drained, replaced |
//! | `load` | the ETL and its late transactions |
//! | `chaos` | one fault after the other |
//! | `oracle` | what must be true at the end |

mod chaos;
mod crew;
mod handlers;
mod load;
mod oracle;
mod process;
mod stage;

use std::time::{Duration, Instant};

use chaos::Chaos;
use crew::Crew;
use load::Load;
use stage::Stage;

/// How much is endured.
enum Endure {
    /// For so long.
    For(Duration),
    /// So many faults.
    Rounds(usize),
}

#[expect(clippy::print_stderr, reason = "the record of what was endured")]
async fn endure(name: &str, endure: Endure) {
    let seed = rand::random();
    let mut stage = Stage::set(name).await;
    let mut crew = Crew::hire(&stage).await;
    let load = Load::start(&stage);
    let mut chaos = Chaos::new(seed);
    let began = Instant::now();
    let goes_on = |rounds: usize| match endure {
        Endure::For(time) => began.elapsed() < time,
        Endure::Rounds(most) => rounds < most,
    };
    while goes_on(chaos.rounds()) {
        chaos.strike(&mut stage, &mut crew).await;
    }
    crew.mend(&stage).await;
    let sent = load.stop().await;
    oracle::settle(&stage).await;
    crew.dismiss().await;
    let verdict = oracle::judge(&stage, &sent).await;
    eprintln!("seed {seed}, {:.0} s\n{chaos}\n{verdict}", began.elapsed().as_secs_f64());
    assert!(verdict.is_clean(), "seed {seed}:\n{chaos}\n{verdict}");
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_nothing_is_lost_nothing_is_done_twice() {
    endure("short", Endure::For(Duration::from_secs(20))).await;
}

/// `cargo test -p worker --test it -- --ignored --nocapture a_thousand_faults`: about half an hour.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a thousand faults; docs/reliability.md has the command"]
async fn a_thousand_faults_lose_nothing_and_double_nothing() {
    endure("long", Endure::Rounds(1000)).await;
}
