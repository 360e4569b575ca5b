//! Members: a rhythm of their own, favourite coaches, lapses and returns, cards.
use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{
    dice::Dice,
    names,
    rows::{CardVersion, MemberVersion, Version, yuan},
};

/// Grade, what total of recharges (cents) reaches it, per mille off the table charge.
pub const GRADES: [(&str, i64, i64); 4] = [
    ("普通会员", 0, 0),
    ("银卡会员", yuan(2_000), 50),
    ("金卡会员", yuan(8_000), 100),
    ("钻石会员", yuan(20_000), 150),
];
/// The gift card that comes with a recharge: kind and name.
pub const GIFTS: [(&str, &str); 3] =
    [("gift_table", "台费赠送卡"), ("gift_drink", "酒水赠送卡"), ("gift_voucher", "代金赠送卡")];

pub struct Member {
    pub id: i64,
    pub registered: NaiveDate,
    /// Days between visits while active.
    pub rhythm: f64,
    /// Usual arrival, minutes after opening.
    pub arrives: f64,
    /// Against the average guest.
    pub spends: f64,
    /// Chance of a visit with a coach.
    pub coached: f64,
    pub favourite: usize,
    pub second: usize,
    /// Chance of paying the table by a group-buy voucher.
    pub groupbuy: f64,
    /// Chance of drifting away after a visit.
    drifts: f64,
    pub keeps_card: bool,
    /// Index into [`GIFTS`].
    pub gift: usize,
    pub last_visit: Option<NaiveDate>,
    pub visits: u32,
    away: bool,
    pub stored: i64,
    pub gifted: i64,
    pub recharged: i64,
    pub recharges: u32,
    pub grade: usize,
    /// Index of the open version in the hall's list.
    version: usize,
    stored_card: Option<usize>,
    gift_card: Option<usize>,
}

/// Why a member comes today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// In rhythm.
    Usual,
    /// For the first time.
    First,
    /// After having been away.
    Back,
}

impl Member {
    /// The hall's member number `no`, registered on a date; `popularity` of the coaches decides the favourites.
    pub fn new(seed: u64, site_id: i64, no: i64, registered: NaiveDate, popularity: &[f64]) -> Self {
        let mut dice = Dice::new(seed, site_id, 2, no);
        let favourite = dice.weighted(popularity.iter().copied());
        Self {
            id: site_id * 1_000_000 + no,
            registered,
            rhythm: 4.0 + 26.0 * dice.unit().powi(2),
            arrives: dice.around(430.0, 110.0),
            spends: 0.6 + 1.2 * dice.unit() * dice.unit() + 0.4 * dice.unit(),
            coached: 0.2 + 0.75 * dice.unit(),
            favourite,
            second: dice.weighted(popularity.iter().copied()),
            groupbuy: if dice.chance(0.25) { 0.35 } else { 0.03 },
            drifts: 0.04 + 0.08 * dice.unit(),
            keeps_card: dice.chance(0.6),
            gift: dice.weighted([0.6, 0.25, 0.15].into_iter()),
            last_visit: None,
            visits: 0,
            away: false,
            stored: 0,
            gifted: 0,
            recharged: 0,
            recharges: 0,
            grade: 0,
            version: 0,
            stored_card: None,
            gift_card: None,
        }
    }

    /// Somebody the hall knew before the story begins: was here lately, or has drifted away.
    pub fn known_before(&mut self, dice: &mut Dice, first: NaiveDate) {
        self.away = dice.chance(0.2);
        let ago = if self.away { dice.between(20, 120) } else { dice.between(1, 12) };
        self.last_visit = Some(first - Duration::days(ago));
    }

    /// The row of a member who is new today, and remembers where it stands.
    pub fn register(
        &mut self,
        seed: u64,
        site_id: i64,
        no: i64,
        at: DateTime<Utc>,
        versions: &mut Vec<MemberVersion>,
    ) {
        let mut dice = Dice::new(seed, site_id, 3, no);
        let female = dice.chance(0.3);
        self.version = versions.len();
        versions.push(MemberVersion {
            member_id: self.id,
            nickname: names::member(&mut dice, female),
            mobile: names::phone(site_id, no),
            gender: if female { "女" } else { "男" },
            birthday: self.registered - Duration::days(dice.between(18 * 365, 52 * 365)),
            grade: GRADES[0].0,
            register_time: at,
            valid: Version { from: at, to: None },
        });
    }

    /// Whether and why this member comes on `day`; `busy` is the weekday's pull.
    pub fn comes(&self, dice: &mut Dice, day: NaiveDate, busy: f64) -> Option<Coming> {
        let Some(last) = self.last_visit else {
            // Most register at the counter, the others try it within days or never.
            let since = (day - self.registered).num_days();
            let p = if since == 0 {
                0.85
            } else if since < 20 {
                0.08
            } else {
                0.0
            };
            return dice.chance(p).then_some(Coming::First);
        };
        let since = f64::from(i32::try_from((day - last).num_days()).unwrap_or(i32::MAX));
        if self.away {
            let p = match since {
                s if s < (1.6 * self.rhythm).max(10.0) => 0.0,
                s if s < 130.0 => 0.12,
                _ => 0.02,
            };
            return dice.chance(p).then_some(Coming::Back);
        }
        // Nothing until near the rhythm, then a constant pull whose mean completes it.
        let p =
            if since < (0.45 * self.rhythm).max(1.0) { 0.0 } else { busy / (0.55 * self.rhythm).max(1.2) };
        dice.chance(p).then_some(Coming::Usual)
    }

    /// Was here: may drift away, a first-timer more easily.
    pub fn was_here(&mut self, dice: &mut Dice, day: NaiveDate) {
        self.visits += 1;
        self.last_visit = Some(day);
        let p = if self.visits == 1 { 0.3 } else { self.drifts };
        self.away = dice.chance(p);
    }

    /// Pays `paid` onto the stored-value card and gets `gift` on the gift card; may reach another grade.
    pub fn recharge(
        &mut self,
        paid: i64,
        gift: i64,
        at: DateTime<Utc>,
        cards: &mut Vec<CardVersion>,
        versions: &mut Vec<MemberVersion>,
    ) {
        self.recharges += 1;
        self.recharged += paid;
        self.move_stored(paid, at, cards);
        if gift > 0 {
            self.move_gifted(gift, at, cards);
        }
        let reached = GRADES.iter().rposition(|grade| self.recharged >= grade.1).unwrap_or(0);
        if reached > self.grade {
            self.grade = reached;
            let next = MemberVersion {
                grade: GRADES[reached].0,
                valid: Version { from: at, to: None },
                ..versions[self.version].clone()
            };
            versions[self.version].valid.to = Some(at);
            self.version = versions.len();
            versions.push(next);
        }
    }

    /// Moves the stored-value card's balance.
    pub fn move_stored(&mut self, by: i64, at: DateTime<Utc>, cards: &mut Vec<CardVersion>) {
        self.stored += by;
        let card = (self.id * 10 + 1, "stored", "储值卡");
        self.stored_card = Some(move_card(self.id, card, self.stored_card, self.stored, at, cards));
    }

    /// Moves the gift card's balance.
    pub fn move_gifted(&mut self, by: i64, at: DateTime<Utc>, cards: &mut Vec<CardVersion>) {
        self.gifted += by;
        let (kind, name) = GIFTS[self.gift];
        let card = (self.id * 10 + 2, kind, name);
        self.gift_card = Some(move_card(self.id, card, self.gift_card, self.gifted, at, cards));
    }
}

/// Closes the open version and opens the next; its index.
fn move_card(
    member_id: i64,
    (card_id, kind, name): (i64, &'static str, &'static str),
    open: Option<usize>,
    balance: i64,
    at: DateTime<Utc>,
    cards: &mut Vec<CardVersion>,
) -> usize {
    if let Some(open) = open {
        cards[open].valid.to = Some(at);
    }
    cards.push(CardVersion {
        card_id,
        member_id,
        kind,
        name,
        balance,
        valid: Version { from: at, to: None },
    });
    cards.len() - 1
}
