//! `Idempotency-Key`: one effect and one answer, however often and however close together a write is sent.
use futures::future::join_all;
use serde_json::json;
use testing::{TestDbs, builders::User};

use crate::{
    app::{App, Reply, Sources},
    ask::{self, Operation, Question},
    world::{self, MEMBER},
};

async fn with_key(app: &App, token: &str, operation: &Operation, question: &Question, key: &str) -> Reply {
    ask::send(app, token, operation, question, |request| request.header("idempotency-key", key)).await
}

fn replayed(reply: &Reply) -> bool {
    reply.headers.contains_key("idempotency-replayed")
}

fn writing_a_note() -> (Operation, Question) {
    let operation = ask::operations().into_iter().find(|o| o.name() == "post /api/xcx/notes").unwrap();
    let body = json!({ "targetType": "member", "targetId": MEMBER, "content": "一次" });
    (operation, Question { path: "/api/xcx/notes".to_owned(), body })
}

async fn notes(app: &App, site: i64) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM biz.notes WHERE site_id = $1")
        .bind(site)
        .fetch_one(app.dbs.owner())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_write_sent_again_with_its_key_gets_the_first_answer_and_has_no_second_effect() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let of = ask::furnish(&app, hall).await;
    let admin =
        User { roles: vec![(None, "admin".into())], ..User::default() }.insert(&app.dbs).await.unwrap();
    // Answers with a secret or a phone are kept nowhere; a preview has no effect to keep; phone numbers come from WeChat.
    let unkept = [
        "post /api/xcx/auth/switch-site",
        "post /api/xcx/customers/{id}/contact",
        "post /api/admin/task-rules/preview",
        "post /api/xcx/auth/phone",
    ];
    let mut kept = 0;
    for operation in ask::operations() {
        if !operation.writes() || operation.at == "anybody" {
            continue;
        }
        let name = operation.name();
        assert!(
            operation.said["parameters"].as_array().unwrap().iter().any(|p| p["name"] == "Idempotency-Key"),
            "{name} does not say that it takes a key"
        );
        if unkept.contains(&name.as_str()) {
            continue;
        }
        let applicant = User { status: "new".into(), ..User::default() }.insert(&app.dbs).await.unwrap();
        let user = match (operation.at.as_str(), operation.any_of.first().map(String::as_str)) {
            ("everywhere", _) | (_, Some("business_day")) => admin,
            ("token", _) => applicant,
            (_, Some("tasks.own" | "notes")) => hall.coach,
            _ => hall.manager,
        };
        let token = app.token(user, hall.site);
        let question = ask::question(&app, &operation, &of).await;
        let key = format!("key-of-{}", operation.said["operationId"]).replace('"', "");
        let first = with_key(&app, &token, &operation, &question, &key).await;
        assert_eq!(first.status, 200, "{name}: {}", first.text);
        assert!(!replayed(&first), "{name}");
        let stands = ask::rows_of_site(&app, hall.site).await;
        let again = with_key(&app, &token, &operation, &question, &key).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text), "{name}");
        assert!(replayed(&again), "{name} was performed again");
        assert_eq!(ask::rows_of_site(&app, hall.site).await, stands, "{name} had a second effect");
        kept += 1;
    }
    assert!(kept > 15, "only {kept} writes were tried");
}

#[tokio::test]
async fn requests_at_the_same_time_have_one_effect_and_one_answer() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (operation, question) = writing_a_note();
    let token = app.token(hall.coach, hall.site);
    let replies = join_all((0..6).map(|_| with_key(&app, &token, &operation, &question, "together"))).await;
    assert_eq!(replies.iter().filter(|reply| !replayed(reply)).count(), 1);
    for reply in &replies {
        assert_eq!((reply.status.as_u16(), &reply.text), (200, &replies[0].text));
    }
    assert_eq!(notes(&app, hall.site).await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_user() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let both = User::coach(hall.site, 900).role(other.site, "manager").bound(other.site, None);
    let both = both.insert(&app.dbs).await.unwrap();
    let (operation, question) = writing_a_note();
    let manager = app.token(hall.manager, hall.site);
    assert_eq!(with_key(&app, &manager, &operation, &question, "k").await.status, 200);
    // Another body, query, route.
    let mut body = question.clone();
    body.body["content"] = json!("另一次");
    let query = Question { path: "/api/xcx/notes?x=1".to_owned(), ..question.clone() };
    let clue = ask::operations().into_iter().find(|o| o.name() == "post /api/member-retention-clue").unwrap();
    let clue_body = json!({ "memberId": MEMBER, "category": "爱好", "summary": "x" });
    let route = Question { path: clue.path.clone(), body: clue_body };
    for (operation, question) in [(&operation, &body), (&operation, &query), (&clue, &route)] {
        assert_eq!(
            with_key(&app, &manager, operation, question, "k").await.refusal(),
            (422, 42202),
            "{question:?}"
        );
    }
    // Another user's key is another key.
    let coach = app.token(hall.coach, hall.site);
    let theirs = with_key(&app, &coach, &operation, &question, "k").await;
    assert!(theirs.status == 200 && !replayed(&theirs));
    // The same user at another hall: another request.
    let there = app.token(both, other.site);
    assert_eq!(with_key(&app, &there, &operation, &question, "both").await.status, 200);
    let here = with_key(&app, &app.token(both, hall.site), &operation, &question, "both").await;
    assert!([42202, 40304].contains(&here.refusal().1), "{}", here.text);
    assert!(!replayed(&here));
}

#[tokio::test]
async fn refusals_are_not_kept() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (operation, question) = writing_a_note();
    let token = app.token(hall.coach, hall.site);
    let mut wrong = question.clone();
    wrong.body["content"] = json!(" ");
    assert_eq!(with_key(&app, &token, &operation, &wrong, "k").await.refusal(), (422, 42201));
    let right = with_key(&app, &token, &operation, &question, "k").await;
    assert!(right.status == 200 && !replayed(&right), "{}", right.text);
    // Whoever may no longer write does not get the old answer either.
    sqlx::query("UPDATE auth.users SET status = 'disabled' WHERE id = $1")
        .bind(hall.coach)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(with_key(&app, &token, &operation, &question, "k").await.refusal(), (401, 40103));
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (operation, question) = writing_a_note();
    let token = app.token(hall.coach, hall.site);
    for (hours, expected) in [(23, 1), (25, 2)] {
        assert_eq!(with_key(&app, &token, &operation, &question, "k").await.status, 200);
        sqlx::query("UPDATE biz.idempotency_keys SET created_at = now() - make_interval(hours => $1)")
            .bind(hours)
            .execute(app.dbs.owner())
            .await
            .unwrap();
        assert_eq!(with_key(&app, &token, &operation, &question, "k").await.status, 200);
        assert_eq!(notes(&app, hall.site).await, expected, "after {hours} hours");
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_before_anything_is_done() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let (operation, question) = writing_a_note();
    let token = app.token(hall.coach, hall.site);
    let long = "x".repeat(201);
    for bad in ["", "a b", "\u{e9}", &long] {
        let reply = with_key(&app, &token, &operation, &question, bad).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["Idempotency-Key"]), "{bad:?}");
    }
    let twice = ask::send(&app, &token, &operation, &question, |request| {
        request.header("idempotency-key", "a").header("idempotency-key", "b")
    })
    .await;
    assert_eq!(twice.refusal(), (422, 42201));
    assert_eq!(notes(&app, hall.site).await, 0);
}

#[tokio::test]
async fn an_answer_with_a_secret_is_kept_nowhere() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let of = ask::furnish(&app, hall).await;
    let operation =
        ask::operations().into_iter().find(|o| o.name() == "post /api/xcx/auth/switch-site").unwrap();
    let question = ask::question(&app, &operation, &of).await;
    let token = app.token(hall.coach, hall.site);
    let one = with_key(&app, &token, &operation, &question, "k").await;
    let two = with_key(&app, &token, &operation, &question, "k").await;
    assert!(one.status == 200 && two.status == 200 && !replayed(&two), "{} {}", one.text, two.text);
    assert_ne!(one.json["data"]["refreshToken"], two.json["data"]["refreshToken"]);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.idempotency_keys WHERE answer IS NOT NULL")
        .fetch_one(app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn the_first_one_failing_leaves_the_key_to_the_second() {
    let dbs = TestDbs::new().await.unwrap();
    let app = App::with(
        dbs,
        Sources::Both,
        &[("API__REQUEST_TIMEOUT_MS", "400"), ("API__MODULE_TIMEOUT_MS", "100")],
    )
    .await;
    let hall = world::hall(&app).await;
    let (operation, question) = writing_a_note();
    let token = app.token(hall.coach, hall.site);
    let mut lock = app.dbs.owner().begin().await.unwrap();
    sqlx::query("LOCK TABLE biz.notes IN ACCESS EXCLUSIVE MODE").execute(&mut *lock).await.unwrap();
    assert_eq!(with_key(&app, &token, &operation, &question, "k").await.refusal(), (503, 50303));
    lock.rollback().await.unwrap();
    let second = with_key(&app, &token, &operation, &question, "k").await;
    assert!(second.status == 200 && !replayed(&second), "{}", second.text);
    assert_eq!(notes(&app, hall.site).await, 1);
}
