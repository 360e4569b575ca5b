//! Rows of the generated chain, and their COPY text. Amounts are in cents.
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};

/// Whole yuan in cents.
pub const fn yuan(yuan: i64) -> i64 {
    yuan * 100
}

/// How long a version of a dimension row is valid.
#[derive(Clone, Copy)]
pub struct Version {
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
}

#[derive(Clone)]
pub struct AssistantVersion {
    pub assistant_id: i64,
    pub real_name: String,
    pub nickname: Option<String>,
    pub mobile: String,
    pub level_code: &'static str,
    pub level_name: &'static str,
    pub skills: Vec<&'static str>,
    pub entry_time: DateTime<Utc>,
    pub resign_time: Option<DateTime<Utc>>,
    pub valid: Version,
}

#[derive(Clone)]
pub struct MemberVersion {
    pub member_id: i64,
    pub nickname: String,
    pub mobile: String,
    pub gender: &'static str,
    pub birthday: NaiveDate,
    pub grade: &'static str,
    pub register_time: DateTime<Utc>,
    pub valid: Version,
}

#[derive(Clone)]
pub struct CardVersion {
    pub card_id: i64,
    pub member_id: i64,
    pub kind: &'static str,
    pub name: &'static str,
    pub balance: i64,
    pub valid: Version,
}

/// COPY text of one business day's facts, by table.
#[derive(Default)]
pub struct Facts {
    pub settlements: String,
    pub services: String,
    pub recharges: String,
    pub discounts: String,
    pub recharge_commissions: String,
    pub goods_commissions: String,
    pub adjustments: String,
    pub expenses: String,
    pub platform_settlements: String,
}

/// A COPY statement and its rows.
pub type Copy<'a> = (&'static str, &'a str);

impl Facts {
    /// Another day's rows after these.
    pub fn append(&mut self, other: &Self) {
        self.settlements.push_str(&other.settlements);
        self.services.push_str(&other.services);
        self.recharges.push_str(&other.recharges);
        self.discounts.push_str(&other.discounts);
        self.recharge_commissions.push_str(&other.recharge_commissions);
        self.goods_commissions.push_str(&other.goods_commissions);
        self.adjustments.push_str(&other.adjustments);
        self.expenses.push_str(&other.expenses);
        self.platform_settlements.push_str(&other.platform_settlements);
    }

    /// What to copy where.
    pub fn copies(&self) -> [Copy<'_>; 9] {
        [
            (
                "COPY dwd.settlement (site_id, order_settle_id, settle_type, member_id, site_table_id, table_charge_money,
                     goods_money, assistant_pd_money, assistant_cx_money, ledger_amount, discount_amount, card_paid,
                     cash_paid, online_paid, groupbuy_paid, create_time, is_delete, loaded_at) FROM STDIN",
                &self.settlements,
            ),
            (
                "COPY dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id,
                     tenant_member_id, site_table_id, skill_name, course_kind, start_use_time, last_use_time,
                     create_time, income_seconds, real_use_seconds, ledger_amount, assistant_pd_money,
                     assistant_cx_money, is_delete, loaded_at) FROM STDIN",
                &self.services,
            ),
            (
                "COPY dwd.recharge_order (site_id, recharge_order_id, member_id, assistant_id, card_kind, pay_amount,
                     gift_amount, is_first, create_time, is_delete, loaded_at) FROM STDIN",
                &self.recharges,
            ),
            (
                "COPY dwd.discount (site_id, order_settle_id, discount_type, amount, create_time, is_delete, loaded_at)
                 FROM STDIN",
                &self.discounts,
            ),
            (
                "COPY dws.assistant_recharge_commission (site_id, stat_date, assistant_id, member_id, recharge_amount,
                     commission) FROM STDIN",
                &self.recharge_commissions,
            ),
            (
                "COPY dws.assistant_goods_commission (site_id, stat_date, assistant_id, goods_amount, commission)
                 FROM STDIN",
                &self.goods_commissions,
            ),
            (
                "COPY dws.salary_adjustment (site_id, adjustment_id, kind, assistant_id, amount, reason, effective_date)
                 FROM STDIN",
                &self.adjustments,
            ),
            (
                "COPY dwd.expense (site_id, expense_id, expense_group, item_name, amount, expense_date) FROM STDIN",
                &self.expenses,
            ),
            (
                "COPY dws.platform_settlement (site_id, stat_date, platform, settled_amount, service_fee) FROM STDIN",
                &self.platform_settlements,
            ),
        ]
    }
}

/// One line of COPY text. No generated text has a tab, a newline or a backslash.
pub struct Line<'a>(&'a mut String);

impl<'a> Line<'a> {
    pub fn of(out: &'a mut String, site_id: i64) -> Self {
        let line = Self(out);
        line.0.push_str(&site_id.to_string());
        line
    }

    pub fn value(self, value: impl std::fmt::Display) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "\t{value}");
        self
    }

    pub fn maybe(self, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.value(value),
            None => self.value("\\N"),
        }
    }

    pub fn money(self, cents: i64) -> Self {
        self.value(format_args!("{}.{:02}", cents / 100, cents % 100))
    }

    pub fn valid(self, version: Version) -> Self {
        self.value(version.from).maybe(version.to).value(i32::from(version.to.is_none()))
    }

    pub fn end(self) {
        self.0.push('\n');
    }
}

/// COPY text of the dimension versions that begin at or after an instant.
pub fn dimension<'a, T: 'a>(
    site_id: i64,
    versions: impl Iterator<Item = &'a T>,
    line: impl Fn(Line<'_>, &T),
) -> String {
    let mut out = String::new();
    for version in versions {
        line(Line::of(&mut out, site_id), version);
    }
    out
}

pub const COPY_ASSISTANTS: &str = "COPY dim.assistant (site_id, assistant_id, real_name, nickname, avatar_url, mobile,
    level_code, level_name, skill_codes, entry_time, resign_time, assistant_status, scd2_start_time, scd2_end_time,
    scd2_is_current) FROM STDIN";

pub fn assistant(line: Line<'_>, row: &AssistantVersion) {
    line.value(row.assistant_id)
        .value(&row.real_name)
        .maybe(row.nickname.as_ref())
        .value(format_args!("https://img.example.invalid/coach/{}.png", row.assistant_id))
        .value(&row.mobile)
        .value(row.level_code)
        .value(row.level_name)
        .value(format_args!("{{{}}}", row.skills.join(",")))
        .value(row.entry_time)
        .maybe(row.resign_time)
        .value(if row.resign_time.is_some() { "resigned" } else { "active" })
        .valid(row.valid)
        .end();
}

pub const COPY_MEMBERS: &str =
    "COPY dim.member (site_id, member_id, nickname, mobile, gender, birthday, grade_name,
    register_time, scd2_start_time, scd2_end_time, scd2_is_current) FROM STDIN";

pub fn member(line: Line<'_>, row: &MemberVersion) {
    line.value(row.member_id)
        .value(&row.nickname)
        .value(&row.mobile)
        .value(row.gender)
        .value(row.birthday)
        .value(row.grade)
        .value(row.register_time)
        .valid(row.valid)
        .end();
}

pub const COPY_CARDS: &str =
    "COPY dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind,
    card_type_name, balance, scd2_start_time, scd2_end_time, scd2_is_current) FROM STDIN";

pub fn card(line: Line<'_>, row: &CardVersion) {
    line.value(row.card_id)
        .value(row.member_id)
        .value(row.kind)
        .value(row.name)
        .money(row.balance)
        .valid(row.valid)
        .end();
}
