//! CUST-1: the whole answer, its edges, its parts failing alone, and whose customers one sees.
use chrono::{Days, Duration};
use reference::builders::{
    AssistantRow, CardRow, MemberRow, RechargeRow, RelationRow, ServiceRow, SettlementRow, WinbackRow,
};
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Note, Task, User},
};

use crate::{
    app::{App, Sources},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

pub fn page(member: i64) -> String {
    format!("/api/xcx/customers/{member}")
}

/// Everything about [`MEMBER`], and things of others that must not be shown.
pub async fn furnished(app: &App, hall: Hall) -> i64 {
    let (now, today) = world::now(&app.dbs).await;
    let (site, etl) = (hall.site, app.dbs.etl_owner());
    let old = Task::new(site, COACH, MEMBER).in_status("completed").created(now - Duration::days(9));
    old.insert(&app.dbs).await.unwrap();
    let newest = Task::new(site, COACH, MEMBER).of_type("follow_up_visit").created(now - Duration::days(3));
    let newest = newest.insert(&app.dbs).await.unwrap();
    let given_up = Task::new(site, COLLEAGUE, MEMBER).in_status("abandoned").created(now - Duration::days(1));
    given_up.insert(&app.dbs).await.unwrap();
    Task::new(site, COACH, STRANGER).insert(&app.dbs).await.unwrap();
    for days in 1..=22 {
        let mut note = Note::on_member(site, hall.coach, COACH, MEMBER).created(now - Duration::days(days));
        note.content = format!("第{days}天前");
        note.insert(&app.dbs).await.unwrap();
    }
    Note::on_member(site, hall.coach, COACH, STRANGER).insert(&app.dbs).await.unwrap();
    for (kind, answer) in [
        ("app4_analysis", json!({ "summary": "喜欢晚场", "strategies": ["约周五", { "text": "送台费" }] })),
        ("app8_consolidate", json!({ "summary": "另一份" })),
    ] {
        sqlx::query(
            "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value) VALUES ($1, $2, $3, $4)",
        )
        .bind(site)
        .bind(kind)
        .bind(MEMBER.to_string())
        .bind(answer)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    }
    sqlx::query(
        "INSERT INTO public.member_retention_clue (site_id, member_id, category, summary, source, recorded_by)
         VALUES ($1, $2, '爱好', '斯诺克', 'manual', $3), ($1, $4, '爱好', '别人的', 'manual', $3)",
    )
    .bind(site)
    .bind(MEMBER)
    .bind(hall.manager)
    .bind(STRANGER)
    .execute(app.dbs.owner())
    .await
    .unwrap();
    // A table with a base and a bonus course, one of them void besides; then things of others, and of no consumption.
    let at = now - Duration::days(20);
    SettlementRow::new(site, 1, MEMBER, 80.into(), at).insert(etl).await.unwrap();
    sqlx::query(
        "UPDATE dwd.settlement SET assistant_pd_money = 200, assistant_cx_money = 100, goods_money = 20, ledger_amount = 400
         WHERE site_id = $1 AND order_settle_id = 1",
    )
    .bind(site)
    .execute(etl)
    .await
    .unwrap();
    let service = |id, coach| {
        let mut row = ServiceRow::new(site, id, coach, MEMBER, at);
        row.settle_id = 1;
        row
    };
    service(11, COACH).insert(etl).await.unwrap();
    service(12, COLLEAGUE).seconds(1800, true).insert(etl).await.unwrap();
    service(13, COACH).void().insert(etl).await.unwrap();
    let mut walk_in = service(14, COACH);
    (walk_in.member_id, walk_in.settle_id) = (None, 9);
    walk_in.insert(etl).await.unwrap();
    SettlementRow::new(site, 2, MEMBER, 70.into(), at).void().insert(etl).await.unwrap();
    SettlementRow::new(site, 3, MEMBER, 60.into(), at).settle_type(4).insert(etl).await.unwrap();
    SettlementRow::new(site, 4, MEMBER, 50.into(), at - Duration::days(1))
        .settle_type(3)
        .insert(etl)
        .await
        .unwrap();
    SettlementRow::new(site, 5, 0, 40.into(), at).insert(etl).await.unwrap();
    SettlementRow::new(site, 6, STRANGER, 30.into(), at).insert(etl).await.unwrap();
    let mut sold = RechargeRow::new(site, 1, MEMBER, 1000.into(), at);
    sold.assistant_id = Some(COACH);
    sold.insert(etl).await.unwrap();
    RelationRow::new(site, today, COLLEAGUE, MEMBER).rs("6.99").insert(etl).await.unwrap();
    RelationRow::new(site, today, 13, MEMBER).rs("0.00").insert(etl).await.unwrap();
    WinbackRow::new(site, today, MEMBER).wbi("6.10").insert(etl).await.unwrap();
    newest
}

#[tokio::test]
async fn a_customers_page_has_everything_about_them_and_nothing_of_others() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = furnished(&app, hall).await;
    let (_, today) = world::now(&app.dbs).await;
    let reply = app.get(&app.token(hall.coach, hall.site), &page(MEMBER)).await;
    let data = reply.data();
    for (field, expected) in [
        ("id", json!(MEMBER)),
        ("name", json!(format!("会员{MEMBER}@{}", hall.site))),
        ("phone", json!("139****5678")),
        ("grade", Value::Null),
        ("daysSinceVisit", json!(12)),
        ("statDate", json!(today)),
        ("idealIntervalStatDate", json!(today)),
        ("favoriteCoachesStatDate", json!(today)),
        ("aiInsight", json!({ "summary": "喜欢晚场", "strategies": ["约周五", "送台费"] })),
        ("degraded", json!([])),
    ] {
        assert_eq!(data[field], expected, "{field}: {}", reply.text);
    }
    // As written, to the cent: a number with two decimals.
    for part in [
        r#""balance":250.50"#,
        r#""consumption60d":100.00"#,
        r#"{"key":"visitCount60d","label":"近60天到店","value":1,"unit":"次"}"#,
        r#"{"key":"avgSpend60d","label":"近60天次均消费","value":100.00,"unit":"元"}"#,
        r#"{"key":"totalConsume","label":"累计消费","value":100.00,"unit":"元"}"#,
        r#"{"key":"totalVisits","label":"累计到店","value":1,"unit":"次"}"#,
        r#"{"key":"hours60d","label":"近60天时长","value":2.00,"unit":"小时"}"#,
        r#""stats":{"baseHours":2.00,"bonusHours":0.00,"sessions":1,"recharge":1000.00}"#,
        r#""stats":{"baseHours":0.00,"bonusHours":0.50,"sessions":1,"recharge":0.00}"#,
        r#""tableFee":80.00,"foodAmount":20.00"#,
        r#""totalAmount":400.00"#,
    ] {
        assert!(reply.text.contains(part), "{part} is missing in {}", reply.text);
    }
    let tasks = data["coachTasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 2, "the newest of each coach: {}", reply.text);
    for (field, expected) in [
        ("id", json!(task)),
        ("assistantId", json!(COACH)),
        ("coachName", json!(format!("助教{COACH}"))),
        ("level", json!("高级")),
        ("levelColor", json!("orange")),
        ("taskType", json!("follow_up_visit")),
        ("taskTypeLabel", json!("客户回访")),
        ("taskColor", json!("blue")),
        ("bgClass", json!("bg-blue")),
        ("status", json!("active")),
    ] {
        assert_eq!(tasks[0][field], expected, "{field}");
    }
    assert_eq!((&tasks[1]["assistantId"], &tasks[1]["status"]), (&json!(COLLEAGUE), &json!("abandoned")));
    let coaches: Vec<_> = data["favoriteCoaches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            (c["assistantId"].as_i64().unwrap(), c["emoji"].as_str().unwrap(), c["relationIndex"].to_string())
        })
        .collect();
    assert_eq!(
        coaches,
        [(COACH, "💖", "0.8510".to_owned()), (COLLEAGUE, "💛", "0.6990".to_owned())],
        "whoever is at 0 is nobody's favourite"
    );
    let consumptions = data["consumptionRecords"].as_array().unwrap();
    assert_eq!(consumptions.iter().map(|c| c["id"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 4]);
    let parts: Vec<_> = consumptions[0]["coaches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["courseType"].as_str().unwrap(), c["hours"].to_string(), c["fee"].to_string()))
        .collect();
    let part = |kind, hours: &str, fee: &str| (kind, hours.to_owned(), fee.to_owned());
    assert_eq!(parts, [part("基础课", "2.00", "200.00"), part("激励课", "0.50", "100.00")]);
    let notes = data["notes"].as_array().unwrap();
    assert_eq!((notes.len(), &notes[0]["content"]), (20, &json!("第1天前")));
    assert_eq!(data["retentionClues"].as_array().unwrap().len(), 1);
    assert!(!reply.text.contains("13912345678") && !reply.text.contains("别人的"), "{}", reply.text);
}

#[tokio::test]
async fn who_has_done_nothing_yet_has_an_empty_page_without_figures() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let etl = app.dbs.etl_owner();
    let mut nameless = MemberRow::new(hall.site, 1003);
    (nameless.nickname, nameless.mobile) = (Some("  ".into()), None);
    nameless.insert(etl).await.unwrap();
    let reply = app.get(&app.token(hall.manager, hall.site), &page(1003)).await;
    let data = reply.data();
    for field in [
        "name",
        "phone",
        "grade",
        "balance",
        "consumption60d",
        "daysSinceVisit",
        "idealInterval",
        "aiInsight",
        "idealIntervalStatDate",
    ] {
        assert!(data[field].is_null(), "{field}: {}", reply.text);
    }
    for field in
        ["coachTasks", "favoriteCoaches", "consumptionRecords", "retentionClues", "notes", "degraded"]
    {
        assert_eq!(data[field], json!([]), "{field}");
    }
    let values: Vec<_> = data["metrics"].as_array().unwrap().iter().map(|m| &m["value"]).collect();
    assert_eq!(values, [&Value::Null; 4], "no row in the snapshot, no figure");
    // A task of a coach whom the warehouse does not know, who did nothing: figures of nothing, and none to divide by.
    Task::new(hall.site, 99, 1003).insert(&app.dbs).await.unwrap();
    CardRow::new(hall.site, 1003, 0.into()).insert(etl).await.unwrap();
    let reply = app.get(&app.token(hall.manager, hall.site), &page(1003)).await;
    let task = &reply.data()["coachTasks"][0];
    assert_eq!((&task["coachName"], &task["levelColor"]), (&Value::Null, &json!("grey")));
    let values: Vec<_> = task["metrics"].as_array().unwrap().iter().map(|m| m["value"].to_string()).collect();
    assert_eq!(values, ["0", "0.00", "null"]);
    assert!(reply.text.contains(r#""balance":0.00"#), "an empty card is a card: {}", reply.text);
}

#[tokio::test]
async fn a_coach_sees_the_customers_paired_with_them_and_a_manager_all() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let other = world::hall(&app).await;
    let ask = async |user: i64, member: i64| {
        let token = app.token(user, hall.site);
        let whole = app.get(&token, &page(member)).await.refusal();
        let records = app.get(&token, &format!("{}/records", page(member))).await.refusal();
        assert_eq!(whole, records, "{user} on {member}");
        whole
    };
    let seen = (200, 0);
    assert_eq!(ask(hall.coach, MEMBER).await, seen, "by the relation");
    assert_eq!(ask(hall.coach, STRANGER).await, (403, 40304));
    assert_eq!(ask(hall.colleague, STRANGER).await, seen);
    for status in ["completed", "inactive", "transferred"] {
        Task::new(hall.site, COACH, STRANGER).in_status(status).insert(&app.dbs).await.unwrap();
    }
    assert_eq!(ask(hall.coach, STRANGER).await, (403, 40304), "a task that is over pairs nobody");
    Task::new(other.site, COACH, STRANGER).insert(&app.dbs).await.unwrap();
    assert_eq!(ask(hall.coach, STRANGER).await, (403, 40304), "nor does one of another hall");
    Task::new(hall.site, COACH, STRANGER).in_status("abandoned").insert(&app.dbs).await.unwrap();
    assert_eq!(ask(hall.coach, STRANGER).await, seen, "by the task");
    for member in [MEMBER, STRANGER] {
        assert_eq!(ask(hall.manager, member).await, seen);
    }
    assert_eq!(ask(hall.finance, MEMBER).await, (403, 40302));
    // Somebody of another hall, somebody unknown, somebody who was deleted.
    let etl = app.dbs.etl_owner();
    MemberRow::new(other.site, 1004).insert(etl).await.unwrap();
    MemberRow::new(hall.site, 1005).insert(etl).await.unwrap();
    sqlx::query("UPDATE dim.member SET scd2_end_time = now() - interval '1 day', scd2_is_current = 0 WHERE member_id = 1005")
        .execute(etl)
        .await
        .unwrap();
    for member in [1004, 1005, 7] {
        assert_eq!(ask(hall.manager, member).await, (404, 40402), "{member}");
        assert_eq!(ask(hall.coach, member).await, (404, 40402), "{member}");
    }
    // A coach's role without a coach.
    let unbound =
        User::default().role(hall.site, "coach").bound(hall.site, None).insert(&app.dbs).await.unwrap();
    assert_eq!(ask(unbound, MEMBER).await, (403, 40303));
    for bad in ["0", "-1", "x", "9007199254740992", "1.5"] {
        let reply = app.get(&app.token(hall.manager, hall.site), &format!("/api/xcx/customers/{bad}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["id"]), "{bad}");
    }
}

/// Schema and name of a source, fields that are empty without it, names in `degraded`.
pub type Part = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// Every source of the page but the core.
pub const PARTS: [Part; 12] = [
    ("biz", "ai_cache", &["aiInsight"], &["aiInsight"]),
    ("biz", "notes", &["notes"], &["notes"]),
    ("public", "member_retention_clue", &["retentionClues"], &["retentionClues"]),
    ("biz", "coach_tasks", &["coachTasks"], &["coachTasks"]),
    ("app", "v_dim_member_card_account", &["balance"], &["balance"]),
    (
        "app",
        "v_dws_member_consumption_summary",
        &["consumption60d", "daysSinceVisit", "metrics", "statDate"],
        &["metrics", "consumption60d", "daysSinceVisit"],
    ),
    ("app", "v_dws_member_winback_index", &["idealInterval", "idealIntervalStatDate"], &["idealInterval"]),
    ("app", "v_dwd_settlement", &["consumptionRecords"], &["consumptionRecords"]),
    (
        "app",
        "v_dws_member_assistant_relation_index",
        &["favoriteCoaches", "favoriteCoachesStatDate"],
        &["favoriteCoaches"],
    ),
    ("app", "v_dwd_assistant_service_log", &["consumptionRecords"], &["consumptionRecords", "coachStats"]),
    ("app", "v_dwd_recharge_order", &[], &["coachStats"]),
    (
        "app",
        "v_dim_assistant",
        &["consumptionRecords", "favoriteCoaches", "favoriteCoachesStatDate"],
        &["consumptionRecords", "favoriteCoaches", "coachNames"],
    ),
];

/// What a field is when its part failed.
fn empty(field: &str) -> Value {
    let lists = ["notes", "retentionClues", "coachTasks", "metrics", "consumptionRecords", "favoriteCoaches"];
    if lists.contains(&field) { json!([]) } else { Value::Null }
}

/// Only those are empty; what else a part touches within others (names, figures of coaches) is in its own list.
pub fn assert_only(whole: &Value, data: &Value, missing: &[&str], named: &[&str], what: &str) {
    assert_eq!(data["degraded"], json!(named), "{what}");
    for (field, value) in whole.as_object().unwrap() {
        let within = named.iter().any(|part| part.starts_with("coach"))
            && ["coachTasks", "favoriteCoaches"].contains(&field.as_str());
        if missing.contains(&field.as_str()) {
            assert_eq!(data[field], empty(field), "{what}: {field}");
        } else if field != "degraded" && !within {
            assert_eq!(&data[field], value, "{what}: {field}");
        }
    }
    let tasks = !missing.contains(&"coachTasks");
    if named.contains(&"coachStats") {
        assert!(!tasks || data["coachTasks"][0]["metrics"] == json!([]), "{what}");
        assert_eq!(data["favoriteCoaches"][0]["stats"], Value::Null, "{what}");
    }
    if named.contains(&"coachNames") && tasks {
        assert_eq!(data["coachTasks"][0]["coachName"], Value::Null, "{what}");
        assert_eq!(data["coachTasks"][0]["id"], whole["coachTasks"][0]["id"], "{what}");
    }
}

/// 属性 10:优雅降级 (every part by itself, by a missing and by a slow source)
#[tokio::test]
async fn property_rns12_10_each_part_fails_alone() {
    let keys = [("API__MODULE_TIMEOUT_MS", "500")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    furnished(&app, hall).await;
    AssistantRow::new(hall.site, 13).insert(app.dbs.etl_owner()).await.unwrap();
    let token = app.token(hall.manager, hall.site);
    let whole = app.get(&token, &page(MEMBER)).await.data().clone();
    assert_eq!(whole["degraded"], json!([]));
    for (schema, source, missing, named) in PARTS {
        let owner = if schema == "app" { app.dbs.etl_owner() } else { app.dbs.owner() };
        let run = async |sql: String| owner.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let kind = if schema == "app" { "VIEW" } else { "TABLE" };
        run(format!("ALTER {kind} {schema}.{source} RENAME TO gone")).await;
        let reply = app.get(&token, &page(MEMBER)).await;
        assert_only(&whole, reply.data(), missing, named, source);
        assert!(!reply.text.contains("v_d") && !reply.text.contains("relation \""), "{}", reply.text);
        if schema == "app" {
            run(format!(
                "CREATE VIEW app.{source} AS SELECT gone.* FROM app.gone, (SELECT pg_sleep(20)) AS slow"
            ))
            .await;
            run(format!("GRANT SELECT ON app.{source} TO zqyy_etl_reader")).await;
            let reply = app.get(&token, &page(MEMBER)).await;
            assert_only(&whole, reply.data(), missing, named, &format!("{source}, slow"));
            run(format!("DROP VIEW app.{source}")).await;
        }
        run(format!("ALTER {kind} {schema}.gone RENAME TO {source}")).await;
    }
    assert_eq!(app.get(&token, &page(MEMBER)).await.data(), &whole);
    // The member is the core; for a coach, so is whether the member is theirs.
    let rename = |from: &str, to: &str| sqlx::AssertSqlSafe(format!("ALTER VIEW app.{from} RENAME TO {to}"));
    let relation = "v_dws_member_assistant_relation_index";
    app.dbs.etl_owner().execute(rename(relation, "gone")).await.unwrap();
    assert_eq!(app.get(&app.token(hall.coach, hall.site), &page(MEMBER)).await.status, 200, "by the task");
    let unproven = app.get(&app.token(hall.colleague, hall.site), &page(STRANGER)).await;
    assert_eq!(unproven.refusal(), (503, 50302));
    app.dbs.etl_owner().execute(rename("gone", relation)).await.unwrap();
    app.dbs.etl_owner().execute(rename("v_dim_member", "gone")).await.unwrap();
    for path in [page(MEMBER), format!("{}/records", page(MEMBER))] {
        assert_eq!(app.get(&token, &path).await.refusal(), (503, 50302), "{path}");
    }
}

#[tokio::test]
async fn without_a_warehouse_there_is_no_customer() {
    for sources in [Sources::NoWarehouse, Sources::WarehouseDown] {
        let app =
            App::with(TestDbs::new().await.unwrap(), sources, &[("API__MODULE_TIMEOUT_MS", "300")]).await;
        let hall = world::hall(&app).await;
        let token = app.token(hall.manager, hall.site);
        for path in [page(MEMBER), format!("{}/records", page(MEMBER)), "/api/xcx/customers?q=会员".into()]
        {
            assert_eq!(app.get(&token, &path).await.refusal(), (503, 50302), "{path}");
        }
        let skills = app.get(&token, "/api/xcx/config/skill-types").await;
        assert_eq!(skills.refusal(), (503, 50302));
        let contact = format!("{}/contact", page(MEMBER));
        let refused = app.send(reqwest::Method::POST, &token, &contact, |request| request).await;
        assert_eq!(refused.refusal(), (503, 50302));
    }
}

#[tokio::test]
async fn a_snapshot_that_is_days_old_says_so_and_days_run_to_today() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let old = today - Days::new(3);
    sqlx::query("UPDATE dws.member_consumption_summary SET stat_date = $1")
        .bind(old)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
    let reply = app.get(&app.token(hall.manager, hall.site), &page(MEMBER)).await;
    assert_eq!((&reply.data()["statDate"], &reply.data()["daysSinceVisit"]), (&json!(old), &json!(12)));
}
