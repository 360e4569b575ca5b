//! PostgreSQL refuses to run as root: its programs then run as `postgres` or `nobody`.
use anyhow::{Context as _, Result, bail};
use nix::unistd::{Uid, User};
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

/// Who the server runs as.
#[derive(Debug, Clone)]
pub struct ServerUser(Option<User>);

impl ServerUser {
    /// Ourselves, or under root the first of `postgres` and `nobody` that exists.
    pub fn choose() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self(Some(user)));
            }
        }
        bail!(
            "running as root, and there is neither a user postgres nor nobody to run the database server as"
        )
    }

    /// A command that runs as this user, in a directory it can read.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C");
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).env("HOME", "/");
        }
        command
    }

    /// Gives a file or directory to this user, and to nobody else.
    pub fn own(&self, path: &Path) -> Result<()> {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        if let Some(user) = &self.0 {
            nix::unistd::chown(path, Some(user.uid), Some(user.gid))
                .with_context(|| format!("cannot give {} to user {}", path.display(), user.name))?;
        }
        Ok(())
    }

    /// `wanted`, or a directory of the same name below `/var/tmp` when a closed ancestor (root's home, say) keeps the
    /// server's user out of it.
    pub fn home(&self, wanted: &Path) -> PathBuf {
        let Some(user) = &self.0 else { return wanted.to_path_buf() };
        let open = |dir: &Path| {
            fs::metadata(dir).is_ok_and(|m| {
                m.mode() & 0o001 != 0 || (m.uid() == user.uid.as_raw() && m.mode() & 0o100 != 0)
            })
        };
        if wanted.ancestors().skip(1).filter(|dir| dir.exists()).all(open) {
            return wanted.to_path_buf();
        }
        let flat = wanted.to_string_lossy().trim_matches('/').replace('/', "-");
        PathBuf::from("/var/tmp").join(flat)
    }
}
