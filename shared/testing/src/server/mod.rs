//! A private PostgreSQL server: found or downloaded binaries, a data directory of its own, a free loopback port.
//!
//! | file in the server's home | what |
//! |---|---|
//! | `secret` (0600) | every role's password is derived from it |
//! | `data/` | the cluster |
//! | `log` | what the server said |
pub mod install;
pub mod settings;
pub mod unprivileged;

use crate::{
    access::{Access, Secret},
    environment,
};
use anyhow::{Context as _, Result, bail};
use install::Install;
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use settings::Durability;
use sqlx::{Connection as _, PgConnection};
use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use unprivileged::ServerUser;

/// Starting includes replaying the log after a crash of a seeded demo.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How long what passes by itself may stand in the way of a start.
const TRANSIENT_LIMIT: Duration = Duration::from_secs(15);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// A running server that this process started or took over. Dropping it leaves the server running; see [`Server::stop`].
#[derive(Debug)]
pub struct Server {
    access: Access,
    home: PathBuf,
    pid: Pid,
    /// Only of a server that we started: to be reaped.
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Starts the server whose files are in `home` (made if absent), or takes over the one that still runs there
    /// because its supervisor was killed.
    pub async fn start(home: &Path, durability: Durability) -> Result<Self> {
        let user = ServerUser::choose()?;
        let home = user.home(home);
        fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        user.own(&home)?;
        let secret = Secret::load_or_make(&home.join("secret"))?;
        if let Some(server) = Self::take_over(&home, &secret).await? {
            return Ok(server);
        }
        let install = install::find_or_download(
            environment::pg_install_dir().as_deref(),
            &environment::search_path(),
            &environment::cache_dir(),
        )
        .await?;
        check_version(&home, &install)?;
        if !home.join("data/PG_VERSION").exists() {
            init(&install, &user, &home, &secret, durability)?;
        }
        let until = Instant::now() + TRANSIENT_LIMIT;
        loop {
            match launch(&install, &user, &home, &secret, durability).await {
                Err(error) if is_transient(&error) && Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                other => return other,
            }
        }
    }

    /// The server that runs in `home`, if one does; see [`ServerUser::home`] for where that is.
    pub async fn running(home: &Path) -> Result<Option<Self>> {
        let secret = home.join("secret");
        if !secret.exists() {
            return Ok(None);
        }
        Self::take_over(home, &Secret::load_or_make(&secret)?).await
    }

    /// The server in `home` if it runs and knows our password.
    async fn take_over(home: &Path, secret: &Secret) -> Result<Option<Self>> {
        let file = home.join("data/postmaster.pid");
        let Ok(text) = fs::read_to_string(&file) else { return Ok(None) };
        let mut lines = text.lines();
        let pid = lines.next().and_then(|line| line.trim().parse().ok()).map(Pid::from_raw);
        let port = lines.nth(2).and_then(|line| line.trim().parse::<u16>().ok());
        let (Some(pid), Some(port)) = (pid, port) else { return Ok(None) };
        if !alive(pid) {
            return Ok(None);
        }
        if !is_postgres(pid) {
            // A reboot gave the number to another program; the server itself would refuse to start over it.
            fs::remove_file(&file).with_context(|| format!("cannot remove the stale {}", file.display()))?;
            return Ok(None);
        }
        let access = Access::local(port, secret.clone());
        let until = Instant::now() + START_LIMIT;
        loop {
            match access.probe().await {
                Ok(()) => {
                    return Ok(Some(Self { access, home: home.to_path_buf(), pid, child: Mutex::new(None) }));
                }
                Err(error) if is_wrong_password(&error) => bail!(
                    "the server of {} (process {pid}) does not take the password in {}",
                    home.display(),
                    home.join("secret").display()
                ),
                Err(_) if !alive(pid) => return Ok(None),
                Err(error) if Instant::now() > until => {
                    return Err(error)
                        .with_context(|| format!("the server of {} (process {pid}) hangs", home.display()));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// How to reach it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Its files; not always where they were wanted, see [`ServerUser::home`].
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The server's process.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether the server process is still there.
    pub fn is_running(&self) -> bool {
        match &mut *self.child.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => alive(self.pid),
        }
    }

    /// Ends every session and stops; the data stays.
    pub async fn stop(self) -> Result<()> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        stop_process(self.pid, child.as_mut()).await.with_context(|| {
            format!(
                "the database server (process {}) did not stop; its log: {}",
                self.pid,
                self.home.join("log").display()
            )
        })
    }

    /// Stops and removes all its files.
    pub async fn destroy(self) -> Result<()> {
        let home = self.home.clone();
        self.stop().await?;
        fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))
    }
}

async fn stop_process(pid: Pid, mut child: Option<&mut Child>) -> Result<()> {
    if let Err(error) = kill(pid, Signal::SIGINT)
        && error != Errno::ESRCH
    {
        return Err(error.into());
    }
    let until = Instant::now() + STOP_LIMIT;
    loop {
        let gone = match child.as_deref_mut() {
            Some(child) => child.try_wait()?.is_some(), // (a child stays a zombie, and alive to kill(0), until reaped)
            None => !alive(pid),
        };
        if gone {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("still running after {} s", STOP_LIMIT.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn check_version(home: &Path, install: &Install) -> Result<()> {
    let Ok(data) = fs::read_to_string(home.join("data/PG_VERSION")) else { return Ok(()) };
    let data = data.trim();
    if data != install.major.to_string() {
        bail!(
            "the data in {} is of PostgreSQL {data}, the server found ({}) is {}: install {data}, point PG_INSTALL_DIR \
             at it, or start over (cargo demo --fresh)",
            home.join("data").display(),
            install.dir.display(),
            install.major
        );
    }
    Ok(())
}

fn init(
    install: &Install,
    user: &ServerUser,
    home: &Path,
    secret: &Secret,
    durability: Durability,
) -> Result<()> {
    let password_file = home.join("initial-password");
    fs::write(&password_file, "")?;
    user.own(&password_file)?;
    fs::write(&password_file, secret.password_of("postgres"))?;
    // A half-made directory of an earlier attempt (disk full, Ctrl-C) is nobody's data: it has no PG_VERSION.
    let data = home.join("data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
    let output = user
        .command(&install.program("initdb"))
        .arg("--pgdata")
        .arg(&data)
        .args(["--username=postgres", "--encoding=UTF8", "--no-sync"])
        .arg(format!("--locale={locale}"))
        .arg(format!("--auth={}", durability.auth()))
        .arg("--pwfile")
        .arg(&password_file)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", install.program("initdb").display()))?;
    fs::remove_file(&password_file)?;
    if !output.status.success() {
        bail!(
            "initdb could not make a cluster in {}: {}",
            data.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

async fn launch(
    install: &Install,
    user: &ServerUser,
    home: &Path,
    secret: &Secret,
    durability: Durability,
) -> Result<Server> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let log_path = home.join("log");
    let log = fs::File::create(&log_path)?;
    fs::set_permissions(&log_path, fs::Permissions::from_mode(0o600))?;
    let mut command = user.command(&install.program("postgres"));
    command.arg("-D").arg(home.join("data")).arg("-p").arg(port.to_string());
    for (name, value) in durability.settings() {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    // A group of its own: Ctrl-C reaches the supervisor alone, which stops its children in order.
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot run {}", install.program("postgres").display()))?;
    let access = Access::local(port, secret.clone());
    let until = Instant::now() + START_LIMIT;
    loop {
        if child.try_wait()?.is_some() {
            bail!("the database server did not start; {} says:\n{}", log_path.display(), tail(&log_path));
        }
        match access.probe().await {
            Ok(()) => {
                let pid = Pid::from_raw(i32::try_from(child.id())?);
                return Ok(Server { access, home: home.to_path_buf(), pid, child: Mutex::new(Some(child)) });
            }
            Err(error) if is_wrong_password(&error) || Instant::now() > until => {
                let pid = Pid::from_raw(i32::try_from(child.id())?);
                stop_process(pid, Some(&mut child)).await?;
                return Err(error).with_context(|| {
                    format!(
                        "the server in {} refuses the password in {}",
                        home.display(),
                        home.join("secret").display()
                    )
                });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Another program may take the free port between our look and the server's bind; and after a kill -9 of the server its
/// children hold the shared memory for a moment more.
fn is_transient(error: &anyhow::Error) -> bool {
    let text = error.to_string();
    ["could not bind", "pre-existing shared memory block", "is still in use"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// The last lines of a log.
pub fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// Whether a process runs. One that is dead and not yet reaped by its parent (some containers' first process never
/// does) does not.
pub fn alive(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH) && !is_zombie(pid)
}

fn is_zombie(pid: Pid) -> bool {
    // `pid (name) state …`; the name may hold anything.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
}

fn is_postgres(pid: Pid) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => name.trim_end() == "postgres",
        Err(_) => !cfg!(target_os = "linux"), // no /proc elsewhere: take the file's word
    }
}

fn is_wrong_password(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| e.code().as_deref() == Some("28P01"))
}

impl Access {
    /// One bare connection: a pool would retry a refused one for half a minute.
    async fn probe(&self) -> Result<(), sqlx::Error> {
        PgConnection::connect_with(&self.superuser("postgres")).await?.close().await
    }
}
