//! A hall that looks at a past date is worked for as on any other day.
use domain::tasks::TaskStatus;

use super::{
    case::{Case, DaySpec},
    stage::Stage,
};

/// The oracle knows of no sandbox.
#[test]
fn jobs_run_live_while_the_hall_looks_at_a_past_date() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = stage.hall(&Case::plain()).await;
        hall.day(&DaySpec::after(20).snapshot(501..=520, "8.00", "5.00")).await.unwrap();
        sqlx::query(
            "INSERT INTO biz.runtime_context (site_id, mode, sandbox_date, expires_at)
             VALUES ($1, 'sandbox', now()::date - 30, now() + interval '4 hours')",
        )
        .bind(hall.site.0)
        .execute(hall.dbs.owner())
        .await
        .unwrap();
        hall.day(&DaySpec::after(24).service(3600).snapshot(501..=520, "5.01", "5.00")).await.unwrap();
        let of = |status| hall.oracle.tasks.iter().filter(|t| t.status == status).count();
        assert!(of(TaskStatus::Completed) == 1 && of(TaskStatus::Inactive) > 0, "{:?}", hall.oracle.tasks);
    });
}
