//! The database goes away and comes back; the worker stays.
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use domain::schedule::{Coalesce, Scope};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testing::{
    Access, Role,
    provision::{self, Kind},
    server::{Server, settings::Durability},
};
use tokio::net::{TcpListener, TcpStream};
use worker::{JobContext, JobError, Outcome, Registry};

use crate::fixture::{app, environment, eventually, start};

const BIZ: &str = "zqyy_app";
const ETL: &str = "etl_feiqiu";

/// Goes on through the outage: it was started before, and ends when the test says so.
async fn patient(cx: JobContext<'_>) -> Result<Outcome, JobError> {
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let gone =
            sqlx::query_scalar::<_, i64>("SELECT count(*) FROM biz.trigger_events WHERE event_name = 'go'")
                .fetch_one(&cx.app.biz)
                .await;
        if matches!(gone, Ok(n) if n > 0) {
            return Outcome::succeeded(json!({ "attempt": cx.run.attempt }));
        }
    }
}

async fn owner(access: &Access) -> Option<PgConnection> {
    PgConnection::connect_with(&access.options(Role::Owner, BIZ)).await.ok()
}

async fn states(access: &Access, job: &str) -> Vec<(String, i32, i32)> {
    let Some(mut connection) = owner(access).await else { return vec![] };
    let rows = sqlx::query_as(
        "SELECT r.state, r.attempt, r.epoch FROM biz.trigger_runs r JOIN biz.trigger_jobs j ON j.id = r.job_id
         WHERE j.job_name = $1 ORDER BY r.id",
    )
    .bind(job)
    .fetch_all(&mut connection)
    .await
    .unwrap_or_default();
    drop(connection.close().await);
    rows
}

async fn fire(access: &Access, event: &str) {
    let mut connection = PgConnection::connect_with(&access.options(Role::EtlWriter, BIZ)).await.unwrap();
    sqlx::query("INSERT INTO biz.trigger_events (event_name) VALUES ($1)")
        .bind(event)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// A restarted server has another port; this one stays. Counts those whom it had to send away.
pub async fn door(target: Arc<AtomicU16>, refused: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let target = target.load(Ordering::Relaxed);
            let refused = refused.clone();
            tokio::spawn(async move {
                match TcpStream::connect(("127.0.0.1", target)).await {
                    Ok(mut server) => {
                        // Either side ends it.
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                    Err(_) => {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    port
}

fn port(access: &Access) -> u16 {
    access.options(Role::Owner, BIZ).get_port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_database_costs_no_process_no_run_and_no_event() {
    let home = tempdir();
    let server = Server::start(&home, Durability::Volatile).await.unwrap();
    let access = server.access().clone();
    let target = Arc::new(AtomicU16::new(port(&access)));
    let refused = Arc::new(AtomicU16::new(0));
    let door = door(target.clone(), refused.clone()).await;
    provision::roles(&access).await.unwrap();
    for (kind, name) in [(Kind::Biz, BIZ), (Kind::Etl, ETL)] {
        provision::database(&access, kind, name).await.unwrap();
        provision::migrate(&access, kind, name).await.unwrap();
    }
    let mut connection = owner(&access).await.unwrap();
    sqlx::raw_sql(
        "UPDATE biz.trigger_jobs SET status = 'disabled';
         INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config) VALUES
             ('patient', 'patient', 'event', '{\"event_name\": \"begin\"}'),
             ('after', 'patient', 'event', '{\"event_name\": \"after\"}')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let through = |url: String| url.replace(&format!(":{}/", port(&access)), &format!(":{door}/"));
    let environment =
        environment(through(access.url(Role::Worker, BIZ)), through(access.url(Role::EtlReader, ETL)));
    let registry = Registry::default()
        .register_job("patient", Scope::Global, Coalesce::Site, |cx| Box::pin(patient(cx)));
    let worker = start(app(environment).await, registry);
    fire(&access, "begin").await;
    eventually("it runs", async || states(&access, "patient").await == [("running".to_owned(), 1, 1)]).await;

    server.stop().await.unwrap();
    // Every loop of the worker meets the closed door, the handler's most often.
    eventually("the outage is felt", async || refused.load(Ordering::Relaxed) >= 40).await;
    let server = Server::start(&home, Durability::Volatile).await.unwrap();
    let access = server.access().clone();
    target.store(port(&access), Ordering::Relaxed);

    fire(&access, "after").await;
    eventually("what is fired now is picked up", async || {
        states(&access, "after").await == [("running".to_owned(), 1, 1)]
    })
    .await;
    fire(&access, "go").await;
    for job in ["patient", "after"] {
        eventually("both came to their end in their first attempt", async || {
            states(&access, job).await == [("succeeded".to_owned(), 1, 1)]
        })
        .await;
    }
    worker.stop().await;
    server.destroy().await.unwrap();
}

fn tempdir() -> std::path::PathBuf {
    let dir = std::env::temp_dir().join(format!("zqyy-outage-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
