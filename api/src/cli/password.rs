//! A new password from whoever runs a subcommand.
use std::{
    fs::File,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use anyhow::{Context as _, anyhow};
use domain::accounts::entries;

use crate::password::hash;

/// Longest password file that is read, bytes.
const LONGEST: u64 = 4096;

/// The hash of the first line of the file, or of standard input, if it is a password that is accepted.
pub(super) fn read(file: Option<&Path>, username: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    match file {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            file.take(LONGEST)
                .read_to_string(&mut text)
                .with_context(|| format!("cannot read {}", path.display()))?;
        }
        None => {
            if io::stdin().is_terminal() {
                // (the terminal would show it)
                return Err(anyhow!("give --password-file, or the password on standard input from a pipe"));
            }
            io::stdin().take(LONGEST).read_to_string(&mut text).context("cannot read standard input")?;
        }
    }
    let password = text.lines().next().unwrap_or_default();
    entries::new_password(password, username).map_err(|why| anyhow!("the password: {why}"))?;
    Ok(hash(password)?)
}
