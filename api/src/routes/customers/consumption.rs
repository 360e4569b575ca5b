use chrono::{DateTime, Utc};
use domain::{Hours, Money, coaching::course_type};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::settlement::{CoachService, Consumption};

/// A consumption: a table or a shop order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumptionRecord {
    /// Settlement.
    id: i64,
    /// When it was settled.
    create_time: DateTime<Utc>,
    /// Table; null for a shop order.
    table_id: Option<i64>,
    /// For the table.
    #[schema(value_type = f64)]
    table_fee: Money,
    /// For food and goods.
    #[schema(value_type = f64)]
    food_amount: Money,
    /// For coaches.
    coaches: Vec<ConsumptionCoach>,
    /// All of it.
    #[schema(value_type = f64)]
    total_amount: Money,
}

/// A coach's part of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsumptionCoach {
    /// Coach.
    name: Option<String>,
    /// 基础课 or 激励课.
    course_type: String,
    /// Hours that count.
    #[schema(value_type = f64)]
    hours: Hours,
    /// For these hours.
    #[schema(value_type = f64)]
    fee: Money,
}

impl From<Consumption> for ConsumptionRecord {
    fn from(consumption: Consumption) -> Self {
        Self {
            id: consumption.id,
            create_time: consumption.create_time,
            table_id: consumption.table_id,
            table_fee: consumption.table_fee,
            food_amount: consumption.food_amount,
            coaches: consumption.coaches.into_iter().map(ConsumptionCoach::from).collect(),
            total_amount: consumption.total_amount,
        }
    }
}

impl From<CoachService> for ConsumptionCoach {
    fn from(service: CoachService) -> Self {
        Self {
            name: service.name,
            course_type: course_type(&service.course_kind).to_owned(),
            hours: Hours::new(service.hours),
            fee: service.fee,
        }
    }
}
