use serde_json::{Value, json};
use testing::TestDbs;

use super::{Stage, reads, runtime, writes};
use crate::{
    app::{App, Sources},
    ask, world,
    world::COACH,
};

/// What changes nothing of the hall: looking at a phone, which is told to the audit log.
const ALSO_IN_THE_PAST: &[&str] = &["post /api/xcx/customers/{id}/contact"];

#[tokio::test]
async fn everybody_at_the_site_sees_its_date_and_nobody_elsewhere() {
    let stage = Stage::new().await;
    let (date, hall) = (stage.days_ago(2), stage.of.hall);
    let elsewhere = world::hall(&stage.app).await;
    let set = stage.put(&json!({ "date": date, "minutes": 30 })).await;
    let data = set.data();
    assert_eq!((&data["mode"], &data["sandboxDate"]), (&json!("sandbox"), &json!(date)), "{}", set.text);
    assert_eq!((&data["siteId"], &data["today"]), (&json!(hall.site), &json!(stage.today)));
    let (expires, set_at) = (&data["expiresAt"], &data["setAt"]);
    let minutes = |v: &Value| v.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!((minutes(expires) - minutes(set_at)).num_minutes(), 30);
    // A coach cannot ask for a date, and is shown the site's.
    let tasks =
        |site, user| (stage.app.token(user, site), format!("/api/xcx/performance?assistantId={COACH}"));
    for user in [hall.coach, hall.manager, hall.finance] {
        let (token, path) = tasks(hall.site, user);
        assert_eq!(stage.app.get(&token, &path).await.json["runtime"], runtime("as_of", date));
    }
    let (token, path) = tasks(elsewhere.site, elsewhere.manager);
    assert_eq!(stage.app.get(&token, &path).await.json["runtime"], runtime("live", stage.today));
    // One request may still look elsewhere in time, up to the live today.
    let board = "/api/xcx/board/customers?dimension=loyal";
    for other in [stage.today, stage.days_ago(9)] {
        let reply = stage.app.get(&stage.everyone, &format!("{board}&asOf={other}")).await;
        assert_eq!(reply.json["runtime"], runtime("as_of", other));
    }
    for operation in reads() {
        let reply = stage.ask(&operation).await;
        assert!(
            reply.json["runtime"]["date"] == json!(date) || reply.refusal() == (404, 40402),
            "{}: {}",
            operation.name(),
            reply.text
        );
    }
    assert_eq!(stage.leave().await.data()["mode"], "live");
    assert_eq!(stage.app.get(&stage.everyone, board).await.json["runtime"], runtime("live", stage.today));
    let entered = stage.told("sandbox.entered").await;
    assert_eq!((entered[0].1["before"].clone(), &entered[0].1["after"]), (Value::Null, &json!(date)));
    assert_eq!(stage.told("sandbox.left").await[0].1, json!({ "before": date }));
    // Leaving again is no switch.
    assert_eq!(stage.leave().await.data()["mode"], "live");
    assert_eq!(stage.told("sandbox.left").await.len(), 1);
}

#[tokio::test]
async fn no_write_happens_in_the_past_and_every_refusal_is_told() {
    let stage = Stage::new().await;
    let mut asked: Vec<(_, ask::Question)> = Vec::new();
    for operation in writes() {
        let question = ask::question(&stage.app, &operation, &stage.of).await;
        asked.push((operation, question));
    }
    assert_eq!(stage.put(&json!({ "date": stage.days_ago(1) })).await.status, 200);
    let rows = async || {
        let mut rows = ask::rows_of_site(&stage.app, stage.of.hall.site).await;
        rows.retain(|(table, _)| table != "biz.audit_log");
        rows
    };
    let before = rows().await;
    let mut refused = 0;
    for (operation, question) in &asked {
        let name = operation.name();
        if ALSO_IN_THE_PAST.contains(&name.as_str()) {
            let reply = ask::ask(&stage.app, &stage.everyone, operation, question).await;
            assert_eq!(reply.json["runtime"], runtime("as_of", stage.days_ago(1)), "{name}: {}", reply.text);
            continue;
        }
        let reply = ask::send(&stage.app, &stage.everyone, operation, question, |request| {
            request.header("idempotency-key", name.replace(' ', "-"))
        })
        .await;
        assert_eq!(reply.refusal(), (409, 40902), "{name}: {}", reply.text);
        assert!(reply.text.contains(&stage.days_ago(1).to_string()), "{name}: {}", reply.text);
        refused += 1;
        let told = stage.told("sandbox.write_refused").await;
        assert_eq!(told.len(), refused, "{name}");
        let (object, detail) = &told[refused - 1];
        let path = question.path.split('?').next().unwrap();
        assert_eq!(object.as_deref(), Some(format!("{} {path}", operation.method.to_uppercase()).as_str()));
        assert_eq!(*detail, json!({ "asOf": stage.days_ago(1) }));
    }
    assert!(refused >= 12, "only {refused}");
    assert_eq!(rows().await, before);
    // The key was not used up: once the site is live again the same write is done.
    assert_eq!(stage.leave().await.status, 200);
    let (operation, question) =
        asked.iter().find(|(o, _)| o.name() == "post /api/xcx/notes").expect("there are notes");
    let reply = ask::send(&stage.app, &stage.everyone, operation, question, |request| {
        request.header("idempotency-key", operation.name().replace(' ', "-"))
    })
    .await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    // Nor does a request write that names a date of its own.
    let dated =
        ask::Question { path: format!("{}?asOf={}", question.path, stage.days_ago(1)), ..question.clone() };
    let reply = ask::ask(&stage.app, &stage.everyone, operation, &dated).await;
    assert_eq!(reply.refusal(), (409, 40902), "{}", reply.text);
}

#[tokio::test]
async fn it_ends_by_itself() {
    let stage = Stage::new().await;
    let path = "/api/xcx/board/customers?dimension=loyal";
    assert_eq!(stage.put(&json!({ "date": stage.days_ago(1) })).await.status, 200);
    assert_eq!(stage.app.get(&stage.everyone, path).await.json["runtime"]["mode"], "as_of");
    sqlx::query("UPDATE biz.runtime_context SET expires_at = now()")
        .execute(stage.app.dbs.owner())
        .await
        .unwrap();
    assert_eq!(stage.app.get(&stage.everyone, path).await.json["runtime"], runtime("live", stage.today));
    let shown = format!("/api/admin/runtime-context/{}", stage.of.hall.site);
    let shown = stage.app.get(&stage.everyone, &shown).await;
    assert_eq!((&shown.data()["mode"], &shown.data()["expiresAt"]), (&json!("live"), &Value::Null));
    // Longer than 4 hours is not to be had, whoever writes the row.
    let forged = "UPDATE biz.runtime_context SET expires_at = now() + interval '5 hours'";
    let refused = sqlx::query(forged).execute(stage.app.dbs.owner()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("runtime_context_ends"));
}

#[tokio::test]
async fn dates_and_lengths_that_cannot_be_are_named() {
    let stage = Stage::new().await;
    let tomorrow = stage.today + chrono::Days::new(1);
    for (body, fields) in [
        (json!({ "date": tomorrow }), vec!["date"]),
        (json!({ "date": "1999-12-31" }), vec!["date"]),
        (json!({ "date": tomorrow, "minutes": 0 }), vec!["date", "minutes"]),
        (json!({ "date": stage.today, "minutes": 241 }), vec!["minutes"]),
        (json!({ "date": stage.today, "minutes": i64::MAX }), vec!["minutes"]),
        (json!({ "date": "2026-02-30" }), vec!["date"]),
        (json!({ "minutes": 5 }), vec!["date"]),
    ] {
        let reply = stage.put(&body).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), fields), "{body}: {}", reply.text);
    }
    let nowhere = stage.app.get(&stage.everyone, "/api/admin/runtime-context/999999999").await;
    assert_eq!(nowhere.refusal(), (404, 40402));
}

#[tokio::test]
async fn it_is_not_set_while_nobody_knows_how_far_back_the_data_go() {
    let app = App::with(TestDbs::new().await.unwrap(), Sources::NoWarehouse, &[]).await;
    let hall = world::hall(&app).await;
    let admin = testing::builders::User { roles: vec![(None, "admin".into())], ..Default::default() };
    let token = app.siteless_token(admin.insert(&app.dbs).await.unwrap());
    let (_, today) = world::now(&app.dbs).await;
    let path = format!("/api/admin/runtime-context/{}", hall.site);
    let reply = app.send(reqwest::Method::PUT, &token, &path, |r| r.json(&json!({ "date": today }))).await;
    assert_eq!(reply.refusal(), (503, 50302));
}
