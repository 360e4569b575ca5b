//! What is wrong with one coach or one row stays with it: counted, named, and the others have their morning.
use domain::tasks::TaskStatus;

use super::{
    case::{Case, Change, DaySpec, ListedSpec},
    stage::Stage,
};

/// Members of active tasks, lowest first.
fn active_members(tasks: &[super::oracle::Task]) -> Vec<i64> {
    let active = tasks.iter().filter(|t| t.status == TaskStatus::Active);
    let mut members: Vec<i64> = active.map(|t| t.key.member_id).collect();
    members.sort_unstable();
    members
}

#[test]
fn a_pair_with_nobody_stops_no_one_else() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        // −1, as warehouses write "unknown"; 0 is a walk-in; 1 is a member.
        hall.day(&DaySpec::after(20).snapshot(-1..=1, "8.00", "5.00")).await.unwrap();
        assert_eq!(active_members(&hall.oracle.tasks), [1]);
    });
}

#[test]
fn a_broken_index_stops_its_pair_alone() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        let mut day = DaySpec::after(20).snapshot(501..=504, "8.00", "5.00");
        let snapshot = day.snapshot.as_mut().unwrap();
        snapshot.winback[0].1 = Some("NaN".into());
        snapshot.newconv[1].1 = Some("10.01".into());
        snapshot.relation[2].2 = Some("-0.01".into());
        hall.day(&day).await.unwrap();
        assert_eq!(active_members(&hall.oracle.tasks), [504]);
    });
}

#[test]
fn a_coach_whom_the_staff_list_lacks_has_not_resigned() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        let unlisted = Change::Listed(0, ListedSpec::No);
        hall.day(&DaySpec::after(20).change(unlisted).snapshot(501..=502, "8.00", "5.00")).await.unwrap();
        assert_eq!(active_members(&hall.oracle.tasks), [501, 502]);
    });
}
