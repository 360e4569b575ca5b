//! One hall, one business day after the other.
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use domain::Calendar;

use super::{
    bill::{self, Consumed, Paid},
    coach::{Coach, LEVELS, SKILLS},
    dice::Dice,
    member::{Coming, Member},
    rows::{AssistantVersion, CardVersion, Facts, Line, MemberVersion},
};

/// Tables 1 to 18: cents per hour.
fn table_price(table: i64) -> i64 {
    match table {
        ..=8 => 58_00,
        ..=12 => 68_00,
        ..=16 => 88_00,
        _ => 128_00,
    }
}

/// Size and seed of one hall.
#[derive(Clone, Copy)]
pub struct HallSpec {
    pub site_id: i64,
    pub seed: u64,
    pub coaches: usize,
    /// On the last day of the first `days`; they go on joining at the same rate.
    pub members: i64,
    pub days: i64,
    pub first_day: NaiveDate,
    pub calendar: Calendar,
}

pub struct Hall {
    spec: HallSpec,
    coaches: Vec<Coach>,
    popularity: Vec<f64>,
    members: Vec<Member>,
    pub assistants: Vec<AssistantVersion>,
    pub member_versions: Vec<MemberVersion>,
    pub cards: Vec<CardVersion>,
}

/// The running day.
struct Evening {
    day: NaiveDate,
    opens: DateTime<Utc>,
    /// Minutes after opening; 03:45 at the latest.
    closes: i64,
    busy: f64,
    loaded_at: DateTime<Utc>,
    /// Ids of the day count up from here.
    base: i64,
    settled: i64,
    served: i64,
    recharged: i64,
    /// Goods sold at each coach's tables.
    goods: Vec<i64>,
    dice: Dice,
    facts: Facts,
}

#[derive(Clone, Copy)]
enum Guest {
    Member(usize, Coming),
    WalkIn,
}

/// A coach's part of a visit.
struct Played {
    coach: usize,
    begin: i64,
    base: i64,
    bonus: i64,
}

impl Evening {
    fn at(&self, minute: i64) -> DateTime<Utc> {
        self.opens + Duration::minutes(minute)
    }
}

impl Hall {
    pub fn new(spec: HallSpec) -> Self {
        let days = u64::try_from(spec.days).unwrap_or(1);
        let (coaches, versions): (Vec<_>, Vec<_>) = (0..spec.coaches)
            .map(|no| {
                Coach::new(spec.seed, spec.site_id, no, spec.coaches, &spec.calendar, spec.first_day, days)
            })
            .unzip();
        let popularity = coaches.iter().map(|coach| coach.popularity).collect();
        let mut hall = Self {
            spec,
            coaches,
            popularity,
            members: Vec::new(),
            assistants: versions.into_iter().flatten().collect(),
            member_versions: Vec::new(),
            cards: Vec::new(),
        };
        let mut dice = Dice::new(spec.seed, spec.site_id, 5, 0);
        for _ in 0..hall.known() {
            let registered = spec.first_day - Days::new(dice.between(20, 700).unsigned_abs());
            hall.join(registered, 12 * 60);
            if let Some(member) = hall.members.last_mut() {
                member.known_before(&mut dice, spec.first_day);
            }
        }
        hall
    }

    /// Members from before the story begins.
    fn known(&self) -> i64 {
        (self.spec.members * 55 + 99) / 100
    }

    fn noon(&self, day: NaiveDate) -> DateTime<Utc> {
        self.spec.calendar.instant(day.and_time(NaiveTime::MIN) + Duration::hours(12))
    }

    fn join(&mut self, day: NaiveDate, minute: i64) {
        let HallSpec { seed, site_id, .. } = self.spec;
        let no = i64::try_from(self.members.len()).unwrap_or(0) + 1;
        let at = self.noon(day) + Duration::minutes(minute);
        let mut member = Member::new(seed, site_id, no, day, &self.popularity);
        member.register(seed, site_id, no, at, &mut self.member_versions);
        self.members.push(member);
    }

    /// Lives the next business day; days come in order from the first on.
    pub fn live(&mut self, day: NaiveDate) -> Facts {
        let mut evening = self.open(day);
        let mut guests = self.guests(&mut evening);
        guests.sort_by_key(|guest| guest.0);
        for (arrival, guest) in guests {
            self.visit(&mut evening, arrival, guest);
        }
        self.shop_orders(&mut evening);
        self.internal_use(&mut evening);
        self.corrections(&mut evening);
        let site_id = self.spec.site_id;
        for (coach, goods) in self.coaches.iter().zip(&evening.goods).filter(|sold| *sold.1 > 0) {
            Line::of(&mut evening.facts.goods_commissions, site_id)
                .value(day)
                .value(coach.id)
                .money(*goods)
                .money(goods / 20)
                .end();
        }
        evening.facts
    }

    fn open(&mut self, day: NaiveDate) -> Evening {
        for coach in &mut self.coaches {
            coach.open(day);
        }
        let (busy, closes) = match day.weekday() {
            Weekday::Mon | Weekday::Tue => (0.75, 830),
            Weekday::Wed => (0.85, 830),
            Weekday::Thu => (0.9, 830),
            Weekday::Fri => (1.25, 945),
            Weekday::Sat => (1.45, 945),
            Weekday::Sun => (1.1, 830),
        };
        let epoch_day = day.signed_duration_since(NaiveDate::default()).num_days();
        Evening {
            day,
            opens: self.noon(day),
            closes,
            busy,
            // The ETL's night run.
            loaded_at: self.noon(day) + Duration::hours(16),
            base: self.spec.site_id * 10_000_000_000 + epoch_day * 100_000,
            settled: 0,
            served: 0,
            recharged: 0,
            goods: vec![0; self.coaches.len()],
            dice: Dice::new(self.spec.seed, self.spec.site_id, 4, epoch_day),
            facts: Facts::default(),
        }
    }

    /// Who comes when; new members join first.
    fn guests(&mut self, evening: &mut Evening) -> Vec<(i64, Guest)> {
        let lived = (evening.day - self.spec.first_day).num_days() + 1;
        let joining = self.spec.members - self.known();
        let should_be = self.known() + joining * lived / self.spec.days;
        while i64::try_from(self.members.len()).is_ok_and(|members| members < should_be) {
            self.join(evening.day, 1);
        }
        let latest = evening.closes - 75;
        let weekend = matches!(evening.day.weekday(), Weekday::Sat | Weekday::Sun);
        let mut guests = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            let Some(coming) = member.comes(&mut evening.dice, evening.day, evening.busy) else { continue };
            let usual = if weekend { member.arrives - 90.0 } else { member.arrives };
            guests.push((minute(evening.dice.around(usual, 60.0), latest), Guest::Member(index, coming)));
        }
        let walk_ins = minute(evening.dice.around(8.0 * evening.busy, 2.0), 40).max(0);
        for _ in 0..walk_ins {
            guests.push((minute(evening.dice.around(440.0, 140.0), latest), Guest::WalkIn));
        }
        guests
    }

    fn visit(&mut self, evening: &mut Evening, arrival: i64, guest: Guest) {
        let dice = &mut evening.dice;
        let leaves = (arrival + 60 + 15 * dice.between(0, 12)).min(evening.closes);
        let played = self.play(dice, arrival, leaves, guest);
        // Coaches have tables they like.
        let table = match &played {
            Some(played) => 1 + (i64::try_from(played.coach).unwrap_or(0) * 5 + dice.between(0, 3)) % 18,
            None => dice.between(1, 18),
        };
        let (spends, level) = (
            match guest {
                Guest::Member(index, _) => self.members[index].spends,
                Guest::WalkIn => 0.9,
            },
            played.as_ref().map(|played| LEVELS[self.coaches[played.coach].level_on(evening.day)]),
        );
        let per = |minutes: i64, price: i64| minutes * price / 60;
        let consumed = Consumed {
            table: per(leaves - arrival, table_price(table)),
            goods: if dice.chance(0.65) { bill::goods(dice, spends) } else { 0 },
            pd: played.as_ref().zip(level).map_or(0, |(played, level)| per(played.base, level.2)),
            cx: played.as_ref().zip(level).map_or(0, |(played, level)| per(played.bonus, level.3)),
        };
        if let Some(played) = &played {
            evening.goods[played.coach] += consumed.goods;
        }
        let settled = leaves + evening.dice.between(3, 8);
        let mut member_id = None;
        if let Guest::Member(index, _) = guest {
            member_id = Some(self.members[index].id);
            self.top_up(evening, index, consumed.ledger(), settled - 2, played.as_ref());
            let at = evening.at(settled);
            let member = &mut self.members[index];
            let paid = bill::table(&mut evening.dice, &consumed, Some(member));
            if paid.card > 0 {
                member.move_stored(-paid.card, at, &mut self.cards);
            }
            if paid.gift > 0 {
                member.move_gifted(-paid.gift, at, &mut self.cards);
            }
            member.was_here(&mut evening.dice, evening.day);
            self.book(evening, 1, member_id, table, &consumed, &paid, settled, played.as_ref());
        } else {
            // The till writes both for nobody.
            member_id = member_id.or(evening.dice.chance(0.5).then_some(0));
            let paid = bill::table(&mut evening.dice, &consumed, None);
            self.book(evening, 1, member_id, table, &consumed, &paid, settled, played.as_ref());
        }
    }

    /// Which coach plays with the guest, if any: the favourite, the second, else somebody who is free.
    fn play(&mut self, dice: &mut Dice, arrival: i64, leaves: i64, guest: Guest) -> Option<Played> {
        let free = |coach: usize| self.coaches[coach].could_begin(arrival, leaves);
        let somebody = |dice: &mut Dice| {
            let weights =
                (0..self.coaches.len()).map(|i| if free(i).is_some() { self.popularity[i] } else { 0.0 });
            dice.weighted(weights)
        };
        let coach = match guest {
            Guest::WalkIn => dice.chance(0.2).then(|| somebody(dice))?,
            Guest::Member(index, coming) => {
                let member = &self.members[index];
                // Who comes back was mostly called by the coach, and comes to that coach.
                let (wants, favourite) = match coming {
                    Coming::Usual => (member.coached, 0.75),
                    Coming::First => (0.5, 0.6),
                    Coming::Back => (0.85, 0.9),
                };
                if !dice.chance(wants) {
                    return None;
                }
                let wished = match dice.unit() {
                    p if p < favourite => member.favourite,
                    p if p < 0.95 => member.second,
                    _ => somebody(dice),
                };
                match [wished, member.favourite, member.second]
                    .into_iter()
                    .find(|coach| free(*coach).is_some())
                {
                    Some(coach) => coach,
                    None => dice.chance(0.3).then(|| somebody(dice))?,
                }
            }
        };
        let begin = free(coach)?;
        let minutes = (leaves - begin) / 15 * 15;
        let bonus = match dice.unit() {
            p if p < 0.05 => minutes,
            p if p < 0.3 && minutes >= 120 => 60,
            _ => 0,
        };
        self.coaches[coach].play(begin, minutes);
        Some(Played { coach, begin, base: minutes - bonus, bonus })
    }

    /// A card-keeping member whose balance will not do may recharge first; the coach at the table sells it.
    fn top_up(
        &mut self,
        evening: &mut Evening,
        index: usize,
        bill: i64,
        minute: i64,
        played: Option<&Played>,
    ) {
        const AMOUNTS: [i64; 6] = [500_00, 1_000_00, 1_000_00, 2_000_00, 3_000_00, 5_000_00];
        let at = evening.at(minute);
        let dice = &mut evening.dice;
        let member = &mut self.members[index];
        if !member.keeps_card || member.stored >= bill || !dice.chance(0.45) {
            return;
        }
        let affordable = if member.spends > 1.3 { AMOUNTS.len() } else { 4 };
        let pay = *dice.pick(&AMOUNTS[..affordable]);
        let gift = if pay >= 1_000_00 { pay / 10 + (pay - 1_000_00) / 20 } else { 0 };
        let seller = played.filter(|_| dice.chance(0.8)).map(|played| self.coaches[played.coach].id);
        let first = member.recharges == 0;
        // Now and then the till gets it wrong the first time.
        let booked = if dice.chance(0.01) { 2 } else { 1 };
        for go in 1..=booked {
            evening.recharged += 1;
            Line::of(&mut evening.facts.recharges, self.spec.site_id)
                .value(evening.base + evening.recharged)
                .value(member.id)
                .maybe(seller)
                .value("stored")
                .money(pay)
                .money(gift)
                .value(first)
                .value(at)
                .value(i32::from(go < booked))
                .value(evening.loaded_at)
                .end();
        }
        member.recharge(pay, gift, at, &mut self.cards, &mut self.member_versions);
        if let Some(seller) = seller {
            Line::of(&mut evening.facts.recharge_commissions, self.spec.site_id)
                .value(evening.day)
                .value(seller)
                .value(member.id)
                .money(pay)
                .money(pay / 20)
                .end();
        }
    }

    /// Writes a settlement with its services and discounts; some are voided and booked again.
    #[expect(clippy::too_many_arguments, reason = "one row's columns, from three kinds of visit")]
    fn book(
        &self,
        evening: &mut Evening,
        settle_type: i32,
        member_id: Option<i64>,
        table: i64,
        consumed: &Consumed,
        paid: &Paid,
        settled: i64,
        played: Option<&Played>,
    ) {
        let booked = if evening.dice.chance(0.015) { 2 } else { 1 };
        for go in 1..=booked {
            let void = i32::from(go < booked);
            evening.settled += 1;
            let settle_id = evening.base + evening.settled;
            let at = evening.at(settled);
            Line::of(&mut evening.facts.settlements, self.spec.site_id)
                .value(settle_id)
                .value(settle_type)
                .maybe(member_id)
                .maybe((settle_type != 3).then_some(table))
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
                .value(evening.loaded_at)
                .end();
            for (kind, amount) in &paid.discounts {
                Line::of(&mut evening.facts.discounts, self.spec.site_id)
                    .value(settle_id)
                    .value(kind)
                    .money(*amount)
                    .value(at)
                    .value(void)
                    .value(evening.loaded_at)
                    .end();
            }
            if let Some(played) = played {
                self.serve(evening, settle_id, member_id, table, consumed, played, void);
            }
        }
    }

    /// The service rows of a settlement: base course, then bonus course.
    #[expect(clippy::too_many_arguments, reason = "one row's columns")]
    fn serve(
        &self,
        evening: &mut Evening,
        settle_id: i64,
        member_id: Option<i64>,
        table: i64,
        consumed: &Consumed,
        played: &Played,
        void: i32,
    ) {
        let coach = &self.coaches[played.coach];
        let parts = [
            ("base", played.begin, played.base, consumed.pd, 0),
            ("bonus", played.begin + played.base, played.bonus, 0, consumed.cx),
        ];
        for (kind, begin, minutes, pd, cx) in parts.into_iter().filter(|part| part.2 > 0) {
            evening.served += 1;
            let ends = begin + minutes;
            Line::of(&mut evening.facts.services, self.spec.site_id)
                .value(evening.base + evening.served)
                .value(settle_id)
                .value(coach.id)
                .maybe(member_id)
                .value(table)
                .value(SKILLS[coach.skill].1)
                .value(kind)
                .value(evening.opens + Duration::minutes(begin))
                .value(evening.opens + Duration::minutes(ends))
                .value(evening.opens + Duration::minutes(ends))
                .value(minutes * 60)
                .value(minutes * 60 + played.begin % 7 * 20)
                .money(pd + cx)
                .money(pd)
                .money(cx)
                .value(void)
                .value(evening.loaded_at)
                .end();
        }
    }

    /// Drinks and cues over the counter: by tonight's members, by members who come for that alone, by passers-by.
    fn shop_orders(&mut self, evening: &mut Evening) {
        let mut buyers = vec![None; usize::from(evening.dice.chance(0.8)) + 2];
        for (index, member) in self.members.iter().enumerate() {
            let p = if member.last_visit == Some(evening.day) { 0.05 } else { 0.002 };
            if member.visits > 0 && evening.dice.chance(p) {
                buyers.push(Some(index));
            }
        }
        for buyer in buyers {
            let spends = buyer.map_or(1.0, |index| self.members[index].spends);
            let consumed = Consumed { goods: bill::goods(&mut evening.dice, spends), ..Consumed::default() };
            let paid = bill::shop(&mut evening.dice, &consumed);
            let minute = evening.dice.between(90, evening.closes - 30);
            let member_id = buyer.map(|index| self.members[index].id);
            self.book(evening, 3, member_id, 0, &consumed, &paid, minute, None);
            if let Some(index) = buyer {
                self.members[index].last_visit = Some(evening.day);
            }
        }
    }

    /// A table used by the hall itself: a settlement that is no consumption.
    fn internal_use(&self, evening: &mut Evening) {
        if evening.dice.chance(0.3) {
            let consumed = Consumed { table: 58_00, ..Consumed::default() };
            let paid = bill::internal(&consumed);
            self.book(evening, 4, None, 1, &consumed, &paid, 60, None);
        }
    }

    /// Rewards and deductions that the manager enters.
    fn corrections(&self, evening: &mut Evening) {
        let employed = self.coaches.iter().filter(|coach| coach.employed_on(evening.day));
        for (number, coach) in (1..).zip(employed) {
            let (kind, reason, low, high) = match evening.dice.unit() {
                p if p < 0.010 => ("reward", "月度之星", 100, 300),
                p if p < 0.025 => ("deduction", "迟到", 20, 100),
                _ => continue,
            };
            let yuan = evening.dice.between(low, high);
            Line::of(&mut evening.facts.adjustments, self.spec.site_id)
                .value(evening.base + number)
                .value(kind)
                .value(coach.id)
                .money(yuan * 100)
                .value(reason)
                .value(evening.day)
                .end();
        }
    }
}

/// A whole minute in `5..=latest`, or a whole number up to `latest`.
#[expect(clippy::cast_possible_truncation, reason = "clamped to a day's minutes before")]
fn minute(value: f64, latest: i64) -> i64 {
    (value.clamp(0.0, 2_000.0).round() as i64).clamp(5.min(latest), latest)
}
