//! Everything that reads the ETL warehouse: views `app.v_*`, one hall at a time, read only.
//!
//! A read begins with [`Warehouse::begin`]: one transaction of one moment, cut to one hall. Each file is a noun with its
//! row types; its SQL stands in `queries/`, where the views' column names are mapped to ours, once. Figures that depend
//! on time take a [`domain::RuntimeContext`]: snapshots are the newest `stat_date` up to its today, dimension versions
//! those valid at its moment.
//!
//! | module | reads |
//! |---|---|
//! | [`indices`] | the generator's input: every pair of a hall with RS, WBI, NCI of one date |
//! | [`service_log`] | the first service of a pair since a moment |
//! | [`assistant`], [`member`], [`card`] | names, levels, phones, stored balances |
//! | [`pair`] | a pair's services, and a brief of the member |
//! | [`consumption`], [`relation`] | last visits; RS and relation index of pairs |
//! | [`rhythm`] | members' own rhythm, their visits by week |
//! | [`settlement`], [`member_record`] | a member's consumptions; services and recharges of a month |
//! | [`coach_record`], [`coach_period`] | a coach's services, days, customers; sums of a period |
//! | [`customer_board`], [`finance`] | members ranked by a figure; the hall's money |
//! | [`metrics`] | the figures of `domain::metrics`, and the rows behind them |
//! | [`past`] | how far back a hall goes, and what was learned late |
//! | [`skill`] | what a coach can teach |
//! | [`salary`], [`tier`] | pay of the month to date; the pay tiers |
//! | [`contract`] | what a warehouse must provide, and the check of one that is there |

pub mod assistant;
pub mod card;
pub mod coach_period;
pub mod coach_record;
pub mod consumption;
pub mod contract;
pub mod customer_board;
mod error;
pub mod finance;
pub mod indices;
pub mod member;
pub mod member_record;
pub mod metrics;
pub mod pair;
pub mod past;
pub mod relation;
pub mod rhythm;
pub mod salary;
pub mod service_log;
pub mod settlement;
pub mod site;
pub mod skill;
pub mod tier;
mod transaction;

pub use error::WarehouseError;
pub use indices::Reading;
pub use transaction::{Slice, Snapshot, Warehouse, WarehouseTx};
