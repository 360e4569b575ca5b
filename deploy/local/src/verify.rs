//! `cargo verify`: every test, on a PostgreSQL of its own.
use crate::{console, environment, process::Group, signals::Stop};
use anyhow::{Result, bail};
use std::{
    path::Path,
    process::{ExitCode, Stdio},
    time::Duration,
};
use testing::{
    cluster,
    environment::TEST_CLUSTER,
    server::{Server, settings::Durability},
};

/// How long tests in flight may take to end when asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Starts a server, runs the tests, stops the server. The code is the runner's; its summary is the last thing seen.
pub async fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let home = cluster::private_dir("verify")?;
    let server = Server::start(&home.join("server"), Durability::Volatile).await?;
    cluster::publish(&home, server.access())?;
    let outcome = runner(arguments, &home, &mut stop).await;
    let kept = cluster::kept(&home);
    if kept.is_empty() {
        server.destroy().await?;
        std::fs::remove_dir_all(&home)?;
    } else {
        server.stop().await?;
    }
    outcome
}

async fn runner(arguments: &[String], home: &Path, stop: &mut Stop) -> Result<ExitCode> {
    let mut command = environment::cargo();
    if has_nextest().await {
        command.args(["nextest", "run"]);
    } else {
        console::note("cargo-nextest is not installed: running cargo test");
        command.arg("test");
    }
    if !selects_packages(arguments) {
        command.arg("--workspace");
    }
    console::note(format!(
        "databases of failed tests are kept; to look at them: cargo run -p local -- server {}",
        home.join("server").display()
    ));
    command.args(arguments).env(TEST_CLUSTER, home).stdin(Stdio::null());
    let mut tests = Group::spawn(command, "the test runner")?;
    let status = tokio::select! {
        status = tests.ended() => status?,
        () = stop.asked() => {
            tests.stop(GRACE).await?;
            bail!("stopped");
        }
    };
    Ok(match status.code() {
        Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        None => ExitCode::FAILURE,
    })
}

async fn has_nextest() -> bool {
    environment::cargo()
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|status| status.success())
}

fn selects_packages(arguments: &[String]) -> bool {
    arguments.iter().take_while(|a| *a != "--").any(|a| {
        ["-p", "--package", "--workspace", "--manifest-path"].iter().any(|flag| {
            a == flag || a.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=') || *flag == "-p")
        })
    })
}

/// Opens what a failed run kept.
pub async fn reopen(home: &Path) -> Result<()> {
    let mut stop = Stop::listen()?;
    let mut names = cluster::kept(home.parent().unwrap_or(home));
    names.sort();
    let server = Server::start(home, Durability::Volatile).await?;
    for name in names {
        let role = if name.ends_with("zqyy_app") { testing::Role::Owner } else { testing::Role::EtlOwner };
        console::say(format!("psql '{}'", server.access().url(role, &name)));
    }
    console::note("Ctrl-C stops it");
    stop.asked().await;
    server.stop().await
}
