//! Properties RNS1.2 of customers, over the running API; those of pure rules stand in `domain::customers`.
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Datelike as _, Days, Duration, NaiveDate, Utc};
use domain::Calendar;
use proptest::{
    collection::vec,
    prelude::*,
    sample::subsequence,
    test_runner::{Config, TestCaseError, TestRunner},
};
use reference::builders::{AssistantRow, MemberRow, RechargeRow, RelationRow};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    builders::{Note, Task},
    property::CASES,
};

use crate::{
    app::App,
    customers::{PARTS, assert_only, furnished, page},
    world::{self, Hall, MEMBER},
};

type Outcome = Result<(), TestCaseError>;

/// An API over one hall, with a clock that was read once.
struct Stage {
    app: App,
    hall: Hall,
    now: DateTime<Utc>,
    today: NaiveDate,
}

/// Runs a property on [`CASES`] cases over one stage.
fn holds<S: Strategy>(strategy: &S, property: impl AsyncFn(&Stage, S::Value) -> Outcome) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter(); // (pools are dropped in a runtime)
    let stage = runtime.block_on(async {
        let app = App::new().await;
        let hall = world::hall(&app).await;
        for coach in 1..=4 {
            AssistantRow::new(hall.site, coach).insert(app.dbs.etl_owner()).await.unwrap();
        }
        let (now, today) = world::now(&app.dbs).await;
        Stage { app, hall, now, today }
    });
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(strategy, |case| runtime.block_on(property(&stage, case)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Numbers that no other case has: a thousand from here on.
fn fresh() -> i64 {
    static NUMBER: AtomicI64 = AtomicI64::new(100_000);
    NUMBER.fetch_add(1_000, Ordering::Relaxed)
}

impl Stage {
    /// Somebody whom no other case has.
    async fn member(&self) -> i64 {
        let member = fresh();
        MemberRow::new(self.hall.site, member).insert(self.app.dbs.etl_owner()).await.unwrap();
        member
    }

    async fn get(&self, path: &str) -> Result<Value, TestCaseError> {
        let reply = self.app.get(&self.app.token(self.hall.manager, self.hall.site), path).await;
        prop_assert_eq!(reply.status.as_u16(), 200, "{}: {}", path, reply.text);
        Ok(reply.json["data"].clone())
    }

    /// First day of the month before this one.
    fn last_month(&self) -> NaiveDate {
        Calendar::month_of(Calendar::month_of(self.today) - Days::new(1))
    }

    fn records(&self, member: i64, more: &str) -> String {
        let month = self.last_month();
        format!("{}/records?year={}&month={}{more}", page(member), month.year(), month.month())
    }
}

/// A service in a settlement: coach, seconds, bonus, `is_delete`.
type Served = (i64, i32, bool, i16);
/// A settlement: minutes into last month, table charge and goods in fen, services, `settle_type`, `is_delete`.
type Settled = (i64, i64, i64, Vec<Served>, i16, i16);

fn served() -> impl Strategy<Value = Served> {
    (1i64..=4, 0i32..20_000, any::<bool>(), prop_oneof![3 => Just(0i16), 1 => 1i16..3])
}

/// Mostly valid consumptions, besides void ones and other settle types.
fn settled() -> impl Strategy<Value = Vec<Settled>> {
    let kind = prop_oneof![4 => Just(1i16), 2 => Just(3i16), 1 => Just(2i16)];
    let void = prop_oneof![3 => Just(0i16), 1 => 1i16..3];
    vec((0i64..39_000, 0i64..10_000_000, 0i64..10_000_000, vec(served(), 0..4), kind, void), 0..8)
}

fn fen(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

/// At 100 yuan an hour, a bonus course at 200.
fn fee(seconds: i32, bonus: bool) -> Decimal {
    let price = Decimal::from(if bonus { 200 } else { 100 });
    (Decimal::from(seconds) * price / Decimal::from(3600))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn hours(seconds: i64) -> Decimal {
    (Decimal::from(seconds) / Decimal::from(3600))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

/// Writes them as an ETL would: a settlement's amount is what its valid parts cost. Settlements are `member + n`, their
/// services `member + 100·n + i`.
async fn live(stage: &Stage, member: i64, settlements: &[Settled]) {
    let etl = stage.app.dbs.etl_owner();
    let start = stage.now - Duration::days(29);
    for (n, (minutes, table, goods, services, kind, void)) in (0..).zip(settlements) {
        let at = start + Duration::minutes(*minutes);
        let valid = |bonus: bool| -> Decimal {
            services.iter().filter(|s| s.3 == 0 && s.2 == bonus).map(|s| fee(s.1, bonus)).sum()
        };
        sqlx::query(
            "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, member_id, site_table_id, table_charge_money,
                 goods_money, assistant_pd_money, assistant_cx_money, ledger_amount, cash_paid, create_time, is_delete, loaded_at)
             VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $5 + $6 + $7 + $8, $5 + $6 + $7 + $8, $9, $10, $9)",
        )
        .bind(stage.hall.site)
        .bind(member + n)
        .bind(kind)
        .bind(member)
        .bind(fen(*table))
        .bind(fen(*goods))
        .bind(valid(false))
        .bind(valid(true))
        .bind(at)
        .bind(void)
        .execute(etl)
        .await
        .unwrap();
        for (i, (coach, seconds, bonus, is_delete)) in (0..).zip(services) {
            serve(
                stage,
                (member + 100 * n + i, member + n),
                (*coach, member),
                (*seconds, *bonus, *is_delete),
                at,
            )
            .await;
        }
    }
}

async fn serve(
    stage: &Stage,
    (id, settlement): (i64, i64),
    (coach, member): (i64, i64),
    (seconds, bonus, is_delete): (i32, bool, i16),
    at: DateTime<Utc>,
) {
    let money = fee(seconds, bonus);
    let (pd, cx) = if bonus { (Decimal::ZERO, money) } else { (money, Decimal::ZERO) };
    sqlx::query(
        "INSERT INTO dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id,
             tenant_member_id, site_table_id, skill_name, course_kind, start_use_time, last_use_time, create_time,
             income_seconds, real_use_seconds, ledger_amount, assistant_pd_money, assistant_cx_money, is_delete, loaded_at)
         VALUES ($1, $2, $3, $4, $5, 1, '中式八球', $6, $7, $7, $7, $8, $8, $9, $10, $11, $12, $7)",
    )
    .bind(stage.hall.site)
    .bind(id)
    .bind(settlement)
    .bind(coach)
    .bind(member)
    .bind(if bonus { "bonus" } else { "base" })
    .bind(at)
    .bind(seconds)
    .bind(money)
    .bind(pd)
    .bind(cx)
    .bind(is_delete)
    .execute(stage.app.dbs.etl_owner())
    .await
    .unwrap();
}

/// 属性 1:消费记录金额拆分不变量
#[test]
fn property_rns12_01_consumption_is_the_sum_of_its_parts() {
    holds(&settled(), async |stage, settlements| {
        let member = stage.member().await;
        live(stage, member, &settlements).await;
        for record in stage.get(&page(member)).await?["consumptionRecords"].as_array().unwrap() {
            let fees: Decimal = record["coaches"].as_array().unwrap().iter().map(|c| number(&c["fee"])).sum();
            let parts = number(&record["tableFee"]) + number(&record["foodAmount"]) + fees;
            prop_assert_eq!(number(&record["totalAmount"]), parts, "{}", record);
        }
        Ok(())
    });
}

/// 属性 2:废单排除一致性
#[test]
fn property_rns12_02_void_rows_are_nowhere() {
    holds(&settled(), async |stage, settlements| {
        let member = stage.member().await;
        live(stage, member, &settlements).await;
        let data = stage.get(&page(member)).await?;
        let mut shown: Vec<i64> = data["consumptionRecords"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].as_i64().unwrap())
            .collect();
        shown.sort_unstable();
        let kept: Vec<i64> = (member..)
            .zip(&settlements)
            .filter(|(_, s)| s.5 == 0 && [1, 3].contains(&s.4))
            .map(|(id, _)| id)
            .collect();
        prop_assert_eq!(&shown, &kept);
        for record in data["consumptionRecords"].as_array().unwrap() {
            let n = usize::try_from(record["id"].as_i64().unwrap() - member).unwrap();
            let valid = settlements[n].3.iter().filter(|s| s.3 == 0).count();
            prop_assert_eq!(record["coaches"].as_array().unwrap().len(), valid);
        }
        let valid = settlements.iter().flat_map(|s| &s.3).filter(|s| s.3 == 0).count();
        let records = stage.get(&format!("{}/records", page(member))).await?;
        prop_assert_eq!(records["totalServiceCount"].as_u64(), u64::try_from(valid).ok());
        Ok(())
    });
}

/// 属性 3:助教费用拆分正确性
#[test]
fn property_rns12_03_a_base_course_costs_pd_and_a_bonus_course_cx() {
    holds(&settled(), async |stage, settlements| {
        let member = stage.member().await;
        live(stage, member, &settlements).await;
        for record in stage.get(&page(member)).await?["consumptionRecords"].as_array().unwrap() {
            let n = usize::try_from(record["id"].as_i64().unwrap() - member).unwrap();
            let served = settlements[n].3.iter().filter(|s| s.3 == 0);
            for (shown, (_, seconds, bonus, _)) in record["coaches"].as_array().unwrap().iter().zip(served) {
                prop_assert_eq!(&shown["courseType"], if *bonus { "激励课" } else { "基础课" });
                prop_assert_eq!(number(&shown["fee"]), fee(*seconds, *bonus));
                prop_assert_eq!(number(&shown["hours"]), hours((*seconds).into()));
            }
        }
        Ok(())
    });
}

/// 属性 6:列表上限约束 (notes, and what else the customer page cuts off)
#[test]
fn property_rns12_06_lists_end_where_they_should() {
    let cases = (0i64..60, 0i64..40, 0i64..25);
    holds(&cases, async |stage, (notes, consumptions, coaches)| {
        let member = stage.member().await;
        let (site, dbs) = (stage.hall.site, &stage.app.dbs);
        sqlx::query(
            "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
             SELECT $1, $2, 'member', $3, 'normal', '备注' FROM generate_series(1, $4)",
        )
        .bind(site)
        .bind(stage.hall.manager)
        .bind(member)
        .bind(notes)
        .execute(dbs.owner())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, member_id, table_charge_money, ledger_amount,
                 cash_paid, create_time, is_delete, loaded_at)
             SELECT $1, $2 + n, 1, $2, 10, 10, 10, $3 - n * interval '1 hour', 0, $3 FROM generate_series(1, $4) AS n",
        )
        .bind(site)
        .bind(member)
        .bind(stage.now)
        .bind(consumptions)
        .execute(dbs.etl_owner())
        .await
        .unwrap();
        for coach in 1..=coaches {
            RelationRow::new(site, stage.today, coach, member).insert(dbs.etl_owner()).await.unwrap();
        }
        let data = stage.get(&page(member)).await?;
        for (field, there, most) in
            [("notes", notes, 20), ("consumptionRecords", consumptions, 20), ("favoriteCoaches", coaches, 10)]
        {
            let shown = i64::try_from(data[field].as_array().unwrap().len()).unwrap();
            prop_assert_eq!(shown, there.min(most), "{}", field);
        }
        Ok(())
    });
}

/// Services and recharges of a member in a month: minutes into it, seconds, bonus, `is_delete`; minutes, fen.
type Month = (Vec<(i64, i32, bool, i16)>, Vec<(i64, i64)>);

fn month(most: usize) -> impl Strategy<Value = Month> {
    let void = prop_oneof![4 => Just(0i16), 1 => 1i16..3];
    let service = (0i64..60 * 24 * 28, 0i32..20_000, any::<bool>(), void);
    (vec(service, 0..most), vec((0i64..60 * 24 * 28, 1i64..1_000_000), 0..3))
}

async fn live_month(stage: &Stage, member: i64, (services, recharges): &Month) {
    let start = Calendar::new("Asia/Shanghai", 8).unwrap().start_of(stage.last_month());
    for (id, (minutes, seconds, bonus, is_delete)) in (member..).zip(services) {
        let at = start + Duration::minutes(*minutes);
        serve(stage, (id, id), (1, member), (*seconds, *bonus, *is_delete), at).await;
    }
    for (id, (minutes, amount)) in (member..).zip(recharges) {
        let at = start + Duration::minutes(*minutes);
        let row = RechargeRow::new(stage.hall.site, id, member, fen(*amount), at);
        row.insert(stage.app.dbs.etl_owner()).await.unwrap();
    }
}

/// 属性 7:月度汇总聚合正确性
#[test]
fn property_rns12_07_a_months_sums_are_of_its_course_rows() {
    holds(&month(20), async |stage, month| {
        let member = stage.member().await;
        live_month(stage, member, &month).await;
        let data = stage.get(&stage.records(member, "&pageSize=100")).await?;
        let valid: Vec<_> = month.0.iter().filter(|s| s.3 == 0).collect();
        prop_assert_eq!(data["monthCount"].as_u64(), u64::try_from(valid.len()).ok());
        prop_assert_eq!(number(&data["monthHours"]), hours(valid.iter().map(|s| i64::from(s.1)).sum()));
        let courses =
            data["records"].as_array().unwrap().iter().filter(|r| r["recordType"] == "course").count();
        prop_assert_eq!(
            (courses, data["total"].as_u64()),
            (valid.len(), u64::try_from(valid.len() + month.1.len()).ok())
        );
        Ok(())
    });
}

/// 属性 10:优雅降级 (any parts at once; one after the other stand in `customers`)
#[test]
fn property_rns12_10_whatever_fails_the_rest_is_there() {
    let order = [
        "aiInsight",
        "coachTasks",
        "retentionClues",
        "notes",
        "balance",
        "metrics",
        "consumption60d",
        "daysSinceVisit",
        "idealInterval",
        "consumptionRecords",
        "favoriteCoaches",
        "coachStats",
        "coachNames",
    ];
    let whole = tokio::sync::OnceCell::new();
    holds(&subsequence(&PARTS[..], 0..=PARTS.len()), async |stage, broken| {
        let whole = whole
            .get_or_init(async || {
                furnished(&stage.app, stage.hall).await;
                stage.get(&page(MEMBER)).await.unwrap()
            })
            .await;
        let rename = async |back: bool| {
            for (n, (schema, source, ..)) in broken.iter().enumerate() {
                let (owner, kind) = match *schema {
                    "app" => (stage.app.dbs.etl_owner(), "VIEW"),
                    _ => (stage.app.dbs.owner(), "TABLE"),
                };
                let gone = format!("gone_{n}");
                let (from, to) = if back { (gone.as_str(), *source) } else { (*source, gone.as_str()) };
                let sql = sqlx::AssertSqlSafe(format!("ALTER {kind} {schema}.{from} RENAME TO {to}"));
                owner.execute(sql).await.unwrap();
            }
        };
        rename(false).await;
        let data = stage.get(&page(MEMBER)).await;
        rename(true).await;
        let missing: Vec<&str> = broken.iter().flat_map(|part| part.2).copied().collect();
        let named: Vec<&str> =
            order.into_iter().filter(|name| broken.iter().any(|part| part.3.contains(name))).collect();
        assert_only(whole, &data?, &missing, &named, &format!("{broken:?}"));
        Ok(())
    });
}

/// 属性 12:数据隔离不变量 (a customer's page is of that customer)
#[test]
fn property_rns12_12_a_page_is_of_its_customer_alone() {
    // For whom of two, by which coach, hours ago, in which status.
    let statuses = prop_oneof![Just("inactive"), Just("completed"), Just("abandoned"), Just("transferred")];
    let tasks = vec((any::<bool>(), 1i64..=4, 1i64..500, statuses), 0..10);
    holds(&(tasks, vec(any::<bool>(), 0..6), settled()), async |stage, (tasks, notes, settlements)| {
        let (one, other) = (stage.member().await, stage.member().await);
        let whom = |first: bool| if first { one } else { other };
        let (site, dbs) = (stage.hall.site, &stage.app.dbs);
        let mut newest = BTreeMap::<(i64, i64), (DateTime<Utc>, i64)>::new();
        for (first, coach, ago, status) in &tasks {
            let at = stage.now - Duration::hours(*ago);
            let task = Task::new(site, *coach, whom(*first)).in_status(status).created(at);
            let made = (at, task.insert(dbs).await.unwrap());
            let kept = newest.entry((whom(*first), *coach)).or_insert(made);
            *kept = made.max(*kept);
        }
        for first in &notes {
            let mut note = Note::on_member(site, stage.hall.coach, 1, whom(*first));
            note.content = format!("关于{}", whom(*first));
            note.insert(dbs).await.unwrap();
        }
        live(stage, one, &settlements).await;
        for member in [one, other] {
            let data = stage.get(&page(member)).await?;
            let mut shown: Vec<i64> =
                data["coachTasks"].as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect();
            shown.sort_unstable();
            let mut expected: Vec<i64> =
                newest.iter().filter(|((of, _), _)| *of == member).map(|(_, (_, id))| *id).collect();
            expected.sort_unstable();
            prop_assert_eq!(shown, expected);
            let about = json!(format!("关于{member}"));
            let shown = data["notes"].as_array().unwrap();
            prop_assert_eq!(shown.len(), notes.iter().filter(|first| whom(**first) == member).count());
            prop_assert!(shown.iter().all(|note| note["content"] == about));
            let consumed = data["consumptionRecords"].as_array().unwrap();
            prop_assert!(member == one || consumed.is_empty());
        }
        Ok(())
    });
}

/// 属性 13:分页与 hasMore 正确性
#[test]
fn property_rns12_13_pages_cover_a_month_once() {
    holds(&(month(12), 1usize..=10, 1usize..=10), async |stage, (month, number, size)| {
        let member = stage.member().await;
        live_month(stage, member, &month).await;
        let total = month.0.iter().filter(|s| s.3 == 0).count() + month.1.len();
        let data = stage.get(&stage.records(member, &format!("&page={number}&pageSize={size}"))).await?;
        let shown = data["records"].as_array().unwrap();
        prop_assert_eq!(shown.len(), total.saturating_sub((number - 1) * size).min(size));
        prop_assert_eq!(&data["hasMore"], &json!(total > number * size));
        prop_assert_eq!(&data["total"], &json!(total));
        let all = stage.get(&stage.records(member, "&pageSize=100")).await?;
        let before = ((number - 1) * size).min(total);
        prop_assert_eq!(&all["records"].as_array().unwrap()[before..before + shown.len()], &shown[..]);
        let times: Vec<_> =
            all["records"].as_array().unwrap().iter().map(|r| r["createTime"].to_string()).collect();
        prop_assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
        Ok(())
    });
}

/// 属性 14:幂等性
#[test]
fn property_rns12_14_asking_again_changes_nothing() {
    holds(&(month(6), 2020i32..=2026, 1u32..=12), async |stage, (month, year, number)| {
        let member = stage.member().await;
        live_month(stage, member, &month).await;
        for path in
            [format!("{}/records?year={year}&month={number}", page(member)), stage.records(member, "")]
        {
            prop_assert_eq!(stage.get(&path).await?, stage.get(&path).await?);
        }
        Ok(())
    });
}
