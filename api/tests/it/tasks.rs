//! TASK-1: the whole answer, filters, who sees what.
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use testing::builders::{Task, User};

use crate::{
    app::App,
    world::{self, COACH, COLLEAGUE, MEMBER, STRANGER},
};

const TASKS: &str = "/api/xcx/tasks";

fn ids(reply: &Value) -> Vec<i64> {
    reply["list"].as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_whole_answer() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let made: DateTime<Utc> = "2026-04-20T20:00:00Z".parse().unwrap();
    let mut task = Task::new(hall.site, COACH, MEMBER).created(made);
    task.priority_score = Some("7.5".parse().unwrap());
    task.is_pinned = true;
    task.reason = Some(
        serde_json::from_str(
            r#"{"wbi":7.50,"nci":null,"rs":8.51,"statDate":"2026-04-19",
                "thresholds":{"high":7.00,"priority":5.00,"relationship":6.00},"ruleVersion":1}"#,
        )
        .unwrap(),
    );
    let id = task.insert(&app.dbs).await.unwrap();
    sqlx::query(
        "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value)
         VALUES ($1, 'app4_analysis', $2::text, '{\"summary\":\"喜欢晚场\",\"strategies\":[]}')",
    )
    .bind(hall.site)
    .bind(MEMBER)
    .execute(app.dbs.owner())
    .await
    .unwrap();

    let reply = app.get(&app.token(hall.coach, hall.site), TASKS).await;
    let expected: Value = serde_json::from_str(&format!(
        r#"{{
            "list": [{{
                "id": {id}, "assistantId": {COACH}, "taskType": "high_priority_recall",
                "taskTypeLabel": "高优先召回", "status": "active", "isPinned": true, "priorityScore": 7.50,
                "expiresAt": null, "createdAt": "2026-04-20T20:00:00Z", "customerId": {MEMBER},
                "memberName": "会员{MEMBER}@{site}", "memberPhone": "139****5678", "rsScore": 8.51, "heartIcon": "💖",
                "lastVisitDays": 12, "balance": 250.50, "aiSuggestion": "喜欢晚场", "abandonReason": null,
                "reason": {{
                    "sentence": "流失召回指数 7.50 高于 7.00，请尽快联系（数据截至 2026-04-19）",
                    "wbi": 7.50, "nci": null, "rs": 8.51, "statDate": "2026-04-19",
                    "thresholds": {{"high": 7.00, "priority": 5.00, "relationship": 6.00}}
                }}
            }}],
            "total": 1, "page": 1, "pageSize": 20, "hasMore": false,
            "performance": {{
                "monthHours": 101.50, "income": 10150.00, "tierName": "T2", "nextTierHours": 130.00,
                "hoursToNext": 28.50, "statDate": "{today}"
            }},
            "statDate": "{today}", "lastVisitStatDate": "{today}", "degraded": []
        }}"#,
        site = hall.site,
    ))
    .unwrap();
    assert_eq!(reply.data(), &expected);
}

#[tokio::test]
async fn what_is_missing_is_null_and_never_left_out() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let unknown = 77;
    let mut task = Task::new(hall.site, COACH, unknown).of_type("follow_up_visit");
    task.priority_score = None;
    task.insert(&app.dbs).await.unwrap();
    let reply = app.get(&app.token(hall.coach, hall.site), TASKS).await;
    let item = reply.data()["list"][0].as_object().unwrap();
    for field in [
        "memberName",
        "memberPhone",
        "rsScore",
        "lastVisitDays",
        "balance",
        "aiSuggestion",
        "reason",
        "priorityScore",
        "abandonReason",
        "expiresAt",
    ] {
        assert_eq!(item.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(item["heartIcon"], "💙");
    assert_eq!(reply.data()["degraded"], json!([]));
}

#[tokio::test]
async fn an_unreadable_reason_costs_the_sentence_alone() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let mut task = Task::new(hall.site, COACH, MEMBER);
    task.reason = Some(json!({ "wbi": "high" }));
    task.insert(&app.dbs).await.unwrap();
    let reply = app.get(&app.token(hall.coach, hall.site), TASKS).await;
    assert!(reply.data()["list"][0]["reason"].is_null());
}

#[tokio::test]
async fn the_default_list_is_the_active_ones_then_the_abandoned_ones() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let mut by_status = std::collections::HashMap::new();
    for (member, status) in ["completed", "abandoned", "transferred", "active", "inactive"].iter().enumerate()
    {
        let member = 2000 + i64::try_from(member).unwrap();
        let mut task = Task::new(hall.site, COACH, member).in_status(status);
        // A pinned, higher score does not lift an abandoned task above an active one.
        task.is_pinned = *status == "abandoned";
        by_status.insert(*status, task.insert(&app.dbs).await.unwrap());
    }
    let token = app.token(hall.coach, hall.site);
    assert_eq!(ids(app.get(&token, TASKS).await.data()), [by_status["active"], by_status["abandoned"]]);
    for (status, id) in &by_status {
        let reply = app.get(&token, &format!("{TASKS}?status={status}")).await;
        assert_eq!(ids(reply.data()), [*id], "{status}");
    }
    let abandoned = app.get(&token, &format!("{TASKS}?status=abandoned")).await;
    assert_eq!(abandoned.data()["list"][0]["abandonReason"], "测试");
}

#[tokio::test]
async fn filters_and_pages() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    for member in 0..5 {
        let kind = if member < 2 { "priority_recall" } else { "relationship_building" };
        Task::new(hall.site, COACH, 3000 + member).of_type(kind).insert(&app.dbs).await.unwrap();
    }
    let token = app.token(hall.coach, hall.site);
    let recalls = app.get(&token, &format!("{TASKS}?taskType=priority_recall")).await;
    assert_eq!(recalls.data()["total"], 2);
    let all = ids(app.get(&token, TASKS).await.data());
    let mut paged = Vec::new();
    for page in 1..=3 {
        let reply = app.get(&token, &format!("{TASKS}?page={page}&pageSize=2")).await;
        let data = reply.data();
        assert_eq!((&data["total"], &data["page"], &data["pageSize"]), (&json!(5), &json!(page), &json!(2)));
        assert_eq!(data["hasMore"], page < 3);
        paged.extend(ids(data));
    }
    assert_eq!(paged, all);
    let beyond = app.get(&token, &format!("{TASKS}?page=9")).await;
    assert_eq!((ids(beyond.data()).len(), &beyond.data()["total"]), (0, &json!(5)));
}

#[tokio::test]
async fn a_coach_sees_their_own_and_a_manager_whom_they_name() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let own = world::task(&app, hall).await;
    let other = Task::new(hall.site, COLLEAGUE, STRANGER).insert(&app.dbs).await.unwrap();

    let coach = app.token(hall.coach, hall.site);
    assert_eq!(ids(app.get(&coach, TASKS).await.data()), [own]);
    assert_eq!(ids(app.get(&coach, &format!("{TASKS}?assistantId={COACH}")).await.data()), [own]);
    let not_theirs = app.get(&coach, &format!("{TASKS}?assistantId={COLLEAGUE}")).await;
    assert_eq!(not_theirs.refusal(), (403, 40304));

    let manager = app.token(hall.manager, hall.site);
    let whole = app.get(&manager, TASKS).await;
    let mut found = ids(whole.data());
    found.sort_unstable();
    assert_eq!(found, [own, other]);
    assert!(whole.data()["performance"].is_null());
    let one = app.get(&manager, &format!("{TASKS}?assistantId={COACH}")).await;
    assert_eq!(ids(one.data()), [own]);
    assert_eq!(one.data()["performance"]["tierName"], "T2");
    let nobody = app.get(&manager, &format!("{TASKS}?assistantId=424242")).await;
    assert_eq!(
        (&nobody.data()["total"], &nobody.data()["performance"]["monthHours"].to_string()),
        (&json!(0), &"0.00".to_owned())
    );

    let admin = User::default().role(hall.site, "admin").insert(&app.dbs).await.unwrap();
    assert_eq!(app.get(&app.token(admin, hall.site), TASKS).await.data()["total"], 2);
}
