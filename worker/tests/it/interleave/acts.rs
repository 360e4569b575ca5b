//! What the scheduler, its workers and its operators do, each as one transaction or as its own function.
use std::time::Duration;

use domain::{
    SiteId,
    schedule::{Coalesce, Scope},
};
use futures::future::BoxFuture;
use serde_json::json;
use sqlx::PgPool;
use store::{
    Fence, StoreError, SystemDoor,
    scheduler::{
        claim, dispatch,
        events::{self, NewEvent},
        finish::{self, End, Ended},
        lease::Heart,
        operate, prune, reconcile,
    },
};

use crate::fixture::claimant;

/// One of them.
pub struct Act {
    pub name: &'static str,
    /// It passes over rows that are locked, and is done again soon in any case.
    pub looks_again: bool,
    run: for<'a> fn(&'a PgPool) -> BoxFuture<'a, Result<(), StoreError>>,
}

impl Act {
    /// A refusal is an answer; anything that the database refuses (a deadlock, a taken key) is not.
    pub async fn run(&self, pool: &PgPool) {
        match (self.run)(pool).await {
            Ok(())
            | Err(StoreError::Conflict(_) | StoreError::FenceLost { .. } | StoreError::NotFound(_)) => {}
            Err(error) => panic!("{}: {error:?}", self.name),
        }
    }
}

macro_rules! act {
    ($name:literal, $again:literal, |$pool:ident| $body:block) => {
        Act { name: $name, looks_again: $again, run: |$pool| Box::pin(async move { $body }) }
    };
}

/// In a transaction of its own, held before its commit wherever nothing has held it yet.
macro_rules! operator {
    ($name:literal, |$tx:ident| $body:expr) => {
        Act {
            name: $name,
            looks_again: false,
            run: |pool| {
                Box::pin(async move {
                    let mut tx = pool.begin().await?;
                    let $tx = &mut *tx;
                    $body.await?;
                    Ok(tx.commit().await?)
                })
            },
        }
    };
}

const FIRST: Fence = Fence { run_id: 1, epoch: 1, claim: 11 };
const SIXTH: Fence = Fence { run_id: 6, epoch: 1, claim: 66 };

pub const ACTS: &[Act] = &[
    // All: with fewer slots it may rightly take what one after the other would have left.
    act!("claim", true, |pool| { claim::claim(pool, &claimant("b"), 100).await.map(drop) }),
    act!("claim these", true, |pool| {
        claim::claim_these(pool, &claimant("c"), &[3, 4, 5]).await.map(drop)
    }),
    act!("end well", false, |pool| { end(pool, FIRST, 901, End::Succeeded(json!({}))).await }),
    act!("end badly", false, |pool| {
        end(pool, FIRST, 901, End::Failed { error: "e".into(), retry_in: Duration::ZERO }).await
    }),
    act!("give back", false, |pool| { end(pool, FIRST, 901, End::GivenBack).await }),
    act!("end late", false, |pool| { end(pool, SIXTH, 902, End::Dead { error: "e".into() }).await }),
    act!("renew", false, |pool| {
        Heart::new(pool.clone(), Duration::from_secs(60)).beat(&[FIRST, SIXTH]).await.map(drop)
    }),
    act!("take back", true, |pool| { reconcile::reconcile(pool, Duration::from_millis(1)).await.map(drop) }),
    act!("dispatch events", true, |pool| {
        dispatch::inbox(pool, &defaults, chrono_tz::UTC).await.map(drop)
    }),
    act!("dispatch slots", true, |pool| { dispatch::slots(pool, &defaults, chrono_tz::UTC).await.map(drop) }),
    act!("effect", false, |pool| { effect(pool, FIRST).await }),
    act!("effect of one who is gone", false, |pool| { effect(pool, SIXTH).await }),
    act!("prune", true, |pool| { prune::batch(pool).await.map(drop) }),
    operator!("cancel a waiting run", |tx| operate::cancel(tx, 3)),
    operator!("cancel a follow-up", |tx| operate::cancel(tx, 2)),
    operator!("cancel a running run", |tx| operate::cancel(tx, 1)),
    operator!("cancel a lost run", |tx| operate::cancel(tx, 6)),
    operator!("retry", |tx| operate::retry(tx, 7)),
    operator!("retry at once", |tx| operate::retry(tx, 9)),
    operator!("run now", |tx| async {
        operate::run_now(tx, "single", Some(SiteId(2)), &defaults).await.map(drop).map_err(StoreError::from)
    }),
    operator!("fire", |tx| events::fire(
        tx,
        NewEvent { name: "shared", site_id: Some(SiteId(1)), payload: &json!({}), dedup_key: Some("n11") }
    )),
    operator!("disable", |tx| async {
        sqlx::query("UPDATE biz.trigger_jobs SET status = 'disabled' WHERE id = 903").execute(tx).await?;
        Ok::<(), StoreError>(())
    }),
];

fn defaults(_: &str) -> (Scope, Coalesce) {
    (Scope::Site, Coalesce::Site)
}

async fn end(pool: &PgPool, fence: Fence, job_id: i64, end: End) -> Result<(), StoreError> {
    finish::finish(pool, &[Ended { fence, job_id, site_id: Some(SiteId(1)), pause_after: 0, end }])
        .await
        .map(drop)
}

async fn effect(pool: &PgPool, fence: Fence) -> Result<(), StoreError> {
    let mut tx = SystemDoor::fenced(pool.clone(), fence).begin(SiteId(1)).await?;
    let payload = json!({ "of": fence.run_id });
    events::fire(
        tx.connection(),
        NewEvent { name: "effect", site_id: Some(SiteId(1)), payload: &payload, dedup_key: None },
    )
    .await?;
    tx.commit().await
}
