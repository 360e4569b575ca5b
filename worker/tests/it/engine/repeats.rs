//! A morning again, or by several workers whose clocks differ a little, changes nothing more.
use chrono::Duration;
use worker::jobs::morning::{self, MorningOutcome};

use super::{
    case::{Case, Change, DaySpec, ListedSpec},
    stage::Stage,
};

const HOUR_AFTER: i64 = 3600;

#[test]
fn four_workers_make_one_morning() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        hall.day(&DaySpec::after(20).snapshot(501..=560, "5.01", "5.00")).await.unwrap();
        // Sixty tasks change their type, one recall is completed first, and all of it four times at once.
        let day = DaySpec::after(24).service(HOUR_AFTER).snapshot(501..=560, "7.01", "5.00");
        hall.prepare(&day).await;
        let works = [0, 1, 2, 3].map(|second| hall.work_at(hall.now() + Duration::seconds(second)));
        let [a, b, c, d] = &works;
        let (a, b, c, d) = tokio::join!(morning::run(a), morning::run(b), morning::run(c), morning::run(d));
        let mut created = 0;
        let mut completed = 0;
        for outcome in [a, b, c, d] {
            let MorningOutcome::Generated(record) = outcome.unwrap() else { panic!("skipped") };
            created += record.generated.created;
            completed += record.recalls_completed;
        }
        // The one who came back is in the snapshot of that very day: recalled anew.
        assert_eq!((created, completed), (60, 1));

        let after = hall.fingerprint().await;
        for hours in [1, 2] {
            let late = hall.work_at(hall.now() + Duration::hours(hours));
            assert!(matches!(morning::run(&late).await.unwrap(), MorningOutcome::Generated(_)));
            assert_eq!(hall.fingerprint().await, after, "a later run of the same morning changed something");
        }
    });
}

#[test]
fn leavers_are_closed_once() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        hall.day(&DaySpec::after(20).snapshot(501..=505, "8.00", "5.00")).await.unwrap();
        let resigned = Change::Listed(0, ListedSpec::Resigns(0));
        hall.day(&DaySpec::after(24).change(resigned)).await.unwrap();
        let closed = hall.fingerprint().await;
        hall.day(&DaySpec::after(20)).await.unwrap();
        assert_eq!(hall.fingerprint().await, closed);
    });
}
