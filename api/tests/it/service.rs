//! As a service: what systemd hears of the api, and what becomes of requests in progress when it stops.
use std::{process::Stdio, time::Duration};

use serde_json::json;
use testing::{ServiceManager, access::Role};
use tokio::process::Command;

use crate::{
    app::{App, SECRET},
    world::{self, MEMBER},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than anything here takes on a busy machine.
const WATCHDOG: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_ready_the_watchdog_and_stopping_and_open_requests_are_answered() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let manager = ServiceManager::new().unwrap();
    // Taken and given back: the program must be told a port.
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let listen = free();
    let mut child = Command::new(env!("CARGO_BIN_EXE_api"))
        .envs([
            ("ZQYY__DATABASE__BIZ_URL", app.dbs.biz_url(Role::Api)),
            ("ZQYY__DATABASE__ETL_URL", app.dbs.etl_url(Role::EtlReader)),
            ("ZQYY__AUTH__JWT_SECRET", SECRET.to_owned()),
            ("ZQYY__API__LISTEN", listen.clone()),
            ("ZQYY__API__METRICS_LISTEN", free()),
        ])
        .envs(manager.environment(WATCHDOG / 5))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let before = manager.hear("READY=1", PATIENCE).await.unwrap();
    assert!(before.is_empty(), "{before:?}");
    let alive = reqwest::get(format!("http://{listen}/healthz")).await.unwrap();
    assert_eq!(alive.status(), 200, "ready is said when it answers");
    for _ in 0..2 {
        manager.hear("WATCHDOG=1", WATCHDOG).await.unwrap();
    }

    // A write that waits for a lock when the program is told to stop.
    let mut lock = app.dbs.owner().begin().await.unwrap();
    sqlx::query("LOCK TABLE biz.notes IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    let note = json!({ "targetType": "member", "targetId": MEMBER, "content": "停机时" });
    let request = reqwest::Client::new().post(format!("http://{listen}/api/xcx/notes"));
    let open = tokio::spawn(request.bearer_auth(token).json(&note).send());
    loop {
        let waits: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'biz.notes'::regclass",
        )
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
        if waits > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    manager.hear("STOPPING=1", PATIENCE).await.unwrap();
    lock.rollback().await.unwrap();
    assert_eq!(open.await.unwrap().unwrap().status(), 200, "it was answered");
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{status}");
}
