//! The views and columns of the contract. A view may have more.
use Kind::{Date, Flag, Id, Instant, Integer, Number, Text, TextArray};

/// A view of schema `app`. All have `site_id` besides.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Without schema.
    pub name: &'static str,
    /// Name and kind.
    pub columns: &'static [(&'static str, Kind)],
    /// Whether it shows any row.
    pub(super) any_row: &'static str,
}

/// What a column holds. Money is never a float, an id never narrower than `bigint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `bigint`.
    Id,
    /// Any whole number.
    Integer,
    /// `numeric`.
    Number,
    /// Any text.
    Text,
    /// `text[]`.
    TextArray,
    /// `date`.
    Date,
    /// `timestamptz`.
    Instant,
    /// `boolean`, or a whole number where 0 is no.
    Flag,
}

impl Kind {
    /// The types that will do, as `format_type` names them.
    pub fn types(self) -> &'static [&'static str] {
        match self {
            Id => &["bigint"],
            Integer => &["smallint", "integer", "bigint"],
            Number => &["numeric"],
            Text => &["text", "character varying", "character"],
            TextArray => &["text[]", "character varying[]"],
            Date => &["date"],
            Instant => &["timestamp with time zone"],
            Flag => &["boolean", "smallint", "integer", "bigint"],
        }
    }
}

macro_rules! views {
    ($($name:literal { $($column:ident: $kind:ident),* $(,)? })*) => {
        /// The contract.
        pub static VIEWS: &[View] = &[$(View {
            name: $name,
            columns: &[$((stringify!($column), $kind)),*],
            any_row: concat!("SELECT EXISTS (SELECT FROM app.", $name, ")"),
        }),*];
    };
}

views! {
    "v_dim_site" { site_name: Text, timezone: Text, business_day_cutoff_hour: Integer }
    "v_dim_member" {
        member_id: Id, nickname: Text, mobile: Text, gender: Text, birthday: Date, grade_name: Text,
        register_time: Instant, scd2_start_time: Instant, scd2_end_time: Instant, scd2_is_current: Flag,
    }
    "v_dim_member_card_account" {
        card_account_id: Id, tenant_member_id: Id, card_kind: Text, card_type_name: Text, balance: Number,
        scd2_start_time: Instant, scd2_end_time: Instant, scd2_is_current: Flag,
    }
    "v_dim_assistant" {
        assistant_id: Id, real_name: Text, nickname: Text, avatar_url: Text, mobile: Text, level_code: Text,
        level_name: Text, skill_codes: TextArray, entry_time: Instant, resign_time: Instant, assistant_status: Text,
        scd2_start_time: Instant, scd2_end_time: Instant, scd2_is_current: Flag,
    }
    "v_dwd_settlement" {
        order_settle_id: Id, settle_type: Integer, member_id: Id, site_table_id: Id, table_charge_money: Number,
        goods_money: Number, assistant_pd_money: Number, assistant_cx_money: Number, ledger_amount: Number,
        discount_amount: Number, card_paid: Number, cash_paid: Number, online_paid: Number, groupbuy_paid: Number,
        create_time: Instant, is_delete: Integer, loaded_at: Instant,
    }
    "v_dwd_assistant_service_log" {
        assistant_service_id: Id, order_settle_id: Id, site_assistant_id: Id, tenant_member_id: Id,
        site_table_id: Id, skill_name: Text, course_kind: Text, start_use_time: Instant, last_use_time: Instant,
        create_time: Instant, income_seconds: Integer, real_use_seconds: Integer, ledger_amount: Number,
        assistant_pd_money: Number, assistant_cx_money: Number, is_delete: Integer, loaded_at: Instant,
    }
    "v_dwd_recharge_order" {
        recharge_order_id: Id, member_id: Id, assistant_id: Id, card_kind: Text, pay_amount: Number,
        gift_amount: Number, is_first: Flag, create_time: Instant, is_delete: Integer, loaded_at: Instant,
    }
    "v_dwd_discount" {
        order_settle_id: Id, discount_type: Text, amount: Number, create_time: Instant, is_delete: Integer,
        loaded_at: Instant,
    }
    "v_dws_member_consumption_summary" {
        stat_date: Date, member_id: Id, first_consume_date: Date, last_consume_date: Date,
        total_visit_count: Integer, total_open_table_count: Integer, total_consume_amount: Number,
        visit_count_60d: Integer, consume_amount_60d: Number,
    }
    "v_dws_member_visit_detail" {
        visit_date: Date, member_id: Id, order_settle_id: Id, site_table_id: Id, consume_amount: Number,
        stay_minutes: Integer,
    }
    "v_dws_member_winback_index" { stat_date: Date, member_id: Id, wbi_score: Number, gap_days: Number }
    "v_dws_member_newconv_index" { stat_date: Date, member_id: Id, nci_score: Number }
    "v_dws_member_spending_power_index" { stat_date: Date, member_id: Id, spi_score: Number }
    "v_dws_member_stickiness_index" { stat_date: Date, member_id: Id, stickiness_score: Number }
    "v_dws_member_assistant_relation_index" {
        stat_date: Date, member_id: Id, assistant_id: Id, rs_score: Number, relation_index: Number,
        service_count_60d: Integer, hours_60d: Number, last_service_time: Instant,
    }
    "v_dws_assistant_daily_detail" {
        stat_date: Date, assistant_id: Id, assistant_level_code: Text, assistant_level_name: Text,
        base_hours: Number, bonus_hours: Number, base_income: Number, bonus_income: Number, service_count: Integer,
        customer_count: Integer, total_ledger_amount: Number,
    }
    "v_dws_assistant_customer_stats" {
        stat_date: Date, assistant_id: Id, member_id: Id, service_count_total: Integer, hours_total: Number,
        ledger_amount_total: Number, first_service_date: Date, last_service_date: Date,
    }
    "v_dws_assistant_salary_calc" {
        salary_month: Date, assistant_id: Id, assistant_level_name: Text, tier_id: Id, base_hours: Number,
        bonus_hours: Number, effective_hours: Number, base_course_price: Number, bonus_course_price: Number,
        base_income: Number, bonus_income: Number, recharge_commission: Number, goods_commission: Number,
        sprint_bonus: Number, reward: Number, deduction: Number, gross_salary: Number,
    }
    "v_dws_assistant_daily_salary" {
        stat_date: Date, salary_month: Date, assistant_id: Id, assistant_level_name: Text, tier_id: Id,
        base_hours: Number, bonus_hours: Number, effective_hours: Number, base_course_price: Number,
        bonus_course_price: Number, base_income: Number, bonus_income: Number, recharge_commission: Number,
        goods_commission: Number, sprint_bonus: Number, reward: Number, deduction: Number, gross_salary: Number,
    }
    "v_dws_assistant_recharge_commission" {
        stat_date: Date, assistant_id: Id, member_id: Id, recharge_amount: Number, commission: Number,
    }
    "v_dws_salary_adjustment" {
        adjustment_id: Id, kind: Text, assistant_id: Id, amount: Number, reason: Text, effective_date: Date,
    }
    "v_dws_finance_daily_summary" {
        stat_date: Date, gross_amount: Number, discount_amount: Number, confirmed_income: Number, cash_in: Number,
        cash_out: Number, recharge_in: Number, card_consumed: Number,
    }
    "v_dws_finance_recharge_summary" {
        stat_date: Date, card_kind: Text, new_amount: Number, first_amount: Number, renew_amount: Number,
        consumed_amount: Number, balance: Number,
    }
    "v_dws_finance_income_structure" {
        stat_date: Date, dimension: Text, category_name: Text, gross_amount: Number, discount_amount: Number,
        net_amount: Number,
    }
    "v_dws_finance_discount_detail" { stat_date: Date, discount_type: Text, amount: Number }
    "v_dws_finance_expense_summary" { stat_date: Date, expense_group: Text, item_name: Text, amount: Number }
    "v_dws_platform_settlement" { stat_date: Date, platform: Text, settled_amount: Number, service_fee: Number }
    "v_cfg_skill_type" { skill_code: Text, skill_name: Text, sort_order: Integer, is_active: Flag }
    "v_cfg_performance_tier" {
        tier_id: Id, tier_name: Text, min_hours: Number, base_course_price: Number, bonus_course_price: Number,
        sprint_bonus: Number, effective_from: Date,
    }
}
