//! The state machine: random lives of a hall. Coaches, a colleague and the manager act, notes are written and scored,
//! mornings come, tasks expire, members come back, recalls are followed up, coaches are unbound and resign, in any order.
//! After each step the database is the model's, row by row, and the invariants hold; and when the life is over, the past
//! shows of each step what was shown then.
use chrono::{DateTime, Duration, Utc};
use domain::tasks::{
    HistoryAction,
    action::{Action, Reason},
};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};
use testing::{FakeAi, fake_ai};
use worker::jobs::recalls;

use super::{
    case::{self, Case, Change, How, ServiceSpec, SnapshotSpec, When},
    life::{Life, Who},
    past::Past,
    stage::{Hall, Stage},
    state::State,
};

#[derive(Clone, Debug)]
enum Step {
    Act(Who, usize, Action),
    /// The same person does it and takes it back: by chance alone, one task is rarely met twice.
    Repent(Who, usize, Action, Action),
    Transfer(usize, usize),
    /// Which task's coach writes, whether for the task, and the score if the AI is as quick.
    Note(usize, bool, Option<u16>),
    /// A note's event is delivered, for the first time or again.
    Deliver(usize, u16),
    /// With AI or without; the score of what is not scored.
    FollowUps(bool, u16),
    Morning(SnapshotSpec, bool),
    /// A morning whose snapshot wants two members recalled.
    Alarm,
    /// The member of an open recall comes back, and is followed up, with AI or without.
    Back(usize, bool, u16),
    Expire,
    /// A follow-up that nobody does while its member is wanted back again: held for two days, and then over.
    Overdue(usize),
    Service(ServiceSpec),
    Bind(usize, Option<&'static str>),
    /// Minutes.
    Wait(i64),
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![4 => (0usize..3).prop_map(Who::Coach), 3 => Just(Who::Manager)]
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 0usize..256;
    let score = || prop_oneof![select(vec![100u16, 599, 600, 1000]), 100u16..=1000];
    let action = prop_oneof![
        Just(Action::Pin),
        Just(Action::Unpin),
        Just(Action::Abandon(Reason::new("客人出差").unwrap())),
        Just(Action::CancelAbandon),
    ];
    let repented = prop_oneof![
        Just((Action::Pin, Action::Unpin)),
        Just((Action::Abandon(Reason::new("客人改期").unwrap()), Action::CancelAbandon)),
    ];
    prop_oneof![
        8 => (who(), n(), action).prop_map(|(w, n, a)| Step::Act(w, n, a)),
        4 => (who(), n(), repented).prop_map(|(w, n, (a, b))| Step::Repent(w, n, a, b)),
        3 => (n(), 0usize..3).prop_map(|(n, c)| Step::Transfer(n, c)),
        4 => (n(), prop::bool::weighted(0.7), prop::option::of(score()))
            .prop_map(|(n, linked, s)| Step::Note(n, linked, s)),
        2 => (n(), score()).prop_map(|(n, s)| Step::Deliver(n, s)),
        2 => (any::<bool>(), score()).prop_map(|(ai, s)| Step::FollowUps(ai, s)),
        5 => (case::snapshot(), prop::bool::weighted(0.2)).prop_map(|(s, twice)| Step::Morning(s, twice)),
        3 => Just(Step::Alarm),
        6 => (n(), any::<bool>(), score()).prop_map(|(n, ai, s)| Step::Back(n, ai, s)),
        2 => Just(Step::Expire),
        2 => n().prop_map(Step::Overdue),
        4 => case::service().prop_map(Step::Service),
        1 => (0usize..3, case::user()).prop_map(|(c, u)| Step::Bind(c, u)),
        2 => (1i64..4000).prop_map(Step::Wait),
    ]
}

async fn live(life: &mut Life<'_, '_>, step: &Step) -> Result<(), String> {
    match step {
        Step::Act(who, n, action) => life.act(*who, *n, action).await,
        Step::Repent(who, n, action, back) => {
            life.act(*who, *n, action).await?;
            life.act(*who, *n, back).await
        }
        Step::Transfer(n, to) => life.transfer(*n, *to).await,
        Step::Note(n, linked, score) => life.note(*n, *linked, *score).await,
        Step::Deliver(n, score) => life.deliver(*n, *score).await,
        Step::FollowUps(ai, score) => life.follow_ups(*ai, *score).await,
        Step::Morning(snapshot, twice) => {
            morning(life.hall, snapshot, if *twice { How::AtOnce } else { How::Once }).await
        }
        Step::Alarm => morning(life.hall, &alarm(), How::Once).await,
        Step::Back(n, ai, score) => {
            let when = When::OfRecall(*n, 60);
            let back = ServiceSpec { when, coach: 0, member: Some(501), void: false };
            change(life.hall, &Change::Service(back)).await?;
            life.hall.now += Duration::seconds(1);
            let now = life.hall.now;
            life.hall.oracle.complete_recalls(now);
            recalls::complete(&life.hall.work()).await.map_err(|e| e.to_string())?;
            life.follow_ups(*ai, *score).await
        }
        Step::Overdue(n) => {
            Box::pin(live(life, &Step::Alarm)).await?;
            Box::pin(live(life, &Step::Back(*n, false, 100))).await?;
            Box::pin(live(life, &Step::Alarm)).await?;
            life.hall.now += Duration::hours(49);
            change(life.hall, &Change::Expire).await
        }
        Step::Expire => change(life.hall, &Change::Expire).await,
        Step::Service(service) => change(life.hall, &Change::Service(service.clone())).await,
        Step::Bind(coach, status) => change(life.hall, &Change::User(*coach, *status)).await,
        Step::Wait(minutes) => {
            life.hall.now += Duration::minutes(*minutes);
            Ok(())
        }
    }
}

async fn morning(hall: &mut Hall<'_>, snapshot: &SnapshotSpec, how: How) -> Result<(), String> {
    hall.now += Duration::minutes(20 * 60);
    let now = hall.now;
    hall.snapshot(snapshot, now).await;
    hall.morning(how).await
}

fn alarm() -> SnapshotSpec {
    let of = |index: &str| Some(index.to_owned());
    SnapshotSpec {
        offset: 0,
        relation: vec![(0, 501, of("3.00")), (0, 502, of("3.00")), (1, 501, of("3.00"))],
        winback: vec![(501, of("9.00")), (502, of("6.00"))],
        newconv: vec![(501, of("0.00"))],
    }
}

async fn change(hall: &mut Hall<'_>, change: &Change) -> Result<(), String> {
    hall.now += Duration::seconds(2);
    let now = hall.now;
    hall.change(change, now, now + Duration::seconds(1)).await;
    Ok(())
}

/// What 1-to-n rows of the hall break a rule, by name.
async fn broken(hall: &Hall<'_>) -> Vec<String> {
    sqlx::query_scalar(
        "WITH t AS (SELECT * FROM biz.coach_tasks WHERE site_id = $1),
              h AS (SELECT *, lag(new_status) OVER (PARTITION BY task_id ORDER BY created_at, id) AS left_at
                    FROM biz.coach_task_history WHERE site_id = $1)
         SELECT 'two active of one key' FROM t WHERE status = 'active'
             GROUP BY assistant_id, member_id, task_type HAVING count(*) > 1
         UNION ALL SELECT 'completed without time or type' FROM t
             WHERE (status = 'completed') IS DISTINCT FROM (completed_at IS NOT NULL AND completed_task_type = task_type)
         UNION ALL SELECT 'a reason without an abandonment, or the other way round' FROM t
             WHERE (status = 'abandoned') IS DISTINCT FROM (abandon_reason IS NOT NULL)
         UNION ALL SELECT 'two follow-ups of one recall' FROM t WHERE task_type = 'follow_up_visit'
             GROUP BY parent_task_id HAVING parent_task_id IS NOT NULL AND count(*) > 1
         UNION ALL SELECT 'transferred without a successor of the other coach' FROM t WHERE status = 'transferred'
             AND NOT EXISTS (SELECT FROM t s WHERE s.parent_task_id = t.id AND s.member_id = t.member_id
                             AND s.task_type = t.task_type AND s.assistant_id <> t.assistant_id)
         UNION ALL SELECT 'history does not begin where it ended' FROM h WHERE old_status IS DISTINCT FROM left_at
         UNION ALL SELECT 'history does not end at the status' FROM t
             WHERE status <> (SELECT new_status FROM h WHERE task_id = t.id ORDER BY created_at DESC, id DESC LIMIT 1)
         UNION ALL SELECT 'a pin that history does not know' FROM t
             WHERE is_pinned IS DISTINCT FROM coalesce((SELECT action = 'pinned' FROM h WHERE task_id = t.id
                 AND action IN ('pinned', 'unpinned') ORDER BY created_at DESC, id DESC LIMIT 1), false)
         UNION ALL SELECT 'nothing changed' FROM h
             WHERE old_status = new_status AND action NOT IN ('pinned', 'unpinned')",
    )
    .bind(hall.site.0)
    .fetch_all(hall.dbs.owner())
    .await
    .unwrap()
}

#[test]
fn every_life_of_a_hall_is_the_models() {
    let stage = Stage::new();
    let (fake, client) = stage.runtime.block_on(async {
        let fake = FakeAi::start().await.unwrap();
        let client = ai::Client::new(ai::Settings {
            base_url: fake.base_url(),
            api_key: Some(fake_ai::API_KEY.to_owned()),
            model: fake_ai::MODEL.to_owned(),
            timeout: std::time::Duration::from_secs(10),
        });
        (fake, client.unwrap())
    });
    let config = ProptestConfig {
        cases: 200,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // (A morning compares the statistics too.) One comes first, so that there is something to act on.
    let lives = (case::snapshot(), vec(case::staff(), 3), vec(step(), 1..28));
    let result = TestRunner::new(config).run(&lives, |(first, staff, steps)| {
        stage.runtime.block_on(async {
            let real: DateTime<Utc> =
                sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(stage.dbs.owner()).await.unwrap();
            let case = Case { staff, ..Case::plain() };
            let mut hall = stage.hall_at(&case, real + Duration::hours(1)).await;
            let mut life = Life::new(&mut hall, &fake, &client).await;
            let steps = std::iter::once(Step::Morning(first, false)).chain(steps);
            let mut past = Past::default();
            for (n, step) in steps.enumerate() {
                let fail = |why: String| TestCaseError::fail(format!("step {n}, {step:?}: {why}"));
                live(&mut life, &step).await.map_err(fail)?;
                let state = State::load(life.hall.dbs.owner(), life.hall.site).await;
                life.hall.ids.clone_from(&state.ids);
                state.compare(&mut life.hall.oracle, false).map_err(fail)?;
                let broken = broken(life.hall).await;
                prop_assert!(broken.is_empty(), "step {n}, {step:?}: {broken:?}");
                past.remember(life.hall.dbs.owner(), life.hall.site).await;
            }
            past.compare_every_way(life.hall.dbs.owner(), life.hall.site).await.map_err(TestCaseError::fail)
        })
    });
    if let Err(e) = result {
        panic!("{e}");
    }
    let seen: Vec<String> = stage.runtime.block_on(async {
        sqlx::query_scalar(
            "SELECT DISTINCT action FROM biz.coach_task_history
             UNION ALL SELECT DISTINCT 'recorded follow-up' FROM biz.coach_task_history
                 WHERE action = 'created' AND new_status = 'completed'
             UNION ALL SELECT DISTINCT 'recall completed by a note' FROM biz.coach_task_history
                 WHERE action = 'completed' AND detail ? 'noteId' AND new_task_type LIKE '%recall'",
        )
        .fetch_all(stage.dbs.owner())
        .await
        .unwrap()
    });
    let expected = HistoryAction::ALL.iter().map(|a| a.as_str());
    for what in expected.chain(["recorded follow-up", "recall completed by a note"]) {
        assert!(seen.iter().any(|s| s == what), "no life had this: {what}; seen {seen:?}");
    }
}
