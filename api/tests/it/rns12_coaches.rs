//! Properties RNS1.2 of coaches and performance, over the running API; those of pure rules stand in
//! `domain::coaching`.
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Duration, Utc};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use reference::builders::{AssistantRow, RelationRow, SalaryRow, ServiceRow};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use testing::{builders::Task, property::CASES};

use crate::{
    app::App,
    coach_month::{self, ids},
    coach_pages_degraded::{PAGE, VIEWS, ask, furnished, only_lost, rename, whole},
    world::{self, Hall},
};

type Outcome = Result<(), TestCaseError>;

/// Runs a property on [`CASES`] cases over one API and one hall, in the evening of 20 March 2031.
fn holds<S: Strategy>(strategy: &S, property: impl AsyncFn(&App, Hall, S::Value) -> Outcome) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _entered = runtime.enter(); // (pools are dropped in a runtime)
    let (app, hall) = runtime.block_on(async {
        let app = coach_month::app().await;
        let hall = furnished(&app).await;
        (app, hall)
    });
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(strategy, |case| runtime.block_on(property(&app, hall, case)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// A number that no other case has.
fn fresh() -> i64 {
    static NUMBER: AtomicI64 = AtomicI64::new(100_000);
    NUMBER.fetch_add(1_000, Ordering::Relaxed)
}

/// A coach of the hall, known to the warehouse, whom no other case has.
async fn coach(app: &App, hall: Hall) -> i64 {
    let coach = fresh();
    AssistantRow::new(hall.site, coach).insert(app.dbs.etl_owner()).await.unwrap();
    coach
}

/// A service: minutes before now, seconds, bonus, `is_delete`.
type Served = (i64, i32, bool, i16);

fn services(size: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<Served>> {
    vec((1i64..25_000, 0i32..20_000, any::<bool>(), 0i16..3), size)
}

fn now() -> DateTime<Utc> {
    coach_month::NOW.parse().unwrap()
}

/// Writes them; ids go up from the coach's.
async fn insert(app: &App, hall: Hall, coach: i64, services: &[Served]) {
    let etl = app.dbs.etl_owner();
    for (id, (before, seconds, bonus, is_delete)) in (coach..).zip(services) {
        let at = now() - Duration::minutes(*before);
        ServiceRow::new(hall.site, id, coach, world::MEMBER, at)
            .seconds(*seconds, *bonus)
            .insert(etl)
            .await
            .unwrap();
        if *is_delete != 0 {
            sqlx::query("UPDATE dwd.assistant_service_log SET is_delete = $3 WHERE site_id = $1 AND assistant_service_id = $2")
                .bind(hall.site)
                .bind(id)
                .bind(is_delete)
                .execute(etl)
                .await
                .unwrap();
        }
    }
}

async fn get(app: &App, hall: Hall, path: &str) -> Result<Value, TestCaseError> {
    let reply = app.get(&app.token(hall.manager, hall.site), path).await;
    prop_assert!(reply.status == 200, "{}: {}", path, reply.text);
    Ok(reply.json["data"].clone())
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

fn hours(seconds: i64) -> Decimal {
    (Decimal::from(seconds) / Decimal::from(3600))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn records(page: &Value) -> Vec<Value> {
    let days = page["list"].as_array().unwrap();
    days.iter().flat_map(|day| day["records"].as_array().unwrap().clone()).collect()
}

/// 废单排除一致性: whatever the flag of a void row, none is on a page or in a sum.
#[test]
fn property_rns12_02_void_services_are_on_no_page_of_a_coach() {
    holds(&services(0..8), async |app, hall, services| {
        let coach = coach(app, hall).await;
        insert(app, hall, coach, &services).await;
        let valid = |s: &&(i64, &Served)| s.1.3 == 0;
        let all: Vec<(i64, &Served)> = (coach..).zip(&services).collect();
        let mut expected: Vec<i64> = all.iter().filter(valid).map(|s| s.0).collect();
        expected.sort_unstable();
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        let mut ids = ids(&shown["serviceRecords"]);
        ids.sort_unstable();
        prop_assert_eq!(&ids, &expected);
        // 25,000 minutes reach back to 2 March.
        let page =
            get(app, hall, &format!("/api/xcx/performance/records?assistantId={coach}&pageSize=100")).await?;
        prop_assert_eq!(&page["total"], &json!(expected.len()));
        let seconds = all.iter().filter(valid).map(|s| i64::from(s.1.1)).sum();
        prop_assert_eq!(number(&page["summary"]["totalHours"]), hours(seconds));
        let overview = get(app, hall, &format!("/api/xcx/performance?assistantId={coach}")).await?;
        let days = overview["days"].as_array().unwrap();
        let counted: i64 = days.iter().map(|day| day["count"].as_i64().unwrap()).sum();
        prop_assert_eq!(counted, expected.len() as i64);
        Ok(())
    });
}

/// 助教费用拆分正确性: a base course is worth its `assistant_pd_money`, a bonus course its `assistant_cx_money`, and
/// together they are what the coach's time cost; in pay the two are apart as well.
#[test]
fn property_rns12_03_base_and_bonus_courses_are_apart_and_add_up() {
    holds(&(services(1..6), 0i64..1_000_000, 0i64..1_000_000), async |app, hall, (services, base, bonus)| {
        let coach = coach(app, hall).await;
        insert(app, hall, coach, &services).await;
        let (base, bonus) = (Decimal::new(base, 2), Decimal::new(bonus, 2));
        let etl = app.dbs.etl_owner();
        SalaryRow::new(hall.site, "2031-03-20".parse().unwrap(), coach, Decimal::ONE)
            .insert(etl)
            .await
            .unwrap();
        sqlx::query(
            "UPDATE dws.assistant_daily_salary SET base_income = $3, bonus_income = $4, gross_salary = $3 + $4
             WHERE site_id = $1 AND assistant_id = $2",
        )
        .bind(hall.site)
        .bind(coach)
        .bind(base)
        .bind(bonus)
        .execute(etl)
        .await
        .unwrap();
        let raw: BTreeMap<i64, (Decimal, Decimal)> = sqlx::query_as::<_, (i64, Decimal, Decimal)>(
            "SELECT assistant_service_id, assistant_pd_money, assistant_cx_money FROM dwd.assistant_service_log
             WHERE site_id = $1 AND site_assistant_id = $2 AND is_delete = 0",
        )
        .bind(hall.site)
        .bind(coach)
        .fetch_all(etl)
        .await
        .unwrap()
        .into_iter()
        .map(|(id, pd, cx)| (id, (pd, cx)))
        .collect();
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        let page =
            get(app, hall, &format!("/api/xcx/performance/records?assistantId={coach}&pageSize=100")).await?;
        for record in shown["serviceRecords"].as_array().unwrap().iter().chain(&records(&page)) {
            let (pd, cx) = raw[&record["id"].as_i64().unwrap()];
            let worth = if record["courseType"] == "基础课" { pd } else { cx };
            prop_assert_eq!(number(&record["income"]), worth);
        }
        let sum: Decimal = raw.values().map(|(pd, cx)| pd + cx).sum();
        prop_assert_eq!(number(&page["summary"]["totalIncome"]), sum);
        let items = &shown["income"]["thisMonth"];
        prop_assert_eq!((&items[0]["label"], number(&items[0]["amount"])), (&json!("基础课时费"), base));
        prop_assert_eq!((&items[1]["label"], number(&items[1]["amount"])), (&json!("激励课时费"), bonus));
        prop_assert_eq!(number(&shown["performance"]["monthlySalary"]), base + bonus);
        Ok(())
    });
}

/// historyMonths 排序与预估标记
#[test]
fn property_rns12_05_history_of_a_coach_runs_backwards() {
    holds(&vec(0i64..260, 0..6), async |app, hall, days_ago| {
        let coach = coach(app, hall).await;
        let served: Vec<Served> = days_ago.iter().map(|days| (1 + days * 1_440, 3_600, false, 0)).collect();
        insert(app, hall, coach, &served).await;
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        let months: Vec<&Value> = shown["historyMonths"].as_array().unwrap().iter().collect();
        let named: Vec<&str> = months.iter().map(|m| m["month"].as_str().unwrap()).collect();
        prop_assert_eq!(&named, &["2031-03", "2031-02", "2031-01", "2030-12", "2030-11", "2030-10"]);
        for (place, month) in months.iter().enumerate() {
            prop_assert_eq!(&month["estimated"], &json!(place == 0));
            let name = named[place];
            let was_there = served.iter().any(|s| {
                // Noon in Shanghai: the business date is the calendar's.
                (now() - Duration::minutes(s.0)).format("%Y-%m").to_string() == name
            });
            prop_assert_eq!(&month["customersCount"], &json!(i64::from(was_there)));
            prop_assert_eq!(&month["customers"], &json!(format!("{}人", i64::from(was_there))));
        }
        Ok(())
    });
}

/// 列表上限约束
#[test]
fn property_rns12_06_lists_of_a_coach_end_at_their_limits() {
    let sizes = (0usize..45, 0i64..45, 0usize..45, 0i64..60);
    holds(&sizes, async |app, hall, (notes, pairs, served, hidden)| {
        let coach = coach(app, hall).await;
        sqlx::query(
            "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
             SELECT $1, $2, 'coach', $3, 'normal', 'x' FROM generate_series(1, $4)",
        )
        .bind(hall.site)
        .bind(hall.manager)
        .bind(coach)
        .bind(i32::try_from(notes).unwrap())
        .execute(app.dbs.owner())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO dws.member_assistant_relation_index (site_id, stat_date, assistant_id, member_id, rs_score,
                 relation_index, service_count_60d, hours_60d)
             SELECT $1, '2031-03-20', $2, n, 5, 0.5, 1, 1 FROM generate_series(1, $3) AS n",
        )
        .bind(hall.site)
        .bind(coach)
        .bind(pairs)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id,
                 site_table_id, skill_name, course_kind, create_time, income_seconds, real_use_seconds, ledger_amount,
                 assistant_pd_money, assistant_cx_money, is_delete, loaded_at)
             SELECT $1, $2 + n, n, $2, 1, 'x', 'base', $4 - make_interval(mins => n::integer), 60, 60, 1, 1, 0, 0, $4
             FROM generate_series(1, $3) AS n",
        )
        .bind(hall.site)
        .bind(coach)
        .bind(i64::try_from(served).unwrap())
        .bind(now())
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status)
             SELECT $1, $2, n, 'priority_recall', 'inactive' FROM generate_series(1, $3) AS n",
        )
        .bind(hall.site)
        .bind(coach)
        .bind(hidden)
        .execute(app.dbs.owner())
        .await
        .unwrap();
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        let length = |list: &str| shown[list].as_array().unwrap().len();
        prop_assert_eq!(length("notes"), notes.min(20));
        prop_assert_eq!(length("topCustomers"), usize::try_from(pairs).unwrap().min(20));
        prop_assert_eq!(length("serviceRecords"), served.min(20));
        prop_assert_eq!(length("hiddenTasks"), usize::try_from(hidden).unwrap().min(50));
        prop_assert_eq!(&shown["taskCounts"]["hidden"], &json!(hidden));
        Ok(())
    });
}

/// 月度汇总聚合正确性: the month's sums, the days' sums and the records say the same, whatever the size of the pages.
#[test]
fn property_rns12_07_sums_of_a_month_are_its_records() {
    holds(&(services(0..14), 1usize..6), async |app, hall, (services, page_size)| {
        let coach = coach(app, hall).await;
        insert(app, hall, coach, &services).await;
        let valid: Vec<&Served> = services.iter().filter(|s| s.3 == 0).collect();
        let seconds: i64 = valid.iter().map(|s| i64::from(s.1)).sum();
        let (mut seen, mut days) = (Vec::new(), BTreeMap::new());
        for page in 1.. {
            let path =
                format!("/api/xcx/performance/records?assistantId={coach}&page={page}&pageSize={page_size}");
            let answer = get(app, hall, &path).await?;
            prop_assert_eq!(&answer["summary"]["totalCount"], &json!(valid.len()));
            prop_assert_eq!(number(&answer["summary"]["totalHours"]), hours(seconds));
            for day in answer["list"].as_array().unwrap() {
                let sums = (day["count"].clone(), day["hours"].clone(), day["income"].clone());
                // A day that is on two pages says the same on both.
                prop_assert_eq!(days.entry(day["date"].to_string()).or_insert_with(|| sums.clone()), &sums);
            }
            seen.extend(records(&answer));
            if answer["hasMore"] == false {
                let income: Decimal = seen.iter().map(|r| number(&r["income"])).sum();
                prop_assert_eq!(number(&answer["summary"]["totalIncome"]), income);
                break;
            }
        }
        prop_assert_eq!(seen.len(), valid.len());
        let counted: i64 = days.values().map(|sums| sums.0.as_i64().unwrap()).sum();
        prop_assert_eq!(counted, valid.len() as i64);
        Ok(())
    });
}

/// emoji 映射正确性
#[test]
fn property_rns12_09_hearts_of_a_coach_s_closest_members() {
    holds(&vec(0u16..=1000, 1..6), async |app, hall, scores| {
        let coach = coach(app, hall).await;
        for (member, rs) in (1..).zip(&scores) {
            let rs = Decimal::new(i64::from(*rs), 2).to_string();
            let on = "2031-03-20".parse().unwrap();
            RelationRow::new(hall.site, on, coach, member).rs(&rs).insert(app.dbs.etl_owner()).await.unwrap();
        }
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        let top = shown["topCustomers"].as_array().unwrap();
        prop_assert_eq!(top.len(), scores.len());
        for customer in top {
            let index = number(&customer["relationIndex"]);
            let heart = match index {
                index if index >= Decimal::new(7, 1) => "❤️",
                index if index >= Decimal::new(3, 1) => "💛",
                _ => "🤍",
            };
            prop_assert_eq!(&customer["heartEmoji"], heart);
        }
        for pair in top.windows(2) {
            prop_assert!(number(&pair[0]["relationIndex"]) >= number(&pair[1]["relationIndex"]));
        }
        Ok(())
    });
}

/// 优雅降级: whichever source fails, its parts are empty and named, and the others are as before.
#[test]
fn property_rns12_10_parts_of_a_coach_s_pages_fail_alone() {
    holds(&(0..VIEWS.len()), async |app, hall, which| {
        let loss = &VIEWS[which];
        let whole = whole(app, hall, loss.page).await;
        rename(app, loss.source, "gone").await;
        let reply = ask(app, hall, loss.page).await;
        rename(app, "gone", loss.source).await;
        prop_assert_eq!(reply.status.as_u16(), 200);
        only_lost(&whole, &reply.json["data"], loss).map_err(TestCaseError::fail)
    });
}

/// 任务分组正确性: active, inactive and abandoned tasks are each in one list, all of them, and no others are in any.
#[test]
fn property_rns12_11_every_task_is_in_the_list_of_its_status() {
    const STATUSES: [&str; 5] = ["active", "inactive", "abandoned", "completed", "transferred"];
    holds(&vec(0..STATUSES.len(), 0..12), async |app, hall, picks| {
        let coach = coach(app, hall).await;
        let mut expected: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (member, pick) in (1..).zip(picks) {
            let task = Task::new(hall.site, coach, member).in_status(STATUSES[pick]);
            expected.entry(STATUSES[pick]).or_default().push(task.insert(&app.dbs).await.unwrap());
        }
        let shown = get(app, hall, &format!("/api/xcx/coaches/{coach}")).await?;
        for (list, status) in
            [("visibleTasks", "active"), ("hiddenTasks", "inactive"), ("abandonedTasks", "abandoned")]
        {
            let mut listed = ids(&shown[list]);
            listed.sort_unstable();
            prop_assert_eq!(&listed, expected.entry(status).or_default(), "{}", list);
        }
        Ok(())
    });
}

/// 数据隔离不变量: what a coach's pages list is this coach's and this hall's, though another hall has the same ids.
#[test]
fn property_rns12_12_pages_of_a_coach_hold_nothing_of_others() {
    holds(&vec((any::<bool>(), any::<bool>()), 0..8), async |app, hall, rows| {
        static OTHER: tokio::sync::OnceCell<Hall> = tokio::sync::OnceCell::const_new();
        let other = *OTHER.get_or_init(|| world::hall(app)).await;
        let (mine, theirs) = (coach(app, hall).await, coach(app, hall).await);
        AssistantRow::new(other.site, mine).insert(app.dbs.etl_owner()).await.unwrap();
        let (mut services, mut tasks) = (Vec::new(), Vec::new());
        for (id, (here, own)) in (mine..).zip(rows) {
            let site = if here { hall.site } else { other.site };
            let whose = if own { mine } else { theirs };
            let at = now() - Duration::minutes(1 + id - mine);
            ServiceRow::new(site, id, whose, world::MEMBER, at).insert(app.dbs.etl_owner()).await.unwrap();
            let task = Task::new(site, whose, id).insert(&app.dbs).await.unwrap();
            if here && own {
                services.push(id);
                tasks.push(task);
            }
        }
        let shown = get(app, hall, &format!("/api/xcx/coaches/{mine}")).await?;
        prop_assert_eq!(&ids(&shown["serviceRecords"]), &services);
        let mut listed = ids(&shown["visibleTasks"]);
        listed.sort_unstable();
        prop_assert_eq!(&listed, &tasks);
        let page =
            get(app, hall, &format!("/api/xcx/performance/records?assistantId={mine}&pageSize=100")).await?;
        prop_assert_eq!(ids(&json!(records(&page))), services);
        Ok(())
    });
}

/// 分页与 hasMore 正确性
#[test]
fn property_rns12_13_pages_of_records_and_has_more() {
    holds(&(0i64..40, 1i64..12, 1i64..20), async |app, hall, (total, page, page_size)| {
        let coach = coach(app, hall).await;
        let services: Vec<Served> = (0..total).map(|n| (1 + n * 7, 60, false, 0)).collect();
        insert(app, hall, coach, &services).await;
        let path =
            format!("/api/xcx/performance/records?assistantId={coach}&page={page}&pageSize={page_size}");
        let answer = get(app, hall, &path).await?;
        let first = ((page - 1) * page_size).min(total);
        let last = (page * page_size).min(total);
        let expected: Vec<i64> = (first..last).map(|n| coach + n).collect();
        prop_assert_eq!(ids(&json!(records(&answer))), expected);
        prop_assert_eq!(&answer["total"], &json!(total));
        prop_assert_eq!(&answer["hasMore"], &json!(total > page * page_size));
        Ok(())
    });
}

/// 幂等性: the same question has the same answer.
#[test]
fn property_rns12_14_a_month_asked_twice_is_the_same_month() {
    holds(&(2029i32..2033, 1u32..=12), async |app, hall, (year, month)| {
        for page in ["/api/xcx/performance", "/api/xcx/performance/records"] {
            let path = format!("{page}?year={year}&month={month}&assistantId={}", world::COACH);
            prop_assert_eq!(get(app, hall, &path).await?, get(app, hall, &path).await?);
        }
        prop_assert_eq!(get(app, hall, PAGE).await?, get(app, hall, PAGE).await?);
        Ok(())
    });
}
