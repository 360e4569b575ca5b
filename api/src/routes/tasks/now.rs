//! Acting on a task, and the task as it is then.
use chrono::NaiveDate;
use domain::tasks::action::{Action, Refusal};
use serde::Serialize;
use store::{
    db::task_detail,
    operations::task::act::{Refused, act},
};
use utoipa::ToSchema;

use super::{
    item::TaskItem,
    surroundings::{Surroundings, is_theirs},
};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    extract::{OwnOrSiteTasks, Permission, Permitted, Writing, Written},
    state::AppState,
};

/// The task as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskNow {
    #[serde(flatten)]
    item: TaskItem,
    /// After a transfer the task that the other coach got; else null.
    successor_id: Option<i64>,
    /// Snapshot of the relation score and heart.
    stat_date: Option<NaiveDate>,
    /// Snapshot of the last visit; the days since run to today.
    last_visit_stat_date: Option<NaiveDate>,
    /// Parts left out because their source failed: memberName, rsScore, lastVisitDays, balance, aiSuggestion.
    degraded: Vec<&'static str>,
}

/// A task that somebody is about to act on.
pub(super) struct Before {
    id: i64,
    surroundings: Surroundings,
}

impl Before {
    /// 404 for no task of that id at the site, 403 for another coach's.
    pub(super) async fn read<P: Permission>(
        state: &AppState,
        by: &mut Permitted<P>,
        route: &'static str,
        id: i64,
    ) -> Result<Self, ApiError> {
        let Permitted { tx, warehouse, .. } = by;
        let task = task_detail::task(tx, id).await?.ok_or(Kind::NotFound)?;
        is_theirs(&tx.caller, &task)?;
        let surroundings = Surroundings::read(state, tx, warehouse, route, &task).await;
        Ok(Self { id, surroundings })
    }

    /// The task after the change, as the answer that ends the write.
    pub(super) async fn finish<P: Permission>(
        self,
        mut by: Writing<Permitted<P>>,
        successor_id: Option<i64>,
    ) -> Result<Written<TaskNow>, ApiError> {
        let ctx = by.tx.ctx;
        let task = task_detail::task(&mut by.tx, self.id).await?.ok_or(Kind::NotFound)?;
        let Surroundings { context, stat_date, last_visit_stat_date, degraded } = self.surroundings;
        let item = TaskItem::new(task, ctx.today(), &context);
        let now = TaskNow { item, successor_id, stat_date, last_visit_stat_date, degraded };
        by.finish(Answer::new(&ctx, now)).await
    }
}

/// Does it. Round trips to the business database beside the surroundings' and the write's own: task, lock, for
/// cancel-abandon a look for a twin, change, task.
pub(super) async fn perform(
    state: &AppState,
    mut by: Writing<Permitted<OwnOrSiteTasks>>,
    route: &'static str,
    id: i64,
    action: &Action,
) -> Result<Written<TaskNow>, ApiError> {
    let before = Before::read(state, &mut by, route, id).await?;
    act(&mut by.tx, id, action).await?;
    before.finish(by, None).await
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoSuchTask => Kind::NotFound.into(),
            Refused::Store(error) => error.into(),
            Refused::Rule(why) => match why {
                Refusal::NotYours => Self::saying(Kind::NotYours, why.to_string()),
                Refusal::SameCoach | Refusal::NotWorking => Self::field("assistantId", why),
                Refusal::NotActive | Refusal::NotAbandoned | Refusal::TwinActive | Refusal::HasOne => {
                    Self::saying(Kind::Conflict, why.to_string())
                }
            },
        }
    }
}
