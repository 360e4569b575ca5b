-- Reference warehouse: daily snapshots that the roll-up derives from the facts, and the inputs of pay.
-- Keys are (site_id, stat_date, …): "newest snapshot" is one step down the right edge of the key.
CREATE SCHEMA IF NOT EXISTS dws;
COMMENT ON SCHEMA dws IS 'Derived: one snapshot per hall and business date, frozen at the date''s cut-off.';

CREATE TABLE IF NOT EXISTS dws.rollup (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    rolled_up_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, stat_date)
);
COMMENT ON TABLE dws.rollup IS 'Which dates of which hall are rolled up, and when: a date is frozen once its cut-off has passed.';

CREATE TABLE IF NOT EXISTS dws.member_consumption_summary (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    first_consume_date date,
    last_consume_date date,
    total_visit_count integer NOT NULL,
    total_open_table_count integer NOT NULL,
    total_consume_amount numeric(12,2) NOT NULL,
    visit_count_60d integer NOT NULL,
    consume_amount_60d numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, member_id)
);
COMMENT ON TABLE dws.member_consumption_summary IS 'Every member who ever consumed; a visit is a business date with consumption.';

CREATE TABLE IF NOT EXISTS dws.member_winback_index (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    wbi_score numeric(4,2),
    gap_days numeric(6,2),
    PRIMARY KEY (site_id, stat_date, member_id)
);
COMMENT ON TABLE dws.member_winback_index IS 'WBI in [0,10]: overdue against one''s own rhythm, weighed by spending; gap_days is that rhythm.';

CREATE TABLE IF NOT EXISTS dws.member_newconv_index (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    nci_score numeric(4,2),
    PRIMARY KEY (site_id, stat_date, member_id)
);
COMMENT ON TABLE dws.member_newconv_index IS 'NCI in [0,10]: newly registered, hardly been here yet.';

CREATE TABLE IF NOT EXISTS dws.member_spending_power_index (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    spi_score numeric(4,2),
    PRIMARY KEY (site_id, stat_date, member_id)
);
COMMENT ON TABLE dws.member_spending_power_index IS 'SPI in [0,10]: spending and recharges of 180 days.';

CREATE TABLE IF NOT EXISTS dws.member_stickiness_index (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    stickiness_score numeric(4,2),
    PRIMARY KEY (site_id, stat_date, member_id)
);
COMMENT ON TABLE dws.member_stickiness_index IS 'Stickiness in [0,10]: visits, the recent ones weighing more.';

CREATE TABLE IF NOT EXISTS dws.member_assistant_relation_index (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    member_id bigint NOT NULL,
    assistant_id bigint NOT NULL,
    rs_score numeric(4,2),
    relation_index numeric(5,4),
    service_count_60d integer,
    hours_60d numeric(8,2),
    last_service_time timestamptz,
    PRIMARY KEY (site_id, stat_date, assistant_id, member_id)
);
COMMENT ON TABLE dws.member_assistant_relation_index IS 'Pairs with a service in 180 days: RS in [0,10] and relation_index = RS/10.';

CREATE TABLE IF NOT EXISTS dws.assistant_daily_salary (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    salary_month date NOT NULL,
    assistant_id bigint NOT NULL,
    assistant_level_name text,
    tier_id bigint,
    base_hours numeric(8,2) NOT NULL,
    bonus_hours numeric(8,2) NOT NULL,
    effective_hours numeric(8,2) NOT NULL,
    base_course_price numeric(12,2) NOT NULL,
    bonus_course_price numeric(12,2) NOT NULL,
    base_income numeric(12,2) NOT NULL,
    bonus_income numeric(12,2) NOT NULL,
    recharge_commission numeric(12,2) NOT NULL,
    goods_commission numeric(12,2) NOT NULL,
    sprint_bonus numeric(12,2) NOT NULL,
    reward numeric(12,2) NOT NULL,
    deduction numeric(12,2) NOT NULL,
    gross_salary numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, assistant_id)
);
COMMENT ON TABLE dws.assistant_daily_salary IS 'Pay of the month to date, one row per coach and day.';

CREATE TABLE IF NOT EXISTS dws.assistant_salary_calc (
    site_id bigint NOT NULL,
    salary_month date NOT NULL,
    assistant_id bigint NOT NULL,
    assistant_level_name text,
    tier_id bigint,
    base_hours numeric(8,2) NOT NULL,
    bonus_hours numeric(8,2) NOT NULL,
    effective_hours numeric(8,2) NOT NULL,
    base_course_price numeric(12,2) NOT NULL,
    bonus_course_price numeric(12,2) NOT NULL,
    base_income numeric(12,2) NOT NULL,
    bonus_income numeric(12,2) NOT NULL,
    recharge_commission numeric(12,2) NOT NULL,
    goods_commission numeric(12,2) NOT NULL,
    sprint_bonus numeric(12,2) NOT NULL,
    reward numeric(12,2) NOT NULL,
    deduction numeric(12,2) NOT NULL,
    gross_salary numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, salary_month, assistant_id)
);
COMMENT ON TABLE dws.assistant_salary_calc IS 'Pay of whole months: the daily row of the month''s last business date.';

-- Inputs of pay: calculated outside, or entered by people.
CREATE TABLE IF NOT EXISTS dws.assistant_recharge_commission (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    assistant_id bigint NOT NULL,
    member_id bigint NOT NULL,
    recharge_amount numeric(12,2) NOT NULL,
    commission numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, assistant_id, member_id)
);
COMMENT ON TABLE dws.assistant_recharge_commission IS 'Commission on recharges that a coach sold, per day and member.';

CREATE TABLE IF NOT EXISTS dws.assistant_goods_commission (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    assistant_id bigint NOT NULL,
    goods_amount numeric(12,2) NOT NULL,
    commission numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, assistant_id)
);
COMMENT ON TABLE dws.assistant_goods_commission IS 'Commission on drinks and food sold at a coach''s tables, per day.';

CREATE TABLE IF NOT EXISTS dws.salary_adjustment (
    site_id bigint NOT NULL,
    adjustment_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('deduction', 'reward', 'expense', 'income')),
    assistant_id bigint,
    amount numeric(12,2) NOT NULL,
    reason text NOT NULL,
    effective_date date NOT NULL,
    PRIMARY KEY (site_id, adjustment_id)
);
CREATE INDEX IF NOT EXISTS salary_adjustment_date ON dws.salary_adjustment (site_id, effective_date);
COMMENT ON TABLE dws.salary_adjustment IS 'Corrections entered by people: rewards and deductions of a coach, other income and expense.';
