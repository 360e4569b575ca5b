//! TASK-2: the whole answer, and its parts failing alone.
use std::time::Instant;

use chrono::Duration;
use reference::builders::ServiceRow;
use serde_json::{Value, json};
use sqlx::Executor as _;
use testing::{
    TestDbs,
    builders::{Note, Task},
};

use crate::{
    app::{App, Sources},
    lived::slow_view,
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

/// A task with everything, and things of others that must not be shown.
async fn furnished(app: &App, hall: Hall) -> i64 {
    let (now, _) = world::now(&app.dbs).await;
    let task = world::task(app, hall).await;
    let etl = app.dbs.etl_owner();
    for n in 0..22 {
        let at = now - Duration::days(n + 1);
        let bonus = n == 0;
        ServiceRow::new(hall.site, 100 + n, COACH, MEMBER, at)
            .seconds(5400, bonus)
            .insert(etl)
            .await
            .unwrap();
    }
    ServiceRow::new(hall.site, 200, COACH, MEMBER, now - Duration::hours(1))
        .void()
        .insert(etl)
        .await
        .unwrap();
    ServiceRow::new(hall.site, 201, COLLEAGUE, MEMBER, now - Duration::hours(1)).insert(etl).await.unwrap();
    ServiceRow::new(hall.site, 202, COACH, STRANGER, now - Duration::hours(1)).insert(etl).await.unwrap();
    for (linked, content) in [(true, "为这个任务写的"), (false, "别的备注")] {
        let mut note = Note::on_member(hall.site, hall.coach, COACH, MEMBER);
        note.task_id = linked.then_some(task);
        note.content = content.into();
        note.insert(&app.dbs).await.unwrap();
    }
    for (cache_type, target, value) in [
        ("app5_talking_points", format!("{COACH}:{MEMBER}"), json!({ "points": ["问问膝盖", "提周末比赛"] })),
        ("app5_talking_points", format!("{COLLEAGUE}:{MEMBER}"), json!({ "points": ["别人的"] })),
        ("app4_analysis", MEMBER.to_string(), json!({ "summary": "喜欢斯诺克" })),
    ] {
        sqlx::query(
            "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value) VALUES ($1, $2, $3, $4)",
        )
        .bind(hall.site)
        .bind(cache_type)
        .bind(target)
        .bind(value)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    }
    for (member, summary) in [(MEMBER, "生日在六月"), (STRANGER, "别人的线索")] {
        let body = json!({ "memberId": member, "category": "喜好", "summary": summary });
        app.post(&app.token(hall.manager, hall.site), "/api/member-retention-clue", &body).await.data();
    }
    app.post(&app.token(hall.coach, hall.site), &format!("/api/xcx/tasks/{task}/pin"), &json!({}))
        .await
        .data();
    task
}

#[tokio::test]
async fn a_task_is_shown_whole() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = furnished(&app, hall).await;
    let (_, today) = world::now(&app.dbs).await;
    for user in [hall.coach, hall.manager] {
        let reply = app.get(&app.token(user, hall.site), &format!("/api/xcx/tasks/{task}")).await;
        let data = reply.data();
        assert_eq!(data["degraded"], json!([]));
        assert_eq!((&data["statDate"], &data["lastVisitStatDate"]), (&json!(today), &json!(today)));
        assert_eq!(
            (&data["task"]["id"], &data["task"]["aiSuggestion"]),
            (&json!(task), &json!("喜欢斯诺克"))
        );
        let customer = &data["customer"];
        assert_eq!(customer["name"], format!("会员{MEMBER}@{}", hall.site));
        assert_eq!(
            (&customer["phone"], customer["balance"].to_string().as_str()),
            (&json!("139****5678"), "250.50")
        );
        assert_eq!(customer["lastVisitDays"], 12);
        let services = data["serviceRecords"].as_array().unwrap();
        assert_eq!(services.len(), 20);
        let ids: Vec<i64> = services.iter().map(|s| s["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, (100..120).collect::<Vec<_>>());
        assert_eq!(
            (&services[0]["courseType"], services[0]["hours"].to_string().as_str()),
            (&json!("激励课"), "1.50")
        );
        assert_eq!(
            (&services[1]["courseType"], services[1]["income"].to_string().as_str()),
            (&json!("基础课"), "150.00")
        );
        let said: Vec<&Value> = data["notes"].as_array().unwrap().iter().map(|n| &n["content"]).collect();
        assert_eq!(said, ["为这个任务写的"]);
        let actions: Vec<&Value> = data["history"].as_array().unwrap().iter().map(|h| &h["action"]).collect();
        assert_eq!(actions, ["created", "pinned"]);
        let pinned = &data["history"][1];
        assert_eq!(pinned["detail"], json!({ "isPinned": { "before": false, "after": true } }));
        assert!(pinned["actorName"].is_string() && data["history"][0]["actorName"].is_null());
        assert_eq!(data["talkingPoints"], json!(["问问膝盖", "提周末比赛"]));
        let clues = data["retentionClues"].as_array().unwrap();
        assert_eq!((clues.len(), &clues[0]["summary"]), (1, &json!("生日在六月")));
    }
}

#[tokio::test]
async fn a_task_is_shown_to_those_it_concerns() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let task = world::task(&app, hall).await;
    let path = format!("/api/xcx/tasks/{task}");
    assert_eq!(app.get(&app.token(hall.colleague, hall.site), &path).await.refusal(), (403, 40304));
    assert_eq!(app.get(&app.token(hall.finance, hall.site), &path).await.refusal(), (403, 40302));
    assert_eq!(app.get(&app.token(other.manager, other.site), &path).await.refusal(), (404, 40402));
    let token = app.token(hall.coach, hall.site);
    for bad in ["0", "abc", "9007199254740992"] {
        let reply = app.get(&token, &format!("/api/xcx/tasks/{bad}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["id"]), "{bad}");
    }
    // Ended tasks can be looked at.
    let done = Task::new(hall.site, COACH, MEMBER).in_status("completed").insert(&app.dbs).await.unwrap();
    assert_eq!(
        app.get(&token, &format!("/api/xcx/tasks/{done}")).await.data()["task"]["status"],
        "completed"
    );
}

#[tokio::test]
async fn every_part_fails_alone_and_the_task_is_the_core() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let task = furnished(&app, hall).await;
    let (token, path) = (app.token(hall.coach, hall.site), format!("/api/xcx/tasks/{task}"));
    let whole = app.get(&token, &path).await.data().clone();
    let rename =
        |kind: &str, from: &str, to: &str| sqlx::AssertSqlSafe(format!("ALTER {kind} {from} RENAME TO {to}"));
    for (schema, table, parts) in [
        ("biz", "notes", vec![("notes", "notes")]),
        ("biz", "ai_cache", vec![("talkingPoints", "talkingPoints"), ("aiSuggestion", "")]),
        ("public", "member_retention_clue", vec![("retentionClues", "retentionClues")]),
    ] {
        app.dbs.owner().execute(rename("TABLE", &format!("{schema}.{table}"), "gone")).await.unwrap();
        let reply = app.get(&token, &path).await;
        let named: Vec<&str> = parts.iter().map(|p| p.0).collect();
        assert_eq!(reply.data()["degraded"], json!(named), "{table}");
        for field in ["history", "notes", "talkingPoints", "retentionClues", "serviceRecords", "customer"] {
            let empty = parts.iter().any(|p| p.1 == field);
            assert_eq!(
                reply.data()[field],
                if empty { json!([]) } else { whole[field].clone() },
                "{table}: {field}"
            );
        }
        app.dbs.owner().execute(rename("TABLE", &format!("{schema}.gone"), table)).await.unwrap();
    }
    // (Past tasks are put together from it: without the table there is no task either. Without who acted there is.)
    for (from, to) in [("actor_user_id", "gone"), ("gone", "actor_user_id")] {
        let rename = format!("ALTER TABLE biz.coach_task_history RENAME COLUMN {from} TO {to}");
        app.dbs.owner().execute(sqlx::AssertSqlSafe(rename)).await.unwrap();
        let (named, shown) = if to == "gone" {
            (json!(["history"]), json!([]))
        } else {
            (json!([]), whole["history"].clone())
        };
        let reply = app.get(&token, &path).await;
        assert_eq!((&reply.data()["degraded"], &reply.data()["history"]), (&named, &shown));
        assert_eq!(reply.data()["notes"], whole["notes"]);
    }
    for (view, named) in [
        ("v_dwd_assistant_service_log", json!(["serviceRecords"])),
        ("v_dim_member", json!(["memberName", "customer"])),
        ("v_dws_member_consumption_summary", json!(["lastVisitDays", "customer"])),
        ("v_dim_member_card_account", json!(["balance"])),
        ("v_dws_member_assistant_relation_index", json!(["rsScore"])),
    ] {
        app.dbs.etl_owner().execute(rename("VIEW", &format!("app.{view}"), "gone")).await.unwrap();
        let reply = app.get(&token, &path).await;
        assert_eq!(reply.data()["degraded"], named, "{view}");
        assert_eq!(reply.data()["history"], whole["history"], "{view}");
        app.dbs.etl_owner().execute(rename("VIEW", "app.gone", view)).await.unwrap();
    }
    app.dbs.owner().execute("ALTER TABLE biz.coach_tasks RENAME TO gone").await.unwrap();
    assert_eq!(app.get(&token, &path).await.refusal(), (503, 50301));
}

/// A table each of whose rows takes long to be let through; nothing else about it has changed.
async fn slow_rows(app: &App, table: &str) {
    let sql = format!(
        "CREATE POLICY slow ON {table} AS RESTRICTIVE TO zqyy_api USING (pg_sleep(20)::text IS NOT NULL)"
    );
    app.dbs.owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

/// What the business database says of a task, too, is cut off part by part.
#[tokio::test]
async fn a_slow_table_is_cut_off_and_costs_its_parts_alone() {
    let keys = [("API__MODULE_TIMEOUT_MS", "400")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    let task = furnished(&app, hall).await;
    let (token, path) = (app.token(hall.coach, hall.site), format!("/api/xcx/tasks/{task}"));
    let whole = app.get(&token, &path).await.data().clone();
    assert_eq!(whole["degraded"], json!([]));
    for (table, named, empty) in [
        ("biz.coach_task_history", json!(["history"]), "history"),
        ("biz.notes", json!(["notes"]), "notes"),
        ("biz.ai_cache", json!(["talkingPoints", "aiSuggestion"]), "talkingPoints"),
        ("public.member_retention_clue", json!(["retentionClues"]), "retentionClues"),
    ] {
        slow_rows(&app, table).await;
        let began = Instant::now();
        let reply = app.get(&token, &path).await;
        assert!(began.elapsed().as_secs() < 10, "{table} took {:?}", began.elapsed());
        let data = reply.data();
        assert_eq!(data["degraded"], named, "{table}");
        for part in ["history", "notes", "talkingPoints", "retentionClues", "serviceRecords", "customer"] {
            let right = if part == empty { &json!([]) } else { &whole[part] };
            assert_eq!(&data[part], right, "slow {table}: {part}");
        }
        assert_eq!(data["task"]["aiSuggestion"].is_null(), table == "biz.ai_cache", "{table}");
        assert_eq!(data["task"]["memberName"], whole["task"]["memberName"], "{table}");
        let sql = sqlx::AssertSqlSafe(format!("DROP POLICY slow ON {table}"));
        app.dbs.owner().execute(sql).await.unwrap();
    }
    assert_eq!(app.get(&token, &path).await.data(), &whole);
    // And what the warehouse says of it.
    let sources: [(&str, &[&str]); 2] =
        [("v_dwd_assistant_service_log", &["serviceRecords"]), ("v_dim_member", &["memberName", "customer"])];
    for (view, named) in sources {
        let run = async |sql: String| app.dbs.etl_owner().execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        run(format!("ALTER VIEW app.{view} RENAME TO quick")).await;
        run(slow_view(view)).await;
        run(format!("GRANT SELECT ON app.{view} TO zqyy_etl_reader")).await;
        let reply = app.get(&token, &path).await;
        assert_eq!(reply.data()["degraded"], json!(named), "{view}");
        assert_eq!(reply.data()["history"], whole["history"], "{view}");
        run(format!("DROP VIEW app.{view}")).await;
        run(format!("ALTER VIEW app.quick RENAME TO {view}")).await;
    }
}
