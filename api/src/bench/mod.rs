//! `api bench`: every read route on a hall that is there, as many clients at once as asked for, beside pgbench running the
//! very statements that the route sent.
//!
//! | module | what |
//! |---|---|
//! | [`questions`] | how each read route of the document is asked |
//! | [`recorder`] | a relay between pool and database that hears the statements and counts the waits |
//! | [`wire`], [`value`] | what a client says to PostgreSQL |
//! | [`pgbench`] | the same statements, without us |
//! | [`load`] | clients, and how long their answers took |
//!
//! It needs no SQL of its own: the hall is whatever the configured databases hold.
mod load;
mod pgbench;
mod questions;
pub mod recorder;
mod report;
pub mod value;
pub mod wire;

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, ensure};
use store::{config::Config, connect};
use warehouse::Warehouse;

use crate::{router::router, serve, state::AppState};
use load::Load;
use questions::{Asked, Asker};
use recorder::Recorder;
use report::{Line, Past, Report};
use wire::Statement;

/// Who asks, how many, how long. The databases are those of the configuration, on a hall such as
/// `cargo demo --sites 1 --coaches 50 --members 5000` makes; nothing is written but rate limits and audit lines of searches.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Access token of a coach
    #[arg(long, env = "TOKEN_COACH", hide_env_values = true)]
    coach: String,
    /// Access token of a manager
    #[arg(long, env = "TOKEN_MANAGER", hide_env_values = true)]
    manager: String,
    /// Access token of an administrator
    #[arg(long, env = "TOKEN_ADMIN", hide_env_values = true)]
    admin: String,
    /// Clients at once
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    clients: u16,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// Routes whose path contains this; all
    #[arg(long, default_value = "")]
    only: String,
    /// pgbench's program
    #[arg(long, default_value = "pgbench")]
    pgbench: PathBuf,
    /// Beside every route instead of GET tasks alone
    #[arg(long)]
    pgbench_all: bool,
    /// How far back the same pages are asked for, side by side with the live ones; 0: not at all
    #[arg(long, default_value_t = 20)]
    days_ago: u16,
}

/// Measures, and returns the report.
pub async fn run(mut config: Config, args: Args) -> Result<Report> {
    // What is measured is the reading, not the patience with one user who reads all day.
    config.limits.searches = "100000/1".parse().map_err(anyhow::Error::msg)?;
    let (biz, etl) = (config.database.biz()?, config.database.etl()?);
    connect::biz(&config.database, biz, serve::PROGRAM).await?.close().await;

    let recorders = [Recorder::listen(biz).await?, Recorder::listen(etl).await?];
    let heard = served(&config, [recorders[0].address(), recorders[1].address()].map(Some)).await?;
    let plain = served(&config, [None, None]).await?;
    let asker = Asker::new(&heard, &args).await?;
    let routes = questions::routes(&args.only);
    ensure!(!routes.is_empty(), "no read route's path contains {:?}", args.only);

    let time = Duration::from_secs(args.seconds.into());
    let mut report = Report::new(&args, asker.tasks);
    for route in routes {
        let question = asker.question(&route)?;
        let said = hear(&question.at(&heard), &recorders).await?;
        let trips = said.each_ref().map(Vec::len);
        let now = [question.at(&plain)];
        let (load, past) = match asker.then_and_now(&route)? {
            Some([live, past]) => {
                let trips = hear(&past.at(&heard), &recorders).await?.map(|said| said.len());
                let (live, past) = ([live.at(&plain)], [past.at(&plain)]);
                let asked = [&now, &live, &past].map(<[Asked; 1]>::as_slice);
                let [load, live, past] = Load::run(asked, args.clients, time).await?;
                (load, Some(Past { trips, live, past }))
            }
            None => {
                let [load] = Load::run([&now], args.clients, time).await?;
                (load, None)
            }
        };
        let apart = match asker.each_another(&route) {
            Some(questions) => {
                let asked: Vec<_> = questions.iter().map(|question| question.at(&plain)).collect();
                let [apart] = Load::run([&asked], args.clients, time).await?;
                Some(apart)
            }
            None => None,
        };
        let alone = match args.pgbench_all || route.path == questions::BESIDE_PGBENCH {
            true => {
                let sides = [(biz, &said[0]), (etl, &said[1])];
                Some(pgbench::run(&args.pgbench, sides, args.clients, time).await)
            }
            false => None,
        };
        report.line(Line { route: route.path, trips, load, apart, past, alone });
    }
    Ok(report)
}

/// The rounds of one answer, to the business database and to the warehouse.
async fn hear(question: &Asked, recorders: &[Recorder; 2]) -> Result<[Vec<Vec<Statement>>; 2]> {
    // Twice unheard: the first opens connections, the second prepares the statements on them.
    for _ in 0..2 {
        load::ask(question).await?;
    }
    recorders.iter().for_each(Recorder::begin);
    load::ask(question).await?;
    Ok(recorders.each_ref().map(Recorder::take))
}

/// The whole API on a port of its own, over the databases or over what listens in front of them. Its address.
async fn served(config: &Config, through: [Option<std::net::SocketAddr>; 2]) -> Result<String> {
    let [biz, etl] = [(config.database.biz()?, through[0]), (config.database.etl()?, through[1])]
        .map(|(url, through)| connect::through(&config.database, url, serve::PROGRAM, through));
    let state = AppState::new(config, biz, Some(Warehouse::new(etl)))?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let app = router(state).into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}
