//! `api set-password`
use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::{Context as _, anyhow};
use domain::accounts::entries;
use store::{StoreError, config::Config, connect, operations::account};

use super::{Unusable, password};
use crate::serve::PROGRAM;

/// Whose, and which.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Back-office name: 3-32 letters, digits, '.', '-', '_', a letter first
    #[arg(long)]
    username: String,
    /// Whom it names from now on (`id` in the list of users); the user who has the name unless given
    #[arg(long)]
    user_id: Option<i64>,
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
    let set = account::set_password(&pool, args.user_id, &username, &hash).await;
    let user_id = set.map_err(|error| match (error, args.user_id) {
        (StoreError::NotFound(_), Some(id)) => anyhow!("there is no user {id}; nothing was changed"),
        (StoreError::NotFound(_), None) => {
            anyhow!(
                "there is no user named {username}: say by --user-id whom it is to name; nothing was changed"
            )
        }
        (StoreError::Conflict(_), _) => anyhow!("somebody else is named {username}; nothing was changed"),
        (error, _) => anyhow::Error::new(error)
            .context("no password was set (database.biz_url must be zqyy_api's, as for serve)"),
    })?;
    writeln!(
        io::stdout().lock(),
        "{username} (user {user_id}) has a new password; whoever was signed in as them is signed out"
    )
    .context("cannot print")
}
