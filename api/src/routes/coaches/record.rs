//! One service of a coach.
use chrono::{DateTime, Utc};
use domain::{Hours, Money, coaching::course_type};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::coach_record::CoachService;

/// A service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachServiceRecord {
    /// Service.
    id: i64,
    /// Booked.
    create_time: DateTime<Utc>,
    /// Began.
    start_time: Option<DateTime<Utc>>,
    /// Ended.
    end_time: Option<DateTime<Utc>>,
    /// Table.
    table_id: Option<i64>,
    /// Member; null for a walk-in.
    customer_id: Option<i64>,
    /// The member's name.
    customer_name: Option<String>,
    /// 基础课 or 激励课.
    course_type: String,
    /// Such as 中式八球.
    skill_name: Option<String>,
    /// Hours that count.
    #[schema(value_type = f64)]
    hours: Hours,
    /// Hours that passed.
    #[schema(value_type = f64)]
    hours_raw: Hours,
    /// What the coach's time cost, yuan.
    #[schema(value_type = f64)]
    income: Money,
}

impl From<CoachService> for CoachServiceRecord {
    fn from(record: CoachService) -> Self {
        Self {
            id: record.id,
            create_time: record.create_time,
            start_time: record.start_time,
            end_time: record.end_time,
            table_id: record.table_id,
            customer_id: record.member_id,
            customer_name: record.member_name,
            course_type: course_type(&record.course_kind).to_owned(),
            skill_name: record.skill_name,
            hours: Hours::new(record.hours),
            hours_raw: Hours::new(record.hours_raw),
            income: record.income,
        }
    }
}
