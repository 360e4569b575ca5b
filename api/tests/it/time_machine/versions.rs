//! Rows of which the warehouse keeps every version: which of them a date shows, at its very edges.
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use reference::builders::{AssistantRow, CardRow, MemberRow, RelationRow, TierRow};
use serde_json::{Value, json};
use sqlx::PgPool;
use testing::builders::Task;

use super::{Stage, end_of};
use crate::world::{COACH, MEMBER};

/// Ends the member's version at an instant, and begins the next one with it.
pub async fn rename(etl: &PgPool, site: i64, name: &str, at: DateTime<Utc>) {
    turn(
        etl,
        "WITH ended AS (
             UPDATE dim.member SET scd2_end_time = $3, scd2_is_current = 0
             WHERE site_id = $1 AND member_id = $2 AND scd2_end_time IS NULL
             RETURNING site_id, member_id, mobile, register_time)
         INSERT INTO dim.member (site_id, member_id, mobile, register_time, nickname, scd2_start_time)
         SELECT site_id, member_id, mobile, register_time, $4, $3 FROM ended",
        (site, MEMBER),
        name,
        at,
    )
    .await;
}

/// The same of the coach: their level.
pub async fn promote(etl: &PgPool, site: i64, level: &str, at: DateTime<Utc>) {
    turn(
        etl,
        "WITH ended AS (
             UPDATE dim.assistant SET scd2_end_time = $3, scd2_is_current = 0
             WHERE site_id = $1 AND assistant_id = $2 AND scd2_end_time IS NULL
             RETURNING site_id, assistant_id, real_name, nickname, skill_codes, entry_time)
         INSERT INTO dim.assistant (site_id, assistant_id, real_name, nickname, skill_codes, entry_time, level_code,
             level_name, scd2_start_time)
         SELECT site_id, assistant_id, real_name, nickname, skill_codes, entry_time, 'level-' || $4, $4, $3 FROM ended",
        (site, COACH),
        level,
        at,
    )
    .await;
}

/// The same of the member's card: its balance.
pub async fn pay_in(etl: &PgPool, site: i64, balance: &str, at: DateTime<Utc>) {
    turn(
        etl,
        "WITH ended AS (
             UPDATE dim.member_card_account SET scd2_end_time = $3, scd2_is_current = 0
             WHERE site_id = $1 AND tenant_member_id = $2 AND scd2_end_time IS NULL
             RETURNING site_id, card_account_id, tenant_member_id, card_kind, card_type_name)
         INSERT INTO dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind, card_type_name,
             balance, scd2_start_time)
         SELECT site_id, card_account_id, tenant_member_id, card_kind, card_type_name, $4::numeric, $3 FROM ended",
        (site, MEMBER),
        balance,
        at,
    )
    .await;
}

async fn turn(etl: &PgPool, sql: &'static str, (site, id): (i64, i64), value: &str, at: DateTime<Utc>) {
    let done = sqlx::query(sql).bind(site).bind(id).bind(at).bind(value).execute(etl).await.unwrap();
    assert_eq!(done.rows_affected(), 1, "no version was open");
}

/// What the pages say of the member, their card, the coach and the tiers, as of a date.
async fn said(stage: &Stage, date: NaiveDate) -> Vec<Said> {
    let get = async |path: String| -> Value {
        let more = if path.contains('?') { '&' } else { '?' };
        let reply = stage.app.get(&stage.everyone, &format!("{path}{more}asOf={date}")).await;
        let data = reply.data();
        assert_eq!(data.get("degraded").cloned().unwrap_or(json!([])), json!([]), "{path}");
        data.clone()
    };
    let of = |list: &Value, name: &str, id: i64| -> Value {
        let rows = list.as_array().unwrap();
        rows.iter().find(|row| row[name] == id).unwrap_or_else(|| panic!("no {name} {id} in {list}")).clone()
    };
    let tasks = get(format!("/api/xcx/tasks?assistantId={COACH}&pageSize=100")).await;
    let task = of(&tasks["list"], "customerId", MEMBER);
    let customer = get(format!("/api/xcx/customers/{MEMBER}")).await;
    let records = get(format!("/api/xcx/customers/{MEMBER}/records")).await;
    let coach = get(format!("/api/xcx/coaches/{COACH}")).await;
    let pay = get(format!("/api/xcx/performance?assistantId={COACH}")).await;
    let coaches = get("/api/xcx/board/coaches?time=month".into()).await;
    let on_board = of(&coaches["list"], "assistantId", COACH);
    let ranked = get("/api/xcx/board/customers?dimension=balance&pageSize=100".into()).await;
    let ranked = of(&ranked["list"], "customerId", MEMBER);
    let found = get("/api/xcx/customers?q=%E7%89%88%E6%9C%AC&pageSize=100".into()).await;
    let named = [
        ("task list", &task["memberName"]),
        ("customer", &customer["name"]),
        ("records", &records["customerName"]),
        ("customer board", &ranked["name"]),
        ("coach's customers", &coach["topCustomers"][0]["name"]),
        ("coach board's customers", &on_board["topCustomers"][0]["name"]),
        ("search", &of(&found["list"], "id", MEMBER)["name"]),
    ];
    let balances = [
        ("task list", &task["balance"]),
        ("customer", &customer["balance"]),
        ("customer board", &ranked["balance"]),
        ("coach's customers", &coach["topCustomers"][0]["balance"]),
        ("coach", &coach["performance"]["customerBalance"]),
        ("coach board", &on_board["svAmount"]),
    ];
    let levels = [
        ("coach", &coach["level"]),
        ("pay", &pay["level"]),
        ("coach board", &on_board["level"]),
        ("customer's coaches", &customer["coachTasks"][0]["level"]),
        ("customer board's coaches", &ranked["assistants"][0]["level"]),
    ];
    let tiers = [("coach", &coach["tierNodes"]), ("pay", &pay["tierNodes"])];
    let all = |kind, said: &[(&'static str, &Value)]| -> Vec<Said> {
        said.iter().map(|(place, value)| (kind, *place, (*value).clone())).collect()
    };
    [all(NAME, &named), all(BALANCE, &balances), all(LEVEL, &levels), all(TIERS, &tiers)].concat()
}

/// What is said, on which page, and what it says.
type Said = (&'static str, &'static str, Value);

const NAME: &str = "name";
const BALANCE: &str = "balance";
const LEVEL: &str = "level";
const TIERS: &str = "tiers";

/// Numbers with the digits that they are answered with.
fn digits(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Whether every page says the old or the new.
fn assert_says(said: &[Said], new: bool, new_tiers: bool, when: &str) {
    for (kind, place, value) in said {
        let (old, next) = match *kind {
            NAME => (json!("旧版本"), json!("新版本")),
            BALANCE => (digits("100.00"), digits("70.25")),
            LEVEL => (json!("旧级"), json!("新级")),
            _ => (digits("[0.00, 100.00, 130.00]"), digits("[0.00, 55.00]")),
        };
        let is_new = if *kind == TIERS { new_tiers } else { new };
        assert_eq!(*value, if is_new { next } else { old }, "{when}: {kind}, {place}");
    }
}

/// A stage where everything versioned has its first version, and what the pages need to name it.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    let date = stage.days_ago(4);
    let (site, etl) = (stage.of.hall.site, stage.app.dbs.etl_owner());
    MemberRow::new(site, MEMBER).nickname("旧版本").insert(etl).await.unwrap();
    CardRow::new(site, MEMBER, 100.into()).insert(etl).await.unwrap();
    let mut coach = AssistantRow::new(site, COACH);
    coach.level = ("old".into(), "旧级".into());
    coach.insert(etl).await.unwrap();
    RelationRow::new(site, date, COACH, MEMBER).insert(etl).await.unwrap();
    let task = Task::new(site, COACH, MEMBER).of_type("relationship_building");
    task.created(end_of(date) - Duration::days(5)).insert(&stage.app.dbs).await.unwrap();
    stage
}

/// A date shows what began before the cut-off that ends it and did not end before it: what begins at the very cut-off is
/// the next date's, and what ends there is still this one's.
#[tokio::test]
async fn a_version_counts_from_its_first_microsecond_to_its_last() {
    for (micros, new_by_then) in [(-1, true), (0, false), (1, false)] {
        let stage = stage().await;
        let date = stage.days_ago(3);
        let (site, etl) = (stage.of.hall.site, stage.app.dbs.etl_owner());
        let at = end_of(date) + Duration::microseconds(micros);
        rename(etl, site, "新版本", at).await;
        pay_in(etl, site, "70.25", at).await;
        promote(etl, site, "新级", at).await;
        // Tiers come into force with a date.
        for (id, hours) in [(11, 0), (12, 55)] {
            let mut tier = TierRow::new(site, id, hours, 95);
            tier.effective_from = date + Days::new(1);
            tier.insert(etl).await.unwrap();
        }
        let when = |days| format!("a version from {micros} µs after the cut-off, {days} days later");
        assert_says(&said(&stage, date - Days::new(1)).await, false, false, &when(-1));
        assert_says(&said(&stage, date).await, new_by_then, false, &when(0));
        assert_says(&said(&stage, date + Days::new(1)).await, true, true, &when(1));
        assert_says(&said(&stage, stage.today).await, true, true, "today");
    }
}

/// Where no version follows, the date that ends with the last one is the last to show it.
#[tokio::test]
async fn who_is_gone_at_the_cut_off_was_there_on_the_date_that_it_ends() {
    let stage = Stage::new().await;
    let date = stage.days_ago(3);
    for (micros, found) in [(-1, 404), (0, 200), (1, 200)] {
        sqlx::query("UPDATE dim.member SET scd2_end_time = $3 WHERE site_id = $1 AND member_id = $2")
            .bind(stage.of.hall.site)
            .bind(MEMBER)
            .bind(end_of(date) + Duration::microseconds(micros))
            .execute(stage.app.dbs.etl_owner())
            .await
            .unwrap();
        for (days, wanted) in [(0, 200), (1, found), (2, 404)] {
            let on = date - Days::new(1) + Days::new(days);
            let path = format!("/api/xcx/customers/{MEMBER}?asOf={on}");
            let reply = stage.app.get(&stage.everyone, &path).await;
            assert_eq!(reply.status, wanted, "gone {micros} µs after the cut-off, on {on}: {}", reply.text);
        }
    }
}
