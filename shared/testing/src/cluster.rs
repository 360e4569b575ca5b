//! The server that all tests of a checkout share.
//!
//! `cargo verify` starts one, names its file in `ZQYY_TEST_CLUSTER`, and stops it. A lone `cargo test -p x` finds or
//! starts a detached one; a small shell loop stops that when no test has used it for a while, so nothing depends on
//! the test process ending well.
//!
//! | in the checkout's directory on `/dev/shm` | what |
//! |---|---|
//! | `lock` | held while a cluster is looked for or started |
//! | `current` | name of the cluster directory in use |
//! | `<n>/cluster.json` (0600) | how to reach it |
//! | `<n>/heartbeat` | written by every test process while it lives |
//! | `<n>/kept` | databases that failed tests left behind; they keep the cluster for hours instead of minutes |
//! | `<n>/server/` | the [`Server`]'s files |
use crate::{
    access::{Access, Secret, hex},
    environment,
    server::{Server, alive, settings::Durability},
};
use anyhow::{Context as _, Result};
use nix::unistd::{Pid, Uid};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::Write as _,
    os::unix::{fs::OpenOptionsExt as _, fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use tokio::sync::OnceCell;

const HEARTBEAT: Duration = Duration::from_secs(20);

/// Stops the server $2 of directory $1 when nobody has used it for 10 minutes, or for 4 hours if a failed test left
/// databases to look at.
/// A test process writes the heartbeat and then looks whether `current` still names its cluster; this loop takes the
/// name away and then looks at the heartbeat once more. So one of the two sees the other.
const WATCHDOG: &str = r#"
dir=$1 pid=$2 current=$3
idle() { m=10; [ -s "$dir/kept" ] && m=240; [ -z "$(find "$dir/heartbeat" -mmin -$m 2>/dev/null)" ]; }
while kill -0 "$pid" 2>/dev/null; do
    sleep 15
    idle || continue
    [ "$(cat "$current" 2>/dev/null)" = "${dir##*/}" ] && rm -f "$current"
    idle || continue
    kill -INT "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 1; done
done
rm -rf "$dir"
"#;

/// A cluster that is up, and where its failed tests are noted.
#[derive(Debug)]
pub struct Cluster {
    access: Access,
    dir: Option<PathBuf>,
}

impl Cluster {
    /// How to reach it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Notes a database that a failed test left behind.
    pub(crate) fn note_kept(&self, database: &str) {
        let Some(dir) = &self.dir else { return };
        if let Ok(mut file) = fs::OpenOptions::new().append(true).create(true).open(dir.join("kept")) {
            let _ = writeln!(file, "{database}");
        }
    }
}

/// This process's cluster: the one named by the environment, the one that runs for this checkout, or a new one.
pub async fn cluster() -> Result<&'static Cluster> {
    static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
    crate::tls::install_provider(); // (every test that has a database may want an HTTP client)
    CLUSTER.get_or_try_init(find).await
}

async fn find() -> Result<Cluster> {
    if let Some(url) = environment::test_url() {
        let secret = Secret::load_or_make(&base_dir()?.join("foreign-secret"))?;
        return Ok(Cluster {
            access: Access::foreign(&url, secret).context(environment::TEST_URL)?,
            dir: None,
        });
    }
    if let Some(dir) = environment::test_cluster() {
        return Ok(Cluster { access: read(&dir).context(environment::TEST_CLUSTER)?, dir: Some(dir) });
    }
    let base = base_dir()?;
    let lock = fs::File::create(base.join("lock"))?;
    // The lock is for milliseconds, or for the second that a start takes.
    let _held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    if let Some(found) = join(&base) {
        return Ok(found);
    }
    start_detached(&base).await
}

/// Where test clusters of this user and checkout live: memory if the system offers it.
fn base_dir() -> Result<PathBuf> {
    let shm = Path::new("/dev/shm");
    let parent = if shm.is_dir() { shm.to_path_buf() } else { std::env::temp_dir() };
    let checkout = hex(&Sha256::digest(env!("CARGO_MANIFEST_DIR"))[..4]);
    let dir = parent.join(format!("zqyy-test-{}-{checkout}", Uid::effective()));
    make_dir(&dir)?;
    Ok(dir)
}

fn read(dir: &Path) -> Result<Access> {
    let file = dir.join("cluster.json");
    let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", file.display()))
}

/// Writes the file that [`TEST_CLUSTER`](environment::TEST_CLUSTER) points to.
pub fn publish(dir: &Path, access: &Access) -> Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(dir.join("cluster.json"))?
        .write_all(&serde_json::to_vec(access)?)?;
    Ok(())
}

fn join(base: &Path) -> Option<Cluster> {
    let current = base.join("current");
    let name = fs::read_to_string(&current).ok().filter(|name| !name.is_empty())?;
    let dir = base.join(&name);
    fs::write(dir.join("heartbeat"), "").ok()?;
    if fs::read_to_string(&current).ok()? != name || !server_of(&dir).is_some_and(alive) {
        return None;
    }
    let access = read(&dir).ok()?;
    keep_beating(dir.join("heartbeat"));
    Some(Cluster { access, dir: Some(dir) })
}

async fn start_detached(base: &Path) -> Result<Cluster> {
    sweep(base, |name| name.parse().ok());
    let name = std::process::id().to_string();
    let dir = base.join(&name);
    if dir.exists() {
        fs::remove_dir_all(&dir)?; // ours, of an earlier process of the same number
    }
    make_dir(&dir)?;
    let server = Server::start(&dir.join("server"), Durability::Volatile).await?;
    publish(&dir, server.access())?;
    fs::write(dir.join("heartbeat"), "")?;
    fs::write(base.join("current"), &name)?;
    Command::new("sh")
        .args(["-c", WATCHDOG, "zqyy-test-watchdog"])
        .arg(&dir)
        .arg(server.pid().to_string())
        .arg(base.join("current"))
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start the shell that stops an idle test server")?;
    keep_beating(dir.join("heartbeat"));
    Ok(Cluster { access: server.access().clone(), dir: Some(dir) })
}

/// A new directory for a cluster of one's own, and an end to what dead owners of this `kind` left: databases that a
/// failed run kept are there until the next run.
pub fn private_dir(kind: &str) -> Result<PathBuf> {
    let base = base_dir()?;
    let prefix = format!("{kind}-");
    sweep(&base, |name| name.strip_prefix(&prefix)?.parse().ok());
    let dir = base.join(format!("{prefix}{}", std::process::id()));
    make_dir(&dir)?;
    Ok(dir)
}

/// The databases that failed tests left in a cluster's directory.
pub fn kept(dir: &Path) -> Vec<String> {
    fs::read_to_string(dir.join("kept")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Makes a directory that others may pass through: under root the server's user has to reach its part.
fn make_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(fs::set_permissions(dir, fs::Permissions::from_mode(0o711))?)
}

/// Removes the directories of dead owners (a power cut, kill -9) whose server is gone too. `owner` reads the owner's
/// process out of a directory's name; `None` is not ours to judge.
fn sweep(base: &Path, owner: impl Fn(&str) -> Option<i32>) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let dir = entry.path();
        let Some(owner) = entry.file_name().to_str().and_then(&owner) else { continue };
        let in_use = alive(Pid::from_raw(owner)) || server_of(&dir).is_some_and(alive);
        if dir.is_dir() && !in_use {
            let _ = fs::remove_dir_all(dir);
        }
    }
}

/// The server process of a cluster's directory, by its own file.
fn server_of(dir: &Path) -> Option<Pid> {
    let text = fs::read_to_string(dir.join("server/data/postmaster.pid")).ok()?;
    Some(Pid::from_raw(text.lines().next()?.trim().parse().ok()?))
}

fn keep_beating(heartbeat: PathBuf) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(HEARTBEAT);
            // Written only where it still exists: the watchdog may have removed the cluster.
            let Ok(mut file) = fs::OpenOptions::new().write(true).truncate(true).open(&heartbeat) else {
                return;
            };
            let _ = file.write_all(b".");
        }
    });
}
