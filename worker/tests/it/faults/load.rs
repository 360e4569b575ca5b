//! The ETL: events of every kind, in transactions of every length.
use std::time::Duration;

use sqlx::PgPool;
use testing::Role;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::stage::Stage;

const NAMES: [&str; 7] = ["work", "each", "linger", "trouble", "hang", "new", "nobody_hears"];
/// Three active sites and all of them; a shut one; one that does not exist.
const SITES: [Option<i64>; 9] =
    [Some(1), Some(1), Some(2), Some(2), Some(3), Some(3), None, Some(4), Some(99)];

/// Keys of events whose commit was acknowledged: each must be there at the end.
pub type Sent = Vec<String>;

/// Senders at work.
pub struct Load {
    stop: CancellationToken,
    senders: JoinSet<Sent>,
}

impl Load {
    pub fn start(stage: &Stage) -> Self {
        let stop = CancellationToken::new();
        let mut senders = JoinSet::new();
        // Two that are quick, and two whose transactions are overtaken by hundreds of later ids.
        for (name, hold) in [("a", 0), ("b", 0), ("c", 3000), ("d", 6000)] {
            let pool = stage.pool(Role::EtlWriter, 1);
            senders.spawn(send(name, pool, hold, stop.clone()));
        }
        Self { stop, senders }
    }

    pub async fn stop(self) -> Sent {
        self.stop.cancel();
        self.senders.join_all().await.concat()
    }
}

async fn send(sender: &'static str, pool: PgPool, hold_millis: u64, stop: CancellationToken) -> Sent {
    let mut sent = vec![];
    let mut number = 0;
    while !stop.is_cancelled() {
        let mut keys = vec![];
        let batch = 1 + rand::random_range(0..4) * rand::random_range(0..3);
        let done: Result<(), sqlx::Error> = async {
            let mut tx = pool.begin().await?;
            for _ in 0..batch {
                number += 1;
                let key = format!("{sender}-{number}");
                sqlx::query(
                    "INSERT INTO biz.trigger_events (event_name, site_id, dedup_key) VALUES ($1, $2, $3)",
                )
                .bind(NAMES[rand::random_range(0..NAMES.len())])
                .bind(SITES[rand::random_range(0..SITES.len())])
                .bind(&key)
                .execute(&mut *tx)
                .await?;
                keys.push(key);
            }
            if hold_millis > 0 {
                tokio::time::sleep(Duration::from_millis(rand::random_range(500..hold_millis))).await;
            }
            tx.commit().await
        }
        .await;
        if done.is_ok() {
            sent.append(&mut keys);
        }
        tokio::time::sleep(Duration::from_millis(rand::random_range(10..90))).await;
    }
    sent
}
