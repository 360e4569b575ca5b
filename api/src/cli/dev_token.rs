//! `api dev-token`
use std::{
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use domain::SiteId;
use store::{SiteTx, config::Config, connect, db::account};

use crate::{
    serve::PROGRAM,
    token::{Identity, Tokens},
};

/// Whom the token is for.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Back-office name of the user
    #[arg(long, required_unless_present = "user_id", conflicts_with = "user_id")]
    username: Option<String>,
    /// Id of the user
    #[arg(long)]
    user_id: Option<i64>,
    /// Site; the user's first unless given
    #[arg(long)]
    site: Option<i64>,
    /// Life of the token
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=30))]
    days: u16,
}

pub(super) async fn run(config: &Config, args: &Args) -> anyhow::Result<()> {
    ensure!(config.auth.dev_login, "auth.dev_login is off: tokens are for those who sign in");
    let tokens = Tokens::new(&config.auth)?;
    let pool = connect::biz(&config.database, config.database.biz()?, PROGRAM).await?;
    let account = match (&args.username, args.user_id) {
        (Some(name), _) => account::by_username(&pool, name).await?,
        (None, id) => account::by_id(&pool, id.unwrap_or_default()).await?,
    };
    let account = account.context("no such user")?;
    let site = match args.site {
        Some(site) => SiteId(site),
        None => {
            let sites = account::sites_over(&pool, account.user_id).await?;
            sites.first().context("the user has a role at no active site")?.site_id
        }
    };
    let tx = SiteTx::open(&pool, store::Access::Read, account.user_id, site, account.token_version).await?;
    ensure!(!tx.caller.roles.is_empty(), "the user has no role at site {site}");
    let who = Identity { user_id: account.user_id, site: Some(site), token_version: account.token_version };
    let token = tokens.sign(who, Duration::from_secs(u64::from(args.days) * 86_400))?;
    writeln!(io::stdout().lock(), "{token}").context("cannot print the token")
}
