//! Two halls in which coach, members and task ids could be confused, if anything confused them.
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::Calendar;
use reference::builders::{
    AssistantRow, CardRow, ConsumptionRow, MemberRow, RelationRow, SalaryRow, SiteRow, TierRow,
};
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use crate::app::App;

/// The coach of both halls has this id in each.
pub const COACH: i64 = 11;
/// Another coach of each hall.
pub const COLLEAGUE: i64 = 12;
/// A member of both halls, paired with [`COACH`].
pub const MEMBER: i64 = 1001;
/// Another one, paired with [`COLLEAGUE`].
pub const STRANGER: i64 = 1002;

/// One hall and its people.
#[derive(Clone, Copy, Debug)]
pub struct Hall {
    pub site: i64,
    pub coach: i64,
    pub colleague: i64,
    pub manager: i64,
    pub finance: i64,
}

/// Business now and today of a Shanghai hall.
pub async fn now(dbs: &TestDbs) -> (DateTime<Utc>, NaiveDate) {
    let now: DateTime<Utc> =
        sqlx::query_scalar("SELECT biz.business_now()").fetch_one(dbs.owner()).await.unwrap();
    (now, Calendar::new("Asia/Shanghai", 8).unwrap().business_date(now))
}

/// Turns business time to an instant ahead of the machine's clock, for tests at the edges of days and months.
pub async fn set_now(dbs: &TestDbs, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(dbs.owner()).await.unwrap();
    dbs.set_clock_offset((at - now).num_seconds()).await.unwrap();
}

/// A hall with a coach, a colleague, a manager and finance, and their two members in the warehouse.
pub async fn hall(app: &App) -> Hall {
    let dbs = &app.dbs;
    let site = Site::default().insert(dbs).await.unwrap();
    let user = async |user: User| user.insert(dbs).await.unwrap();
    let hall = Hall {
        site,
        coach: user(User::coach(site, COACH)).await,
        colleague: user(User::coach(site, COLLEAGUE)).await,
        manager: user(User::manager(site)).await,
        finance: user(User::default().role(site, "finance").bound(site, None)).await,
    };
    let (_, today) = now(dbs).await;
    let etl = dbs.etl_owner();
    SiteRow::new(site).insert(etl).await.unwrap();
    for coach in [COACH, COLLEAGUE] {
        AssistantRow::new(site, coach).insert(etl).await.unwrap();
    }
    for member in [MEMBER, STRANGER] {
        let mut row = MemberRow::new(site, member).nickname(&format!("会员{member}@{site}"));
        row.mobile = Some("13912345678".to_owned());
        row.insert(etl).await.unwrap();
        CardRow::new(site, member, "250.5".parse().unwrap()).insert(etl).await.unwrap();
        let last = today - Days::new(12);
        ConsumptionRow::new(site, today, member, last).insert(etl).await.unwrap();
    }
    RelationRow::new(site, today, COACH, MEMBER).rs("8.51").insert(etl).await.unwrap();
    RelationRow::new(site, today, COLLEAGUE, STRANGER).rs("3.00").insert(etl).await.unwrap();
    for (tier, hours) in [(1, 0), (2, 100), (3, 130)] {
        TierRow::new(site, tier, hours, 90).insert(etl).await.unwrap();
    }
    let mut pay = SalaryRow::new(site, today, COACH, "101.5".parse().unwrap());
    pay.tier_id = 2;
    pay.insert(etl).await.unwrap();
    hall
}

/// An active task of [`COACH`] for [`MEMBER`].
pub async fn task(app: &App, hall: Hall) -> i64 {
    Task::new(hall.site, COACH, MEMBER).insert(&app.dbs).await.unwrap()
}
