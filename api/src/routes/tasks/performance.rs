//! The coach's month beside the task list.
use chrono::NaiveDate;
use domain::Money;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use warehouse::{salary::MonthPay, tier::Tier};

/// A coach's month to date, as the warehouse's newest pay row has it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Performance {
    /// Effective hours, base and bonus.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    month_hours: Decimal,
    /// Gross pay.
    #[schema(value_type = f64)]
    income: Money,
    /// The tier reached.
    tier_name: Option<String>,
    /// Hours at which the next tier begins; null at the top.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    next_tier_hours: Option<Decimal>,
    /// Hours that are missing to it; null at the top.
    #[serde(with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>)]
    hours_to_next: Option<Decimal>,
    /// What the pay row runs to; null before the month's first.
    stat_date: Option<NaiveDate>,
}

impl Performance {
    /// From the pay row (`None`: nothing yet this month) and the tiers in force.
    pub(super) fn new(pay: Option<MonthPay>, tiers: &[Tier]) -> Self {
        let hours = pay.as_ref().map_or(Decimal::ZERO, |pay| pay.effective_hours);
        let by_id = pay.as_ref().and_then(|pay| tiers.iter().find(|tier| Some(tier.tier_id) == pay.tier_id));
        let by_hours =
            || tiers.iter().filter(|tier| tier.min_hours <= hours).max_by_key(|tier| tier.min_hours);
        let next = tiers.iter().map(|tier| tier.min_hours).filter(|min| *min > hours).min();
        Self {
            month_hours: two_places(hours),
            income: pay.as_ref().map_or_else(|| Money::new(Decimal::ZERO), |pay| pay.gross_salary),
            tier_name: by_id.or_else(by_hours).map(|tier| tier.tier_name.clone()),
            next_tier_hours: next.map(two_places),
            hours_to_next: next.map(|next| two_places(next - hours)),
            stat_date: pay.map(|pay| pay.stat_date),
        }
    }
}

fn two_places(hours: Decimal) -> Decimal {
    let mut hours = hours.round_dp(2);
    hours.rescale(2);
    hours
}

#[cfg(test)]
mod tests {
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

    fn pay(hours: &str, tier_id: Option<i64>) -> Option<MonthPay> {
        let zero = Money::default();
        Some(MonthPay {
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
        })
    }

    #[test]
    fn between_two_tiers_the_way_to_the_next_is_told() {
        let json = serde_json::to_string(&Performance::new(pay("101.5", Some(2)), &tiers())).unwrap();
        assert_eq!(
            json,
            r#"{"monthHours":101.50,"income":18080.00,"tierName":"100 小时档","nextTierHours":130.00,"hoursToNext":28.50,"statDate":"2026-04-19"}"#
        );
    }

    #[test]
    fn at_the_top_nothing_is_missing_and_before_the_first_row_everything_is() {
        let top = Performance::new(pay("130", Some(3)), &tiers());
        assert_eq!((top.next_tier_hours, top.hours_to_next), (None, None));
        let none = Performance::new(None, &tiers());
        assert_eq!(serde_json::to_value(&none).unwrap()["hoursToNext"].to_string(), "100.00");
        assert_eq!((none.tier_name.as_deref(), none.stat_date), (Some("0 小时档"), None));
    }
}
