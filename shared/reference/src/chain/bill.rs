//! One settlement in cents: what it costs, what is let off, who pays.
use super::{
    dice::Dice,
    member::{GIFTS, GRADES, Member},
    rows::yuan,
};

/// What was consumed.
#[derive(Clone, Copy, Default)]
pub struct Consumed {
    pub table: i64,
    pub goods: i64,
    pub pd: i64,
    pub cx: i64,
}

impl Consumed {
    pub fn ledger(&self) -> i64 {
        self.table + self.goods + self.pd + self.cx
    }
}

/// How it is paid: the four add up to ledger − discounts.
#[derive(Clone, Default)]
pub struct Paid {
    /// Type, amount; at most one of a type.
    pub discounts: Vec<(&'static str, i64)>,
    /// Taken off the member's gift card, as a discount.
    pub gift: i64,
    pub card: i64,
    pub cash: i64,
    pub online: i64,
    pub groupbuy: i64,
}

impl Paid {
    pub fn discount(&self) -> i64 {
        self.discounts.iter().map(|discount| discount.1).sum()
    }

    fn let_off(&mut self, kind: &'static str, amount: i64) {
        if amount > 0 {
            self.discounts.push((kind, amount));
        }
    }

    /// What is left after the card: mostly by phone.
    fn rest(&mut self, dice: &mut Dice, due: i64) {
        if dice.chance(0.1) { self.cash = due } else { self.online = due }
    }
}

/// A table visit of a member, or of a walk-in.
pub fn table(dice: &mut Dice, consumed: &Consumed, guest: Option<&Member>) -> Paid {
    let mut paid = Paid::default();
    // The voucher is sold at four fifths of the table charge that it pays.
    if dice.chance(guest.map_or(0.4, |member| member.groupbuy)) {
        let let_off = consumed.table / 5;
        paid.let_off("groupbuy", let_off);
        paid.groupbuy = consumed.table - let_off;
    } else if let Some(member) = guest {
        let member_price = consumed.table * GRADES[member.grade].2 / 1000;
        paid.let_off("member", member_price);
        let gift_covers = match GIFTS[member.gift].0 {
            "gift_drink" => consumed.goods,
            "gift_table" => consumed.table - member_price,
            _ => consumed.table - member_price + consumed.goods,
        };
        paid.gift = member.gifted.min(gift_covers / 2);
        paid.let_off("gift_card", paid.gift);
    }
    let due = consumed.ledger() - paid.discount() - paid.groupbuy;
    // The counter rounds down to whole yuan; now and then a guest is let off more.
    let (kind, let_off) = if dice.chance(0.02) { ("manual", due / 10) } else { ("other", due % 100) };
    paid.let_off(kind, let_off);
    let due = due - let_off;
    paid.card = guest.map_or(0, |member| member.stored.clamp(0, due));
    let rest = due - paid.card;
    paid.rest(dice, rest);
    paid
}

/// A shop order: paid on the spot.
pub fn shop(dice: &mut Dice, consumed: &Consumed) -> Paid {
    let mut paid = Paid::default();
    paid.rest(dice, consumed.ledger());
    paid
}

/// The hall's own use of a table: billed and let off in full.
pub fn internal(consumed: &Consumed) -> Paid {
    let mut paid = Paid::default();
    paid.let_off("other", consumed.ledger());
    paid
}

/// Drinks and snacks.
pub fn goods(dice: &mut Dice, spends: f64) -> i64 {
    const PRICES: [i64; 8] = [yuan(5), yuan(8), yuan(10), yuan(12), yuan(15), yuan(18), yuan(28), yuan(38)];
    let items = dice.around(2.5 * spends, 1.2).round().clamp(1.0, 12.0);
    let mut sum = 0;
    let mut left = items;
    while left >= 1.0 {
        sum += dice.pick(&PRICES);
        left -= 1.0;
    }
    sum
}
