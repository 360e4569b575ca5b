-- Reference warehouse, the rest of it: what coaches did day by day, and the hall's money. Tables, then what the ETL
-- brings besides the facts: where a table stands, what was spent, what platforms paid out.
CREATE TABLE IF NOT EXISTS dim.site_table (
    site_id bigint NOT NULL,
    site_table_id bigint NOT NULL,
    area_name text NOT NULL,
    PRIMARY KEY (site_id, site_table_id)
);
COMMENT ON TABLE dim.site_table IS 'Which area a table stands in; a settlement without a known table belongs to no area (其他).';

CREATE TABLE IF NOT EXISTS dwd.expense (
    site_id bigint NOT NULL,
    expense_id bigint NOT NULL,
    expense_group text NOT NULL CHECK (expense_group IN ('operation', 'fixed')),
    item_name text NOT NULL,
    amount numeric(12,2) NOT NULL,
    expense_date date NOT NULL,
    PRIMARY KEY (site_id, expense_id)
);
CREATE INDEX IF NOT EXISTS expense_date ON dwd.expense (site_id, expense_date);
COMMENT ON TABLE dwd.expense IS 'What the hall spent, entered by people; coaches'' pay and platforms'' fees are derived and not entered here.';

CREATE TABLE IF NOT EXISTS dws.platform_settlement (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    platform text NOT NULL,
    settled_amount numeric(12,2) NOT NULL,
    service_fee numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, platform)
);
COMMENT ON TABLE dws.platform_settlement IS 'What a group-buying platform settled for a date; the platforms'' own statements, not derived.';

-- A coach's day and a visit are of their own date alone; who asks for a period reads a range of the key.
CREATE TABLE IF NOT EXISTS dws.member_visit_detail (
    site_id bigint NOT NULL,
    visit_date date NOT NULL,
    member_id bigint NOT NULL,
    order_settle_id bigint NOT NULL,
    site_table_id bigint,
    consume_amount numeric(12,2) NOT NULL,
    stay_minutes integer,
    PRIMARY KEY (site_id, visit_date, order_settle_id)
);
CREATE INDEX IF NOT EXISTS member_visit_detail_member ON dws.member_visit_detail (site_id, member_id, visit_date);
COMMENT ON TABLE dws.member_visit_detail IS 'Each consumption of a member; several on one date are one visit.';

CREATE TABLE IF NOT EXISTS dws.assistant_daily_detail (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    assistant_id bigint NOT NULL,
    assistant_level_code text,
    assistant_level_name text,
    base_hours numeric(8,2) NOT NULL,
    bonus_hours numeric(8,2) NOT NULL,
    base_income numeric(12,2) NOT NULL,
    bonus_income numeric(12,2) NOT NULL,
    service_count integer NOT NULL,
    customer_count integer NOT NULL,
    total_ledger_amount numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, assistant_id)
);
COMMENT ON TABLE dws.assistant_daily_detail IS 'One day of each coach who was there: hours, income at the price of the tier reached that day, whom and how much.';

CREATE TABLE IF NOT EXISTS dws.assistant_customer_stats (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    assistant_id bigint NOT NULL,
    member_id bigint NOT NULL,
    service_count_total integer NOT NULL,
    hours_total numeric(8,2) NOT NULL,
    ledger_amount_total numeric(12,2) NOT NULL,
    first_service_date date NOT NULL,
    last_service_date date NOT NULL,
    PRIMARY KEY (site_id, stat_date, assistant_id, member_id)
);
COMMENT ON TABLE dws.assistant_customer_stats IS 'Every pair that ever had a service, with its totals up to the date.';

CREATE TABLE IF NOT EXISTS dws.finance_daily_summary (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    gross_amount numeric(12,2) NOT NULL,
    discount_amount numeric(12,2) NOT NULL,
    confirmed_income numeric(12,2) NOT NULL,
    cash_in numeric(12,2) NOT NULL,
    cash_out numeric(12,2) NOT NULL,
    recharge_in numeric(12,2) NOT NULL,
    card_consumed numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date)
);
COMMENT ON TABLE dws.finance_daily_summary IS 'A day''s money. Group-buying comes in once: as the platforms settled it, else as the till booked it.';

CREATE TABLE IF NOT EXISTS dws.finance_recharge_summary (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    card_kind text NOT NULL,
    new_amount numeric(12,2) NOT NULL,
    first_amount numeric(12,2) NOT NULL,
    renew_amount numeric(12,2) NOT NULL,
    consumed_amount numeric(12,2) NOT NULL,
    balance numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, card_kind)
);
COMMENT ON TABLE dws.finance_recharge_summary IS 'A day''s movements of each kind of card, and what the cards of that kind hold at its end.';

CREATE TABLE IF NOT EXISTS dws.finance_income_structure (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    dimension text NOT NULL CHECK (dimension IN ('area', 'item')),
    category_name text NOT NULL,
    gross_amount numeric(12,2) NOT NULL,
    discount_amount numeric(12,2) NOT NULL,
    net_amount numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, dimension, category_name)
);
COMMENT ON TABLE dws.finance_income_structure IS 'A day''s income by area and, once more, by item; either sums to the day''s gross and discount.';

CREATE TABLE IF NOT EXISTS dws.finance_discount_detail (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    discount_type text NOT NULL,
    amount numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, discount_type)
);
COMMENT ON TABLE dws.finance_discount_detail IS 'A day''s discounts on consumption, by kind.';

CREATE TABLE IF NOT EXISTS dws.finance_expense_summary (
    site_id bigint NOT NULL,
    stat_date date NOT NULL,
    expense_group text NOT NULL CHECK (expense_group IN ('operation', 'fixed', 'coach', 'platform')),
    item_name text NOT NULL,
    amount numeric(12,2) NOT NULL,
    PRIMARY KEY (site_id, stat_date, expense_group, item_name)
);
COMMENT ON TABLE dws.finance_expense_summary IS 'A day''s expenses: as entered, what coaches'' pay of the month grew by, and the platforms'' fees.';

CREATE OR REPLACE VIEW app.v_dws_member_visit_detail AS
    SELECT site_id, visit_date, member_id, order_settle_id, site_table_id, consume_amount, stay_minutes
    FROM dws.member_visit_detail
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_visit_detail IS 'Each consumption of a member, by business date.';

CREATE OR REPLACE VIEW app.v_dws_assistant_daily_detail AS
    SELECT site_id, stat_date, assistant_id, assistant_level_code, assistant_level_name, base_hours, bonus_hours,
           base_income, bonus_income, service_count, customer_count, total_ledger_amount
    FROM dws.assistant_daily_detail
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_assistant_daily_detail IS 'Daily: one day of a coach; a period is the sum of its days.';

CREATE OR REPLACE VIEW app.v_dws_assistant_customer_stats AS
    SELECT site_id, stat_date, assistant_id, member_id, service_count_total, hours_total, ledger_amount_total,
           first_service_date, last_service_date
    FROM dws.assistant_customer_stats
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_assistant_customer_stats IS 'Daily: totals of every pair of coach and member up to the date.';

CREATE OR REPLACE VIEW app.v_dws_finance_daily_summary AS
    SELECT site_id, stat_date, gross_amount, discount_amount, confirmed_income, cash_in, cash_out, recharge_in,
           card_consumed
    FROM dws.finance_daily_summary
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_finance_daily_summary IS 'Daily: the hall''s money, walk-ins included.';

CREATE OR REPLACE VIEW app.v_dws_finance_recharge_summary AS
    SELECT site_id, stat_date, card_kind, new_amount, first_amount, renew_amount, consumed_amount, balance
    FROM dws.finance_recharge_summary
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_finance_recharge_summary IS 'Daily: movements and balance of each kind of card.';

CREATE OR REPLACE VIEW app.v_dws_finance_income_structure AS
    SELECT site_id, stat_date, dimension, category_name, gross_amount, discount_amount, net_amount
    FROM dws.finance_income_structure
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_finance_income_structure IS 'Daily: income by area, and by item.';

CREATE OR REPLACE VIEW app.v_dws_finance_discount_detail AS
    SELECT site_id, stat_date, discount_type, amount
    FROM dws.finance_discount_detail
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_finance_discount_detail IS 'Daily: discounts by kind.';

CREATE OR REPLACE VIEW app.v_dws_finance_expense_summary AS
    SELECT site_id, stat_date, expense_group, item_name, amount
    FROM dws.finance_expense_summary
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_finance_expense_summary IS 'Daily: expenses in four groups, by item.';

CREATE OR REPLACE VIEW app.v_dws_platform_settlement AS
    SELECT site_id, stat_date, platform, settled_amount, service_fee
    FROM dws.platform_settlement
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_platform_settlement IS 'Daily: what group-buying platforms settled, before their fee.';

GRANT SELECT ON app.v_dws_member_visit_detail, app.v_dws_assistant_daily_detail, app.v_dws_assistant_customer_stats,
    app.v_dws_finance_daily_summary, app.v_dws_finance_recharge_summary, app.v_dws_finance_income_structure,
    app.v_dws_finance_discount_detail, app.v_dws_finance_expense_summary, app.v_dws_platform_settlement
    TO zqyy_etl_reader;
