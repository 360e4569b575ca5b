//! The real morning is the oracle's: tasks, history, scores, events, statistics, over days in sequence, once, again and
//! by two workers at once.
use proptest::{prelude::*, test_runner::TestRunner};

use domain::tasks::{TaskStatus, TaskType};

use super::{
    case::{Case, Change, DaySpec, StandingSpec, case},
    stage::Stage,
};

#[test]
fn a_morning_is_what_the_rules_say() {
    let stage = Stage::new();
    let config = ProptestConfig {
        cases: 200,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&case(), |case| {
        stage.runtime.block_on(async {
            let mut hall = stage.hall(&case).await;
            for (n, day) in case.days.iter().enumerate() {
                hall.day(day).await.map_err(|e| TestCaseError::fail(format!("day {n}: {e}")))?;
            }
            Ok(())
        })
    });
    if let Err(e) = result {
        panic!("{e}");
    }
    stage.seen.assert_everything();
}

/// Two other types can be active at once only where an abandoned task was taken up again.
#[test]
fn one_task_replaces_two() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let standing = |task_type| StandingSpec {
            coach: 0,
            member: 501,
            task_type,
            score: Some(600),
            age: 3000,
            end: None,
        };
        let two = vec![standing(TaskType::RelationshipBuilding), standing(TaskType::PriorityRecall)];
        let mut hall = stage.hall(&Case { standing: two, ..Case::plain() }).await;
        let day = DaySpec::after(20).change(Change::Abandon(0)).change(Change::CancelAbandon(0));
        hall.day(&day.snapshot(501..=501, "7.01", "5.00")).await.unwrap();
        let of = |status| hall.oracle.tasks.iter().filter(|t| t.status == status).count();
        assert_eq!((of(TaskStatus::Inactive), of(TaskStatus::Active)), (2, 1));
    });
}
