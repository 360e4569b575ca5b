//! The coach's month beside the task list.
use chrono::NaiveDate;
use domain::{Hours, Money};
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{salary::MonthPay, tier::Tier};

use crate::routes::performance::TierStanding;

/// A coach's month to date, as the warehouse's newest pay row has it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Performance {
    /// Effective hours, base and bonus.
    #[schema(value_type = f64)]
    month_hours: Hours,
    /// Gross pay.
    #[schema(value_type = f64)]
    income: Money,
    /// The tier reached.
    tier_name: Option<String>,
    /// Hours at which the next tier begins; null at the top.
    #[schema(value_type = Option<f64>)]
    next_tier_hours: Option<Hours>,
    /// Hours that are missing to it; null at the top.
    #[schema(value_type = Option<f64>)]
    hours_to_next: Option<Hours>,
    /// What the pay row runs to; null before the month's first.
    stat_date: Option<NaiveDate>,
}

impl Performance {
    /// From the pay row (`None`: nothing yet this month) and the tiers in force.
    pub(super) fn new(pay: Option<&MonthPay>, tiers: &[Tier]) -> Self {
        let standing = TierStanding::of(pay, tiers);
        Self {
            month_hours: standing.hours,
            income: pay.map(|pay| pay.gross_salary).unwrap_or_default(),
            tier_name: standing.reached.map(|tier| tier.tier_name.clone()),
            next_tier_hours: standing.next.map(|tier| Hours::new(tier.min_hours)),
            hours_to_next: standing.to_next(),
            stat_date: pay.map(|pay| pay.stat_date),
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn tiers() -> Vec<Tier> {
        [0, 100, 130]
            .into_iter()
            .zip(1..)
            .map(|(hours, tier_id)| Tier {
                tier_id,
                tier_name: format!("{hours} 小时档"),
                min_hours: hours.into(),
                base_course_price: Money::default(),
                bonus_course_price: Money::default(),
                sprint_bonus: Money::default(),
            })
            .collect()
    }

    fn pay(hours: &str, tier_id: Option<i64>) -> MonthPay {
        let zero = Money::default();
        MonthPay {
            stat_date: "2026-04-19".parse().unwrap(),
            level_name: None,
            tier_id,
            base_hours: Decimal::ZERO,
            bonus_hours: Decimal::ZERO,
            effective_hours: hours.parse().unwrap(),
            base_income: zero,
            bonus_income: zero,
            recharge_commission: zero,
            goods_commission: zero,
            sprint_bonus: zero,
            reward: zero,
            deduction: zero,
            gross_salary: Money::new("18080".parse().unwrap()),
        }
    }

    #[test]
    fn between_two_tiers_the_way_to_the_next_is_told() {
        let json = serde_json::to_string(&Performance::new(Some(&pay("101.5", Some(2))), &tiers())).unwrap();
        assert_eq!(
            json,
            r#"{"monthHours":101.50,"income":18080.00,"tierName":"100 小时档","nextTierHours":130.00,"hoursToNext":28.50,"statDate":"2026-04-19"}"#
        );
    }

    #[test]
    fn at_the_top_nothing_is_missing_and_before_the_first_row_everything_is() {
        let top = Performance::new(Some(&pay("130", Some(3))), &tiers());
        assert_eq!((top.next_tier_hours, top.hours_to_next), (None, None));
        let none = Performance::new(None, &tiers());
        assert_eq!(serde_json::to_value(&none).unwrap()["hoursToNext"].to_string(), "100.00");
        assert_eq!((none.tier_name.as_deref(), none.stat_date), (Some("0 小时档"), None));
    }
    /// 99.998 hours read as 100.00, and reach no tier of 100.
    #[test]
    fn hours_rounded_up_to_a_tier_have_not_reached_it() {
        let short = Performance::new(Some(&pay("100.00", Some(1))), &tiers());
        let json = serde_json::to_value(&short).unwrap();
        assert_eq!(
            (json["tierName"].as_str(), json["nextTierHours"].to_string(), json["hoursToNext"].to_string()),
            (Some("0 小时档"), "100.00".to_owned(), "0.00".to_owned())
        );
    }
}
