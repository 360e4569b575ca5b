//! Every figure of the pages against raw rows of a generated chain.
mod coaches;
mod customers;
mod finance;
mod past;
mod ranking;

use chrono::NaiveDate;
use domain::{Calendar, Money, Period, RuntimeContext, SiteId, period::Time};
use reference::chain::ChainSpec;
use rust_decimal::Decimal;
use sqlx::PgPool;
use testing::TestDbs;
use warehouse::{Slice, WarehouseTx};

use crate::{
    at, day,
    ledger::{Ledger, Served},
    warehouse,
};

pub const ALL: Slice = Slice { limit: 1_000_000, offset: 0 };

/// A hall of 110 days, read in the night of its last.
pub struct Stage {
    pub dbs: TestDbs,
    pub ctx: RuntimeContext,
    pub ledger: Ledger,
}

impl Stage {
    pub async fn new(seed: u64) -> Self {
        let dbs = TestDbs::new().await.expect("the stage is set");
        let spec =
            ChainSpec { sites: 2, coaches: 5, members: 60, days: 110, seed, last_day: day("2026-11-20") };
        reference::seed(dbs.etl_owner(), &spec, &|_| {}).await.expect("the stage is set");
        let calendar = Calendar::new("Asia/Shanghai", 8).expect("the stage is set");
        let ctx = RuntimeContext::live(SiteId(2), at("2026-11-20T20:30:00Z"), calendar);
        let ledger = Ledger::load(dbs.etl_owner(), 2, calendar).await.expect("the stage is set");
        Self { dbs, ctx, ledger }
    }

    pub async fn read(&self) -> WarehouseTx {
        warehouse(&self.dbs).begin(self.ctx.site_id).await.expect("the stage is set")
    }

    pub fn owner(&self) -> &PgPool {
        self.dbs.etl_owner()
    }

    pub fn today(&self) -> NaiveDate {
        self.ctx.today()
    }

    pub fn period(&self, time: Time) -> Period {
        time.on(self.today())
    }
}

pub fn yuan(amount: Decimal) -> Money {
    Money::new(amount)
}

pub fn seconds<'a>(rows: impl Iterator<Item = &'a Served>) -> i64 {
    rows.map(|s| i64::from(s.income_seconds)).sum()
}
