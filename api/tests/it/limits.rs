//! How often is too often, for all processes together.
use futures::future::join_all;
use serde_json::json;
use store::limits::{Bucket, Limit, Taken, take};
use testing::TestDbs;

use crate::{
    app::{App, Sources},
    world::{self, MEMBER},
};

const NOTES: &str = "/api/xcx/notes";

#[tokio::test]
async fn writes_of_one_user_are_limited_across_processes_and_reads_are_not() {
    let keys = [("LIMITS__WRITES_PER_USER", "3/3600")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let note = json!({ "targetType": "member", "targetId": MEMBER, "content": "备注" });
    // A refused write counts as well: it cost as much.
    assert_eq!(app.post(&token, NOTES, &json!({})).await.status, 422);
    for _ in 0..2 {
        assert_eq!(app.post(&token, NOTES, &note).await.status, 200);
    }
    let limited = app.post(&token, NOTES, &note).await;
    assert_eq!(limited.refusal(), (429, 42901));
    let wait: u64 = limited.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1100..=1200).contains(&wait), "a third of an hour, less what has passed: {wait}");
    // What another process would ask.
    let bucket = Bucket::of_user("write", hall.coach);
    let asked = take(app.dbs.api(), &bucket, "3/3600".parse().unwrap()).await.unwrap();
    assert!(matches!(asked, Taken::Denied { .. }), "{asked:?}");
    for _ in 0..5 {
        assert_eq!(app.get(&token, "/api/xcx/tasks").await.status, 200);
    }
    // Everybody has a limit of their own.
    assert_eq!(app.post(&app.token(hall.manager, hall.site), NOTES, &note).await.status, 200);
}

#[tokio::test]
async fn no_more_than_the_burst_passes_at_once() {
    let dbs = TestDbs::new().await.unwrap();
    let limit: Limit = "5/3600".parse().unwrap();
    let bucket = Bucket::of_name("login", "王");
    let taken = join_all((0..20).map(|_| take(dbs.api(), &bucket, limit))).await;
    let allowed = taken.iter().filter(|t| matches!(t, Ok(Taken::Allowed))).count();
    assert_eq!(allowed, 5, "{taken:?}");
    assert!(taken.iter().all(Result::is_ok));
}

#[tokio::test]
async fn tokens_come_back_evenly() {
    let dbs = TestDbs::new().await.unwrap();
    let limit: Limit = "4/400".parse().unwrap();
    let bucket = Bucket::of_user("write", 1);
    let earlier = async |seconds: i32| {
        sqlx::query("UPDATE biz.rate_limits SET arrival = arrival - make_interval(secs => $1)")
            .bind(f64::from(seconds))
            .execute(dbs.owner())
            .await
            .unwrap();
    };
    let ask = async || take(dbs.api(), &bucket, limit).await.unwrap();
    for _ in 0..4 {
        assert_eq!(ask().await, Taken::Allowed);
    }
    let Taken::Denied { retry_after } = ask().await else { panic!("a fifth passed") };
    assert!((90..=100).contains(&retry_after.as_secs()), "{retry_after:?}");
    // As if 101 seconds had passed: one token is back, and one only.
    earlier(101).await;
    assert_eq!(ask().await, Taken::Allowed);
    assert!(matches!(ask().await, Taken::Denied { .. }));
    // A long rest fills the bucket, and no more than that.
    earlier(100_000).await;
    for _ in 0..4 {
        assert_eq!(ask().await, Taken::Allowed);
    }
    assert!(matches!(ask().await, Taken::Denied { .. }));
}
