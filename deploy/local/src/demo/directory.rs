//! `.demo/`: its files, and who runs there.
use crate::environment;
use anyhow::{Context as _, Result, bail};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use std::{
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where the demo keeps its files.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// The one given, or `.demo` in the checkout.
    pub fn at(given: Option<&Path>) -> Result<Self> {
        let path = given.map_or_else(|| environment::checkout().join(".demo"), Path::to_path_buf);
        // (open to pass through: under root the database server's user has to reach its part)
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(&path)
            .with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(fs::canonicalize(path)?))
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file that only its owner may read, whole or not at all.
    pub fn write_private(&self, name: &str, text: &str) -> Result<()> {
        let (path, fresh) = (self.file(name), self.file(&format!("{name}.new")));
        let write = || -> std::io::Result<()> {
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            fs::rename(&fresh, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Holds the directory for this process.
    pub fn lock(&self) -> Result<fs::File> {
        let path = self.file("lock");
        let mut file =
            fs::OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{}", std::process::id())?;
                Ok(file)
            }
            Err(fs::TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).unwrap_or_default();
                bail!(
                    "a demo runs in {} already (process {holder}): use it (source {}), or stop it (kill {holder})",
                    self.0.display(),
                    self.file("env").display()
                );
            }
            Err(fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", path.display()))
            }
        }
    }

    /// Whether some other process holds it.
    pub fn is_locked(&self) -> bool {
        fs::File::open(self.file("lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
    }

    /// Removes an earlier demo.
    pub async fn clear(&self) -> Result<()> {
        super::stack::discard(self).await?;
        for entry in fs::read_dir(&self.0)?.flatten() {
            let path = entry.path();
            // (`secret` opens the roles that the demo made on servers of others)
            if entry.file_name() == "lock" || entry.file_name() == "secret" {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(())
    }

    /// Notes the programs that run, in case we are killed.
    pub fn note_children(&self, children: &[(Pid, &Path)]) -> Result<()> {
        let lines: String =
            children.iter().map(|(pid, program)| format!("{pid} {}\n", program.display())).collect();
        self.write_private("children", &lines)
    }

    /// None runs any more.
    pub fn forget_children(&self) -> Result<()> {
        match fs::remove_file(self.file("children")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ends the programs of a supervisor that was killed.
    pub async fn end_orphans(&self) -> Result<()> {
        let text = fs::read_to_string(self.file("children")).unwrap_or_default();
        for line in text.lines() {
            let Some((pid, program)) = line.split_once(' ') else { continue };
            let Ok(pid) = pid.parse().map(Pid::from_raw) else { continue };
            if runs(pid, program) {
                end(pid)
                    .await
                    .with_context(|| format!("{program} (process {pid}) of an earlier demo does not end"))?;
            }
        }
        self.forget_children()
    }
}

/// Whether the process is (still) that program: numbers are used again.
fn runs(pid: Pid, program: &str) -> bool {
    if kill(pid, None) == Err(Errno::ESRCH) {
        return false;
    }
    match fs::read_link(format!("/proc/{pid}/exe")) {
        // (" (deleted)" follows when it has been built anew since)
        Ok(exe) => exe.to_string_lossy().trim_end_matches(" (deleted)") == program,
        Err(_) => !cfg!(target_os = "linux"),
    }
}

async fn end(pid: Pid) -> Result<()> {
    let _ = killpg(pid, Signal::SIGTERM);
    let until = Instant::now() + Duration::from_secs(10);
    while kill(pid, None) != Err(Errno::ESRCH) {
        if Instant::now() > until {
            killpg(pid, Signal::SIGKILL)?;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
