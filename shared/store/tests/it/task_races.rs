//! Two at one task at once: one waits, and is decided on what the other left. The order is made certain: the second one
//! starts while the first holds its lock, and the first commits once the database says that the second waits.
use std::{collections::HashMap, time::Duration};

use domain::{
    notes::Verdict,
    tasks::{
        Indices,
        action::{Action, Refusal},
        generator::{Employment, Pair},
    },
};
use store::{
    SystemDoor,
    operations::{
        note::score,
        task::{
            act::{Refused, act},
            expire::expire,
            generate::{Input, generate, lock},
            transfer::transfer,
        },
    },
};
use testing::{
    TestDbs,
    builders::{Note, Task, User},
};

use crate::task_actions::{COACH, COLLEAGUE, Hall, MEMBER, hand, reason};

/// Until somebody in this database waits for a lock.
async fn until_somebody_waits(dbs: &TestDbs) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let waiting: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                            WHERE NOT l.granted AND a.datname = current_database())",
        )
        .fetch_one(dbs.owner())
        .await
        .unwrap();
        if waiting {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "nobody waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn setup() -> (TestDbs, Hall, i64) {
    let dbs = TestDbs::new().await.unwrap();
    let hall = Hall::new(&dbs).await;
    let task = Task::new(hall.site.0, COACH, MEMBER).insert(&dbs).await.unwrap();
    (dbs, hall, task)
}

async fn state(dbs: &TestDbs, task: i64) -> (String, bool) {
    sqlx::query_as("SELECT status, is_pinned FROM biz.coach_tasks WHERE id = $1")
        .bind(task)
        .fetch_one(dbs.owner())
        .await
        .unwrap()
}

async fn actions(dbs: &TestDbs, task: i64) -> Vec<String> {
    sqlx::query_scalar("SELECT action FROM biz.coach_task_history WHERE task_id = $1 ORDER BY created_at, id")
        .bind(task)
        .fetch_all(dbs.owner())
        .await
        .unwrap()
}

/// The hall's morning: this coach is to recall the member.
async fn morning(dbs: &TestDbs, hall: Hall) {
    let index = |hundredths| domain::Index::from_hundredths(hundredths).unwrap();
    let indices = Indices { wbi: Some(index(800)), nci: None, rs: None };
    let pairs = [Pair { assistant_id: COACH, member_id: MEMBER, indices: Ok(indices) }];
    let staff: HashMap<i64, Employment> =
        [COACH, COLLEAGUE].map(|coach| (coach, Employment::Employed)).into_iter().collect();
    let mut tx = SystemDoor::new(dbs.worker().clone()).begin(hall.site).await.unwrap();
    let stat_date = tx.ctx.today().pred_opt().unwrap();
    let active = lock(&mut tx).await.unwrap();
    generate(&mut tx, &Input { stat_date, pairs: &pairs, staff: &staff }, active).await.unwrap();
    tx.commit().await.unwrap();
}

/// Two actions, the second beginning while the first is not committed.
async fn one_after_the_other(first: Action, second: Action) -> (Result<bool, Refused>, TestDbs, i64) {
    let (dbs, hall, task) = setup().await;
    let mut tx = hall.open(&dbs, hall.coach).await;
    act(&mut tx, task, &first).await.unwrap();
    let later = hall.act(&dbs, hall.manager, task, &second);
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(later, commit);
    (done, dbs, task)
}

#[tokio::test]
async fn a_pin_behind_an_abandonment_is_refused() {
    let (done, dbs, task) = one_after_the_other(Action::Abandon(reason("客人出差")), Action::Pin).await;
    assert!(matches!(done, Err(Refused::Rule(Refusal::NotActive))), "{done:?}");
    assert_eq!(state(&dbs, task).await, ("abandoned".to_owned(), false));
    assert_eq!(actions(&dbs, task).await, ["created", "abandoned"]);
}

#[tokio::test]
async fn an_abandonment_behind_a_pin_keeps_the_pin() {
    let (done, dbs, task) = one_after_the_other(Action::Pin, Action::Abandon(reason("客人出差"))).await;
    assert!(done.unwrap());
    assert_eq!(state(&dbs, task).await, ("abandoned".to_owned(), true));
    assert_eq!(actions(&dbs, task).await, ["created", "pinned", "abandoned"]);
}

#[tokio::test]
async fn of_two_transfers_of_one_task_one_wins() {
    let (dbs, hall, task) = setup().await;
    User::coach(hall.site.0, 3).insert(&dbs).await.unwrap();
    let mut tx = hall.open(&dbs, hall.manager).await;
    let successor = transfer(&mut tx, task, &hand(COLLEAGUE)).await.unwrap();
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(hall.transfer(&dbs, task, 3), commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::NotActive))), "{done:?}");
    assert_eq!(actions(&dbs, task).await, ["created", "transferred"]);
    assert_eq!(state(&dbs, successor).await.0, "active");
    let all: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.coach_tasks").fetch_one(dbs.owner()).await.unwrap();
    assert_eq!(all, 2);
}

#[tokio::test]
async fn of_two_tasks_handed_to_one_coach_one_arrives() {
    let (dbs, hall, task) = setup().await;
    User::coach(hall.site.0, 3).insert(&dbs).await.unwrap();
    let other = Task::new(hall.site.0, COLLEAGUE, MEMBER).insert(&dbs).await.unwrap();
    let mut tx = hall.open(&dbs, hall.manager).await;
    transfer(&mut tx, task, &hand(3)).await.unwrap();
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(hall.transfer(&dbs, other, 3), commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::HasOne))), "{done:?}");
    assert_eq!(state(&dbs, other).await.0, "active");
    assert_eq!(actions(&dbs, other).await, ["created"]);
}

#[tokio::test]
async fn a_morning_behind_an_abandonment_makes_no_such_task() {
    let (dbs, hall, task) = setup().await;
    let mut tx = hall.open(&dbs, hall.coach).await;
    act(&mut tx, task, &Action::Abandon(reason("客人出差"))).await.unwrap();
    // It rescores the task that it read as active, and so waits for its row.
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    tokio::join!(morning(&dbs, hall), commit);
    assert_eq!(state(&dbs, task).await.0, "abandoned");
    assert_eq!(actions(&dbs, task).await, ["created", "abandoned"]);
    morning(&dbs, hall).await;
    let all: i64 =
        sqlx::query_scalar("SELECT count(*) FROM biz.coach_tasks").fetch_one(dbs.owner()).await.unwrap();
    assert_eq!(all, 1, "the cool-down holds");
}

#[tokio::test]
async fn taking_up_again_behind_a_new_task_of_the_type_is_refused() {
    let (dbs, hall, task) = setup().await;
    hall.act(&dbs, hall.coach, task, &Action::Abandon(reason("客人出差"))).await.unwrap();
    // As a generator without a cool-down makes it, not committed yet: no look can find it, the index does.
    let mut made = dbs.worker().begin().await.unwrap();
    sqlx::query(
        "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type)
         VALUES ($1, $2, $3, 'high_priority_recall')",
    )
    .bind(hall.site.0)
    .bind(COACH)
    .bind(MEMBER)
    .execute(&mut *made)
    .await
    .unwrap();
    let commit = async {
        until_somebody_waits(&dbs).await;
        made.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(hall.act(&dbs, hall.coach, task, &Action::CancelAbandon), commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::TwinActive))), "{done:?}");
    // Once it is there, the look finds it.
    let done = hall.act(&dbs, hall.coach, task, &Action::CancelAbandon).await;
    assert!(matches!(done, Err(Refused::Rule(Refusal::TwinActive))), "{done:?}");
    assert_eq!(state(&dbs, task).await.0, "abandoned");
}

#[tokio::test]
async fn a_transfer_waits_for_a_morning_and_meets_what_it_made() {
    let (dbs, hall, _) = setup().await;
    let task = Task::new(hall.site.0, COLLEAGUE, MEMBER).insert(&dbs).await.unwrap();
    sqlx::query("DELETE FROM biz.coach_task_history").execute(dbs.owner()).await.unwrap();
    sqlx::query("DELETE FROM biz.coach_tasks WHERE assistant_id = $1")
        .bind(COACH)
        .execute(dbs.owner())
        .await
        .unwrap();
    // The lock that a morning takes first.
    let mut generator = dbs.worker().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('zqyy.task_generator', $1))")
        .bind(hall.site.0)
        .execute(&mut *generator)
        .await
        .unwrap();
    let commit = async {
        until_somebody_waits(&dbs).await;
        sqlx::query(
            "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type)
             VALUES ($1, $2, $3, 'high_priority_recall')",
        )
        .bind(hall.site.0)
        .bind(COACH)
        .bind(MEMBER)
        .execute(&mut *generator)
        .await
        .unwrap();
        generator.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(hall.transfer(&dbs, task, COACH), commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::HasOne))), "{done:?}");
    assert_eq!(state(&dbs, task).await.0, "active");
}

#[tokio::test]
async fn a_score_behind_an_abandonment_completes_nothing() {
    let (dbs, hall, task) = setup().await;
    let mut note = Note::on_member(hall.site.0, hall.coach, COACH, MEMBER);
    note.task_id = Some(task);
    let note = note.insert(&dbs).await.unwrap();
    let mut tx = hall.open(&dbs, hall.coach).await;
    act(&mut tx, task, &Action::Abandon(reason("客人出差"))).await.unwrap();
    let scored = async {
        let mut tx = SystemDoor::new(dbs.worker().clone()).begin(hall.site).await.unwrap();
        let judged = score::score(&mut tx, note, &Verdict::new(9.into(), "好").unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        judged
    };
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let (judged, ()) = tokio::join!(scored, commit);
    assert_eq!(judged, score::Judged::LeftActive);
    assert_eq!(state(&dbs, task).await.0, "abandoned");
    assert_eq!(actions(&dbs, task).await, ["created", "abandoned"]);
}

#[tokio::test]
async fn an_abandonment_behind_a_score_is_refused() {
    let (dbs, hall, task) = setup().await;
    let mut note = Note::on_member(hall.site.0, hall.coach, COACH, MEMBER);
    note.task_id = Some(task);
    let note = note.insert(&dbs).await.unwrap();
    let mut tx = SystemDoor::new(dbs.worker().clone()).begin(hall.site).await.unwrap();
    score::score(&mut tx, note, &Verdict::new(6.into(), "好").unwrap()).await.unwrap();
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let abandon = Action::Abandon(reason("客人出差"));
    let later = hall.act(&dbs, hall.coach, task, &abandon);
    let (done, ()) = tokio::join!(later, commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::NotActive))), "{done:?}");
    assert_eq!(actions(&dbs, task).await, ["created", "completed"]);
}

#[tokio::test]
async fn a_pin_behind_the_expiry_is_refused() {
    let (dbs, hall, _) = setup().await;
    let mut task = Task::new(hall.site.0, COACH, MEMBER).of_type("follow_up_visit");
    task.expires_at = Some("2020-01-01T00:00:00Z".parse().unwrap());
    let task = task.insert(&dbs).await.unwrap();
    let mut tx = SystemDoor::new(dbs.worker().clone()).begin(hall.site).await.unwrap();
    assert_eq!(expire(&mut tx).await.unwrap(), 1);
    let commit = async {
        until_somebody_waits(&dbs).await;
        tx.commit().await.unwrap();
    };
    let (done, ()) = tokio::join!(hall.act(&dbs, hall.coach, task, &Action::Pin), commit);
    assert!(matches!(done, Err(Refused::Rule(Refusal::NotActive))), "{done:?}");
    assert_eq!(actions(&dbs, task).await, ["created", "expired"]);
}
