//! Taking a note back.
use reqwest::Method;
use serde_json::Value;
use testing::builders::{Note, Task};

use crate::{
    app::App,
    world::{self, COACH, MEMBER},
};

#[tokio::test]
async fn an_author_deletes_a_note_for_good_and_it_stays_on_record() {
    let app = App::new().await;
    let (hall, other) = (world::hall(&app).await, world::hall(&app).await);
    let task = Task::new(hall.site, COACH, MEMBER).of_type("follow_up_visit").insert(&app.dbs).await.unwrap();
    let mut note = Note::on_member(hall.site, hall.coach, COACH, MEMBER);
    note.content = "不该留下的话".into();
    note.task_id = Some(task);
    let note = note.insert(&app.dbs).await.unwrap();
    let delete = async |user: i64, site: i64, id: &str| {
        app.send(Method::DELETE, &app.token(user, site), &format!("/api/xcx/notes/{id}"), |r| r).await
    };
    let id = note.to_string();
    for user in [hall.colleague, hall.manager] {
        let refused = delete(user, hall.site, &id).await;
        assert_eq!(
            (refused.refusal(), &refused.json["message"]),
            ((403, 40304), &Value::from("只能删除自己写的备注"))
        );
    }
    assert_eq!(delete(hall.finance, hall.site, &id).await.refusal(), (403, 40302));
    assert_eq!(delete(other.coach, other.site, &id).await.refusal(), (404, 40402));
    assert_eq!(delete(hall.coach, hall.site, "x").await.refusal(), (422, 42201));
    assert_eq!(delete(hall.coach, hall.site, &id).await.data()["id"], note);
    assert_eq!(delete(hall.coach, hall.site, &id).await.refusal(), (404, 40402));
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.notes").fetch_one(app.dbs.owner()).await.unwrap();
    assert_eq!(left, 0);
    let rows: Vec<(i64, i64, String, Value)> = sqlx::query_as(
        "SELECT site_id, user_id, object_id, detail FROM biz.audit_log WHERE action = 'note.deleted'",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    let [(site, user, object, detail)] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((*site, *user, object.as_str()), (hall.site, hall.coach, id.as_str()));
    assert_eq!((&detail["targetId"], &detail["taskId"]), (&Value::from(MEMBER), &Value::from(task)));
    assert!(!detail.to_string().contains("不该"), "{detail}");
}
