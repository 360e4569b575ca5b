//! Keeps api and workers running, and ends them in order.
use super::{
    directory::Directory,
    env_file,
    people::Logins,
    settings::{GRACE, Service, Services},
    stack::Stack,
    welcome,
};
use crate::{
    console::{self, Step},
    environment,
    process::Group,
    signals::Stop,
};
use anyhow::{Context as _, Result, bail};
use nix::unistd::Pid;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    process::Command,
    sync::{mpsc, watch},
    task::JoinSet,
};

/// A program that lived this long and died is started again at once; one that dies sooner waits longer each time.
const HEALTHY: Duration = Duration::from_secs(20);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A program has been started.
struct Started {
    name: String,
    pid: Pid,
}

/// Runs everything until `stop`, or until the database server or the first start fails.
pub async fn run(services: Services, directory: &Directory, stack: &Stack, stop: &mut Stop) -> Result<()> {
    let (end, ending) = watch::channel(false);
    let (report, mut started) = mpsc::unbounded_channel();
    let mut keepers = JoinSet::new();
    for service in std::iter::once(&services.api).chain(&services.workers) {
        keepers.spawn(keep(service.clone(), report.clone(), ending.clone()));
    }
    let outcome = tokio::select! {
        outcome = watch_over(&services, directory, stack, &mut started) => outcome,
        () = stop.asked() => Ok(()),
    };
    end.send_replace(true);
    while let Some(kept) = keepers.join_next().await {
        kept.context("a supervising task failed")??;
    }
    outcome
}

/// Waits for the api, then tells the world who runs where, again after every restart.
async fn watch_over(
    services: &Services,
    directory: &Directory,
    stack: &Stack,
    started: &mut mpsc::UnboundedReceiver<Started>,
) -> Result<()> {
    let mut pids = BTreeMap::new();
    while pids.len() < services.workers.len() + 1 {
        let Some(Started { name, pid }) = started.recv().await else {
            bail!("a program could not be started")
        };
        pids.insert(name, pid);
        note_children(services, directory, &pids)?;
    }
    let step = Step::begin("Starting api and worker");
    ready(services).await?;
    step.done(&services.api_url);
    let logins = Arc::new(Logins::choose(&stack.places, &services.api).await?);
    env_file::write(directory, &stack.places, services, &logins, &pids)?;
    welcome::print(directory, services, &logins);
    let mut look = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            Some(Started { name, pid }) = started.recv() => {
                pids.insert(name, pid);
                note_children(services, directory, &pids)?;
                env_file::write(directory, &stack.places, services, &logins, &pids)?;
            }
            _ = look.tick() => stack.check_alive()?,
        }
    }
}

fn note_children(services: &Services, directory: &Directory, pids: &BTreeMap<String, Pid>) -> Result<()> {
    let all = std::iter::once(&services.api).chain(&services.workers);
    let children: Vec<(Pid, &Path)> =
        all.filter_map(|service| Some((*pids.get(&service.name)?, service.program.as_path()))).collect();
    directory.note_children(&children)
}

/// Until the api says that it can serve.
async fn ready(services: &Services) -> Result<()> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build()?;
    let until = Instant::now() + READY_LIMIT;
    loop {
        let answer = client.get(format!("{}/readyz", services.api_url)).send().await;
        let problem = match answer {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        if Instant::now() > until {
            bail!(
                "the api is not ready after {} s ({problem}); {} says:\n{}",
                READY_LIMIT.as_secs(),
                services.api.log.display(),
                testing::server::tail(&services.api.log)
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Keeps one program running until told to end it.
async fn keep(
    service: Service,
    report: mpsc::UnboundedSender<Started>,
    mut ending: watch::Receiver<bool>,
) -> Result<()> {
    let mut deaths: u32 = 0;
    while !*ending.borrow() {
        let born = Instant::now();
        let mut group = start(&service)?;
        let _ = report.send(Started { name: service.name.clone(), pid: group.pid() });
        let ended = tokio::select! {
            status = group.ended() => Some(status?),
            () = told_to_end(&mut ending) => None,
        };
        let Some(status) = ended else { return group.stop(GRACE).await };
        deaths = if born.elapsed() > HEALTHY { 0 } else { deaths + 1 };
        let wait = wait_after(deaths);
        let when = if wait.is_zero() { "now".into() } else { format!("in {} s", wait.as_secs()) };
        console::note(format!(
            "{} ended ({status}); it starts again {when}; its last words are in {}",
            service.name,
            service.log.display()
        ));
        // Over early when we are told to end: the loop's condition sees it.
        let _ = tokio::time::timeout(wait, told_to_end(&mut ending)).await;
    }
    Ok(())
}

async fn told_to_end(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|end| *end).await; // (an error: the teller is gone, which says the same)
}

/// The first death costs nothing; then 1, 2, 4 … seconds.
fn wait_after(deaths: u32) -> Duration {
    match deaths {
        0 | 1 => Duration::ZERO,
        n => Duration::from_secs(1 << (n - 2).min(6)).min(LONGEST_WAIT),
    }
}

fn start(service: &Service) -> Result<Group> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&service.log)
        .with_context(|| format!("cannot write {}", service.log.display()))?;
    let mut command = Command::new(&service.program);
    for name in environment::program_settings() {
        command.env_remove(name);
    }
    command.arg("serve").envs(&service.settings).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    Group::spawn(command, &service.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_keeps_dying_waits_longer_but_never_for_ever() {
        let waits: Vec<u64> = (0..12).map(|n| wait_after(n).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    }
}
