use store::operations::rule;

use super::rules_out::TaskRulesOut;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoFacts, NoQuery, Params, Permitted, TaskRules},
};

/// The task rules of the token's site: in force, upcoming, and those before.
///
/// Round trips, whatever the number of rows: 4 to the business database (BEGIN, caller, rules, COMMIT), none to the
/// warehouse.
#[utoipa::path(
    get, path = "/api/admin/task-rules", operation_id = "getTaskRules", tag = "admin",
    responses((status = 200, body = Answer<TaskRulesOut>, example = json!({
        "code": 0,
        "data": { "newestVersion": 2, "upcoming": [], "history": [], "inForce": {
            "version": 2, "highThreshold": 7.0, "priorityThreshold": 5.0, "relationshipThreshold": 6.0,
            "abandonCooldownDays": 30, "effectiveFrom": "2026-11-01", "isDefault": false, "authorName": "店长",
            "createdAt": "2026-10-30T03:00:00Z"
        } },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn show(
    Permitted { mut tx, .. }: Permitted<TaskRules, NoFacts>,
    _: Params<NoQuery>,
) -> Result<Answer<TaskRulesOut>, ApiError> {
    let ctx = tx.ctx;
    let rules = rule::show(tx.connection(), &ctx).await?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, rules.into()))
}
