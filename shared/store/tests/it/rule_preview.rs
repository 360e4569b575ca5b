//! The preview of task rules: what it says is what the generator then does, and it writes nothing.
use std::collections::{BTreeMap, HashMap};

use domain::{
    SiteId,
    tasks::{
        TaskType, Thresholds,
        generator::{Employment, Pair},
        rule_edit::Edited,
    },
};
use proptest::prelude::*;
use store::{
    Access, SiteTx, SystemDoor,
    db::{recall, rule as rules},
    operations::{
        rule::{CoachPlan, preview},
        task::{
            complete_recalls::{self, CompletedBy},
            generate::{Generated, Input, generate, lock},
        },
    },
};
use testing::{
    TestDbs,
    builders::{Site, Task, User},
};

use crate::world::{index, pair};

/// Two ordinary coaches, one who has resigned, one whose user is not approved; the fifth is bound to nobody.
async fn hall(dbs: &TestDbs) -> (SiteId, i64) {
    let site = Site::default().insert(dbs).await.unwrap();
    for coach in 1..=3 {
        User::coach(site, coach).insert(dbs).await.unwrap();
    }
    User { status: "pending".into(), ..User::coach(site, 4) }.insert(dbs).await.unwrap();
    (SiteId(site), User::manager(site).insert(dbs).await.unwrap())
}

async fn rows(dbs: &TestDbs, site: SiteId) -> String {
    sqlx::query_scalar(
        "SELECT (SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY id)), '') FROM biz.coach_tasks t WHERE site_id = $1)
             || (SELECT coalesce(md5(string_agg(h::text, '|' ORDER BY id)), '') FROM biz.coach_task_history h WHERE site_id = $1)
             || (SELECT count(*) FROM biz.task_rules) || (SELECT count(*) FROM biz.coach_task_scores)",
    )
    .bind(site.0)
    .fetch_one(dbs.owner())
    .await
    .unwrap()
}

/// Sums of all coaches, in the generator's own words.
fn total(plans: &[CoachPlan]) -> (u64, Generated) {
    let mut sum = Generated::default();
    for CoachPlan { plan, .. } in plans {
        let (creates, count) = (&plan.creates, |n: usize| n as u64);
        sum.created += count(creates.len());
        sum.type_changed += count(creates.iter().filter(|c| !c.replaces.is_empty()).count());
        sum.closed += creates.iter().map(|c| count(c.replaces.len())).sum::<u64>();
        sum.held +=
            count(creates.iter().filter(|c| c.holds.is_some_and(|(_, until)| until.is_some())).count());
        sum.kept += plan.kept;
        sum.rescored += count(plan.rescores.len());
        sum.unmatched += plan.unmatched;
        sum.cooling_down += plan.cooling_down;
        sum.already_back += plan.already_back;
        sum.coach_left += count(plan.leavers.len());
        sum.unbound_coaches.extend(&plan.unbound);
    }
    (plans.iter().map(|plan| plan.recalls_completed).sum(), sum)
}

fn edited() -> impl Strategy<Value = Edited> {
    (1u16..=1000, 0u16..=1000, 0u16..=1000, prop::sample::select(vec![0u32, 30])).prop_map(
        |(high, priority, relationship, abandon_cooldown_days)| Edited {
            thresholds: Thresholds {
                high: index(high),
                priority: index(priority % high),
                relationship: index(relationship),
            },
            abandon_cooldown_days,
        },
    )
}

#[test]
fn a_preview_is_what_the_generator_then_does_and_writes_nothing() {
    let kinds = prop::sample::select(TaskType::ALL.to_vec());
    let tasks = prop::collection::btree_map((1i64..=5, 1i64..=5, 0usize..4), (kinds, any::<bool>()), 0..8);
    let pairs = prop::collection::btree_map(
        (1i64..=5, 1i64..=5),
        (0u16..=1000, prop::option::of(0u16..=1000)),
        0..12,
    );
    let cases = (tasks, pairs, edited(), any::<bool>(), prop::collection::vec(any::<bool>(), 8));
    testing::property::holds(
        &cases,
        async |dbs: &TestDbs, (tasks, pairs, edited, after_a_morning, came_back)| {
            let (site, manager) = hall(dbs).await;
            for ((coach, member, _), (kind, abandoned)) in tasks {
                let task = Task::new(site.0, coach, member).of_type(kind.as_str());
                // A second active task of a type is refused, which is as well.
                drop(if abandoned { task.in_status("abandoned") } else { task }.insert(dbs).await);
            }
            let pairs: Vec<Pair> =
                pairs.into_iter().map(|((coach, member), (wbi, rs))| pair(coach, member, wbi, rs)).collect();
            let staff: HashMap<i64, Employment> = [1, 2, 4, 5]
                .map(|coach| (coach, Employment::Employed))
                .into_iter()
                .chain([(3, Employment::Resigned)])
                .collect();
            let door = SystemDoor::new(dbs.worker().clone());
            let stat_date = door.context(site).await.unwrap().today();
            let input = Input { stat_date, pairs: &pairs, staff: &staff };
            if after_a_morning {
                let mut tx = door.begin(site).await.unwrap();
                let active = lock(&mut tx).await.unwrap();
                generate(&mut tx, &input, active).await.unwrap();
                tx.commit().await.unwrap();
            }

            let before = rows(dbs, site).await;
            let mut tx = SiteTx::open(dbs.api(), Access::Write, manager, site, 0).await.unwrap();
            let ctx = tx.ctx;
            let open = recall::open(tx.connection(), site).await.unwrap();
            let back: Vec<CompletedBy> = open
                .iter()
                .zip(came_back)
                .filter(|(_, came)| *came)
                .map(|(recall, _)| CompletedBy {
                    task_id: recall.task_id,
                    service_id: recall.task_id,
                    service_time: ctx.now,
                })
                .collect();
            let plans = preview(tx.connection(), &ctx, &edited, &input, &back).await.unwrap();
            drop(tx);
            prop_assert_eq!(&rows(dbs, site).await, &before, "the preview wrote");
            let by_coach: BTreeMap<i64, usize> =
                plans.iter().map(|p| (p.assistant_id, p.plan.creates.len())).collect();
            prop_assert_eq!(by_coach.len(), plans.len());

            // Now in earnest: the rules are saved, the recalls credited, the morning comes.
            let mut tx = SiteTx::open(dbs.api(), Access::Write, manager, site, 0).await.unwrap();
            rules::insert(tx.connection(), site, manager, 0, &edited, stat_date).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = door.begin(site).await.unwrap();
            let completed = complete_recalls::complete(&mut tx, &back).await.unwrap();
            let active = lock(&mut tx).await.unwrap();
            let done = generate(&mut tx, &input, active).await.unwrap();
            tx.commit().await.unwrap();
            let (recalls, mut said) = total(&plans);
            said.unbound_coaches.sort_unstable();
            // What the whole morning says of itself, and the coaches do not.
            let said = Generated {
                stat_date: done.stat_date,
                pairs: done.pairs,
                bad_coaches: done.bad_coaches.clone(),
                ..said
            };
            prop_assert_eq!((recalls, said), (completed, done));
            Ok(())
        },
    );
}
