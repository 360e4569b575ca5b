use reference::builders::{RechargeRow, ServiceRow, SettlementRow};
use serde_json::{Value, json};
use testing::TestDbs;

use super::{Stage, end_of, late_on, reads, runtime};
use crate::{
    app::{App, Sources},
    ask, world,
    world::{COACH, MEMBER},
};

#[tokio::test]
async fn every_read_at_a_site_answers_of_today_as_it_answers_live() {
    let stage = Stage::new().await;
    let mut asked = 0;
    for operation in reads() {
        let (live, as_of) =
            (stage.ask(&operation).await, stage.ask_as_of(&operation, &stage.today.to_string()).await);
        assert_eq!(live.json["runtime"], runtime("live", stage.today), "{}", operation.name());
        assert_eq!(as_of.json["runtime"], runtime("as_of", stage.today), "{}", operation.name());
        assert_eq!(as_of.data(), live.data(), "{}", operation.name());
        asked += 1;
    }
    assert!(asked >= 18, "only {asked}");
}

#[tokio::test]
async fn every_read_at_a_site_answers_of_a_past_date() {
    let stage = Stage::new().await;
    let date = stage.days_ago(3);
    for operation in reads() {
        let reply = stage.ask_as_of(&operation, &date.to_string()).await;
        // What was made today was not there.
        let missing = reply.refusal() == (404, 40402) && operation.path.contains('{');
        assert!(reply.status == 200 || missing, "{}: {}", operation.name(), reply.text);
        if reply.status == 200 {
            assert_eq!(reply.json["runtime"], runtime("as_of", date), "{}", operation.name());
        }
    }
}

#[tokio::test]
async fn a_date_to_come_is_refused_and_so_is_whoever_may_not_look_back() {
    let stage = Stage::new().await;
    let tomorrow = (stage.today + chrono::Days::new(1)).to_string();
    let colleague = stage.app.token(stage.of.hall.colleague, stage.of.hall.site);
    for operation in reads() {
        for bad in [tomorrow.as_str(), "2026-02-30", "1999-12-31", "20260420"] {
            let reply = stage.ask_as_of(&operation, bad).await;
            assert_eq!(
                (reply.refusal(), reply.fields()),
                ((422, 42201), vec!["asOf"]),
                "{}",
                operation.name()
            );
        }
        let mut question = ask::question(&stage.app, &operation, &stage.of).await;
        question.path += if question.path.contains('?') { "&asOf=" } else { "?asOf=" };
        question.path += &stage.today.to_string();
        let reply = ask::ask(&stage.app, &colleague, &operation, &question).await;
        assert_eq!(reply.refusal(), (403, 40302), "{}: {}", operation.name(), reply.text);
    }
    // What is of no site has no past.
    for path in ["/api/admin/users", "/api/admin/audit", "/api/xcx/auth/applications"] {
        let reply = stage.app.get(&stage.everyone, &format!("{path}?asOf={}", stage.today)).await;
        assert_eq!((reply.refusal(), reply.fields()), ((422, 42201), vec!["asOf"]), "{path}");
    }
}

#[tokio::test]
async fn the_past_begins_with_the_first_data() {
    let stage = Stage::new().await;
    let (site, first) = (stage.of.hall.site, stage.days_ago(10));
    let etl = stage.app.dbs.etl_owner();
    SettlementRow::new(site, 1, MEMBER, "88".parse().unwrap(), late_on(stage.days_ago(4)))
        .insert(etl)
        .await
        .unwrap();
    RechargeRow::new(site, 1, MEMBER, "88".parse().unwrap(), late_on(first)).insert(etl).await.unwrap();
    let get = async |days| {
        stage.app.get(&stage.everyone, &format!("/api/xcx/tasks?asOf={}", stage.days_ago(days))).await
    };
    assert_eq!(get(10).await.status, 200);
    let before = get(11).await;
    assert_eq!((before.refusal(), before.fields()), ((422, 42201), vec!["asOf"]), "{}", before.text);
    assert!(before.text.contains(&first.to_string()), "{}", before.text);
    let put = stage.put(&json!({ "date": stage.days_ago(11) })).await;
    assert_eq!((put.refusal(), put.fields()), ((422, 42201), vec!["date"]));
}

/// What the warehouse learned of a date after it had ended is said with every answer about it.
#[tokio::test]
async fn an_answer_says_when_the_warehouse_has_learned_better_since() {
    let stage = Stage::new().await;
    let site = stage.of.hall.site;
    let etl = stage.app.dbs.etl_owner();
    let revised = async |days| -> Value {
        let path = format!("/api/xcx/board/customers?dimension=loyal&asOf={}", stage.days_ago(days));
        let reply = stage.app.get(&stage.everyone, &path).await;
        reply.json["runtime"]["revised"].clone()
    };
    let service = |id, days| {
        let at = late_on(stage.days_ago(days));
        ServiceRow::new(site, id, COACH, MEMBER, at).loaded_at(at)
    };
    for (id, days) in [(1, 9), (2, 5), (3, 2)] {
        service(id, days).insert(etl).await.unwrap();
    }
    for days in [9, 5, 2, 1] {
        assert_eq!(revised(days).await, false, "{days} days ago");
    }
    // Written at the very cut-off that ended its date: nobody was shown it on that date.
    service(4, 5).loaded_at(end_of(stage.days_ago(5))).insert(etl).await.unwrap();
    for (days, wanted) in [(6, false), (5, true), (4, false)] {
        assert_eq!(revised(days).await, wanted, "{days} days ago");
    }
    // Voided four days later: every date in between showed it.
    service(1, 9).void().loaded_at(late_on(stage.days_ago(3))).insert(etl).await.unwrap();
    for (days, wanted) in
        [(10, Value::Null), (9, true.into()), (4, true.into()), (3, false.into()), (2, false.into())]
    {
        assert_eq!(revised(days).await, wanted, "{days} days ago");
    }
    // What shows no facts cannot differ for that, but knows as well as the others how far back the data go.
    for path in ["/api/xcx/config/skill-types", "/api/business-day", "/api/admin/task-rules"] {
        let get = async |days| {
            stage.app.get(&stage.everyone, &format!("{path}?asOf={}", stage.days_ago(days))).await
        };
        assert_eq!(get(5).await.json["runtime"]["revised"], false, "{path}");
        assert_eq!(get(10).await.refusal(), (422, 42201), "{path}");
    }
    // The data of an earlier date have come: it may be looked at from now on.
    service(5, 12).insert(etl).await.unwrap();
    assert_eq!(revised(10).await, false);
    let rules = format!("/api/admin/task-rules?asOf={}", stage.days_ago(12));
    assert_eq!(stage.app.get(&stage.everyone, &rules).await.status, 200);
}

#[tokio::test]
async fn without_a_warehouse_the_past_is_shown_as_far_as_it_is_known() {
    let app = App::with(TestDbs::new().await.unwrap(), Sources::NoWarehouse, &[]).await;
    let hall = world::hall(&app).await;
    let (_, today) = world::now(&app.dbs).await;
    let date = today - chrono::Days::new(1);
    let token = app.token(hall.manager, hall.site);
    let reply = app.get(&token, &format!("/api/xcx/tasks?assistantId={COACH}&asOf={date}")).await;
    assert_eq!(reply.json["runtime"], runtime("as_of", date), "{}", reply.text);
    assert!(!reply.data()["degraded"].as_array().unwrap().is_empty());
}
