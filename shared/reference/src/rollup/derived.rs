//! The derived tables, each with the `.sql` that defines it.

/// One derived table. In its statements `$1` and `$2` are the first and last business date, `$3` the hall.
pub struct Derived {
    /// Takes the dates out.
    pub clear: &'static str,
    /// Derives them from the facts, and from derived tables that stand before it.
    pub fill: &'static str,
    /// Days before the first date at which `$1` of `fill` stands, for what grows from day to day.
    pub lead: u64,
}

macro_rules! derived {
    ($table:literal, $date:literal, $columns:literal, $with:expr, $definition:expr, $lead:literal) => {
        Derived {
            clear: concat!(
                "DELETE FROM dws.",
                $table,
                " WHERE site_id = $3 AND ",
                $date,
                " BETWEEN $1 AND $2"
            ),
            fill: concat!(
                "INSERT INTO dws.",
                $table,
                " (site_id, ",
                $date,
                ", ",
                $columns,
                ") ",
                $with,
                " SELECT $3::bigint, d.* FROM (",
                $definition,
                ") AS d"
            ),
            lead: $lead,
        }
    };
    ($table:literal, $date:literal, $columns:literal, $definition:expr) => {
        derived!($table, $date, $columns, "", $definition, 0)
    };
}

macro_rules! shared {
    ($name:literal) => {
        include_str!(concat!("../../../warehouse/queries/definitions/", $name, ".sql"))
    };
}

macro_rules! own {
    ($name:literal) => {
        include_str!(concat!("../../queries/", $name, ".sql"))
    };
}

/// In the order in which they are filled.
pub const DERIVED: [Derived; 15] = [
    derived!(
        "member_consumption_summary",
        "stat_date",
        "member_id, first_consume_date, last_consume_date, total_visit_count, total_open_table_count,
         total_consume_amount, visit_count_60d, consume_amount_60d",
        shared!("consumption_summary")
    ),
    derived!("member_winback_index", "stat_date", "member_id, wbi_score, gap_days", shared!("winback_index")),
    derived!("member_newconv_index", "stat_date", "member_id, nci_score", shared!("newconv_index")),
    derived!(
        "member_spending_power_index",
        "stat_date",
        "member_id, spi_score",
        shared!("spending_power_index")
    ),
    derived!("member_stickiness_index", "stat_date", "member_id, stickiness_score", shared!("stickiness_index")),
    derived!(
        "member_assistant_relation_index",
        "stat_date",
        "member_id, assistant_id, rs_score, relation_index, service_count_60d, hours_60d, last_service_time",
        shared!("relation_index")
    ),
    derived!(
        "member_visit_detail",
        "visit_date",
        "member_id, order_settle_id, site_table_id, consume_amount, stay_minutes",
        own!("visit_detail")
    ),
    derived!(
        "assistant_daily_detail",
        "stat_date",
        "assistant_id, assistant_level_code, assistant_level_name, base_hours, bonus_hours, base_income, bonus_income,
         service_count, customer_count, total_ledger_amount",
        own!("assistant_daily_detail")
    ),
    derived!(
        "assistant_customer_stats",
        "stat_date",
        "assistant_id, member_id, service_count_total, hours_total, ledger_amount_total, first_service_date,
         last_service_date",
        own!("assistant_customer_stats")
    ),
    derived!(
        "assistant_daily_salary",
        "stat_date",
        "salary_month, assistant_id, assistant_level_name, tier_id, base_hours, bonus_hours, effective_hours,
         base_course_price, bonus_course_price, base_income, bonus_income, recharge_commission, goods_commission,
         sprint_bonus, reward, deduction, gross_salary",
        own!("daily_salary")
    ),
    derived!(
        "finance_recharge_summary",
        "stat_date",
        "card_kind, new_amount, first_amount, renew_amount, consumed_amount, balance",
        own!("recharge_summary")
    ),
    derived!(
        "finance_income_structure",
        "stat_date",
        "dimension, category_name, gross_amount, discount_amount, net_amount",
        own!("income_structure")
    ),
    derived!("finance_discount_detail", "stat_date", "discount_type, amount", own!("discount_detail")),
    derived!(
        "finance_expense_summary",
        "stat_date",
        "expense_group, item_name, amount",
        concat!("WITH pay AS MATERIALIZED (", own!("daily_salary"), ")"),
        own!("expense_summary"),
        1
    ),
    // Reads the expenses.
    derived!(
        "finance_daily_summary",
        "stat_date",
        "gross_amount, discount_amount, confirmed_income, cash_in, cash_out, recharge_in, card_consumed",
        own!("finance_daily_summary")
    ),
];
