use store::operations::rule;

use super::rules_out::TaskRulesOut;
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{NoQuery, Params, Permitted, TaskRules},
};

/// The task rules of the token's site: in force, upcoming, and those before.
#[utoipa::path(
    get, path = "/api/admin/task-rules", operation_id = "getTaskRules", tag = "admin",
    responses((status = 200, body = Answer<TaskRulesOut>))
)]
pub async fn show(
    Permitted { mut tx, .. }: Permitted<TaskRules>,
    _: Params<NoQuery>,
) -> Result<Answer<TaskRulesOut>, ApiError> {
    let ctx = tx.ctx;
    let rules = rule::show(tx.connection(), &ctx).await?;
    tx.commit().await?;
    Ok(Answer::new(&ctx, rules.into()))
}
