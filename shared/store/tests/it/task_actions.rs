//! What people do to tasks: properties 5 and 15, over at least 200 cases against the real database.
use domain::{
    SiteId,
    tasks::{
        TaskStatus, TaskType,
        action::{Action, Reason, ReasonError, Refusal},
        generator::Employment,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::{
    SiteTx,
    operations::task::{
        act::{Refused, act},
        transfer::{Transfer, transfer},
    },
    site_tx::Access,
};
use testing::{
    TestDbs,
    builders::{Site, Task, User},
    property::holds,
};

pub const COACH: i64 = 1;
pub const COLLEAGUE: i64 = 2;
pub const MEMBER: i64 = 9;

/// A hall with two coaches and a manager.
#[derive(Clone, Copy, Debug)]
pub struct Hall {
    pub site: SiteId,
    pub coach: i64,
    pub colleague: i64,
    pub manager: i64,
}

impl Hall {
    pub async fn new(dbs: &TestDbs) -> Self {
        let site = Site::default().insert(dbs).await.unwrap();
        Self {
            site: SiteId(site),
            coach: User::coach(site, COACH).insert(dbs).await.unwrap(),
            colleague: User::coach(site, COLLEAGUE).insert(dbs).await.unwrap(),
            manager: User::manager(site).insert(dbs).await.unwrap(),
        }
    }

    pub async fn open(&self, dbs: &TestDbs, user: i64) -> SiteTx {
        SiteTx::open(dbs.api(), Access::Write, user, self.site, 0).await.unwrap()
    }

    /// One action in a transaction of its own.
    pub async fn act(&self, dbs: &TestDbs, user: i64, task: i64, action: &Action) -> Result<bool, Refused> {
        let mut tx = self.open(dbs, user).await;
        let changed = act(&mut tx, task, action).await?;
        tx.commit().await?;
        Ok(changed)
    }

    pub async fn transfer(&self, dbs: &TestDbs, task: i64, to: i64) -> Result<i64, Refused> {
        let mut tx = self.open(dbs, self.manager).await;
        let successor = transfer(&mut tx, task, &hand(to)).await?;
        tx.commit().await?;
        Ok(successor)
    }
}

pub fn hand(to: i64) -> Transfer {
    Transfer { to, employment: Employment::Employed, reason: reason("换人跟进") }
}

pub fn reason(text: &str) -> Reason {
    Reason::new(text).unwrap()
}

/// The task's row without what every change touches.
async fn row(dbs: &TestDbs, task: i64) -> Value {
    sqlx::query_scalar(
        "SELECT to_jsonb(t) - '{updated_at,changed_at,previous_status,previous_is_pinned,previous_abandon_reason,previous_changed_at}'::text[]
         FROM biz.coach_tasks t WHERE id = $1",
    )
    .bind(task)
    .fetch_one(dbs.owner())
    .await
    .unwrap()
}

/// (action, old_status, new_status, actor, detail), oldest first, without the one of its making.
type Line = (String, Option<String>, Option<String>, Option<i64>, Value);
/// The same without the detail.
type Told = (String, Option<String>, Option<String>, Option<i64>);

async fn history(dbs: &TestDbs, task: i64) -> Vec<Line> {
    sqlx::query_as(
        "SELECT action, old_status, new_status, actor_user_id, detail
         FROM biz.coach_task_history WHERE task_id = $1 ORDER BY created_at, id OFFSET 1",
    )
    .bind(task)
    .fetch_all(dbs.owner())
    .await
    .unwrap()
}

fn task_type() -> impl Strategy<Value = TaskType> {
    prop::sample::select(TaskType::ALL)
}

/// Property 5 「放弃与取消放弃往返」: the task is as before, history has both, and no blank reason gives one up.
#[test]
fn property_05_abandoning_and_taking_up_again_is_a_round_trip() {
    let cases = (task_type(), any::<bool>(), prop::option::of(0i64..=1000), "[ \\t\u{3000}]{0,3}\\PC{0,40}");
    holds(
        &cases,
        async |dbs: &TestDbs, (task_type, pinned, score, why): (TaskType, bool, Option<i64>, String)| {
            let hall = Hall::new(dbs).await;
            let mut task = Task::new(hall.site.0, COACH, MEMBER).of_type(task_type.as_str());
            task.is_pinned = pinned;
            task.priority_score = score.map(|s| rust_decimal::Decimal::new(s, 2));
            let task = task.insert(dbs).await.unwrap();
            let before = row(dbs, task).await;
            let why = match Reason::new(&why) {
                Ok(why) => why,
                Err(refused) => {
                    prop_assert!(refused != ReasonError::Blank || why.trim().is_empty());
                    return Ok(());
                }
            };
            prop_assert!(hall.act(dbs, hall.coach, task, &Action::Abandon(why.clone())).await.unwrap());
            let abandoned = row(dbs, task).await;
            prop_assert_eq!(&abandoned["status"], "abandoned");
            prop_assert_eq!(&abandoned["abandon_reason"], why.as_str());
            // It is abandoned, so it is not abandoned again.
            let again = hall.act(dbs, hall.coach, task, &Action::Abandon(why.clone())).await;
            prop_assert!(matches!(again, Err(Refused::Rule(Refusal::NotActive))));
            prop_assert!(hall.act(dbs, hall.coach, task, &Action::CancelAbandon).await.unwrap());
            prop_assert_eq!(row(dbs, task).await, before);
            let (active, given_up) = (Some("active".to_owned()), Some("abandoned".to_owned()));
            let changed = |before: Value, after: Value| json!({ "abandonReason": { "before": before, "after": after } });
            let lines: Vec<Line> = vec![
                (
                    "abandoned".into(),
                    active.clone(),
                    given_up.clone(),
                    Some(hall.coach),
                    changed(Value::Null, json!(why.as_str())),
                ),
                (
                    "abandon_cancelled".into(),
                    given_up,
                    active,
                    Some(hall.coach),
                    changed(json!(why.as_str()), Value::Null),
                ),
            ];
            prop_assert_eq!(history(dbs, task).await, lines);
            Ok(())
        },
    );
}

/// Property 15 「状态变更历史完整性」: one row per change, none for a repetition or a refusal, each beginning where the
/// one before ended.
#[test]
fn property_15_history_has_exactly_the_changes() {
    let action = prop_oneof![
        Just(Action::Pin),
        Just(Action::Unpin),
        Just(Action::Abandon(reason("客人出差"))),
        Just(Action::CancelAbandon),
    ];
    // Who: the coach, a colleague (refused), the manager.
    let cases = prop::collection::vec((0usize..3, action), 0..12);
    holds(&cases, async |dbs: &TestDbs, steps: Vec<(usize, Action)>| {
        let hall = Hall::new(dbs).await;
        let task = Task::new(hall.site.0, COACH, MEMBER).insert(dbs).await.unwrap();
        let users = [hall.coach, hall.colleague, hall.manager];
        let (mut status, mut pinned) = (TaskStatus::Active, false);
        let mut expected: Vec<Told> = Vec::new();
        for (who, action) in steps {
            let (was, user) = (status, users[who]);
            let wanted = match action {
                Action::Pin if was == TaskStatus::Active && !pinned => Some("pinned"),
                Action::Unpin if was == TaskStatus::Active && pinned => Some("unpinned"),
                Action::Abandon(_) if was == TaskStatus::Active => Some("abandoned"),
                Action::CancelAbandon if was == TaskStatus::Abandoned => Some("abandon_cancelled"),
                _ => None,
            };
            let wanted = wanted.filter(|_| who != 1);
            let done = hall.act(dbs, user, task, &action).await;
            prop_assert_eq!(done.is_ok_and(|changed| changed), wanted.is_some());
            match wanted {
                Some("pinned") => pinned = true,
                Some("unpinned") => pinned = false,
                Some("abandoned") => status = TaskStatus::Abandoned,
                Some(_) => status = TaskStatus::Active,
                None => continue,
            }
            let name = |s: TaskStatus| Some(s.to_string());
            expected.push((wanted.unwrap_or_default().to_owned(), name(was), name(status), Some(user)));
        }
        let found = history(dbs, task).await;
        let found: Vec<Told> = found.into_iter().map(|(a, old, new, who, _)| (a, old, new, who)).collect();
        prop_assert_eq!(&found, &expected);
        let now = row(dbs, task).await;
        prop_assert_eq!((&now["status"], &now["is_pinned"]), (&json!(status.as_str()), &json!(pinned)));
        Ok(())
    });
}

#[tokio::test]
async fn a_task_handed_over_has_its_successor_and_both_are_told_in_history() {
    let dbs = TestDbs::new().await.unwrap();
    let hall = Hall::new(&dbs).await;
    let mut task = Task::new(hall.site.0, COACH, MEMBER).of_type("follow_up_visit");
    task.is_pinned = true;
    task.reason = Some(json!({ "wbi": 7.5, "rs": 4.2 }));
    task.expires_at = Some("2099-01-01T00:00:00Z".parse().unwrap());
    let task = task.insert(&dbs).await.unwrap();
    let successor = hall.transfer(&dbs, task, COLLEAGUE).await.unwrap();
    let (old, new) = (row(&dbs, task).await, row(&dbs, successor).await);
    assert_eq!(old["status"], "transferred");
    for (field, value) in [
        ("assistant_id", json!(COLLEAGUE)),
        ("member_id", json!(MEMBER)),
        ("task_type", json!("follow_up_visit")),
        ("status", json!("active")),
        ("is_pinned", json!(false)),
        ("expires_at", Value::Null),
        ("parent_task_id", json!(task)),
    ] {
        assert_eq!(new[field], value, "{field}");
    }
    for field in ["priority_score", "member_id"] {
        assert_eq!(new[field], old[field], "{field}");
    }
    assert_eq!(old["reason"], json!({ "wbi": 7.5, "rs": 4.2 }));
    assert_eq!(
        new["reason"],
        json!({ "wbi": 7.5, "rs": null }),
        "how close the old coach was says nothing of the new one"
    );
    let told = history(&dbs, task).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0.as_str(), told[0].3), ("transferred", Some(hall.manager)));
    let detail = json!({
        "assistantId": { "before": COACH, "after": COLLEAGUE }, "reason": "换人跟进", "successorId": successor,
    });
    assert_eq!(told[0].4, detail);
    let made: (String, Option<i64>) =
        sqlx::query_as("SELECT action, actor_user_id FROM biz.coach_task_history WHERE task_id = $1")
            .bind(successor)
            .fetch_one(dbs.owner())
            .await
            .unwrap();
    assert_eq!(made, ("created".to_owned(), Some(hall.manager)));
    let audited: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.audit_log WHERE action = 'task.transferred'")
            .fetch_one(dbs.owner())
            .await
            .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn a_task_goes_to_no_one_who_is_not_there_or_has_it() {
    let dbs = TestDbs::new().await.unwrap();
    let hall = Hall::new(&dbs).await;
    let task = Task::new(hall.site.0, COACH, MEMBER).insert(&dbs).await.unwrap();
    let disabled =
        User { status: "disabled".into(), ..User::coach(hall.site.0, 3) }.insert(&dbs).await.unwrap();
    assert!(disabled > 0);
    Task::new(hall.site.0, 4, MEMBER).insert(&dbs).await.unwrap();
    User::coach(hall.site.0, 4).insert(&dbs).await.unwrap();
    for (to, refusal) in [
        (COACH, Refusal::SameCoach),
        (3, Refusal::NotWorking),
        (77, Refusal::NotWorking),
        (4, Refusal::HasOne),
    ] {
        let refused = hall.transfer(&dbs, task, to).await;
        assert!(matches!(refused, Err(Refused::Rule(why)) if why == refusal), "{to}: {refused:?}");
    }
    let mut tx = hall.open(&dbs, hall.manager).await;
    let resigned = Transfer { employment: Employment::Resigned, ..hand(COLLEAGUE) };
    let refused = transfer(&mut tx, task, &resigned).await;
    assert!(matches!(refused, Err(Refused::Rule(Refusal::NotWorking))));
    assert!(history(&dbs, task).await.is_empty());
}
