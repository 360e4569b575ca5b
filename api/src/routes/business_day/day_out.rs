use chrono::{DateTime, NaiveDate, Utc};
use domain::Calendar;
use serde::Serialize;
use store::operations::site;
use utoipa::ToSchema;
use warehouse::site::Declared;

use crate::extract::SiteWarehouse;

/// When a site's business days begin and end.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BusinessDayOut {
    /// IANA zone of the hall.
    timezone: &'static str,
    /// Local hour at which a business day ends.
    cutoff_hour: u8,
    /// The business date now.
    today: NaiveDate,
    /// `basedOn` of the next edit.
    updated_at: DateTime<Utc>,
}

/// What the warehouse books by. Figures of the two disagree where this differs from ours.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarehouseDay {
    /// IANA zone.
    timezone: Option<String>,
    /// Local hour.
    cutoff_hour: Option<i32>,
    /// Whether both are ours.
    agrees: bool,
}

impl WarehouseDay {
    /// Whether the warehouse's days are ours.
    pub fn agrees(&self) -> bool {
        self.agrees
    }
}

impl From<site::BusinessDay> for BusinessDayOut {
    fn from(day: site::BusinessDay) -> Self {
        Self {
            timezone: day.calendar.zone().name(),
            cutoff_hour: day.calendar.cutoff_hour(),
            today: day.today,
            updated_at: day.updated_at,
        }
    }
}

/// What `app.v_dim_site` says; `None`: nothing, or the warehouse does not answer.
pub(super) async fn declared(warehouse: &SiteWarehouse, ours: Calendar) -> Option<WarehouseDay> {
    let read = async {
        let mut tx = warehouse.begin().await?;
        let declared = warehouse::site::declared(&mut tx).await?;
        tx.close().await?;
        Ok::<_, crate::extract::WarehouseUnavailable>(declared)
    };
    let Declared { timezone, cutoff_hour } = read
        .await
        .inspect_err(|error| tracing::warn!(%error, "the business day is shown without the warehouse's"))
        .ok()??;
    let agrees =
        timezone.as_deref() == Some(ours.zone().name()) && cutoff_hour == Some(ours.cutoff_hour().into());
    Some(WarehouseDay { timezone, cutoff_hour, agrees })
}
