//! What the back office enters: where tables stand, what platforms settle, what is spent, corrections of the hall.
//! Its dice are its own, so that the guests' evening does not depend on it.
use chrono::{Datelike, NaiveDate, Weekday};

use super::{
    dice::Dice,
    rows::{Facts, Line, yuan},
};

/// Areas, and the first table of the area after each.
pub const AREAS: [(&str, i64); 4] = [("大厅", 9), ("竞技区", 13), ("包厢", 17), ("贵宾厅", 19)];

/// Group-buying platforms: name, share of the vouchers, fee in per mille.
const PLATFORMS: [(&str, f64, i64); 3] = [("美团", 0.55, 60), ("抖音", 0.3, 50), ("大众点评", 0.15, 80)];

/// The area of a table.
pub fn area(table: i64) -> &'static str {
    AREAS.iter().find(|area| table < area.1).map_or("其他", |area| area.0)
}

/// One day of the back office.
pub struct Office {
    site_id: i64,
    day: NaiveDate,
    /// Ids of the day count up from here.
    base: i64,
    /// Members of the hall: what is spent follows its size.
    members: i64,
    dice: Dice,
    /// Vouchers redeemed today by platform, in cents.
    redeemed: [i64; PLATFORMS.len()],
    expenses: i64,
}

impl Office {
    pub fn open(seed: u64, site_id: i64, members: i64, day: NaiveDate, base: i64) -> Self {
        let epoch_day = day.signed_duration_since(NaiveDate::default()).num_days();
        let dice = Dice::new(seed, site_id, 6, epoch_day);
        Self { site_id, day, base, members, dice, redeemed: [0; PLATFORMS.len()], expenses: 0 }
    }

    /// A voucher was taken at the till.
    pub fn redeem(&mut self, cents: i64) {
        let platform = self.dice.weighted(PLATFORMS.iter().map(|platform| platform.1));
        self.redeemed[platform] += cents;
    }

    /// Writes the day's entries.
    pub fn close(&mut self, facts: &mut Facts) {
        self.platforms(facts);
        self.spend(facts);
        self.corrections(facts);
    }

    /// The platforms' statements. Now and then they send none for a day, and now and then a voucher was refunded.
    fn platforms(&mut self, facts: &mut Facts) {
        if self.dice.chance(0.08) {
            return;
        }
        for ((platform, _, fee), redeemed) in PLATFORMS.iter().zip(self.redeemed) {
            if redeemed == 0 {
                continue;
            }
            let refunded = if self.dice.chance(0.05) { redeemed / 10 } else { 0 };
            let settled = redeemed - refunded;
            Line::of(&mut facts.platform_settlements, self.site_id)
                .value(self.day)
                .value(platform)
                .money(settled)
                .money(settled * fee / 1000)
                .end();
        }
    }

    /// Supplies by the week, rent and wages by the month.
    fn spend(&mut self, facts: &mut Facts) {
        let weekday = self.day.weekday();
        if matches!(weekday, Weekday::Mon | Weekday::Thu) {
            self.expense(facts, "operation", "食品饮料", 1_800, 3_200);
        }
        if weekday == Weekday::Tue {
            self.expense(facts, "operation", "耗材", 300, 900);
        }
        if self.dice.chance(0.06) {
            self.expense(facts, "operation", "维修", 150, 1_200);
        }
        if self.dice.chance(0.08) {
            self.expense(facts, "operation", "报销", 50, 500);
        }
        match self.day.day() {
            1 => self.expense(facts, "fixed", "房租", 38_000, 38_000),
            5 => self.expense(facts, "fixed", "物业", 3_600, 3_600),
            10 => self.expense(facts, "fixed", "水电", 7_000, 11_000),
            15 => self.expense(facts, "fixed", "人员工资", 42_000, 46_000),
            _ => {}
        }
    }

    /// Whole yuan in `low..=high` for a hall of 600 members.
    fn expense(&mut self, facts: &mut Facts, group: &str, item: &str, low: i64, high: i64) {
        self.expenses += 1;
        let amount = (self.dice.between(low, high) * self.members / 600).max(1);
        Line::of(&mut facts.expenses, self.site_id)
            .value(self.base + self.expenses)
            .value(group)
            .value(item)
            .money(yuan(amount))
            .value(self.day)
            .end();
    }

    /// What concerns the hall and no coach.
    fn corrections(&mut self, facts: &mut Facts) {
        // Those of coaches count up from `base`; no hall has as many.
        for (number, (kind, reason, p, high)) in
            (90_001..).zip([("expense", "顾客赔付", 0.02, 400), ("income", "场地租借", 0.03, 1_500)])
        {
            if !self.dice.chance(p) {
                continue;
            }
            Line::of(&mut facts.adjustments, self.site_id)
                .value(self.base + number)
                .value(kind)
                .maybe(None::<i64>)
                .money(yuan(self.dice.between(50, high)))
                .value(reason)
                .value(self.day)
                .end();
        }
    }
}
