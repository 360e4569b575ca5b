//! Searching for customers, seeing a phone in full, what the AI keeps, skills: who may, how often, and what the log says.
use reference::builders::{MemberRow, RelationRow};
use serde_json::{Value, json};
use testing::{
    TestDbs,
    builders::{Task, User},
};

use crate::{
    app::{App, Reply, Sources},
    world::{self, COACH, COLLEAGUE, Hall, MEMBER, STRANGER},
};

async fn search(app: &App, hall: Hall, user: i64, q: &str) -> Reply {
    let path = format!("/api/xcx/customers?pageSize=2&q={}", q.replace('%', "%25").replace('+', "%2B"));
    app.get(&app.token(user, hall.site), &path).await
}

fn found(reply: &Reply) -> Vec<i64> {
    let mut ids: Vec<_> =
        reply.data()["list"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    ids
}

async fn people(app: &App, hall: Hall) {
    for (id, name, mobile) in [
        (1, "张小雨", "13700007654"),
        (2, "王小雨", "+86 138-1111-2222"),
        (3, "100%_Bob", ""),
        (4, "李四", "13900007654"),
    ] {
        let mut row = MemberRow::new(hall.site, id).nickname(name);
        row.mobile = Some(mobile.into());
        row.insert(app.dbs.etl_owner()).await.unwrap();
    }
}

/// (action, object, detail, user) of the site's audit log, oldest first.
async fn log(app: &App, hall: Hall) -> Vec<(String, Option<String>, Value, Option<i64>)> {
    sqlx::query_as(
        "SELECT action, object_id, detail, user_id FROM biz.audit_log WHERE site_id = $1 ORDER BY id",
    )
    .bind(hall.site)
    .fetch_all(app.dbs.owner())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_search_is_by_part_of_a_name_or_four_digits_and_finds_ones_own() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    people(&app, hall).await;
    MemberRow::new(other.site, 9).nickname("赵小雨").insert(app.dbs.etl_owner()).await.unwrap();
    let (_, today) = world::now(&app.dbs).await;
    RelationRow::new(hall.site, today, COACH, 1).insert(app.dbs.etl_owner()).await.unwrap();
    Task::new(hall.site, COACH, 4).in_status("abandoned").insert(&app.dbs).await.unwrap();
    Task::new(hall.site, COACH, 2).in_status("completed").insert(&app.dbs).await.unwrap();
    for (q, all, own) in [
        ("小雨", vec![1, 2], vec![1]),
        ("雨", vec![1, 2], vec![1]),
        ("%", vec![3], vec![]),
        ("bOB", vec![3], vec![]),
        ("7654", vec![1, 4], vec![1, 4]),
        ("8 1111 22", vec![2], vec![]),
        ("1381111", vec![2], vec![]),
        ("0000000", vec![], vec![]),
        ("' OR 1=1 --", vec![], vec![]),
    ] {
        assert_eq!(found(&search(&app, hall, hall.manager, q).await), all, "{q}");
        assert_eq!(found(&search(&app, hall, hall.coach, q).await), own, "{q} by the coach");
    }
    let reply = search(&app, hall, hall.manager, "张小雨").await;
    let expected = json!([{ "id": 1, "name": "张小雨", "phone": "137****7654", "grade": null }]);
    assert_eq!(reply.data()["list"], expected);
    // By page, and beyond the end.
    let token = app.token(hall.manager, hall.site);
    for (page, rows, more) in [(1, 2, true), (3, 0, false), (4_000_000_000_u32, 0, false)] {
        let reply = app.get(&token, &format!("/api/xcx/customers?q=1&pageSize=2&page={page}")).await;
        assert_eq!(reply.refusal(), (422, 42201), "one digit is no search");
        let reply = app.get(&token, &format!("/api/xcx/customers?q=0765&pageSize=1&page={page}")).await;
        let rows_here = reply.data()["list"].as_array().unwrap().len();
        assert_eq!((rows_here, &reply.data()["total"]), (rows.min(1), &json!(2)), "page {page}");
        assert_eq!(reply.data()["hasMore"], json!(more), "page {page}");
    }
    for bad in ["", "q=", "q=%20", "q=139", "q=1-3-9", "q=1234567890123456", "q=a%00", "q=a&q=b"] {
        let reply = app.get(&token, &format!("/api/xcx/customers?{bad}")).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["q"]), "{bad}: {}", reply.text);
    }
    let unbound =
        User::default().role(hall.site, "coach").bound(hall.site, None).insert(&app.dbs).await.unwrap();
    assert_eq!(search(&app, hall, unbound, "小雨").await.refusal(), (403, 40303));
    assert_eq!(search(&app, hall, hall.finance, "小雨").await.refusal(), (403, 40302));
}

#[tokio::test]
async fn searches_are_counted_and_told_without_what_was_typed() {
    let keys = [("LIMITS__SEARCHES_PER_USER", "3/3600")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let hall = world::hall(&app).await;
    for q in ["小雨", "13912345678"] {
        search(&app, hall, hall.coach, q).await.data();
    }
    // What is refused counts too.
    assert_eq!(search(&app, hall, hall.coach, "12").await.status, 422);
    let limited = search(&app, hall, hall.coach, "小雨").await;
    assert_eq!(limited.refusal(), (429, 42901));
    assert!(limited.headers.contains_key("retry-after"));
    search(&app, hall, hall.manager, "小雨").await.data();
    let lines = log(&app, hall).await;
    let line = |by: &str, length: i32, user| {
        ("member.searched".to_owned(), None, json!({ "by": by, "length": length, "page": 1 }), Some(user))
    };
    assert_eq!(
        lines,
        [line("name", 2, hall.coach), line("phone", 11, hall.coach), line("name", 2, hall.manager)]
    );
}

#[tokio::test]
async fn a_phone_in_full_is_for_managers_counted_and_told() {
    let keys = [("LIMITS__REVEALS_PER_USER", "4/3600")];
    let app = App::with(TestDbs::new().await.unwrap(), Sources::Both, &keys).await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    MemberRow::new(other.site, 1004).insert(app.dbs.etl_owner()).await.unwrap();
    let mut without = MemberRow::new(hall.site, 1005);
    without.mobile = None;
    without.insert(app.dbs.etl_owner()).await.unwrap();
    let path = |member: i64| format!("/api/xcx/customers/{member}/contact");
    let reveal = async |user: i64, member: i64| {
        let token = app.token(user, hall.site);
        app.send(reqwest::Method::POST, &token, &path(member), |request| request).await
    };
    assert_eq!(reveal(hall.manager, 1004).await.refusal(), (404, 40402), "another hall's");
    assert_eq!(reveal(hall.coach, MEMBER).await.refusal(), (403, 40302), "not even one's own");
    assert_eq!(reveal(hall.finance, MEMBER).await.refusal(), (403, 40302));
    let shown = reveal(hall.manager, MEMBER).await;
    assert_eq!(shown.data(), &json!({ "customerId": MEMBER, "phone": "13912345678" }));
    assert_eq!(reveal(hall.manager, 1005).await.data(), &json!({ "customerId": 1005, "phone": null }));
    // With a key it is looked up again: the phone is kept nowhere.
    let token = app.token(hall.manager, hall.site);
    let again =
        app.send(reqwest::Method::POST, &token, &path(MEMBER), |r| r.header("Idempotency-Key", "k")).await;
    assert_eq!(again.data()["phone"], "13912345678");
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.idempotency_keys WHERE answer::text LIKE '%139%'")
            .fetch_one(app.dbs.owner())
            .await
            .unwrap();
    assert_eq!(kept, 0);
    assert_eq!(reveal(hall.manager, MEMBER).await.refusal(), (429, 42901));
    let line = |member: i64, known: bool| {
        let detail = json!({ "known": known });
        ("member.contact_revealed".to_owned(), Some(member.to_string()), detail, Some(hall.manager))
    };
    assert_eq!(log(&app, hall).await, [line(MEMBER, true), line(1005, false), line(MEMBER, true)]);
}

#[tokio::test]
async fn what_the_ai_keeps_is_for_those_who_know_the_customer() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let keep = async |site: i64, kind: &str, target: String, expires: Option<&str>| {
        sqlx::query(
            "INSERT INTO biz.ai_cache (site_id, cache_type, target_id, cache_value, score, expires_at)
             VALUES ($1, $2, $3, jsonb_build_object('summary', $3, 'points', ARRAY['问好']), 7.5,
                     biz.business_now() + $4::interval)",
        )
        .bind(site)
        .bind(kind)
        .bind(target)
        .bind(expires)
        .execute(app.dbs.owner())
        .await
        .unwrap()
    };
    keep(hall.site, "app4_analysis", MEMBER.to_string(), Some("1 hour")).await;
    keep(hall.site, "app4_analysis", STRANGER.to_string(), None).await;
    keep(hall.site, "app8_consolidate", MEMBER.to_string(), Some("-1 second")).await;
    keep(hall.site, "app5_talking_points", format!("{COACH}:{MEMBER}"), None).await;
    keep(hall.site, "app5_talking_points", format!("{COLLEAGUE}:{MEMBER}"), None).await;
    keep(other.site, "app8_consolidate", STRANGER.to_string(), None).await;
    let ask = async |user: i64, kind: &str, target: &str| {
        app.get(&app.token(user, hall.site), &format!("/api/xcx/ai-cache/{kind}?targetId={target}")).await
    };
    let (member, stranger) = (MEMBER.to_string(), STRANGER.to_string());
    let reply = ask(hall.coach, "app4_analysis", &member).await;
    let data = reply.data();
    assert_eq!((&data["cacheType"], &data["targetId"]), (&json!("app4_analysis"), &json!(member)));
    assert_eq!(data["value"], json!({ "summary": member, "points": ["问好"] }));
    assert!(reply.text.contains(r#""score":7.50"#) && !data["expiresAt"].is_null(), "{}", reply.text);
    let own = format!("{COACH}:{MEMBER}");
    let colleague_s = format!("{COLLEAGUE}:{MEMBER}");
    for (user, kind, target, expected) in [
        (hall.coach, "app5_talking_points", own.as_str(), (200, 0)),
        (hall.coach, "app5_talking_points", colleague_s.as_str(), (403, 40304)),
        (hall.coach, "app4_analysis", stranger.as_str(), (403, 40304)),
        (hall.coach, "app8_consolidate", member.as_str(), (404, 40402)),
        (hall.manager, "app4_analysis", stranger.as_str(), (200, 0)),
        (hall.manager, "app5_talking_points", colleague_s.as_str(), (200, 0)),
        (hall.manager, "app8_consolidate", stranger.as_str(), (404, 40402)),
        (hall.finance, "app4_analysis", member.as_str(), (403, 40302)),
    ] {
        assert_eq!(ask(user, kind, target).await.refusal(), expected, "{user} {kind} {target}");
    }
    for (kind, target, field) in [
        ("app6_note_score", "1", "cacheType"),
        ("app4_analysis", "x", "targetId"),
        ("app4_analysis", "1:2", "targetId"),
        ("app5_talking_points", "1", "targetId"),
        ("app4_analysis", "9007199254740992", "targetId"),
        ("app4_analysis", "", "targetId"),
    ] {
        let reply = ask(hall.manager, kind, target).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec![field]), "{kind} {target}");
    }
}

#[tokio::test]
async fn skills_on_offer_are_listed_in_their_order_to_everybody_at_work() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let token = app.token(hall.coach, hall.site);
    let path = "/api/xcx/config/skill-types";
    assert_eq!(app.get(&token, path).await.data(), &json!([]), "an empty hall");
    sqlx::query(
        "INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order, is_active)
         VALUES ($1, 'b', '九球', 1, true), ($1, 'a', '斯诺克', 2, true), ($1, 'c', '旧项目', 0, false),
                ($1 + 1, 'd', '别店', 0, true)",
    )
    .bind(hall.site)
    .execute(app.dbs.etl_owner())
    .await
    .unwrap();
    let expected = json!([
        { "code": "b", "name": "九球", "sortOrder": 1 },
        { "code": "a", "name": "斯诺克", "sortOrder": 2 },
    ]);
    for user in [hall.coach, hall.manager, hall.finance] {
        assert_eq!(app.get(&app.token(user, hall.site), path).await.data(), &expected);
    }
}
