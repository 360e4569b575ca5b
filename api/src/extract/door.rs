//! Both databases, and who may open them.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use domain::{RuntimeContext, SiteId};
use store::{
    Access, AccountTx, AdminTx, SiteTx,
    connect::PgPool,
    limits::{self, Bucket, Limit, Taken},
};
use warehouse::{
    Warehouse, WarehouseError, WarehouseTx,
    past::{self, Past},
};

use crate::{
    error::{ApiError, Kind},
    token::Identity,
};

/// After a failed attempt nobody waits for the warehouse for this long: while it is away, pages without it stay fast.
const PAUSE: Duration = Duration::from_secs(2);

/// The pools. Opened by extractors only.
pub struct Door {
    biz: PgPool,
    warehouse: Option<GuardedWarehouse>,
}

#[derive(Clone)]
struct GuardedWarehouse {
    warehouse: Warehouse,
    patience: Duration,
    failed_at: Arc<Mutex<Option<Instant>>>,
    /// Dates at which halls had data, the earliest that was heard of: facts are voided, never taken away.
    first_dates: Arc<Mutex<HashMap<SiteId, NaiveDate>>>,
}

/// The warehouse, cut to the caller's site.
pub struct SiteWarehouse {
    guarded: Option<GuardedWarehouse>,
    site: SiteId,
    /// Where it was learned what is known of a past date: who reads first goes on in it.
    opened: Mutex<Option<WarehouseTx>>,
}

/// Why there is no warehouse to read.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseUnavailable {
    /// `database.etl_url` is not set.
    #[error("no warehouse is configured (database.etl_url)")]
    NotConfigured,
    /// It did not answer a moment ago, and is not asked again yet.
    #[error("the warehouse did not answer a moment ago")]
    Paused,
    /// No connection within the module's time.
    #[error("no connection to the warehouse within {} ms", .0.as_millis())]
    TookTooLong(Duration),
    /// It said why.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
}

impl From<WarehouseUnavailable> for ApiError {
    fn from(error: WarehouseUnavailable) -> Self {
        Self::caused(Kind::WarehouseDown, error)
    }
}

impl Door {
    /// Over these pools; `patience` bounds the wait for a warehouse connection.
    pub fn new(biz: PgPool, warehouse: Option<Warehouse>, patience: Duration) -> Self {
        let guard = |warehouse| GuardedWarehouse {
            warehouse,
            patience,
            failed_at: Arc::default(),
            first_dates: Arc::default(),
        };
        Self { biz, warehouse: warehouse.map(guard) }
    }

    /// The caller's transaction at a site: the statement that opens it checks user, site and token version.
    pub(super) async fn site(&self, who: Identity, site: SiteId, access: Access) -> Result<SiteTx, ApiError> {
        let tx = SiteTx::open(&self.biz, access, who.user_id, site, who.token_version).await?;
        welcome(&tx.caller.status)?;
        Ok(tx)
    }

    /// The caller's transaction on their own account.
    pub(super) async fn account(&self, who: Identity, access: Access) -> Result<AccountTx, ApiError> {
        let tx = AccountTx::open(&self.biz, access, who.user_id, who.token_version).await?;
        welcome(&tx.user.status)?;
        Ok(tx)
    }

    /// The caller's transaction over every site; it shows nothing to those who are no administrators.
    pub(super) async fn everywhere(&self, who: Identity, access: Access) -> Result<AdminTx, ApiError> {
        let tx = AdminTx::open(&self.biz, access, who.user_id, who.token_version).await?;
        welcome(&tx.admin.status)?;
        Ok(tx)
    }

    /// Takes one from a bucket of the shared rate limits.
    pub(crate) async fn take(&self, bucket: &Bucket, limit: Limit) -> Result<Taken, ApiError> {
        Ok(limits::take(&self.biz, bucket, limit).await?)
    }

    pub(super) fn warehouse(&self, site: SiteId) -> SiteWarehouse {
        SiteWarehouse { guarded: self.warehouse.clone(), site, opened: Mutex::default() }
    }

    /// For signing in, where there is no site yet.
    pub(super) fn accounts(&self) -> &PgPool {
        &self.biz
    }

    /// Whether the business database answers; the words are for operators.
    pub async fn business_ready(&self) -> Result<(), String> {
        store::connect::ping(&self.biz).await.map_err(|e| e.to_string())
    }

    /// Whether the warehouse answers; the words are for operators.
    pub async fn warehouse_ready(&self) -> Result<(), String> {
        let Some(guarded) = &self.warehouse else {
            return Err(WarehouseUnavailable::NotConfigured.to_string());
        };
        match tokio::time::timeout(guarded.patience, guarded.warehouse.ping()).await {
            Ok(answer) => answer.map_err(|e| e.to_string()),
            Err(_) => Err(WarehouseUnavailable::TookTooLong(guarded.patience).to_string()),
        }
    }

    /// (database, connections, idle ones), for gauges.
    pub fn pools(&self) -> Vec<(&'static str, u32, usize)> {
        let warehouse = self.warehouse.iter().map(|g| ("warehouse", g.warehouse.pool()));
        let pools = std::iter::once(("business", &self.biz)).chain(warehouse);
        pools.map(|(name, pool)| (name, pool.size(), pool.num_idle())).collect()
    }
}

/// Constant for every way of not being welcome: the token is worth nothing any more.
fn welcome(status: &str) -> Result<(), ApiError> {
    if status == "disabled" { Err(Kind::TokenRevoked.into()) } else { Ok(()) }
}

impl SiteWarehouse {
    /// What the warehouse knows of the context's past date; `None`: it does not say, within a module's time. The
    /// transaction stays open for the first [`Self::begin`], so that what was learned late and the figures are of one
    /// moment.
    pub(super) async fn past(&self, ctx: &RuntimeContext) -> Option<Past> {
        let ask = async {
            let mut tx = self.begin().await?;
            let past = match self.first_date().filter(|first| *first <= ctx.today()) {
                Some(first) => Past { first_date: Some(first), revised: past::revised(&mut tx, ctx).await? },
                None => past::known(&mut tx, ctx).await?,
            };
            Ok::<_, WarehouseUnavailable>((past, tx))
        };
        let guarded = self.guarded.as_ref()?;
        let patience = guarded.patience;
        let said = match tokio::time::timeout(patience, ask).await {
            Ok(said) => said,
            Err(_) => Err(WarehouseUnavailable::TookTooLong(patience)),
        };
        match said {
            Ok((past, tx)) => {
                *held(&self.opened) = Some(tx);
                if let Some(first) = past.first_date {
                    held(&guarded.first_dates).insert(self.site, first);
                }
                Some(past)
            }
            Err(error) => {
                tracing::warn!(site_id = ctx.site_id.0, %error, "a past date is shown without what was learned late");
                None
            }
        }
    }

    /// The first date of which the site is known already to have data.
    pub(super) fn first_date(&self) -> Option<NaiveDate> {
        held(&self.guarded.as_ref()?.first_dates).get(&self.site).copied()
    }

    /// Opens the site's read transaction.
    pub async fn begin(&self) -> Result<WarehouseTx, WarehouseUnavailable> {
        if let Some(opened) = held(&self.opened).take() {
            return Ok(opened);
        }
        let Some(guarded) = &self.guarded else { return Err(WarehouseUnavailable::NotConfigured) };
        let failed_at = || held(&guarded.failed_at);
        if failed_at().is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(WarehouseUnavailable::Paused);
        }
        let opened = match tokio::time::timeout(guarded.patience, guarded.warehouse.begin(self.site)).await {
            Ok(opened) => opened.map_err(WarehouseUnavailable::from),
            Err(_) => Err(WarehouseUnavailable::TookTooLong(guarded.patience)),
        };
        *failed_at() = opened.is_err().then(Instant::now);
        opened
    }
}

/// A poisoned lock still holds a usable value.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
