//! Whole answers of every page on a made-up hall that has been in business for 110 days: one chain, one noon, the same
//! figures wherever the test runs. To take new ones: `INSTA_UPDATE=always cargo nextest run -p api snapshots`.
use std::collections::BTreeSet;

use chrono::{DateTime, Days, Duration, Utc};
use reference::chain::ChainSpec;
use reqwest::Method;
use serde_json::json;
use testing::{
    TestDbs,
    builders::{Note, Site, Task, User},
};

use crate::{
    app::{App, Sources},
    coach_month::NOW,
    world,
};

/// Of the chain's two halls.
const SITE: i64 = 2;

/// Who is looked at, and who looks.
struct Hall {
    app: App,
    coach: i64,
    member: i64,
    task: i64,
    of_coach: String,
    of_manager: String,
}

impl Hall {
    async fn new() -> Self {
        let keys = [("API__MODULE_TIMEOUT_MS", "20000"), ("API__REQUEST_TIMEOUT_MS", "120000")];
        let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
        world::set_now(&app.dbs, NOW).await;
        let (_, today) = world::now(&app.dbs).await;
        let last_day = today - Days::new(1);
        let spec = ChainSpec { sites: 2, coaches: 5, members: 60, days: 110, seed: 4, last_day };
        reference::seed(app.dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
        // The closest pair of the newest snapshot.
        let (coach, member): (i64, i64) = sqlx::query_as(
            "SELECT assistant_id, member_id FROM dws.member_assistant_relation_index
             WHERE site_id = $1 AND stat_date = $2 ORDER BY relation_index DESC, member_id, assistant_id LIMIT 1",
        )
        .bind(SITE)
        .bind(last_day)
        .fetch_one(app.dbs.etl_owner())
        .await
        .unwrap();
        let site = Site { site_id: SITE, ..Site::default() }.insert(&app.dbs).await.unwrap();
        let named = |user: User, name: &str| User { nickname: name.to_owned(), ..user };
        let user = named(User::coach(site, coach), "小雨").insert(&app.dbs).await.unwrap();
        let manager = named(User::manager(site), "店长").insert(&app.dbs).await.unwrap();
        let (of_coach, of_manager) = (app.token(user, site), app.token(manager, site));
        let task = Self::work(&app, user, coach, member).await;
        Self { app, coach, member, task, of_coach, of_manager }
    }

    /// Tasks in every state, notes, a clue, and what the AI said.
    async fn work(app: &App, user: i64, coach: i64, member: i64) -> i64 {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let ago = |hours: i64| now - Duration::hours(hours);
        let mut task = Task::new(SITE, coach, member).created(ago(8));
        task.is_pinned = true;
        task.reason = Some(json!({
            "wbi": 8.1, "nci": null, "rs": 4.2, "statDate": "2031-03-19", "ruleVersion": 1,
            "thresholds": { "high": 7.0, "priority": 5.0, "relationship": 6.0 }
        }));
        let task = task.insert(&app.dbs).await.unwrap();
        for (other, kind, status, hours) in [
            (1, "relationship_building", "active", 9),
            (2, "priority_recall", "abandoned", 30),
            (3, "priority_recall", "completed", 40),
            (4, "relationship_building", "inactive", 50),
        ] {
            let other = Task::new(SITE, coach, member + other).of_type(kind).in_status(status);
            other.created(ago(hours)).insert(&app.dbs).await.unwrap();
        }
        let mut note = Note::on_member(SITE, user, coach, member).created(ago(7));
        note.task_id = Some(task);
        note.insert(&app.dbs).await.unwrap();
        for sql in [
            "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content, created_at, updated_at)
             VALUES ($1, $2, 'coach', $3, 'normal', '很受欢迎', $5, $5) RETURNING $4::bigint",
            "INSERT INTO public.member_retention_clue (site_id, member_id, category, summary, source, recorded_by, created_at, updated_at)
             VALUES ($1, $4, '爱好', '斯诺克', 'manual', $2, $5, $5) RETURNING $3::bigint",
            "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value, created_at, updated_at)
             VALUES ($1, 'app4_analysis', $4::bigint::text, '{\"summary\": \"喜欢晚场\", \"strategies\": [\"约周五\"]}', $5, $5),
                    ($1, 'app5_talking_points', $3::bigint || ':' || $4::bigint, '{\"points\": [\"聊聊新球桌\"]}', $5, $5)
             RETURNING $2::bigint",
        ] {
            sqlx::query(sql)
                .bind(SITE)
                .bind(user)
                .bind(coach)
                .bind(member)
                .bind(ago(6))
                .fetch_all(app.dbs.owner())
                .await
                .unwrap();
        }
        task
    }
}

#[tokio::test]
async fn every_page_answers_as_it_did() {
    let Hall { app, coach, member, task, of_coach, of_manager } = Hall::new().await;
    let customer = format!("/api/xcx/customers/{member}");
    let pages: Vec<(&str, &str, String)> = [
        ("task_1_list", &of_coach, "/api/xcx/tasks".to_owned()),
        ("task_1_site", &of_manager, "/api/xcx/tasks?status=completed".to_owned()),
        ("task_2_detail", &of_coach, format!("/api/xcx/tasks/{task}")),
        ("perf_1_this_month", &of_coach, "/api/xcx/performance".to_owned()),
        (
            "perf_1_last_month",
            &of_manager,
            format!("/api/xcx/performance?assistantId={coach}&year=2031&month=2"),
        ),
        ("perf_2_records", &of_coach, "/api/xcx/performance/records?pageSize=5".to_owned()),
        ("cust_search", &of_manager, "/api/xcx/customers?q=%E9%99%88".to_owned()),
        ("cust_1_detail", &of_coach, customer.clone()),
        ("cust_2_records", &of_coach, format!("{customer}/records?pageSize=5")),
        ("coach_1_detail", &of_manager, format!("/api/xcx/coaches/{coach}")),
        ("board_1_month", &of_manager, "/api/xcx/board/coaches".to_owned()),
        ("board_1_last_week", &of_manager, "/api/xcx/board/coaches?time=lastWeek&sort=task_desc".to_owned()),
        ("board_3_month", &of_manager, "/api/xcx/board/finance?compare=true".to_owned()),
        ("board_3_year", &of_manager, "/api/xcx/board/finance?time=year".to_owned()),
        ("config_1_skills", &of_coach, "/api/xcx/config/skill-types".to_owned()),
        ("ai_cache", &of_coach, format!("/api/xcx/ai-cache/app4_analysis?targetId={member}")),
        ("notes_of_member", &of_coach, format!("/api/xcx/notes?targetType=member&targetId={member}")),
    ]
    .into_iter()
    .map(|(name, token, path)| (name, token.as_str(), path))
    .collect();
    let dimensions = ["recall", "potential", "balance", "recharge", "recent", "spend60", "freq60", "loyal"];
    let boards: Vec<_> = dimensions
        .map(|by| (format!("board_2_{by}"), format!("/api/xcx/board/customers?dimension={by}&pageSize=3")))
        .into();
    let boards = boards.iter().map(|(name, path)| (name.as_str(), of_manager.as_str(), path.clone()));

    let mut taken = BTreeSet::new();
    for (name, token, path) in pages.into_iter().chain(boards) {
        let reply = app.get(token, &path).await;
        assert_eq!(reply.data()["degraded"].as_array().map_or(0, Vec::len), 0, "{path}: {}", reply.text);
        insta::assert_snapshot!(name, serde_json::to_string_pretty(&reply.json).unwrap(), &path);
        taken.insert(format!("it__snapshots__{name}.snap"));
    }
    let contact =
        app.send(Method::POST, &of_manager, &format!("{customer}/contact"), |request| request).await;
    insta::assert_snapshot!("cust_contact", serde_json::to_string_pretty(&contact.json).unwrap());
    taken.insert("it__snapshots__cust_contact.snap".to_owned());

    let kept = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/snapshots")).unwrap();
    let kept = kept.map(|file| file.unwrap().file_name().into_string().unwrap());
    let stale: Vec<_> = kept.filter(|name| name.ends_with(".snap") && !taken.contains(name)).collect();
    assert!(stale.is_empty(), "nobody asks for these any more: {stale:?}");
}
