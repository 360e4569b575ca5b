//! The ETL is late: what counts is when the service was, not when its row came.
use domain::tasks::{TaskStatus, TaskType};

use super::{
    case::{Case, DaySpec},
    stage::Stage,
};

const HOUR: i64 = 3600;

#[test]
fn a_service_that_the_etl_delivers_late_still_completes_the_recall() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        // 04:00 in Shanghai: the business date is still yesterday, and the snapshot of it is new.
        hall.day(&DaySpec::after(20).snapshot(501..=501, "8.00", "5.00")).await.unwrap();
        let recall = hall.oracle.tasks[0].key;
        assert_eq!(recall.task_type, TaskType::HighPriorityRecall);

        // One second too early, for ever.
        hall.day(&DaySpec::after(24).service(-1)).await.unwrap();
        assert_eq!(hall.oracle.tasks[0].status, TaskStatus::Active);

        // Of the first evening, loaded on the second morning after it; the member is back, so no new recall.
        hall.day(&DaySpec::after(24).service(20 * HOUR)).await.unwrap();
        let [task] = &hall.oracle.tasks[..] else { panic!("one task: {:?}", hall.oracle.tasks) };
        assert_eq!(task.completed_at, Some(recall.created_at + chrono::Duration::hours(20)));
        assert_eq!(hall.oracle.events.len(), 1);

        // A new recall, and then a row older than the one that completed the first: too late to change it, too early
        // for the second.
        hall.day(&DaySpec::after(24).snapshot(501..=501, "8.00", "5.00")).await.unwrap();
        hall.day(&DaySpec::after(1).service(-60 * HOUR)).await.unwrap();
        let of = |status| hall.oracle.tasks.iter().filter(|t| t.status == status).count();
        assert_eq!((of(TaskStatus::Completed), of(TaskStatus::Active)), (1, 1));
        assert_eq!(hall.oracle.events.len(), 1);
    });
}

#[test]
fn of_two_services_the_earlier_counts_and_of_two_at_once_the_lower_id() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        hall.day(&DaySpec::after(20).snapshot(501..=501, "8.00", "5.00")).await.unwrap();
        // Ids 7920, 5832 and 3744: delivered in this order, each lower than the one before.
        hall.day(&DaySpec::after(24).service(9 * HOUR).service(3 * HOUR).service(3 * HOUR)).await.unwrap();
        let [event] = &hall.oracle.events[..] else { panic!("one event: {:?}", hall.oracle.events) };
        let lowest = hall.oracle.services.iter().map(|s| s.service_id).min();
        assert_eq!(Some(event.service_id), lowest);
        assert_eq!(event.service_time, event.task.created_at + chrono::Duration::hours(3));
    });
}
