//! Properties 2, 3, 4, 6 and 7 of the task engine, each over at least 200 cases against the real database.
use chrono::{DateTime, Duration, Utc};
use domain::tasks::{TaskType, Thresholds, determine_task_type};
use proptest::{prelude::*, test_runner::TestRunner};
use store::operations::task::{
    complete_recalls::{self, CompletedBy},
    expire::expire,
    follow_up::{FollowedUp, RecallCompleted, follow_up},
};
use testing::builders::{Note, Task, User};

use crate::world::{World, index, noon, pair};

const CASES: u32 = 200;

fn thresholds() -> Thresholds {
    Thresholds { high: index(700), priority: index(500), relationship: index(600) }
}

fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    TestRunner::new(ProptestConfig::with_cases(CASES)).run(strategy, test).unwrap();
}

fn task_type() -> impl Strategy<Value = TaskType> {
    prop::sample::select(TaskType::ALL.to_vec())
}

/// Property 2 「活跃任务唯一性不变量」: whatever is inserted and generated, by two at once, one active row per key.
#[test]
fn property_02_at_most_one_active_task_per_key() {
    let world = World::new();
    let inserts = prop::collection::vec((1i64..=2, 1i64..=2, task_type()), 0..6);
    let mornings =
        prop::collection::vec((1i64..=2, 1i64..=2, 0u16..=1000, prop::option::of(0u16..=1000)), 0..4);
    check(&(inserts, mornings), |(inserts, mornings)| {
        world.runtime.block_on(async {
            let site = world.site(&[1, 2]).await;
            for (assistant, member, task_type) in inserts {
                let insert =
                    Task::new(site.0, assistant, member).of_type(task_type.as_str()).insert(&world.dbs).await;
                if let Err(e) = insert {
                    let constraint = e.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
                    let constraint = constraint.and_then(|e| e.constraint());
                    prop_assert_eq!(constraint, Some("idx_coach_tasks_site_assistant_member_type"));
                }
            }
            for (assistant, member, wbi, rs) in mornings {
                let pairs = [pair(assistant, member, wbi, rs)];
                tokio::join!(world.generate(site, noon(), &pairs), world.generate(site, noon(), &pairs));
            }
            let doubled =
                "SELECT count(*) FROM (SELECT FROM biz.coach_tasks WHERE site_id = $1 AND status = 'active'
                           GROUP BY assistant_id, member_id, task_type HAVING count(*) > 1) AS d";
            prop_assert_eq!(world.count(doubled, site).await, 0);
            Ok(())
        })
    });
}

/// Property 3 「任务类型变更状态机」: another type closes the old task and makes the new one, history on both.
#[test]
fn property_03_type_change_closes_the_old_and_makes_the_new() {
    let world = World::new();
    check(&(task_type(), 0u16..=1000, prop::option::of(0u16..=1000)), |(old_type, wbi, rs)| {
        world.runtime.block_on(async {
            let site = world.site(&[1]).await;
            let old = Task::new(site.0, 1, 9).of_type(old_type.as_str()).insert(&world.dbs).await.unwrap();
            let pair = pair(1, 9, wbi, rs);
            let wanted = determine_task_type(&pair.indices.unwrap(), &thresholds());
            world.generate(site, world.tick(), &[pair]).await;
            let tasks = world.tasks(site).await;
            match wanted {
                None => {
                    prop_assert_eq!(tasks.len(), 1);
                    prop_assert_eq!(tasks[0].status.as_str(), "active");
                }
                Some(same) if same == old_type => {
                    prop_assert_eq!(tasks.len(), 1);
                    prop_assert_eq!(world.history(old).await.len(), 1);
                }
                Some(new_type) => {
                    prop_assert_eq!(tasks.len(), 2);
                    let (before, after) = (&tasks[0], &tasks[1]);
                    prop_assert_eq!(
                        (after.task_type.as_str(), after.status.as_str()),
                        (new_type.as_str(), "active")
                    );
                    let made = world.history(after.id).await;
                    prop_assert_eq!(made.len(), 1);
                    prop_assert_eq!(made[0].new_status.as_deref(), Some("active"));
                    if old_type == TaskType::FollowUpVisit {
                        prop_assert_eq!(before.status.as_str(), "active");
                        prop_assert_eq!(made[0].action.as_str(), "created");
                    } else {
                        prop_assert_eq!(
                            (before.status.as_str(), after.parent_task_id),
                            ("inactive", Some(old))
                        );
                        let closed = &world.history(old).await[1];
                        for row in [closed, &made[0]] {
                            prop_assert_eq!(row.action.as_str(), "type_changed");
                            prop_assert_eq!(row.old_task_type.as_deref(), Some(old_type.as_str()));
                            prop_assert_eq!(row.new_task_type.as_deref(), Some(new_type.as_str()));
                        }
                        prop_assert_eq!(closed.new_status.as_deref(), Some("inactive"));
                    }
                }
            }
            Ok(())
        })
    });
}

/// Property 4 「48 小时滞留机制」: the hold begins when another task appears, is set once, and ends on time.
#[test]
fn property_04_a_follow_up_is_held_for_48_hours() {
    let world = World::new();
    // Age of the follow-up when the other task appears, and of the look at it, in minutes.
    let minutes = 60 * 72i64;
    check(&(0..minutes, 0..minutes, 0..minutes), |(age, again, look)| {
        world.runtime.block_on(async {
            let site = world.site(&[1]).await;
            let created = noon();
            let held = Task::new(site.0, 1, 9)
                .of_type("follow_up_visit")
                .created(created)
                .insert(&world.dbs)
                .await
                .unwrap();
            let ends = created + Duration::hours(48);
            let at = |minutes: i64| created + Duration::minutes(minutes);
            world.generate(site, at(age), &[pair(1, 9, 800, None)]).await;
            prop_assert_eq!(world.task(held).await.expires_at, Some(ends));
            // A later morning of yet another type never prolongs it.
            world.generate(site, at(age.max(again)), &[pair(1, 9, 600, None)]).await;
            prop_assert_eq!(world.task(held).await.expires_at, Some(ends));
            let mut tx = world.begin(site, at(look)).await;
            let expired = expire(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            let due = at(look) >= ends;
            prop_assert_eq!(expired, u64::from(due));
            let task = world.task(held).await;
            prop_assert_eq!(task.status.as_str(), if due { "inactive" } else { "active" });
            let history = world.history(held).await;
            prop_assert_eq!(history.last().unwrap().action.as_str(), if due { "expired" } else { "created" });
            Ok(())
        })
    });
}

/// Property 6 「召回完成检测与类型快照」: an active recall served since is completed with its type of that moment.
#[test]
fn property_06_recall_completion_keeps_the_type_of_the_moment() {
    let world = World::new();
    let status = prop::sample::select(vec!["active", "inactive", "abandoned", "completed"]);
    check(&(task_type(), status, -600i64..=600), |(task_type, status, seconds_after)| {
        world.runtime.block_on(async {
            let site = world.site(&[1]).await;
            let created = noon();
            let id = Task::new(site.0, 1, 9).of_type(task_type.as_str()).in_status(status).created(created)
                .insert(&world.dbs).await.unwrap();
            let before = world.task(id).await;
            let service_time = created + Duration::seconds(seconds_after);
            let by = [CompletedBy { task_id: id, service_id: 77, service_time }];
            let wanted = task_type.is_recall() && status == "active" && seconds_after >= 0;
            for round in 0..2 {
                let mut tx = world.begin(site, world.tick()).await;
                let open = complete_recalls::open_recalls(&mut tx).await.unwrap();
                prop_assert_eq!(open.len(), usize::from(round == 0 && task_type.is_recall() && status == "active"
                    || round == 1 && task_type.is_recall() && status == "active" && !wanted));
                let done = complete_recalls::complete(&mut tx, &by).await.unwrap();
                tx.commit().await.unwrap();
                prop_assert_eq!(done, u64::from(wanted && round == 0));
            }
            let after = world.task(id).await;
            let events = "SELECT count(*) FROM biz.trigger_events WHERE site_id = $1 AND event_name = 'recall_completed'";
            prop_assert_eq!(world.count(events, site).await, i64::from(wanted));
            if wanted {
                prop_assert_eq!(after.status.as_str(), "completed");
                prop_assert_eq!(after.completed_task_type.as_deref(), Some(task_type.as_str()));
                prop_assert_eq!(after.completed_at, Some(service_time));
                prop_assert_eq!(world.history(id).await.iter().filter(|h| h.action == "completed").count(), 1);
            } else {
                prop_assert_eq!(before, after);
            }
            Ok(())
        })
    });
}

/// Property 7 「备注回溯重分类」: the first normal note after the service, and no other, becomes the follow-up.
#[test]
fn property_07_the_first_note_after_the_service_is_reclassified() {
    let world = World::new();
    // Seconds after the service, whether it is normal, whether this coach wrote it.
    let notes = prop::collection::vec((-300i64..300, any::<bool>(), prop::bool::weighted(0.8)), 0..6);
    let score = prop::option::of(1i64..=10);
    check(&(notes, score), |(notes, score)| {
        world.runtime.block_on(async {
            let site = world.site(&[]).await;
            let user = User::coach(site.0, 1).insert(&world.dbs).await.unwrap();
            let other = User::coach(site.0, 2).insert(&world.dbs).await.unwrap();
            let service_time: DateTime<Utc> = noon();
            let recall = Task::new(site.0, 1, 9)
                .in_status("completed")
                .created(service_time - Duration::hours(9))
                .insert(&world.dbs)
                .await
                .unwrap();
            let mut written = Vec::new();
            for (seconds, normal, ours) in notes {
                let (author, coach) = if ours { (user, 1) } else { (other, 2) };
                let created = service_time + Duration::seconds(seconds);
                let id = Note::on_member(site.0, author, coach, 9)
                    .created(created)
                    .insert(&world.dbs)
                    .await
                    .unwrap();
                let kind = if normal { "normal" } else { "follow_up" };
                sqlx::query("UPDATE biz.notes SET type = $2, ai_score = $3 WHERE id = $1")
                    .bind(id)
                    .bind(kind)
                    .bind(score.map(rust_decimal::Decimal::from))
                    .execute(world.owner())
                    .await
                    .unwrap();
                written.push((created, id, normal, ours));
            }
            let expected = written
                .iter()
                .filter(|(at, _, normal, ours)| *normal && *ours && *at > service_time)
                .min_by_key(|(at, id, ..)| (*at, *id))
                .map(|(_, id, ..)| *id);
            let event = RecallCompleted {
                site_id: site.0,
                assistant_id: 1,
                member_id: 9,
                task_id: recall,
                service_id: 1,
                service_time,
            };
            let mut tx = world.begin(site, world.tick()).await;
            let first = follow_up(&mut tx, &event).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = world.begin(site, world.tick()).await;
            prop_assert_eq!(follow_up(&mut tx, &event).await.unwrap(), FollowedUp::AlreadyThere);
            tx.commit().await.unwrap();

            let changed: Vec<i64> = sqlx::query_scalar(
                "SELECT id FROM biz.notes WHERE site_id = $1 AND reclassified_at IS NOT NULL",
            )
            .bind(site.0)
            .fetch_all(world.owner())
            .await
            .unwrap();
            prop_assert_eq!(changed, Vec::from_iter(expected));
            let follow_ups: Vec<_> =
                world.tasks(site).await.into_iter().filter(|t| t.task_type == "follow_up_visit").collect();
            prop_assert_eq!(follow_ups.len(), 1);
            prop_assert_eq!(follow_ups[0].parent_task_id, Some(recall));
            let done = expected.is_some() && score.is_some_and(|s| s >= 6);
            prop_assert_eq!(follow_ups[0].status.as_str(), if done { "completed" } else { "active" });
            prop_assert_eq!(matches!(first, FollowedUp::Recorded { .. }), done);
            prop_assert_eq!(world.history(follow_ups[0].id).await.len(), 1);
            Ok(())
        })
    });
}
