//! A demo in a directory of its own, and everything needed to look at it from outside.
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A small chain: seeded in seconds, large enough for somebody to come back on most days.
const SIZE: &[&str] = &["--sites", "2", "--coaches", "8", "--members", "300", "--days", "150"];

/// A temporary place with a `.demo`, and a `cargo` that runs this build's `local` there.
pub struct Stage {
    root: PathBuf,
}

impl Stage {
    pub fn set(name: &str) -> Self {
        testing::tls::install_provider();
        let root = std::env::temp_dir().join(format!("zqyy-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("bin")).unwrap();
        // (the database server's user passes through)
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(root.join("files")).unwrap();
        fs::set_permissions(root.join("files"), fs::Permissions::from_mode(0o711)).unwrap();
        symlink(root.join("files"), root.join(".demo")).unwrap();
        let cargo = root.join("bin/cargo");
        let local = env!("CARGO_BIN_EXE_local");
        fs::write(
            &cargo,
            format!("#!/bin/sh\nexec '{local}' \"$@\" --directory '{}/files'\n", root.display()),
        )
        .unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        Self { root }
    }

    fn local(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.arg("demo").args(arguments).arg("--directory").arg(self.root.join("files"));
        command
    }

    /// `cargo demo`, until it says that it runs.
    pub fn demo(&self, arguments: &[&str]) -> Demo {
        let log = self.root.join("demo.out");
        let out = fs::File::create(&log).unwrap();
        let child = self
            .local(&[SIZE, arguments].concat())
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        let mut demo = Demo { child, log };
        let is_up = wait(Duration::from_secs(240), || {
            assert!(demo.is_running(), "the demo ended:\n{}", demo.said());
            demo.said().contains("Neo-ZQYY runs").then_some(())
        });
        assert!(is_up.is_some(), "the demo does not come up:\n{}", demo.said());
        demo
    }

    /// A command of the demo that ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.local(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// What a shell has after `source .demo/env`.
    pub fn env(&self) -> HashMap<String, String> {
        let output = self.shell("set -a; . .demo/env; env -0");
        let text = String::from_utf8(output.stdout).unwrap();
        text.split('\0').filter_map(|line| line.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
    }

    /// Runs lines as a person would type them in the checkout.
    pub fn shell(&self, lines: &str) -> Output {
        let mut path = testing::environment::search_path();
        path.insert(0, self.root.join("bin"));
        let path = std::env::join_paths(path).unwrap();
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", lines])
            .current_dir(&self.root)
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A file of the demo.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join("files").join(name)
    }

    /// Processes whose command line names this stage.
    pub fn processes(&self) -> Vec<String> {
        let place = self.root.to_string_lossy().into_owned();
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .filter(|line| line.contains(&place))
            .collect()
    }

    pub fn clear(self) {
        fs::remove_dir_all(&self.root).unwrap();
    }
}

/// A demo that runs. Dropped by a failing test, it is stopped.
pub struct Demo {
    child: Child,
    log: PathBuf,
}

impl Demo {
    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Everything it has printed.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGTERM, and its exit status.
    pub fn stop(mut self) -> ExitStatus {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).unwrap();
        let ended = wait(Duration::from_secs(60), || self.child.try_wait().unwrap());
        ended.unwrap_or_else(|| panic!("the demo does not stop:\n{}", self.said()))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
            let _ = self.child.wait();
        }
    }
}

/// Asks again and again, until there is an answer or the time is over.
pub fn wait<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + limit;
    loop {
        match ask() {
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
            answer => return answer,
        }
    }
}

/// The process of a variable in the env file.
pub fn pid(env: &HashMap<String, String>, name: &str) -> Pid {
    Pid::from_raw(env[name].parse().unwrap_or_else(|e| panic!("{name}={}: {e}", env[name])))
}

pub fn lives(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH)
}

/// Everything that docs/coach-week.md tells its reader to type.
pub fn week_commands() -> String {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coach-week.md")).unwrap();
    text.split("```bash").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The commands that README.md tells its reader to type while the demo runs.
pub fn readme_commands() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(readme).unwrap();
    let block = text
        .split("```sh")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .find(|b| b.contains("source .demo/env"));
    block.expect("README.md shows how to use the demo").to_owned()
}
