//! Finding server binaries, newest first; downloading them when the machine has none.
use anyhow::{Context as _, Result, bail};
use postgresql_embedded::{PostgreSQL, Settings};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest major version that will do.
pub const OLDEST: u32 = 15;

/// A directory with `bin/{initdb,postgres}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Install {
    /// Major version.
    pub major: u32,
    /// Parent of `bin`.
    pub dir: PathBuf,
}

impl Install {
    /// A program of this installation.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }
}

/// What to type, per system, when there is no server.
pub fn advice() -> String {
    format!(
        "no PostgreSQL server of version {OLDEST} or newer was found. Install one:\n  \
         Debian, Ubuntu: apt-get install -y postgresql\n  \
         Fedora:         dnf install -y postgresql-server postgresql-contrib\n  \
         Arch:           pacman -S postgresql\n  \
         Alpine:         apk add postgresql postgresql-contrib\n  \
         macOS:          brew install postgresql@17\n\
         or set PG_INSTALL_DIR to a directory that has bin/initdb and bin/postgres."
    )
}

/// `PG_INSTALL_DIR` if given, else the newest installation on this machine, else a download into `cache`.
pub async fn find_or_download(
    configured: Option<&Path>,
    search_path: &[PathBuf],
    cache: &Path,
) -> Result<Install> {
    if let Some(dir) = configured {
        return match probe(&dir.join("bin")) {
            Some(found) if found.major >= OLDEST => Ok(found),
            Some(found) => {
                bail!("PG_INSTALL_DIR={} is PostgreSQL {}, {OLDEST} is needed", dir.display(), found.major)
            }
            None => bail!("PG_INSTALL_DIR={} has no working bin/initdb and bin/postgres", dir.display()),
        };
    }
    if let Some(found) = newest(search_path) {
        return Ok(found);
    }
    download(cache).await.with_context(|| format!("{}\nA download was tried and failed", advice()))
}

/// The newest installation of at least [`OLDEST`] in the places where systems put it.
fn newest(search_path: &[PathBuf]) -> Option<Install> {
    let mut bins = search_path.to_vec();
    if let Ok(answer) = Command::new("pg_config").arg("--bindir").output() {
        bins.push(String::from_utf8_lossy(&answer.stdout).trim().into());
    }
    for root in [
        "/usr/lib/postgresql", // Debian, Ubuntu, Alpine
        "/usr",                // PGDG on Fedora and RHEL: /usr/pgsql-17
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/Applications/Postgres.app/Contents/Versions",
    ] {
        let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
        bins.extend(entries.map(|entry| entry.path().join("bin")));
    }
    bins.iter().filter_map(|bin| probe(bin)).filter(|found| found.major >= OLDEST).max()
}

/// What is installed in a `bin` directory, by asking the server itself.
fn probe(bin: &Path) -> Option<Install> {
    if !bin.join("initdb").is_file() {
        return None;
    }
    // Debian's /usr/bin holds wrappers; the real programs sit together.
    let postgres = std::fs::canonicalize(bin.join("postgres")).ok()?;
    let dir = postgres.parent()?.parent()?.to_path_buf();
    let answer = Command::new(&postgres).arg("--version").output().ok()?;
    Some(Install { major: major_of(&String::from_utf8_lossy(&answer.stdout))?, dir })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The newest release of theseus-rs into `cache`; found again there the next time.
async fn download(cache: &Path) -> Result<Install> {
    let installs = cache.join("postgresql");
    let scratch = cache.join("download");
    std::fs::create_dir_all(&scratch)?;
    // `setup` would go on to initdb as this user, who may be root; a data directory that looks made ends it after
    // the download.
    std::fs::write(scratch.join("postgresql.conf"), "")?;
    let settings = Settings {
        installation_dir: installs,
        data_dir: scratch.clone(),
        password_file: scratch.join("password"),
        temporary: false,
        ..Settings::new()
    };
    let mut server = PostgreSQL::new(settings);
    server.setup().await?;
    let dir = server.settings().installation_dir.clone();
    probe(&dir.join("bin")).with_context(|| format!("what was downloaded to {} does not run", dir.display()))
}

#[cfg(test)]
mod tests {
    use super::major_of;

    #[test]
    fn reads_the_major_version_of_every_packager() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 17.2 (Homebrew)"), Some(17));
        assert_eq!(major_of("nonsense"), None);
    }
}
