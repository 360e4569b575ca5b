//! The reads against the reference warehouse, as the reader's role.
mod contract;
mod isolation;
mod ledger;
mod module;
mod pages;
mod reads;
mod rules;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Calendar, RuntimeContext, SiteId};
use testing::TestDbs;
use warehouse::Warehouse;

const SITE: i64 = 7;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Site 7 at noon of 21 November 2026, Shanghai.
fn noon() -> RuntimeContext {
    let calendar = Calendar::new("Asia/Shanghai", 8).expect("a calendar");
    RuntimeContext::live(SiteId(SITE), at("2026-11-21T04:00:00Z"), calendar)
}

fn warehouse(dbs: &TestDbs) -> Warehouse {
    Warehouse::new(dbs.etl_reader().clone())
}
