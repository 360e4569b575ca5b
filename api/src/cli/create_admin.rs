//! `api create-admin`
use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow};
use domain::accounts::entries;
use store::{StoreError, config::Config, connect, operations::account};

use super::Unusable;
use crate::{password, serve::PROGRAM};

/// Longest password file that is read, bytes.
const LONGEST: u64 = 4096;

/// Whom to make.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Back-office name: 3-32 letters, digits, '.', '-', '_', a letter first
    #[arg(long)]
    username: String,
    /// File whose first line is the password, 12-128 characters; standard input unless given
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<()> {
    let username = entries::username(&args.username)
        .map_err(|why| Unusable(anyhow!("--username {}: {why}", args.username)))?;
    let password = read(args).map_err(Unusable)?;
    entries::new_password(&password, &username).map_err(|why| Unusable(anyhow!("the password: {why}")))?;
    let pool = connect::biz(&config.database, config.database.biz()?, PROGRAM).await?;
    store::migrate::check(&pool).await?;
    let made = account::create_admin(&pool, &username, &password::hash(&password)?).await;
    let user_id = made.map_err(|error| match error {
        StoreError::Conflict(_) => anyhow!("there is a user named {username} already; nothing was changed"),
        error => anyhow::Error::new(error)
            .context("no administrator was made (database.biz_url must be zqyy_api's, as for serve)"),
    })?;
    writeln!(io::stdout().lock(), "{username} is an administrator of every site (user {user_id})")
        .context("cannot print")
}

fn read(args: &Args) -> anyhow::Result<String> {
    let mut text = String::new();
    match &args.password_file {
        Some(path) => {
            let file =
                std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
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
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
