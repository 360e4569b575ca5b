//! `api create-admin`
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow};
use domain::accounts::entries;
use store::{StoreError, config::Config, connect, operations::account};

use super::{Unusable, password};
use crate::serve::PROGRAM;

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
    let hash = password::read(args.password_file.as_deref(), &username).map_err(Unusable)?;
    let pool = connect::biz(&config.database, config.database.biz()?, PROGRAM).await?;
    store::migrate::check(&pool).await?;
    let made = account::create_admin(&pool, &username, &hash).await;
    let user_id = made.map_err(|error| match error {
        StoreError::Conflict(_) => anyhow!("there is a user named {username} already; nothing was changed"),
        error => anyhow::Error::new(error)
            .context("no administrator was made (database.biz_url must be zqyy_api's, as for serve)"),
    })?;
    writeln!(io::stdout().lock(), "{username} is an administrator of every site (user {user_id})")
        .context("cannot print")
}
