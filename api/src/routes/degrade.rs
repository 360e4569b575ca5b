//! Parts of a page that may fail alone.
use std::{mem, time::Duration};

use warehouse::WarehouseTx;

use crate::{
    error::ApiError,
    extract::{SiteWarehouse, WarehouseUnavailable},
};

/// The warehouse's side of a page: one transaction, in which each part is read behind a savepoint and each statement is
/// cut off after the same time. A part that fails is left out and named.
pub(super) struct Parts {
    route: &'static str,
    timeout: Duration,
    tx: Result<WarehouseTx, WarehouseUnavailable>,
    degraded: Vec<&'static str>,
}

/// Reads a part: `part!(parts, "balance", |tx| card::stored_balances(tx, &ctx, &ids))`; `None` when it failed.
/// A macro, because an async closure's future is not known to be `Send`.
macro_rules! part {
    ($parts:ident, $name:literal, |$tx:ident| $read:expr) => {{
        let entered = match $parts.enter().await {
            Some($tx) => Some($read.await),
            None => None,
        };
        match entered {
            Some(read) => $parts.leave($name, read).await,
            None => $parts.skip($name),
        }
    }};
}
pub(super) use part;

/// Reads what the page cannot do without: `core!(parts, |tx| assistant::by_skill(tx, &ctx, skill))`; returns from the
/// handler with 503 when it fails.
macro_rules! core {
    ($parts:ident, |$tx:ident| $read:expr) => {{
        let $tx = $parts.enter_core().await?;
        let read = $read.await;
        $parts.leave_core(read).await?
    }};
}
pub(super) use core;

impl Parts {
    pub(super) async fn open(warehouse: &SiteWarehouse, route: &'static str, timeout: Duration) -> Self {
        let tx = warehouse.begin().await;
        if let Err(error) = &tx {
            tracing::warn!(route, %error, "the page goes without the warehouse");
        }
        Self { route, timeout, tx, degraded: Vec::new() }
    }

    /// Opens a part; `None` without a warehouse.
    pub(super) async fn enter(&mut self) -> Option<&mut WarehouseTx> {
        let tx = self.tx.as_mut().ok()?;
        match tx.enter_module(self.timeout).await {
            Ok(()) => self.tx.as_mut().ok(),
            Err(error) => {
                tracing::warn!(route = self.route, %error, "the page goes on without the warehouse");
                self.tx = Err(error.into());
                None
            }
        }
    }

    /// Ends a part.
    pub(super) async fn leave<T>(
        &mut self,
        name: &'static str,
        read: Result<T, warehouse::WarehouseError>,
    ) -> Option<T> {
        let Ok(tx) = self.tx.as_mut() else { return self.skip(name) };
        match tx.leave_module(read).await {
            Ok(value) => Some(value),
            Err(error) => self.failed(name, error),
        }
    }

    /// Opens what the page cannot do without, under the same time limit.
    pub(super) async fn enter_core(&mut self) -> Result<&mut WarehouseTx, ApiError> {
        if let Ok(tx) = &mut self.tx
            && let Err(error) = tx.enter_module(self.timeout).await
        {
            self.tx = Err(error.into());
        }
        // The page ends here: nobody asks this transaction again.
        self.tx.as_mut().map_err(|why| mem::replace(why, WarehouseUnavailable::Paused).into())
    }

    /// Ends it.
    pub(super) async fn leave_core<T>(
        &mut self,
        read: Result<T, warehouse::WarehouseError>,
    ) -> Result<T, ApiError> {
        match &mut self.tx {
            Ok(tx) => Ok(tx.leave_module(read).await?),
            Err(_) => Ok(read?),
        }
    }

    /// A part that was read elsewhere, and may have failed there.
    pub(super) fn taken<T, E: std::error::Error>(
        &mut self,
        name: &'static str,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_or_else(|error| self.failed(name, error), Some)
    }

    /// Leaves a part out because there is no warehouse.
    pub(super) fn skip<T>(&mut self, name: &'static str) -> Option<T> {
        metrics::counter!("http_degraded_modules_total", "route" => self.route, "module" => name)
            .increment(1);
        self.degraded.push(name);
        None
    }

    /// Leaves a part out because of an error.
    pub(super) fn failed<T>(&mut self, name: &'static str, error: impl std::error::Error) -> Option<T> {
        let cause = error.source().map(ToString::to_string);
        tracing::warn!(route = self.route, module = name, %error, cause, "a part of the page is left out");
        self.skip(name)
    }

    /// Ends the transaction; answers the names of what was left out.
    pub(super) async fn close(self) -> Vec<&'static str> {
        if let Ok(tx) = self.tx
            && let Err(error) = tx.close().await
        {
            tracing::debug!(route = self.route, %error, "the warehouse transaction ended by itself");
        }
        self.degraded
    }
}
