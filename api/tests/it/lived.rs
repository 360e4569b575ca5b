//! A hall that has been in business for months, and its raw rows.
use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::Calendar;
use reference::chain::ChainSpec;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::FromRow;
use testing::{
    TestDbs,
    builders::{Site, User},
};

use crate::{
    app::{App, Sources},
    world,
};

/// Site of [`Lived`]; the chain's first hall is another one.
pub const SITE: i64 = 2;

/// 110 days up to yesterday: 5 coaches, of whom one has left, and some 60 members.
pub struct Lived {
    pub app: App,
    /// Of a manager.
    pub token: String,
    pub today: NaiveDate,
    pub calendar: Calendar,
}

/// A valid consumption, walk-ins included.
#[derive(FromRow)]
pub struct Settled {
    pub member_id: Option<i64>,
    pub site_table_id: Option<i64>,
    pub table_charge_money: Decimal,
    pub goods_money: Decimal,
    pub assistant_pd_money: Decimal,
    pub assistant_cx_money: Decimal,
    pub card_paid: Decimal,
    pub ledger_amount: Decimal,
    pub discount_amount: Decimal,
    pub cash_paid: Decimal,
    pub online_paid: Decimal,
    pub groupbuy_paid: Decimal,
    pub create_time: DateTime<Utc>,
}

/// A valid service.
#[derive(FromRow)]
pub struct Served {
    pub assistant_service_id: i64,
    pub site_assistant_id: i64,
    pub tenant_member_id: Option<i64>,
    pub course_kind: String,
    pub income_seconds: i32,
    pub ledger_amount: Decimal,
    pub create_time: DateTime<Utc>,
}

/// A valid recharge.
#[derive(FromRow)]
pub struct Recharged {
    pub member_id: i64,
    pub assistant_id: Option<i64>,
    pub pay_amount: Decimal,
    pub is_first: bool,
    pub create_time: DateTime<Utc>,
}

impl Lived {
    pub async fn new(seed: u64) -> Self {
        // Generous: other tests run beside this one.
        let keys = [("API__MODULE_TIMEOUT_MS", "20000"), ("API__REQUEST_TIMEOUT_MS", "120000")];
        let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
        let (_, today) = world::now(&app.dbs).await;
        let last_day = today - Days::new(1);
        let spec = ChainSpec { sites: 2, coaches: 5, members: 60, days: 110, seed, last_day };
        reference::seed(app.dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
        let site = Site { site_id: SITE, ..Site::default() }.insert(&app.dbs).await.unwrap();
        let manager = User::manager(site).insert(&app.dbs).await.unwrap();
        let token = app.token(manager, site);
        Self { app, token, today, calendar: Calendar::new("Asia/Shanghai", 8).unwrap() }
    }

    /// The data of a page.
    pub async fn data(&self, path: &str) -> Value {
        self.app.get(&self.token, path).await.data().clone()
    }

    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        self.calendar.business_date(at)
    }

    pub async fn settled(&self) -> Vec<Settled> {
        self.rows(
            "SELECT * FROM dwd.settlement WHERE site_id = $1 AND is_delete = 0 AND settle_type IN (1, 3)",
        )
        .await
    }

    pub async fn served(&self) -> Vec<Served> {
        self.rows("SELECT * FROM dwd.assistant_service_log WHERE site_id = $1 AND is_delete = 0").await
    }

    pub async fn recharged(&self) -> Vec<Recharged> {
        self.rows("SELECT * FROM dwd.recharge_order WHERE site_id = $1 AND is_delete = 0").await
    }

    /// Date, platform's settled amount.
    pub async fn settled_by_platforms(&self) -> Vec<(NaiveDate, Decimal)> {
        self.rows("SELECT stat_date, settled_amount FROM dws.platform_settlement WHERE site_id = $1").await
    }

    /// (id, figure) of a query on the warehouse's own tables, the site as $1.
    pub async fn sums(&self, query: &'static str) -> BTreeMap<i64, Decimal> {
        self.rows::<(i64, Decimal)>(query).await.into_iter().collect()
    }

    pub async fn rows<T>(&self, query: &'static str) -> Vec<T>
    where
        T: Send + Unpin + for<'r> FromRow<'r, sqlx::postgres::PgRow>,
    {
        sqlx::query_as(query).bind(SITE).fetch_all(self.app.dbs.etl_owner()).await.unwrap()
    }
}

/// A number of an answer.
pub fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

/// Every field of the document's example is in the answer and the other way round, wherever both hold something.
pub fn assert_same_shape(example: &Value, answer: &Value, at: &str) {
    match (example, answer) {
        (Value::Object(example), Value::Object(answer)) => {
            let names = |fields: &serde_json::Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            let (mut said, mut given) = (names(example), names(answer));
            said.sort_unstable();
            given.sort_unstable();
            assert_eq!(said, given, "{at}");
            for (name, value) in example {
                assert_same_shape(value, &answer[name], &format!("{at}.{name}"));
            }
        }
        (Value::Array(example), Value::Array(answer)) => {
            for (example, answer) in example.iter().zip(answer) {
                assert_same_shape(example, answer, &format!("{at}[]"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (example, answer) => {
            assert_eq!(std::mem::discriminant(example), std::mem::discriminant(answer), "{at}");
        }
    }
}

/// The document's example of a GET.
pub fn example(path: &str) -> Value {
    let document: Value = serde_json::from_str(&api::cli::document()).unwrap();
    let content = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"];
    assert!(content["example"].is_object(), "{path} has no example");
    content["example"].clone()
}

/// Puts a view in the place of `app.quick` that takes long before its first row, also where it has none.
pub fn slow_view(view: &str) -> String {
    format!(
        "CREATE VIEW app.{view} AS
         SELECT q.* FROM (SELECT pg_sleep(20)::text AS slept OFFSET 0) AS slow,
              LATERAL (SELECT quick.* FROM app.quick WHERE slow.slept IS NOT NULL OFFSET 0) AS q"
    )
}
