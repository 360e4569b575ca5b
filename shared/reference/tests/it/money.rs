//! The hall's money on hand-made rows: what the books of a generated chain show too seldom.
use chrono::NaiveDate;
use reference::{
    builders::{AssistantRow, RechargeRow, ServiceRow, SettlementRow, SiteRow, TierRow},
    rollup::{self, When},
};
use rust_decimal::Decimal;
use sqlx::PgPool;
use testing::TestDbs;

use crate::{at, day};

async fn roll_up(etl: &PgPool, first: NaiveDate, last: NaiveDate) {
    rollup::run(etl, 1, first..=last, When::EachNight).await.expect("the dates can be rolled up");
}

fn yuan(text: &str) -> Decimal {
    text.parse().expect("an amount")
}

#[tokio::test]
async fn group_buying_comes_in_once_as_settled_else_as_booked() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    SiteRow::new(1).insert(etl).await.unwrap();
    let (first, last) = (day("2026-11-19"), day("2026-11-20"));
    for (id, time) in [(1, "2026-11-19T12:00:00Z"), (2, "2026-11-20T12:00:00Z")] {
        // A walk-in's: the hall's money is not per customer.
        SettlementRow::new(1, id, 0, yuan("100"), at(time)).insert(etl).await.unwrap();
    }
    SettlementRow::new(1, 3, 0, yuan("7"), at("2026-11-20T12:00:00Z"))
        .settle_type(4)
        .insert(etl)
        .await
        .unwrap();
    SettlementRow::new(1, 4, 0, yuan("9"), at("2026-11-20T12:00:00Z")).void().insert(etl).await.unwrap();
    RechargeRow::new(1, 1, 501, yuan("500"), at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    sqlx::raw_sql(
        "UPDATE dwd.settlement SET cash_paid = 30, online_paid = 10, groupbuy_paid = 60 WHERE order_settle_id IN (1, 2);
         INSERT INTO dws.platform_settlement VALUES (1, '2026-11-20', '美团', 50, 3), (1, '2026-11-20', '抖音', 4.50, 0.25);
         INSERT INTO dwd.expense VALUES (1, 1, 'fixed', '房租', 1000, '2026-11-20')",
    )
    .execute(etl)
    .await
    .unwrap();
    roll_up(etl, first, last).await;
    let days: Vec<(NaiveDate, Decimal, Decimal, Decimal)> = sqlx::query_as(
        "SELECT stat_date, gross_amount, cash_in, cash_out FROM dws.finance_daily_summary ORDER BY 1",
    )
    .fetch_all(etl)
    .await
    .unwrap();
    assert_eq!(
        days,
        vec![
            (first, yuan("100"), yuan("100.00"), yuan("0")),
            (last, yuan("100"), yuan("594.50"), yuan("1003.25")),
        ],
        "40 at the till, 54.50 settled instead of 60 booked, 500 recharged; rent and fees"
    );
}

#[tokio::test]
async fn a_tier_reached_raises_the_pay_of_the_days_before_when_it_is_reached() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    SiteRow::new(1).insert(etl).await.unwrap();
    AssistantRow::new(1, 11).insert(etl).await.unwrap();
    TierRow::new(1, 1, 0, 50).insert(etl).await.unwrap();
    TierRow::new(1, 2, 5, 60).insert(etl).await.unwrap();
    // Four hours, then two more that reach five; the second service is a walk-in's.
    ServiceRow::new(1, 1, 11, 501, at("2026-11-01T12:00:00Z"))
        .seconds(4 * 3600, false)
        .insert(etl)
        .await
        .unwrap();
    ServiceRow::new(1, 2, 11, 0, at("2026-11-02T12:00:00Z"))
        .seconds(2 * 3600, false)
        .insert(etl)
        .await
        .unwrap();
    let (first, last) = (day("2026-11-01"), day("2026-11-03"));
    // Day by day, and the month's turn before it: what pay grows by does not depend on what one call rolls up.
    roll_up(etl, day("2026-10-31"), first).await;
    roll_up(etl, day("2026-11-02"), last).await;
    let own: Vec<(Decimal, i32, i32)> = sqlx::query_as(
        "SELECT base_income, service_count, customer_count FROM dws.assistant_daily_detail
         WHERE stat_date >= '2026-11-01' ORDER BY stat_date",
    )
    .fetch_all(etl)
    .await
    .unwrap();
    assert_eq!(own, vec![(yuan("200"), 1, 1), (yuan("120"), 1, 0), (yuan("0"), 0, 0)]);
    let grown: Vec<(NaiveDate, String, Decimal)> =
        sqlx::query_as("SELECT stat_date, item_name, amount FROM dws.finance_expense_summary ORDER BY 1, 2")
            .fetch_all(etl)
            .await
            .unwrap();
    assert_eq!(
        grown,
        vec![
            (first, "基础课".to_owned(), yuan("200")),
            (day("2026-11-02"), "基础课".to_owned(), yuan("160"))
        ],
        "six hours at 60 are 360"
    );
}

#[tokio::test]
async fn a_discount_is_shared_by_items_to_the_cent() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    SiteRow::new(1).insert(etl).await.unwrap();
    let d = day("2026-11-20");
    SettlementRow::new(1, 1, 501, yuan("3"), at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    SettlementRow::new(1, 2, 501, yuan("0"), at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    sqlx::raw_sql(
        "UPDATE dwd.settlement SET table_charge_money = 1, goods_money = 1, assistant_pd_money = 1, discount_amount = 1,
             cash_paid = 2 WHERE order_settle_id = 1;
         UPDATE dwd.settlement SET discount_amount = 0.01 WHERE order_settle_id = 2",
    )
    .execute(etl)
    .await
    .unwrap();
    roll_up(etl, d, d).await;
    let items: Vec<(String, Decimal, Decimal)> = sqlx::query_as(
        "SELECT category_name, gross_amount, discount_amount FROM dws.finance_income_structure
         WHERE dimension = 'item' ORDER BY discount_amount, category_name COLLATE \"C\"",
    )
    .fetch_all(etl)
    .await
    .unwrap();
    let item = |name: &str, discount: &str| (name.to_owned(), yuan("1"), yuan(discount));
    assert_eq!(items, vec![item("基础课", "0.33"), item("台费", "0.34"), item("酒水", "0.34")]);
}
