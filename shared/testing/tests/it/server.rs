//! The private server: started, stopped, taken over, and what is said when it cannot.
use std::{fs, path::PathBuf};

use nix::{
    sys::{
        signal::{Signal, kill},
        wait::waitpid,
    },
    unistd::Pid,
};
use sqlx::{Connection as _, PgConnection};
use testing::{
    cluster,
    server::{Server, alive, settings::Durability},
};

/// A home of its own; swept by a later test run if this one is killed.
fn home(name: &str) -> PathBuf {
    cluster::private_dir(&format!("server-{name}")).unwrap().join("home")
}

fn remove(home: &std::path::Path) {
    fs::remove_dir_all(home.parent().unwrap()).unwrap();
}

async fn answer(server: &Server, sql: &'static str) -> i32 {
    let mut connection = PgConnection::connect_with(&server.access().superuser("postgres")).await.unwrap();
    let answer = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    answer
}

async fn start(home: &std::path::Path) -> Server {
    Server::start(home, Durability::Durable).await.unwrap()
}

#[tokio::test]
async fn data_survives_a_stop_a_killed_supervisor_and_a_killed_server() {
    let home = home("survives");
    let server = start(&home).await;
    let mut connection = PgConnection::connect_with(&server.access().superuser("postgres")).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 42 AS n").execute(&mut connection).await.unwrap();
    drop(connection);
    let pid = server.pid();
    server.stop().await.unwrap();
    assert!(!alive(pid), "stopped, and still there");

    let server = start(&home).await;
    assert_eq!(answer(&server, "SELECT n FROM kept").await, 42);
    let pid = server.pid();
    drop(server); // what is left when a supervisor is killed
    let server = start(&home).await;
    assert_eq!(server.pid(), pid, "a second server instead of a take-over");

    kill(pid, Signal::SIGKILL).unwrap();
    waitpid(pid, None).unwrap();
    let server = start(&home).await;
    assert_ne!(server.pid(), pid);
    assert_eq!(answer(&server, "SELECT n FROM kept").await, 42);
    assert_eq!(answer(&server, "SELECT (current_setting('fsync') = 'on')::integer").await, 1);
    server.destroy().await.unwrap();
    remove(&home);
}

#[tokio::test]
async fn a_stale_pid_file_and_a_half_made_cluster_are_no_obstacle() {
    let home = home("stale");
    fs::create_dir_all(home.join("data/base")).unwrap();
    let server = start(&home).await;
    server.stop().await.unwrap();
    // After a reboot the number may be any other program's: here, this test's.
    let us = Pid::this();
    fs::write(home.join("data/postmaster.pid"), format!("{us}\n{}\n0\n5432\n", home.join("data").display()))
        .unwrap();
    let server = start(&home).await;
    assert_eq!(answer(&server, "SELECT 1").await, 1);
    server.destroy().await.unwrap();
    remove(&home);
}

#[tokio::test]
async fn a_lost_password_and_foreign_data_are_named() {
    let home = home("named");
    let server = start(&home).await;
    let secret = home.join("secret");
    let right = fs::read_to_string(&secret).unwrap();
    fs::write(&secret, "0".repeat(32)).unwrap();
    let error = format!("{:#}", Server::start(&home, Durability::Durable).await.unwrap_err());
    assert!(error.contains("does not take the password") && error.contains("secret"), "{error}");
    fs::write(&secret, "short").unwrap();
    let error = format!("{:#}", Server::start(&home, Durability::Durable).await.unwrap_err());
    assert!(error.contains("is damaged"), "{error}");
    fs::write(&secret, right).unwrap();
    server.stop().await.unwrap();

    let version = home.join("data/PG_VERSION");
    let right = fs::read_to_string(&version).unwrap();
    fs::write(&version, "14\n").unwrap();
    let error = format!("{:#}", Server::start(&home, Durability::Durable).await.unwrap_err());
    assert!(error.contains("PostgreSQL 14") && error.contains("PG_INSTALL_DIR"), "{error}");
    fs::write(&version, right).unwrap();

    fs::write(home.join("data/global/pg_control"), "").unwrap();
    let error = format!("{:#}", Server::start(&home, Durability::Durable).await.unwrap_err());
    assert!(error.contains("did not start") && error.contains("pg_control"), "{error}");
    remove(&home);
}
