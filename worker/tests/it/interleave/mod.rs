//! Every statement of the scheduler with every other, in two sessions: the first is held in the middle of its
//! transaction, row locks and all, while the second runs into it. What comes out must be what one after the other would
//! have made, in either order; where the second passes over locked rows, it must be so after it has looked again.

mod acts;
mod state;

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use testing::{Role, TestDbs};

use acts::{ACTS, Act};

/// Rows of every kind, by fixed ids.
const SET_UP: &str = include_str!("set_up.sql");
/// Where the first session is held.
const HOLD: i64 = 4711;

/// Two sessions, and one that watches.
struct Sessions {
    /// Waits for [`HOLD`] after each of its statements on runs, before it commits.
    held: PgPool,
    free: PgPool,
    control: PgConnection,
}

impl Sessions {
    async fn new(dbs: &TestDbs) -> Self {
        let pool = |name, hold| {
            let options = dbs.biz_options(Role::Worker).application_name(name).options([("test.hold", hold)]);
            PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_lazy_with(options)
        };
        let mut control = PgConnection::connect_with(&dbs.superuser()).await.unwrap();
        sqlx::raw_sql(include_str!("hold.sql")).execute(&mut control).await.unwrap();
        Self { held: pool("held", "on"), free: pool("free", "off"), control }
    }

    async fn reset(&mut self) {
        sqlx::raw_sql(SET_UP).execute(&mut self.control).await.unwrap();
    }

    async fn one_after_the_other(&mut self, acts: &[&Act]) -> String {
        self.reset().await;
        for act in acts {
            act.run(&self.free).await;
        }
        state::of(&mut self.control).await
    }

    /// Answers whether the first was held, and what is there in the end.
    async fn at_once(&mut self, first: &'static Act, second: &'static Act) -> (bool, String) {
        self.reset().await;
        sqlx::query("SELECT pg_advisory_lock($1)").bind(HOLD).execute(&mut self.control).await.unwrap();
        let pool = self.held.clone();
        let one = tokio::spawn(async move { first.run(&pool).await });
        let held = self.until_done_or_waiting("held", || one.is_finished()).await;
        let pool = self.free.clone();
        let two = tokio::spawn(async move { second.run(&pool).await });
        self.until_done_or_waiting("free", || two.is_finished()).await;
        sqlx::query("SELECT pg_advisory_unlock($1)").bind(HOLD).execute(&mut self.control).await.unwrap();
        one.await.unwrap();
        two.await.unwrap();
        (held, state::of(&mut self.control).await)
    }

    /// Whether it waits for a lock.
    async fn until_done_or_waiting(&mut self, session: &str, done: impl Fn() -> bool) -> bool {
        loop {
            if done() {
                return false;
            }
            let waits: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
                     AND application_name = $1 AND state = 'active' AND wait_event_type = 'Lock')",
            )
            .bind(session)
            .fetch_one(&mut self.control)
            .await
            .unwrap();
            if waits {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// All pairs whose first is one of these.
async fn with_every_other(firsts: impl Iterator<Item = &'static Act>) {
    let dbs = TestDbs::new().await.unwrap();
    let mut sessions = Sessions::new(&dbs).await;
    let mut serial: HashMap<(&str, &str), String> = HashMap::new();
    for first in firsts {
        let mut ever_held = false;
        for second in ACTS {
            for (a, b) in [(first, second), (second, first)] {
                if let Entry::Vacant(state) = serial.entry((a.name, b.name)) {
                    state.insert(sessions.one_after_the_other(&[a, b]).await);
                }
            }
            let (held, mut state) = sessions.at_once(first, second).await;
            ever_held |= held;
            let orders = [&serial[&(first.name, second.name)], &serial[&(second.name, first.name)]];
            if !orders.contains(&&state) && second.looks_again {
                second.run(&sessions.free).await;
                state = state::of(&mut sessions.control).await;
            }
            assert!(
                orders.contains(&&state),
                "{} while {} was held:\n{state}\none after the other:\n{}\nthe other way round:\n{}",
                second.name,
                first.name,
                orders[0],
                orders[1]
            );
        }
        assert!(ever_held, "{} was never held: nothing was interleaved", first.name);
    }
}

// In parts, for the sake of time alone.
#[tokio::test(flavor = "multi_thread")]
async fn every_statement_meets_every_other_first_part() {
    with_every_other(ACTS.iter().step_by(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_meets_every_other_second_part() {
    with_every_other(ACTS.iter().skip(1).step_by(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_meets_every_other_third_part() {
    with_every_other(ACTS.iter().skip(2).step_by(3)).await;
}
