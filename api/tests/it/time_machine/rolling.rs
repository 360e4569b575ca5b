//! A hall of a generated chain that lives on, day by day: its people act through the API, its warehouse rolls forward.
use chrono::{DateTime, Duration, NaiveDate, Utc};
use reference::{
    builders::{AssistantRow, CardRow, MemberRow, RechargeRow, ServiceRow, SettlementRow},
    chain::{self, ChainSpec},
    rollup::{self, When},
};
use serde_json::{Value, json};
use testing::builders::{Site, User};

use super::{Stage, end_of, versions};
use crate::{
    app::App,
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

/// The chain's only hall.
const SITE: i64 = 1;
/// Of the chain, beside the two coaches and two members who act.
pub const CHAIN_COACH: i64 = 1_001;
pub const CHAIN_MEMBER: i64 = 1_000_003;

/// The hall, and what has been done there.
pub struct Rolling {
    pub stage: Stage,
    /// Deleted notes.
    pub deleted: Vec<i64>,
    dice: u64,
}

impl Rolling {
    /// A hall after `days` of business, today included, and rolled up.
    pub async fn after(days: u32) -> Self {
        let app = Stage::app().await;
        let (_, today) = world::now(&app.dbs).await;
        let spec = ChainSpec { sites: 1, coaches: 4, members: 24, days, seed: 6, last_day: today };
        reference::seed(app.dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
        let hall = people(&app).await;
        Self { stage: Stage::at(app, hall).await, deleted: vec![], dice: 20_260_420 }
    }

    /// 0..n, the same in every run.
    pub fn roll(&mut self, n: u64) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.dice >> 33) % n).unwrap()
    }

    /// A whole answer, with nothing degraded.
    pub async fn get(&self, path: &str) -> Value {
        let reply = self.stage.app.get(&self.stage.everyone, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        assert_eq!(reply.json["data"].get("degraded").cloned().unwrap_or(json!([])), json!([]), "{path}");
        reply.json
    }

    /// The business clock stands there.
    pub async fn set_clock(&self, at: DateTime<Utc>) {
        let real: DateTime<Utc> =
            sqlx::query_scalar("SELECT now()").fetch_one(self.stage.app.dbs.owner()).await.unwrap();
        self.stage.app.dbs.set_clock_offset((at - real).num_seconds()).await.unwrap();
    }

    /// What the till, the front desk and the ETL do on a date, up to its roll-up in the night.
    pub async fn roll_forward(&mut self, date: NaiveDate) {
        let (noon, seconds) = (end_of(date) - Duration::hours(20), 1_800 * (1 + self.roll(6)));
        let (dice, balance) = ([self.roll(10), self.roll(10), self.roll(10)], self.roll(5_000));
        let etl = self.stage.app.dbs.etl_owner();
        let (id, at) = (noon.timestamp(), noon + Duration::hours(7));
        if dice[0] > 2 {
            let mut service = ServiceRow::new(SITE, id, COACH, MEMBER, at);
            service.seconds = i32::try_from(seconds).unwrap();
            service.bonus = dice[1] == 0;
            service.insert(etl).await.unwrap();
            SettlementRow::new(SITE, id, MEMBER, 88.into(), at).insert(etl).await.unwrap();
        }
        if dice[1] > 6 {
            let customer = self.stage.of.customer;
            ServiceRow::new(SITE, id + 1, COLLEAGUE, customer, at).insert(etl).await.unwrap();
        }
        // The card moves when it is paid into; now and then at the very cut-off, with which the next date begins.
        let turns = if dice[2] == 0 { end_of(date) } else { at };
        if dice[2] < 3 {
            let mut recharge = RechargeRow::new(SITE, id, MEMBER, 500.into(), at);
            recharge.assistant_id = Some(COACH);
            recharge.insert(etl).await.unwrap();
            versions::pay_in(etl, SITE, &balance.to_string(), turns).await;
        }
        match dice[1] {
            3 => versions::promote(etl, SITE, &format!("{}级", dice[0]), turns).await,
            4 => versions::rename(etl, SITE, &format!("会员{balance}"), turns).await,
            _ => {}
        }
        chain::extend(etl, date).await.unwrap();
        rollup::run(etl, SITE, date..=date, When::EachNight).await.unwrap();
    }
}

/// Who acts there, in both databases.
async fn people(app: &App) -> Hall {
    let dbs = &app.dbs;
    let site = Site { site_id: SITE, ..Site::default() }.insert(dbs).await.unwrap();
    let etl = dbs.etl_owner();
    for coach in [COACH, COLLEAGUE] {
        AssistantRow::new(site, coach).insert(etl).await.unwrap();
    }
    for member in [MEMBER, STRANGER] {
        MemberRow::new(site, member).insert(etl).await.unwrap();
        CardRow::new(site, member, 250.into()).insert(etl).await.unwrap();
    }
    let user = async |user: User| user.insert(dbs).await.unwrap();
    Hall {
        site,
        coach: user(User::coach(site, COACH)).await,
        colleague: user(User::coach(site, COLLEAGUE)).await,
        manager: user(User::manager(site)).await,
        finance: user(User::default().role(site, "finance").bound(site, None)).await,
    }
}
