//! COACH-1: the whole answer, its limits, whose page it is.
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testing::builders::{Note, Site, Task, User};

use crate::{
    app::App,
    coach_month::{self, DELETED, first_served, ids, json as parsed, paired, text},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

fn page(coach: i64) -> String {
    format!("/api/xcx/coaches/{coach}")
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A note on a coach, by the manager.
async fn note_on(app: &App, hall: Hall, coach: i64, content: &str, at: &str) -> i64 {
    sqlx::query_scalar(
        "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content, created_at, updated_at)
         VALUES ($1, $2, 'coach', $3, 'normal', $4, $5, $5) RETURNING id",
    )
    .bind(hall.site)
    .bind(hall.manager)
    .bind(coach)
    .bind(content)
    .bind(instant(at))
    .fetch_one(app.dbs.owner())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_coach_is_shown_whole() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    let (site, etl) = (hall.site, app.dbs.etl_owner());
    sqlx::query(
        "UPDATE dim.assistant SET skill_codes = '{snooker,unheard_of}', entry_time = '2028-03-20T23:00:00Z',
             avatar_url = 'https://example.com/11.png'
         WHERE site_id = $1 AND assistant_id = $2",
    )
    .bind(site)
    .bind(COACH)
    .execute(etl)
    .await
    .unwrap();
    sqlx::query("INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order) VALUES ($1, 'snooker', '斯诺克', 1)")
        .bind(site)
        .execute(etl)
        .await
        .unwrap();
    // World's pair has RS 8.51; a second one is told by the edge of 0.3, a third has neither card nor name.
    paired(&app, site, COACH, STRANGER, "3.00").await;
    paired(&app, site, COACH, DELETED, "2.99").await;
    first_served(etl, site, "2031-03-20", COACH, MEMBER, "2030-01-05").await;

    let task = async |member, kind: &str, status: &str, at: &str| {
        let task = Task::new(site, COACH, member).of_type(kind).in_status(status).created(instant(at));
        task.insert(&app.dbs).await.unwrap()
    };
    let active = task(MEMBER, "priority_recall", "active", "2031-03-10T00:00:00Z").await;
    let hidden = task(DELETED, "relationship_building", "inactive", "2031-03-09T00:00:00Z").await;
    let given_up = task(STRANGER, "high_priority_recall", "abandoned", "2031-03-08T00:00:00Z").await;
    // Completed: two of March (one at its first instant), one of February's last second.
    task(MEMBER, "follow_up_visit", "completed", "2031-03-01T00:00:00Z").await;
    task(STRANGER, "priority_recall", "completed", "2031-03-02T00:00:00Z").await;
    task(STRANGER, "high_priority_recall", "completed", "2031-02-28T23:59:59Z").await;
    task(MEMBER, "relationship_building", "transferred", "2031-03-02T00:00:00Z").await;
    Task::new(site, COLLEAGUE, MEMBER).insert(&app.dbs).await.unwrap();
    let mut linked =
        Note::on_member(site, hall.coach, COACH, MEMBER).created(instant("2031-03-11T00:00:00Z"));
    (linked.task_id, linked.content) = (Some(active), "已约周末".into());
    linked.insert(&app.dbs).await.unwrap();
    note_on(&app, hall, COACH, "本月进步明显", "2031-03-12T00:00:00Z").await;
    note_on(&app, hall, COLLEAGUE, "别人的", "2031-03-12T00:00:00Z").await;

    let reply = app.get(&app.token(hall.coach, site), &page(COACH)).await;
    let data = reply.data();
    let same = |field: &str, expected: &str| assert_eq!(data[field], parsed(expected), "{field}");
    same("degraded", "[]");
    for (field, expected) in [
        ("id", COACH.to_string()),
        ("name", format!("\"助教{COACH}\"")),
        ("avatar", "\"https://example.com/11.png\"".into()),
        ("level", "\"高级\"".into()),
        ("levelCode", "\"senior\"".into()),
        ("levelColor", "\"orange\"".into()),
        ("skills", r#"["斯诺克","unheard_of"]"#.into()),
        // Joined at 07:00 on the 21st, which is still the 20th.
        ("workYears", "3".into()),
        ("hireDate", "\"2028-03-20\"".into()),
        ("resigned", "false".into()),
        ("tierNodes", "[0.00,100.00,130.00]".into()),
        ("statDate", "\"2031-03-20\"".into()),
        ("relationStatDate", "\"2031-03-20\"".into()),
        ("consumeStatDate", "\"2031-03-20\"".into()),
        ("taskCounts", r#"{"visible":1,"hidden":1,"abandoned":1}"#.into()),
    ] {
        same(field, &expected);
    }
    same(
        "performance",
        r#"{"monthlyHours":101.50,"monthlySalary":10235.50,"customerBalance":501.00,"tasksCompleted":2,
            "perfCurrent":101.50,"perfTarget":130.00}"#,
    );
    same(
        "income",
        r#"{
            "thisMonth": [
                {"label":"基础课时费","amount":8550.00},{"label":"激励课时费","amount":1170.00},
                {"label":"充值提成","amount":300.00},{"label":"酒水提成","amount":85.50}
            ],
            "lastMonth": [
                {"label":"基础课时费","amount":12000.00},{"label":"激励课时费","amount":0.00},
                {"label":"充值提成","amount":0.00},{"label":"酒水提成","amount":0.00}
            ]
        }"#,
    );
    same(
        "topCustomers",
        &format!(
            r#"[
                {{"customerId":{MEMBER},"name":"会员{MEMBER}@{site}","heartEmoji":"❤️","relationIndex":0.8510,
                  "rsScore":8.51,"balance":250.50,"consume":1800.50}},
                {{"customerId":{STRANGER},"name":"会员{STRANGER}@{site}","heartEmoji":"💛","relationIndex":0.3000,
                  "rsScore":3.00,"balance":250.50,"consume":null}},
                {{"customerId":{DELETED},"name":null,"heartEmoji":"🤍","relationIndex":0.2990,
                  "rsScore":2.99,"balance":null,"consume":null}}
            ]"#
        ),
    );
    assert_eq!(ids(&data["serviceRecords"]), [8, 7, 4, 3, 1, 2]);
    let shown = &data["visibleTasks"][0];
    assert_eq!(
        (&shown["id"], &shown["customerName"], &shown["taskTypeLabel"]),
        (&json!(active), &json!(format!("会员{MEMBER}@{site}")), &json!("优先召回"))
    );
    assert_eq!((&shown["taskColor"], &shown["bgClass"]), (&json!("orange"), &json!("bg-orange")));
    assert_eq!(shown["notes"][0]["content"], "已约周末");
    assert_eq!(
        (ids(&data["hiddenTasks"]), &data["hiddenTasks"][0]["customerName"]),
        (vec![hidden], &Value::Null)
    );
    assert_eq!(ids(&data["abandonedTasks"]), [given_up]);
    assert_eq!(data["abandonedTasks"][0]["reason"], "测试");
    let notes: Vec<&Value> = data["notes"].as_array().unwrap().iter().map(|n| &n["content"]).collect();
    assert_eq!(notes, ["本月进步明显"]);
    same(
        "historyMonths",
        r#"[
            {"month":"2031-03","customers":"3人","customersCount":3,"hours":"101.5h","hoursValue":101.50,
             "salary":"¥10,236","salaryAmount":10235.50,"callbackDone":1,"recallDone":1,"estimated":true},
            {"month":"2031-02","customers":"1人","customersCount":1,"hours":"120.0h","hoursValue":120.00,
             "salary":"¥12,000","salaryAmount":12000.00,"callbackDone":0,"recallDone":1,"estimated":false},
            {"month":"2031-01","customers":"0人","customersCount":0,"hours":null,"hoursValue":null,
             "salary":null,"salaryAmount":null,"callbackDone":0,"recallDone":0,"estimated":false},
            {"month":"2030-12","customers":"0人","customersCount":0,"hours":null,"hoursValue":null,
             "salary":null,"salaryAmount":null,"callbackDone":0,"recallDone":0,"estimated":false},
            {"month":"2030-11","customers":"0人","customersCount":0,"hours":null,"hoursValue":null,
             "salary":null,"salaryAmount":null,"callbackDone":0,"recallDone":0,"estimated":false},
            {"month":"2030-10","customers":"0人","customersCount":0,"hours":null,"hoursValue":null,
             "salary":null,"salaryAmount":null,"callbackDone":0,"recallDone":0,"estimated":false}
        ]"#,
    );
    assert_eq!(app.get(&app.token(hall.manager, site), &page(COACH)).await.data(), data);
}

#[tokio::test]
async fn a_page_is_one_s_own_or_the_manager_s() {
    let app = coach_month::app().await;
    let (hall, other) = (coach_month::hall(&app).await, world::hall(&app).await);
    let unbound =
        User::default().role(hall.site, "coach").bound(hall.site, None).insert(&app.dbs).await.unwrap();
    let ask = async |user: i64, path: &str| app.get(&app.token(user, hall.site), path).await;
    assert_eq!(ask(hall.coach, &page(COLLEAGUE)).await.refusal(), (403, 40304));
    assert_eq!(ask(hall.coach, &page(999)).await.refusal(), (403, 40304));
    assert_eq!(ask(unbound, &page(COACH)).await.refusal(), (403, 40303));
    assert_eq!(ask(hall.finance, &page(COACH)).await.refusal(), (403, 40302));
    assert_eq!(ask(hall.manager, &page(999)).await.refusal(), (404, 40402));
    assert_eq!(ask(hall.manager, &page(COLLEAGUE)).await.data()["id"], COLLEAGUE);
    assert_eq!(app.get(&app.token(hall.manager, other.site), &page(COACH)).await.refusal(), (403, 40302));
    for bad in ["0", "abc", "9007199254740992", "1.5"] {
        let reply = ask(hall.manager, &format!("/api/xcx/coaches/{bad}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["id"]), "{bad}");
    }
}

#[tokio::test]
async fn a_new_coach_and_one_who_has_left_have_pages_too() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    sqlx::query("DELETE FROM dws.member_assistant_relation_index WHERE site_id = $1 AND assistant_id = $2")
        .bind(hall.site)
        .bind(COLLEAGUE)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
    sqlx::query("DELETE FROM dwd.assistant_service_log WHERE site_id = $1 AND site_assistant_id = $2")
        .bind(hall.site)
        .bind(COLLEAGUE)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
    sqlx::query("UPDATE dim.assistant SET resign_time = '2031-03-01T00:00:00Z' WHERE assistant_id = $1")
        .bind(COLLEAGUE)
        .execute(app.dbs.etl_owner())
        .await
        .unwrap();
    let reply = app.get(&app.token(hall.colleague, hall.site), &page(COLLEAGUE)).await;
    let data = reply.data();
    assert_eq!(data["resigned"], true);
    assert_eq!(
        data["performance"],
        parsed(
            r#"{"monthlyHours":0.00,"monthlySalary":0.00,"customerBalance":0.00,"tasksCompleted":0,"perfCurrent":0.00,
                "perfTarget":100.00}"#
        )
    );
    // Four items in any case; what nobody has worked out is null.
    for month in ["thisMonth", "lastMonth"] {
        let items = ["基础课时费", "激励课时费", "充值提成", "酒水提成"];
        assert_eq!(
            data["income"][month],
            json!(items.map(|label| json!({ "label": label, "amount": null })))
        );
    }
    for list in [
        "topCustomers",
        "serviceRecords",
        "visibleTasks",
        "hiddenTasks",
        "abandonedTasks",
        "notes",
        "degraded",
    ] {
        assert_eq!(data[list], json!([]), "{list}");
    }
    assert_eq!(data["historyMonths"].as_array().unwrap().len(), 6);
    assert_eq!((&data["statDate"], &data["relationStatDate"]), (&Value::Null, &json!("2031-03-20")));
    // A hall without a single row knows no coach.
    let nowhere = Site::default().insert(&app.dbs).await.unwrap();
    let user = User::coach(nowhere, COACH).insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(user, nowhere), &page(COACH)).await.refusal(), (404, 40402));
}

#[tokio::test]
async fn the_top_tier_has_no_target() {
    let app = coach_month::app().await;
    let hall = coach_month::hall(&app).await;
    sqlx::query(
        "UPDATE dws.assistant_daily_salary SET tier_id = 3, effective_hours = 131 WHERE site_id = $1",
    )
    .bind(hall.site)
    .execute(app.dbs.etl_owner())
    .await
    .unwrap();
    let token = app.token(hall.coach, hall.site);
    let reply = app.get(&token, &page(COACH)).await;
    let performance = &reply.data()["performance"];
    assert_eq!(
        (text(&performance["perfCurrent"]), &performance["perfTarget"]),
        ("131.00".into(), &Value::Null)
    );
    let reply = app.get(&token, "/api/xcx/performance").await;
    assert_eq!((&reply.data()["tierName"], &reply.data()["nextTier"]), (&json!("T3"), &Value::Null));
}
