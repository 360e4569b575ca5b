use chrono::{DateTime, Utc};
use domain::{Calendar, RuntimeContext};
use serde::{Deserialize, Serialize};
use store::{
    StoreError,
    operations::site::{self, Change, Refused},
};
use utoipa::ToSchema;

use super::day_out::{self, BusinessDayOut, WarehouseDay};
use crate::{
    answer::Answer,
    error::{ApiError, FieldError, Kind},
    extract::{BusinessDay, PermittedBody, Written},
};

/// Zone and cut-off hour of the site.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusinessDayBody {
    /// IANA zone, such as Asia/Shanghai.
    #[schema(min_length = 1, max_length = 64)]
    timezone: String,
    /// Local hour at which a business day ends.
    #[schema(minimum = 0, maximum = 23)]
    cutoff_hour: i64,
    /// `updatedAt` as it was shown.
    based_on: DateTime<Utc>,
}

/// What an edit of the business day changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusinessDayChanged {
    /// Before.
    before: BusinessDayOut,
    /// Now.
    after: BusinessDayOut,
    /// What follows from it, in words.
    effects: Vec<String>,
    /// The warehouse's; null where it does not say.
    warehouse: Option<WarehouseDay>,
}

/// Sets zone and cut-off hour of the token's site, from the next request on; 409 if somebody has edited them since.
/// Figures booked by other days in the warehouse stay as they are: set both alike.
#[utoipa::path(
    put, path = "/api/business-day", operation_id = "editBusinessDay", tag = "admin", request_body = BusinessDayBody,
    responses((status = 200, body = Answer<BusinessDayChanged>))
)]
pub async fn change(
    PermittedBody { mut by, body }: PermittedBody<BusinessDay, BusinessDayBody>,
) -> Result<Written<BusinessDayChanged>, ApiError> {
    let ctx = by.tx.ctx;
    let calendar = body.check()?;
    // Asked before anything is locked.
    let declared = day_out::declared(&by.warehouse, calendar).await;
    let change = Change { calendar, based_on: body.based_on };
    let (before, after) = site::change(&mut by.tx, &change).await.map_err(|refused| match refused {
        Refused::UnknownZone => ApiError::field("timezone", "数据库没有这个时区"),
        Refused::Store(StoreError::Conflict(_)) => {
            ApiError::saying(Kind::Conflict, "营业日设置已被他人修改，请刷新后重试")
        }
        Refused::Store(error) => error.into(),
    })?;
    let mut effects = Vec::new();
    if before.calendar == after.calendar {
        effects.push("设置没有变化".to_owned());
    } else {
        effects.push(format!(
            "营业日由当地 {}({})改为当地 {}({})结束，此后的所有统计都按新设置计算",
            hour(&before.calendar),
            before.calendar.zone().name(),
            hour(&after.calendar),
            after.calendar.zone().name()
        ));
    }
    if before.today != after.today {
        effects.push(format!("当前营业日由 {} 变为 {}", before.today, after.today));
    }
    match &declared {
        Some(theirs) if !theirs.agrees() => {
            effects.push("数据仓库的营业日设置与此不同，两边的统计会不一致，请通知数据团队".to_owned());
        }
        Some(_) => {}
        None => effects.push("暂时无法核对数据仓库的营业日设置".to_owned()),
    }
    let ctx = RuntimeContext { calendar: after.calendar, ..ctx };
    let changed =
        BusinessDayChanged { before: before.into(), after: after.into(), effects, warehouse: declared };
    by.finish(Answer::new(&ctx, changed)).await
}

impl BusinessDayBody {
    fn check(&self) -> Result<Calendar, ApiError> {
        let mut errors = Vec::new();
        let hour = i16::try_from(self.cutoff_hour).ok().filter(|hour| (0..=23).contains(hour));
        if hour.is_none() {
            errors.push(FieldError::new("cutoffHour", "须在 0 到 23 之间"));
        }
        let calendar = Calendar::new(&self.timezone, hour.unwrap_or_default());
        if calendar.is_err() {
            errors.push(FieldError::new("timezone", "须为 IANA 时区，如 Asia/Shanghai"));
        }
        calendar.ok().filter(|_| errors.is_empty()).ok_or(ApiError::invalid(errors))
    }
}

fn hour(calendar: &Calendar) -> String {
    format!("{:02}:00", calendar.cutoff_hour())
}
