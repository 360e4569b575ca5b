//! The roll-up against the oracle, over generated chains and over random halls.
use std::{
    fmt::Debug,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use reference::{
    builders::{AssistantRow, MemberRow, RechargeRow, ServiceRow, SettlementRow, SiteRow, TierRow},
    chain::{self, ChainSpec},
    rollup::{self, When},
};
use rust_decimal::Decimal;
use sqlx::PgPool;
use testing::TestDbs;

use crate::{
    books::Books,
    day,
    oracle::{Hall, Summary},
};

/// Every snapshot of one date equals the oracle's: scores within 0.01, counts and money exactly.
async fn agrees(pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate) {
    let at = format!("site {site} on {d}");
    type Row = (i64, Decimal, Decimal);
    let read = |query: &'static str| sqlx::query_as::<_, Row>(query).bind(site).bind(d).fetch_all(pool);

    let stored = read(
        "SELECT member_id, stickiness_score, 0::numeric FROM dws.member_stickiness_index WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
    );
    same_scores(
        &at,
        "stickiness",
        stored.await.expect("the snapshot can be read"),
        hall.stickiness(d).into_iter(),
    );
    let stored = read(
        "SELECT member_id, nci_score, 0::numeric FROM dws.member_newconv_index WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
    );
    same_scores(&at, "NCI", stored.await.expect("the snapshot can be read"), hall.newconv(d).into_iter());
    let stored = read(
        "SELECT member_id, spi_score, 0::numeric FROM dws.member_spending_power_index WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
    );
    same_scores(
        &at,
        "SPI",
        stored.await.expect("the snapshot can be read"),
        hall.spending_power(d).into_iter(),
    );
    let stored: Vec<Row> = read("SELECT member_id, wbi_score, gap_days FROM dws.member_winback_index WHERE site_id = $1 AND stat_date = $2 ORDER BY 1").await.expect("the snapshot can be read");
    let winback = hall.winback(d);
    for row in &stored {
        close(&at, "gap_days", row.0, row.2, winback[&row.0].1);
    }
    same_scores(&at, "WBI", stored, winback.into_iter().map(|(member, (score, _))| (member, score)));
    relation_agrees(pool, hall, site, d, &at).await;
    summary_agrees(pool, hall, site, d, &at).await;
    pay_agrees(pool, hall, site, d, &at).await;
}

fn same_scores<K: PartialEq + Debug>(
    at: &str,
    what: &str,
    stored: Vec<(K, Decimal, Decimal)>,
    oracle: impl Iterator<Item = (K, f64)>,
) {
    let (keys, scores): (Vec<K>, Vec<f64>) = oracle.unzip();
    assert_eq!(
        stored.iter().map(|row| &row.0).collect::<Vec<_>>(),
        keys.iter().collect::<Vec<_>>(),
        "{what}, {at}"
    );
    for (row, score) in stored.iter().zip(scores) {
        close(at, what, &row.0, row.1, score);
    }
}

fn close(at: &str, what: &str, key: impl Debug, stored: Decimal, oracle: f64) {
    let stored: f64 = stored.to_string().parse().expect("a number");
    assert!((stored - oracle).abs() <= 0.01, "{what} of {key:?}, {at}: stored {stored}, oracle {oracle}");
}

async fn relation_agrees(pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate, at: &str) {
    type Row = (i64, i64, Decimal, Decimal, i32, Decimal, DateTime<Utc>);
    let stored: Vec<Row> = sqlx::query_as(
        "SELECT assistant_id, member_id, rs_score, relation_index, service_count_60d, hours_60d, last_service_time
         FROM dws.member_assistant_relation_index WHERE site_id = $1 AND stat_date = $2 ORDER BY 1, 2",
    )
    .bind(site)
    .bind(d)
    .fetch_all(pool)
    .await
    .expect("the snapshot can be read");
    let oracle = hall.relation(d);
    assert_eq!(
        stored.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(),
        oracle.keys().copied().collect::<Vec<_>>(),
        "pairs, {at}"
    );
    for (row, (pair, relation)) in stored.iter().zip(&oracle) {
        close(at, "RS", pair, row.2, relation.rs);
        assert_eq!(row.3, row.2 / Decimal::TEN, "relation_index of {pair:?}, {at}");
        assert_eq!(i64::from(row.4), relation.services_60d, "services of {pair:?}, {at}");
        close(at, "hours_60d", pair, row.5, relation.seconds_60d as f64 / 3600.0);
        assert_eq!(row.6, relation.last, "last service of {pair:?}, {at}");
    }
}

async fn summary_agrees(pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate, at: &str) {
    type Row = (i64, NaiveDate, NaiveDate, i32, i32, Decimal, i32, Decimal);
    let stored: Vec<Row> = sqlx::query_as(
        "SELECT member_id, first_consume_date, last_consume_date, total_visit_count, total_open_table_count,
                total_consume_amount, visit_count_60d, consume_amount_60d
         FROM dws.member_consumption_summary WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
    )
    .bind(site)
    .bind(d)
    .fetch_all(pool)
    .await
    .expect("the snapshot can be read");
    let stored: Vec<(i64, Summary)> = stored
        .into_iter()
        .map(|r| {
            let summary = Summary {
                first: r.1,
                last: r.2,
                visits: r.3.into(),
                tables: r.4.into(),
                amount: r.5,
                visits_60d: r.6.into(),
                amount_60d: r.7,
            };
            (r.0, summary)
        })
        .collect();
    assert_eq!(stored, hall.summary(d).into_iter().collect::<Vec<_>>(), "consumption summary, {at}");
}

async fn pay_agrees(pool: &PgPool, hall: &Hall, site: i64, d: NaiveDate, at: &str) {
    type Row = (i64, Option<i64>, Decimal, Decimal, Decimal, Decimal);
    let stored: Vec<Row> = sqlx::query_as(
        "SELECT assistant_id, tier_id, base_hours, bonus_hours, effective_hours, gross_salary
         FROM dws.assistant_daily_salary WHERE site_id = $1 AND stat_date = $2 ORDER BY 1",
    )
    .bind(site)
    .bind(d)
    .fetch_all(pool)
    .await
    .expect("the snapshot can be read");
    let oracle = hall.pay(d);
    assert_eq!(
        stored.iter().map(|r| r.0).collect::<Vec<_>>(),
        oracle.keys().copied().collect::<Vec<_>>(),
        "{at}"
    );
    for (row, (coach, pay)) in stored.iter().zip(&oracle) {
        assert_eq!((row.1, row.5), (pay.tier, pay.gross), "pay of {coach}, {at}");
        close(at, "base hours", coach, row.2, pay.base_seconds as f64 / 3600.0);
        close(at, "bonus hours", coach, row.3, pay.bonus_seconds as f64 / 3600.0);
        close(at, "hours", coach, row.4, (pay.base_seconds + pay.bonus_seconds) as f64 / 3600.0);
    }
}

#[tokio::test]
async fn a_chains_snapshots_are_the_oracles() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let spec =
        ChainSpec { sites: 2, coaches: 4, members: 50, days: 260, seed: 11, last_day: day("2026-11-20") };
    reference::seed(etl, &spec, &|_| {}).await.unwrap();
    for site in [1, 2] {
        let hall = Hall::load(etl, site).await.unwrap();
        let books = Books::load(etl, site, hall.calendar).await.unwrap();
        for back in [0, 1, 20, 51, 113, 200, 259] {
            let d = spec.last_day - Days::new(back);
            agrees(etl, &hall, site, d).await;
            books.agree(etl, &hall, site, d).await;
        }
    }
    let months: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT c.salary_month) FROM dws.assistant_salary_calc c
         JOIN dws.assistant_daily_salary d USING (site_id, salary_month, assistant_id, gross_salary, effective_hours)
         WHERE d.stat_date = c.salary_month + interval '1 month - 1 day'",
    )
    .fetch_one(etl)
    .await
    .unwrap();
    assert_eq!(months, 8, "whole months from March to October");
    assert_eq!(chain::last_day(etl).await.unwrap(), Some(spec.last_day));
}

/// Something that happened: days before the last one, minutes into the (calendar) day.
#[derive(Clone, Debug)]
struct Happened {
    back: u64,
    minute: i64,
    member: Option<i64>,
    void: bool,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Settled { settle_type: i16, cents: i64 },
    Served { coach: i64, minutes: i32, bonus: bool },
    Recharged { cents: i64 },
}

fn happened() -> impl Strategy<Value = Happened> {
    let member = prop_oneof![1 => Just(None), 1 => Just(Some(0)), 8 => (1i64..6).prop_map(Some)];
    let what = prop_oneof![
        4 => (prop::sample::select(vec![1i16, 1, 1, 3, 2, 4]), 0i64..100_000)
            .prop_map(|(settle_type, cents)| What::Settled { settle_type, cents }),
        4 => (1i64..4, 1i32..400, any::<bool>())
            .prop_map(|(coach, minutes, bonus)| What::Served { coach, minutes, bonus }),
        1 => (1i64..500_000).prop_map(|cents| What::Recharged { cents }),
    ];
    // Half of it lately, and some in the future of the last date.
    let back = prop_oneof![4 => 0u64..65, 4 => 0u64..200];
    (back, 0i64..2_000, member, prop::bool::weighted(0.1), what)
        .prop_map(|(back, minute, member, void, what)| Happened { back, minute, member, void, what })
}

fn random_hall() -> impl Strategy<Value = (&'static str, i16, Vec<u64>, Vec<Happened>)> {
    (
        prop::sample::select(vec!["Asia/Shanghai", "America/New_York", "Europe/London"]),
        0i16..=12,
        prop::collection::vec(0u64..90, 5),
        prop::collection::vec(happened(), 0..40),
    )
}

async fn write(
    pool: &PgPool,
    site: i64,
    last: NaiveDate,
    registered: &[u64],
    all: &[Happened],
) -> sqlx::Result<()> {
    let midnight = |back: u64| (last - Days::new(back)).and_time(chrono::NaiveTime::MIN).and_utc();
    for (member, back) in (1..).zip(registered) {
        MemberRow::new(site, member).registered(midnight(*back) + Duration::hours(15)).insert(pool).await?;
    }
    for coach in 1..4 {
        AssistantRow::new(site, coach).insert(pool).await?;
    }
    for (tier, hours) in [(1, 0), (2, 5), (3, 12)] {
        TierRow::new(site, tier, hours, 50 + hours).insert(pool).await?;
    }
    for (id, event) in (1..).zip(all) {
        let at = midnight(event.back) + Duration::minutes(event.minute);
        match event.what {
            What::Settled { settle_type, cents } => {
                let mut row =
                    SettlementRow::new(site, id, 0, Decimal::new(cents, 2), at).settle_type(settle_type);
                (row.member_id, row.void) = (event.member, event.void);
                row.insert(pool).await?;
            }
            What::Served { coach, minutes, bonus } => {
                let mut row = ServiceRow::new(site, id, coach, 0, at).seconds(minutes * 60, bonus);
                (row.member_id, row.void) = (event.member, event.void);
                row.insert(pool).await?;
            }
            What::Recharged { cents } => {
                let member = event.member.filter(|member| *member != 0).unwrap_or(1);
                let mut row = RechargeRow::new(site, id, member, Decimal::new(cents, 2), at);
                row.void = event.void;
                row.insert(pool).await?;
            }
        }
    }
    Ok(())
}

/// 200 random halls: odd hours, both ends of every window, voids, walk-ins, zones with summer time.
#[test]
fn random_halls_snapshots_are_the_oracles() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dbs = runtime.block_on(TestDbs::new()).unwrap();
    let sites = AtomicI64::new(1);
    // 10 November: the windows reach over both clock changes of the year.
    let last = day("2026-11-10");
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    runner
        .run(&random_hall(), |(zone, cutoff, registered, all)| {
            let site = sites.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(async {
                let etl = dbs.etl_owner();
                SiteRow::new(site).calendar(zone, cutoff).insert(etl).await.unwrap();
                write(etl, site, last, &registered, &all).await.unwrap();
                let first = last - Days::new(30);
                rollup::run(etl, site, first..=last, When::EachNight).await.unwrap();
                let hall = Hall::load(etl, site).await.unwrap();
                let books = Books::load(etl, site, hall.calendar).await.unwrap();
                for d in [first, last - Days::new(9), last] {
                    agrees(etl, &hall, site, d).await;
                    books.agree(etl, &hall, site, d).await;
                }
            });
            Ok(())
        })
        .unwrap();
}
