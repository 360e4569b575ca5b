//! One hall, one business day after the other.
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc, Weekday};
use domain::Calendar;

use super::{
    bill::{self, Consumed, Paid},
    coach::{Coach, LEVELS},
    dice::Dice,
    member::{Coming, Member},
    office::Office,
    rows::{AssistantVersion, CardVersion, Facts, MemberVersion, yuan},
    till::{Booking, Evening, Played},
};

/// Tables of a hall, from 1 on.
pub const TABLES: i64 = 18;

/// Cents per hour.
fn table_price(table: i64) -> i64 {
    match table {
        ..9 => yuan(58),
        9..13 => yuan(68),
        13..17 => yuan(88),
        _ => yuan(128),
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

#[derive(Clone, Copy)]
enum Guest {
    Member(usize, Coming),
    WalkIn,
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
        evening.internal_use();
        evening.corrections(&self.coaches);
        evening.goods_commissions(&self.coaches);
        evening.office.close(&mut evening.facts);
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
        let HallSpec { site_id, seed, members, .. } = self.spec;
        let base = site_id * 10_000_000_000 + epoch_day * 100_000;
        Evening {
            site_id,
            day,
            opens: self.noon(day),
            closes,
            busy,
            loaded_at: self.noon(day) + Duration::hours(16),
            base,
            settled: 0,
            served: 0,
            recharged: 0,
            dice: Dice::new(seed, site_id, 4, epoch_day),
            office: Office::open(seed, site_id, members, day, base),
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
            Some(played) => 1 + (i64::try_from(played.coach).unwrap_or(0) * 5 + dice.between(0, 3)) % TABLES,
            None => dice.between(1, TABLES),
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
            self.coaches[played.coach].sell(consumed.goods);
        }
        let minute = leaves + evening.dice.between(3, 8);
        let (member_id, paid) = match guest {
            Guest::Member(index, _) => {
                self.top_up(evening, index, consumed.ledger(), minute - 2, played.as_ref());
                (Some(self.members[index].id), self.pay(evening, index, &consumed, minute))
            }
            // The till writes both for nobody.
            Guest::WalkIn => {
                let nobody = evening.dice.chance(0.5).then_some(0);
                (nobody, bill::table(&mut evening.dice, &consumed, None))
            }
        };
        evening.book(&Booking {
            settle_type: 1,
            member_id,
            table: Some(table),
            consumed: &consumed,
            paid: &paid,
            minute,
            played: played.as_ref(),
        });
    }

    /// A member's bill: moves the cards that pay it.
    fn pay(&mut self, evening: &mut Evening, index: usize, consumed: &Consumed, minute: i64) -> Paid {
        let at = evening.at(minute);
        let member = &mut self.members[index];
        let paid = bill::table(&mut evening.dice, consumed, Some(member));
        if paid.card > 0 {
            member.move_stored(-paid.card, at, &mut self.cards);
        }
        if paid.gift > 0 {
            member.move_gifted(-paid.gift, at, &mut self.cards);
        }
        member.was_here(&mut evening.dice, evening.day);
        paid
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
                    None => dice.chance(0.25).then(|| somebody(dice))?,
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
        let chosen = &mut self.coaches[coach];
        chosen.play(begin, minutes);
        Some(Played { coach, coach_id: chosen.id, skill: chosen.skill, begin, base: minutes - bonus, bonus })
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
        const AMOUNTS: [i64; 6] =
            [yuan(500), yuan(1_000), yuan(1_000), yuan(2_000), yuan(3_000), yuan(5_000)];
        let at = evening.at(minute);
        let dice = &mut evening.dice;
        let member = &mut self.members[index];
        if !member.keeps_card || member.stored >= bill || !dice.chance(0.45) {
            return;
        }
        let affordable = if member.spends > 1.3 { AMOUNTS.len() } else { 4 };
        let pay = *dice.pick(&AMOUNTS[..affordable]);
        let gift = if pay >= yuan(1_000) { pay / 10 + (pay - yuan(1_000)) / 20 } else { 0 };
        let seller = played.filter(|_| dice.chance(0.8)).map(|played| played.coach_id);
        evening.recharge(member.id, seller, pay, gift, member.recharges == 0, minute);
        member.recharge(pay, gift, at, &mut self.cards, &mut self.member_versions);
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
            evening.book(&Booking {
                settle_type: 3,
                member_id,
                table: None,
                consumed: &consumed,
                paid: &paid,
                minute,
                played: None,
            });
            if let Some(index) = buyer {
                self.members[index].last_visit = Some(evening.day);
            }
        }
    }
}

/// A whole minute in `5..=latest`, or a whole number up to `latest`.
#[expect(clippy::cast_possible_truncation, reason = "clamped to a day's minutes before")]
fn minute(value: f64, latest: i64) -> i64 {
    (value.clamp(0.0, 2_000.0).round() as i64).clamp(5.min(latest), latest)
}
