use serde::Serialize;
use store::operations::site;
use utoipa::ToSchema;

use super::day_out::{self, BusinessDayOut, WarehouseDay};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{BusinessDay, NoQuery, Params, Permitted},
};

/// A site's business day, and the warehouse's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusinessDayShown {
    /// Ours.
    business_day: BusinessDayOut,
    /// The warehouse's; null where it does not say.
    warehouse: Option<WarehouseDay>,
}

/// When the business days of the token's site begin and end.
#[utoipa::path(
    get, path = "/api/business-day", operation_id = "getBusinessDay", tag = "admin",
    responses((status = 200, body = Answer<BusinessDayShown>))
)]
pub async fn show(
    Permitted { mut tx, warehouse, .. }: Permitted<BusinessDay>,
    _: Params<NoQuery>,
) -> Result<Answer<BusinessDayShown>, ApiError> {
    let ctx = tx.ctx;
    let day = site::show(&mut tx).await?;
    tx.commit().await?;
    let warehouse = day_out::declared(&warehouse, ctx.calendar).await;
    Ok(Answer::new(&ctx, BusinessDayShown { business_day: day.into(), warehouse }))
}
