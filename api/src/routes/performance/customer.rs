//! A member whom the coach served in the month.
use chrono::{DateTime, NaiveDate, Utc};
use domain::{Hours, Money};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::coach_record::CoachCustomer;

/// A member, and what the coach did for them in the month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServedCustomer {
    /// Member.
    customer_id: i64,
    /// Name.
    name: Option<String>,
    /// Services of the month.
    service_count: i64,
    /// Their hours.
    #[schema(value_type = f64)]
    hours: Hours,
    /// What the coach's time cost, yuan.
    #[schema(value_type = f64)]
    income: Money,
    /// The month's newest service.
    last_service_time: DateTime<Utc>,
    /// Of this coach for this member, ever; null where the snapshot does not know it yet.
    first_service_date: Option<NaiveDate>,
}

impl From<CoachCustomer> for ServedCustomer {
    fn from(customer: CoachCustomer) -> Self {
        Self {
            customer_id: customer.member_id,
            name: customer.name,
            service_count: customer.sums.services,
            hours: Hours::new(customer.sums.hours),
            income: customer.sums.income,
            last_service_time: customer.last_service_time,
            first_service_date: customer.first_service_date,
        }
    }
}
