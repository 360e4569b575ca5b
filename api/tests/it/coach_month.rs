//! A coach's March, with everything that must not be counted in it.
use reference::builders::{RelationRow, SalaryRow, ServiceRow};
use serde_json::Value;
use sqlx::PgPool;
use testing::TestDbs;

use crate::{
    app::{App, Sources},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

/// Noon of 20 March in Shanghai.
pub const NOW: &str = "2031-03-20T04:00:00Z";
/// Served, and in no dimension of members.
pub const DELETED: i64 = 1003;

/// A number as the answer spells it.
pub fn text(value: &Value) -> String {
    value.to_string()
}

/// What an answer should be, numbers with their places.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Ids of a list.
pub fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

pub async fn app() -> App {
    app_with(Sources::Both, &[]).await
}

/// At [`NOW`].
pub async fn app_with(sources: Sources, keys: &[(&str, &str)]) -> App {
    let app = App::with(TestDbs::new().await.unwrap(), sources, keys).await;
    world::set_now(&app.dbs, NOW).await;
    app
}

/// What a snapshot says of a pair's first service.
pub async fn first_served(etl: &PgPool, site: i64, on: &str, coach: i64, member: i64, first: &str) {
    sqlx::query(
        "INSERT INTO dws.assistant_customer_stats (site_id, stat_date, assistant_id, member_id, service_count_total,
             hours_total, ledger_amount_total, first_service_date, last_service_date)
         VALUES ($1, $2::text::date, $3, $4, 9, 18, 1800.5, $5::text::date, $5::text::date)",
    )
    .bind(site)
    .bind(on)
    .bind(coach)
    .bind(member)
    .bind(first)
    .execute(etl)
    .await
    .unwrap();
}

/// The month of [`COACH`]: five services that count, and one each of last month's last second, tomorrow's first, void,
/// and a colleague's.
pub async fn hall(app: &App) -> Hall {
    let hall = world::hall(app).await;
    let (etl, site) = (app.dbs.etl_owner(), hall.site);
    let service = |id, coach, member, at: &str| ServiceRow::new(site, id, coach, member, at.parse().unwrap());
    for row in [
        service(1, COACH, MEMBER, "2031-03-01T00:00:00Z"),
        service(2, COACH, MEMBER, "2031-02-28T23:59:59Z"),
        service(3, COACH, STRANGER, "2031-03-05T12:00:00Z").seconds(5400, true),
        service(4, COACH, 0, "2031-03-05T15:00:00Z").seconds(1800, false),
        service(5, COACH, MEMBER, "2031-03-05T16:00:00Z").void(),
        service(6, COLLEAGUE, STRANGER, "2031-03-05T12:00:00Z"),
        service(7, COACH, MEMBER, "2031-03-20T03:00:00Z").seconds(3600, false),
        service(8, COACH, DELETED, "2031-03-20T03:30:00Z").seconds(3600, false),
        service(9, COACH, MEMBER, "2031-03-21T00:00:00Z"),
    ] {
        row.insert(etl).await.unwrap();
    }
    first_served(etl, site, "2031-03-18", COACH, STRANGER, "2030-01-01").await;
    first_served(etl, site, "2031-03-19", COACH, MEMBER, "2030-01-05").await;
    first_served(etl, site, "2031-03-19", COACH, STRANGER, "2031-03-05").await;
    first_served(etl, site, "2031-03-21", COACH, MEMBER, "2031-03-20").await;
    // The newest row of February counts, the others do not.
    for (date, hours) in [("2031-02-27", 1), ("2031-02-28", 120), ("2031-03-19", 3)] {
        let mut pay = SalaryRow::new(site, date.parse().unwrap(), COACH, hours.into());
        pay.tier_id = 2;
        pay.insert(etl).await.unwrap();
    }
    sqlx::query(
        "UPDATE dws.assistant_daily_salary
         SET base_hours = 95, bonus_hours = 6.5, base_course_price = 90, bonus_course_price = 180, base_income = 8550,
             bonus_income = 1170, recharge_commission = 300, goods_commission = 85.5, sprint_bonus = 100, reward = 50,
             deduction = 20, gross_salary = 10235.5
         WHERE site_id = $1 AND stat_date = '2031-03-20' AND assistant_id = $2",
    )
    .bind(site)
    .bind(COACH)
    .execute(etl)
    .await
    .unwrap();
    hall
}

/// A pair of the newest relation snapshot.
pub async fn paired(app: &App, site: i64, coach: i64, member: i64, rs: &str) {
    let on = "2031-03-20".parse().unwrap();
    RelationRow::new(site, on, coach, member).rs(rs).insert(app.dbs.etl_owner()).await.unwrap();
}
