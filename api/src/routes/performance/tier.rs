//! Where a month's hours stand among the tiers.
use domain::Hours;
use rust_decimal::Decimal;
use warehouse::{salary::MonthPay, tier::Tier};

/// The tier reached and the one after it.
pub(in crate::routes) struct TierStanding<'a> {
    /// Hours of the month, base and bonus.
    pub(in crate::routes) hours: Hours,
    /// Of the pay row, else by hours.
    pub(in crate::routes) reached: Option<&'a Tier>,
    /// `None` at the top.
    pub(in crate::routes) next: Option<&'a Tier>,
}

impl<'a> TierStanding<'a> {
    /// Of a pay row (`None`: nothing yet this month) among the tiers in force.
    pub(in crate::routes) fn of(pay: Option<&MonthPay>, tiers: &'a [Tier]) -> Self {
        let hours = pay.map_or(Decimal::ZERO, |pay| pay.effective_hours);
        let by_id = pay.and_then(|pay| tiers.iter().find(|tier| Some(tier.tier_id) == pay.tier_id));
        let by_hours =
            || tiers.iter().filter(|tier| tier.min_hours <= hours).max_by_key(|tier| tier.min_hours);
        let reached = by_id.or_else(by_hours);
        // Hours are rounded, the tier is by exact ones: what is above is above the tier reached.
        let floor = reached.map_or(hours, |tier| tier.min_hours);
        let next = tiers.iter().filter(|tier| tier.min_hours > floor).min_by_key(|tier| tier.min_hours);
        Self { hours: Hours::new(hours), reached, next }
    }

    /// Hours that are missing to the next tier; `None` at the top.
    pub(in crate::routes) fn to_next(&self) -> Option<Hours> {
        self.next.map(|next| Hours::new((next.min_hours - self.hours.get()).max(Decimal::ZERO)))
    }
}
