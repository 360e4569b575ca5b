//! Single cases of the task engine that a property would hide.
use chrono::Duration;
use domain::tasks::generator::{BadIndex, Pair};
use store::operations::task::{
    follow_up::{FollowedUp, RecallCompleted, follow_up},
    monthly,
};
use testing::builders::{Site, Task, User};

use crate::world::{World, noon, pair};

#[test]
fn a_second_morning_changes_nothing() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1, 2]).await;
        let pairs = [
            pair(1, 9, 800, Some(300)),
            pair(1, 10, 100, Some(300)),
            pair(2, 9, 600, None),
            pair(2, 10, 0, None),
        ];
        let first = world.generate(site, noon(), &pairs).await;
        assert_eq!((first.created, first.unmatched, first.rescored), (3, 1, 0));
        let before = world.tasks(site).await;
        let second = world.generate(site, noon() + Duration::minutes(1), &pairs).await;
        assert_eq!((second.created, second.kept, second.rescored, second.closed), (0, 3, 0, 0));
        assert_eq!(world.tasks(site).await, before);
        let history = "SELECT count(*) FROM biz.coach_task_history WHERE site_id = $1";
        assert_eq!(world.count(history, site).await, 3);
    });
}

#[test]
fn a_moved_score_leaves_its_old_value_behind() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        world.generate(site, noon(), &[pair(1, 9, 800, None)]).await;
        for (day, wbi) in [(1, 900), (2, 900), (3, 750)] {
            world.generate(site, noon() + Duration::days(day), &[pair(1, 9, wbi, None)]).await;
        }
        let kept: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT priority_score::text, to_char(valid_from AT TIME ZONE 'UTC', 'DD'), to_char(created_at AT TIME ZONE 'UTC', 'DD')
             FROM biz.coach_task_scores WHERE site_id = $1 ORDER BY valid_from")
            .bind(site.0).fetch_all(world.owner()).await.unwrap();
        let row = |s: &str, from: &str, until: &str| (s.to_owned(), from.to_owned(), until.to_owned());
        assert_eq!(kept, [row("8.00", "20", "21"), row("9.00", "21", "23")]);
        let now: String = sqlx::query_scalar("SELECT priority_score::text FROM biz.coach_tasks WHERE site_id = $1")
            .bind(site.0).fetch_one(world.owner()).await.unwrap();
        assert_eq!(now, "7.50");
        // Following an index is no change of state.
        assert_eq!(world.count("SELECT count(*) FROM biz.coach_task_history WHERE site_id = $1", site).await, 1);
    });
}

#[test]
fn one_coachs_bad_data_stops_nobody() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1, 2]).await;
        let bad = Pair { indices: Err(BadIndex), ..pair(1, 9, 0, None) };
        let done = world.generate(site, noon(), &[bad, pair(2, 9, 800, None), pair(3, 9, 800, None)]).await;
        assert_eq!(done.created, 1);
        assert_eq!(done.bad_coaches.iter().map(|b| (b.assistant_id, b.pairs)).collect::<Vec<_>>(), [(1, 1)]);
        assert_eq!(done.unbound_coaches, [3]);
    });
}

#[test]
fn the_cool_down_counts_business_dates() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        Task::new(site.0, 1, 9).in_status("abandoned").created(noon() - Duration::days(1)).insert(&world.dbs).await.unwrap();
        sqlx::query("INSERT INTO biz.coach_task_history (site_id, task_id, action, old_status, new_status, created_at)
                     SELECT site_id, id, 'abandoned', 'active', 'abandoned', $2 FROM biz.coach_tasks WHERE site_id = $1")
            .bind(site.0).bind(noon()).execute(world.owner()).await.unwrap();
        for (days, created) in [(0, 0), (29, 0), (30, 1)] {
            let done = world.generate(site, noon() + Duration::days(days), &[pair(1, 9, 800, None)]).await;
            assert_eq!((done.created, done.cooling_down), (created, 1 - created), "after {days} days");
        }
    });
}

#[test]
fn tasks_of_a_coach_who_left_end() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        let gone = Task::new(site.0, 5, 9).insert(&world.dbs).await.unwrap();
        let done = world.generate(site, noon(), &[]).await;
        assert_eq!(done.coach_left, 1);
        assert_eq!(world.task(gone).await.status, "inactive");
    });
}

#[test]
fn a_newer_follow_up_supersedes_the_one_before() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        let mut made = Vec::new();
        for day in 0..2 {
            let at = noon() + Duration::days(day);
            let recall =
                Task::new(site.0, 1, 9).in_status("completed").created(at).insert(&world.dbs).await.unwrap();
            let event = RecallCompleted {
                site_id: site.0,
                assistant_id: 1,
                member_id: 9,
                task_id: recall,
                service_id: 1,
                service_time: at,
            };
            let mut tx = world.begin(site, at + Duration::hours(20)).await;
            let FollowedUp::Asked { task_id, note_id: None } = follow_up(&mut tx, &event).await.unwrap()
            else {
                panic!("asked")
            };
            tx.commit().await.unwrap();
            made.push(task_id);
        }
        assert_eq!(world.task(made[0]).await.status, "inactive");
        assert_eq!(world.history(made[0]).await[1].action, "superseded");
        let newest = world.task(made[1]).await;
        assert_eq!((newest.status.as_str(), newest.expires_at), ("active", None));
    });
}

#[test]
fn an_event_for_another_site_or_pair_is_refused() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        let elsewhere = Site::default().insert(&world.dbs).await.unwrap();
        let recall = Task::new(site.0, 1, 9).in_status("completed").insert(&world.dbs).await.unwrap();
        let event = RecallCompleted {
            site_id: site.0,
            assistant_id: 1,
            member_id: 9,
            task_id: recall,
            service_id: 1,
            service_time: noon(),
        };
        for wrong in [
            RecallCompleted { site_id: elsewhere, ..event },
            RecallCompleted { member_id: 10, ..event },
            RecallCompleted { task_id: recall + 1, ..event },
        ] {
            let mut tx = world.begin(site, noon()).await;
            follow_up(&mut tx, &wrong).await.unwrap_err();
        }
        assert_eq!(world.tasks(site).await.len(), 1);
    });
}

#[test]
fn the_apis_role_sees_one_site_alone() {
    let world = World::new();
    world.runtime.block_on(async {
        let (ours, theirs) = (world.site(&[1]).await, world.site(&[2]).await);
        for site in [ours, theirs] {
            Task::new(site.0, 1, 9).insert(&world.dbs).await.unwrap();
        }
        let user = User::manager(ours.0).insert(&world.dbs).await.unwrap();
        let mut tx = store::SiteTx::open(world.dbs.api(), store::Access::Write, user, ours, 0).await.unwrap();
        assert!(tx.caller.may("tasks.site") && !tx.caller.may("ops"));
        // No filter at all: the second lock alone.
        let seen: Vec<i64> = sqlx::query_scalar("SELECT site_id FROM biz.coach_tasks").fetch_all(tx.connection()).await.unwrap();
        assert_eq!(seen, [ours.0]);
        let write = sqlx::query("INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type) VALUES ($1, 1, 77, 'priority_recall')")
            .bind(theirs.0).execute(tx.connection()).await.unwrap_err();
        assert!(write.to_string().contains("row-level security"), "{write}");
        drop(tx);
        let unset: i64 = sqlx::query_scalar("SELECT count(*) FROM biz.coach_tasks").fetch_one(world.dbs.api()).await.unwrap();
        assert_eq!(unset, 0);
        // No standing at the other site: opened, but without role or permission.
        let there = store::SiteTx::open(world.dbs.api(), store::Access::Write, user, theirs, 0).await.unwrap();
        assert!(there.caller.roles.is_empty() && there.caller.permissions.is_empty());
        assert!(matches!(store::SiteTx::open(world.dbs.api(), store::Access::Write, user, ours, 1).await, Err(store::StoreError::NotAdmitted(_))));
    });
}

#[test]
fn months_are_business_months_and_a_recount_moves_nothing() {
    let world = World::new();
    world.runtime.block_on(async {
        let site = world.site(&[1]).await;
        // 1 April 04:00 local is still March for the hall.
        for (member, at, kind, status) in [
            (1, "2026-03-31T20:00:00Z", "priority_recall", "completed"),
            (2, "2026-04-01T00:00:00Z", "relationship_building", "completed"),
            (3, "2026-04-10T00:00:00Z", "follow_up_visit", "active"),
            (4, "2026-04-10T00:00:00Z", "high_priority_recall", "abandoned"),
            (5, "2026-04-10T00:00:00Z", "high_priority_recall", "transferred"),
        ] {
            Task::new(site.0, 1, member).of_type(kind).in_status(status).created(at.parse().unwrap()).insert(&world.dbs).await.unwrap();
        }
        let mut tx = world.begin(site, noon()).await;
        assert_eq!(monthly::refresh(&mut tx).await.unwrap(), 2);
        assert_eq!(monthly::refresh(&mut tx).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let rows: Vec<(String, Vec<i32>)> = sqlx::query_as(
            "SELECT stat_month::text, ARRAY[recall_created, follow_up_created, relationship_created, total_created,
                    recall_completed, follow_up_completed, total_completed, abandoned_count, transferred_count]
             FROM biz.dws_assistant_task_monthly WHERE site_id = $1 ORDER BY stat_month")
            .bind(site.0).fetch_all(world.owner()).await.unwrap();
        assert_eq!(rows, [
            ("2026-03-01".to_owned(), vec![1, 0, 0, 1, 1, 0, 1, 0, 0]),
            ("2026-04-01".to_owned(), vec![2, 1, 1, 4, 0, 0, 1, 1, 1]),
        ]);
    });
}
