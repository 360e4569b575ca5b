//! Nested cargo builds.
use crate::{environment, process::Group};
use anyhow::{Result, bail};
use std::path::PathBuf;

/// The two programs of the demo.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `api`
    pub api: PathBuf,
    /// `worker`
    pub worker: PathBuf,
}

/// Builds api and worker in one cargo call, in the profile that built this program, and says where they are.
pub async fn build_programs() -> Result<Programs> {
    let dir = environment::program_dir()?;
    let mut command = environment::cargo();
    // `local` is in the selection so that cargo resolves the same features as for the command that got us here.
    command.args(["build", "--quiet", "-p", "local", "-p", "api", "-p", "worker", "--bins"]);
    if dir.ends_with("release") {
        command.arg("--release");
    }
    let status = Group::spawn(command, "cargo build")?.ended().await?;
    if !status.success() {
        bail!("api and worker could not be built, see above");
    }
    found_programs()
}

/// The programs as they were built before.
pub fn found_programs() -> Result<Programs> {
    let dir = environment::program_dir()?;
    let programs = Programs { api: dir.join("api"), worker: dir.join("worker") };
    for program in [&programs.api, &programs.worker] {
        if !program.is_file() {
            bail!("{} is not there: build it (cargo build -p api -p worker)", program.display());
        }
    }
    Ok(programs)
}
