use serde::Serialize;
use store::operations::site;
use utoipa::ToSchema;

use super::day_out::{self, BusinessDayOut, WarehouseDay};
use crate::{
    answer::Answer,
    error::ApiError,
    extract::{BusinessDay, NoFacts, NoQuery, Params, Permitted},
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
///
/// Round trips, whatever the number of rows: 4 to the business database (BEGIN, caller, day, COMMIT), 4 to the
/// warehouse (BEGIN, site, day, ROLLBACK).
#[utoipa::path(
    get, path = "/api/business-day", operation_id = "getBusinessDay", tag = "admin",
    responses((status = 200, body = Answer<BusinessDayShown>, example = json!({
        "code": 0,
        "data": {
            "businessDay": {
                "timezone": "Asia/Shanghai", "cutoffHour": 8, "today": "2026-11-22", "updatedAt": "2026-03-01T00:00:00Z"
            },
            "warehouse": { "timezone": "Asia/Shanghai", "cutoffHour": 8, "agrees": true }
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })))
)]
pub async fn show(
    Permitted { mut tx, warehouse, .. }: Permitted<BusinessDay, NoFacts>,
    _: Params<NoQuery>,
) -> Result<Answer<BusinessDayShown>, ApiError> {
    let ctx = tx.ctx;
    let day = site::show(&mut tx).await?;
    tx.commit().await?;
    let warehouse = day_out::declared(&warehouse, ctx.calendar).await;
    Ok(Answer::new(&ctx, BusinessDayShown { business_day: day.into(), warehouse }))
}
