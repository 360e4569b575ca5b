//! The process: its listeners, readiness, an orderly end.
use std::{future::Future, net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{Router, extract::State, http::header::CONTENT_TYPE, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use sd_notify::NotifyState;
use store::{config::Config, connect};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use crate::{board, observe, router::router, state::AppState};

/// Name of our connections in `pg_stat_activity`.
pub const PROGRAM: &str = "zqyy-api";

/// Serves until SIGTERM or SIGINT, then lets open requests finish for `api.drain_seconds`.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let biz = connect::biz(&config.database, config.database.biz()?, PROGRAM).await?;
    store::migrate::check(&biz).await?;
    connect::check_clock(&biz, config.auth.dev_login).await?;
    let warehouse = match config.database.etl() {
        Ok(url) => Some(Warehouse::new(connect::etl(&config.database, url, PROGRAM))),
        Err(error) => {
            tracing::warn!(%error, "no warehouse: pages go without its parts");
            None
        }
    };
    let state = AppState::new(config, biz, warehouse)?;
    if let Err(why) = state.door.warehouse_ready().await {
        tracing::warn!(why, "the warehouse does not answer: pages go without its parts until it does");
    }
    let listener = listen("api.listen", config.api.listen).await?;
    let metrics_listener = listen("api.metrics_listen", config.api.metrics_listen).await?;
    let metrics = metrics_router(state.clone(), observe::metrics()?);
    let board = match config.database.board() {
        Some(url) => {
            let queue = connect::board(&config.database, url, PROGRAM).await?;
            let listener = listen("api.board_listen", config.api.board_listen).await?;
            Some((listener, board::router(state.clone(), &queue)))
        }
        None => None,
    };

    let stop = CancellationToken::new();
    let app = axum::serve(listener, router(state).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let watch = axum::serve(metrics_listener, metrics).with_graceful_shutdown(stop.clone().cancelled_owned());
    let board_listen = board.as_ref().map(|_| tracing::field::display(config.api.board_listen));
    let board = async {
        match board {
            Some((listener, app)) => {
                let app = app.into_make_service_with_connect_info::<SocketAddr>();
                axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned()).await
            }
            None => Ok(()),
        }
    };
    tracing::info!(
        listen = %config.api.listen,
        metrics = %config.api.metrics_listen,
        board = board_listen,
        docs = config.api.serves_docs(),
        dev_login = config.auth.dev_login,
        "serving"
    );
    notify(&[NotifyState::Ready]);
    tokio::spawn(keep_watchdog());
    let drained = async {
        termination().await;
        tracing::info!(seconds = config.api.drain.as_secs(), "stopping: open requests may finish");
        notify(&[NotifyState::Stopping]);
        stop.cancel();
        tokio::time::sleep(config.api.drain).await;
    };
    tokio::select! {
        served = async { tokio::try_join!(app.into_future(), watch.into_future(), board) } => {
            served.context("a listener failed")?;
            tracing::info!("stopped");
        }
        () = drained => tracing::warn!("stopped with requests still open"),
    }
    Ok(())
}

/// `/metrics` alone, on its own listener.
pub fn metrics_router(state: AppState, handle: &'static PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state((state, handle))
}

async fn metrics(
    State((state, handle)): State<(AppState, &'static PrometheusHandle)>,
) -> ([(axum::http::HeaderName, &'static str); 1], String) {
    for (database, size, idle) in state.door.pools() {
        let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(size);
        metrics::gauge!("db_pool_connections", "database" => database, "state" => "idle").set(idle);
        metrics::gauge!("db_pool_connections", "database" => database, "state" => "busy").set(size - idle);
    }
    // Histograms grow until they are folded; a scrape is the moment that needs them folded.
    handle.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render())
}

async fn listen(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} ({key})"))
}

fn termination() -> impl Future<Output = ()> {
    let signals =
        signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
    async move {
        match signals {
            Ok((mut term, mut int)) => {
                tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            }
            // Without handlers the signals end the process by themselves.
            Err(error) => {
                tracing::warn!(%error, "no signal handlers: stopping will not be orderly");
                std::future::pending().await
            }
        }
    }
}

async fn keep_watchdog() {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((period / 2).max(Duration::from_millis(100)));
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd was not told");
    }
}
