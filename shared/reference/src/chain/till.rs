//! One evening's books: what is written of a visit, and ids and times of the day.
use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{
    bill::{self, Consumed, Paid},
    coach::{Coach, SKILLS},
    dice::Dice,
    office::Office,
    rows::{Facts, Line, yuan},
};

/// The running day.
pub struct Evening {
    pub site_id: i64,
    pub day: NaiveDate,
    pub opens: DateTime<Utc>,
    /// Minutes after opening; 03:45 at the latest.
    pub closes: i64,
    /// Pull of the weekday, 1 on average.
    pub busy: f64,
    /// The ETL's night run.
    pub loaded_at: DateTime<Utc>,
    /// Ids of the day count up from here.
    pub base: i64,
    pub settled: i64,
    pub served: i64,
    pub recharged: i64,
    pub dice: Dice,
    pub office: Office,
    pub facts: Facts,
}

/// A coach's part of a visit, in minutes after opening.
pub struct Played {
    /// Index of the coach in the hall.
    pub coach: usize,
    pub coach_id: i64,
    pub skill: usize,
    pub begin: i64,
    pub base: i64,
    pub bonus: i64,
}

/// A settlement to be written, with the services in it.
pub struct Booking<'a> {
    pub settle_type: i32,
    /// `None` and 0 are walk-ins.
    pub member_id: Option<i64>,
    pub table: Option<i64>,
    pub consumed: &'a Consumed,
    pub paid: &'a Paid,
    /// Minutes after opening.
    pub minute: i64,
    pub played: Option<&'a Played>,
}

impl Evening {
    /// The instant of a minute after opening.
    pub fn at(&self, minute: i64) -> DateTime<Utc> {
        self.opens + Duration::minutes(minute)
    }

    /// Writes a settlement with its services and discounts; some are voided and booked again.
    pub fn book(&mut self, booking: &Booking<'_>) {
        let goes = if self.dice.chance(0.015) { 2 } else { 1 };
        for go in 1..=goes {
            self.book_once(booking, i32::from(go < goes));
        }
    }

    fn book_once(&mut self, booking: &Booking<'_>, void: i32) {
        let Booking { consumed, paid, .. } = booking;
        self.settled += 1;
        let settle_id = self.base + self.settled;
        let at = self.at(booking.minute);
        Line::of(&mut self.facts.settlements, self.site_id)
            .value(settle_id)
            .value(booking.settle_type)
            .maybe(booking.member_id)
            .maybe(booking.table)
            .money(consumed.table)
            .money(consumed.goods)
            .money(consumed.pd)
            .money(consumed.cx)
            .money(consumed.ledger())
            .money(paid.discount())
            .money(paid.card)
            .money(paid.cash)
            .money(paid.online)
            .money(paid.groupbuy)
            .value(at)
            .value(void)
            .value(self.loaded_at)
            .end();
        for (kind, amount) in &paid.discounts {
            Line::of(&mut self.facts.discounts, self.site_id)
                .value(settle_id)
                .value(kind)
                .money(*amount)
                .value(at)
                .value(void)
                .value(self.loaded_at)
                .end();
        }
        if void == 0 && paid.groupbuy > 0 {
            self.office.redeem(paid.groupbuy);
        }
        if let Some(played) = booking.played {
            self.serve(settle_id, booking, played, void);
        }
    }

    /// The service rows of a settlement: base course, then bonus course.
    fn serve(&mut self, settle_id: i64, booking: &Booking<'_>, played: &Played, void: i32) {
        let parts = [
            ("base", played.begin, played.base, booking.consumed.pd, 0),
            ("bonus", played.begin + played.base, played.bonus, 0, booking.consumed.cx),
        ];
        for (kind, begin, minutes, pd, cx) in parts.into_iter().filter(|part| part.2 > 0) {
            self.served += 1;
            let (begins, ends) = (self.at(begin), self.at(begin + minutes));
            Line::of(&mut self.facts.services, self.site_id)
                .value(self.base + self.served)
                .value(settle_id)
                .value(played.coach_id)
                .maybe(booking.member_id)
                .maybe(booking.table)
                .value(SKILLS[played.skill].1)
                .value(kind)
                .value(begins)
                .value(ends)
                .value(ends)
                .value(minutes * 60)
                .value(minutes * 60 + played.begin % 7 * 20)
                .money(pd + cx)
                .money(pd)
                .money(cx)
                .value(void)
                .value(self.loaded_at)
                .end();
        }
    }

    /// Writes a recharge; now and then the till gets it wrong the first time and voids it.
    pub fn recharge(
        &mut self,
        member_id: i64,
        seller: Option<i64>,
        pay: i64,
        gift: i64,
        first: bool,
        minute: i64,
    ) {
        let goes = if self.dice.chance(0.01) { 2 } else { 1 };
        let at = self.at(minute);
        for go in 1..=goes {
            self.recharged += 1;
            Line::of(&mut self.facts.recharges, self.site_id)
                .value(self.base + self.recharged)
                .value(member_id)
                .maybe(seller)
                .value("stored")
                .money(pay)
                .money(gift)
                .value(first)
                .value(at)
                .value(i32::from(go < goes))
                .value(self.loaded_at)
                .end();
        }
        if let Some(seller) = seller {
            Line::of(&mut self.facts.recharge_commissions, self.site_id)
                .value(self.day)
                .value(seller)
                .value(member_id)
                .money(pay)
                .money(pay / 20)
                .end();
        }
    }

    /// A table used by the hall itself: a settlement that is no consumption.
    pub fn internal_use(&mut self) {
        if self.dice.chance(0.3) {
            let consumed = Consumed { table: yuan(58), ..Consumed::default() };
            let paid = bill::internal(&consumed);
            self.book(&Booking {
                settle_type: 4,
                member_id: None,
                table: Some(1),
                consumed: &consumed,
                paid: &paid,
                minute: 60,
                played: None,
            });
        }
    }

    /// Commissions on what was sold at each coach's tables.
    pub fn goods_commissions(&mut self, coaches: &[Coach]) {
        for coach in coaches.iter().filter(|coach| coach.sold() > 0) {
            Line::of(&mut self.facts.goods_commissions, self.site_id)
                .value(self.day)
                .value(coach.id)
                .money(coach.sold())
                .money(coach.sold() / 20)
                .end();
        }
    }

    /// Rewards and deductions that the manager enters.
    pub fn corrections(&mut self, coaches: &[Coach]) {
        let employed = coaches.iter().filter(|coach| coach.employed_on(self.day));
        for (number, coach) in (1..).zip(employed) {
            let (kind, reason, low, high) = match self.dice.unit() {
                p if p < 0.010 => ("reward", "月度之星", 100, 300),
                p if p < 0.025 => ("deduction", "迟到", 20, 100),
                _ => continue,
            };
            let yuan = self.dice.between(low, high);
            Line::of(&mut self.facts.adjustments, self.site_id)
                .value(self.base + number)
                .value(kind)
                .value(coach.id)
                .money(yuan * 100)
                .value(reason)
                .value(self.day)
                .end();
        }
    }
}
