-- The contract: views app.v_*, each cut to the hall named by app.current_site_id; unset (or '' after a SET LOCAL) → no rows.
-- Not security_barrier: the reader names the hall himself, so a barrier would keep nothing from him, while it would
-- keep the planner from answering "newest stat_date" with one index step.
CREATE SCHEMA IF NOT EXISTS app;
COMMENT ON SCHEMA app IS 'What readers may see: views cut to one hall.';

CREATE OR REPLACE VIEW app.v_dim_site AS
    SELECT site_id, site_name, timezone, business_day_cutoff_hour
    FROM dim.site
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dim_site IS 'The hall itself: name, zone, cut-off hour.';

CREATE OR REPLACE VIEW app.v_dim_member AS
    SELECT site_id, member_id, nickname, mobile, gender, birthday, grade_name, register_time,
           scd2_start_time, scd2_end_time, scd2_is_current
    FROM dim.member
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dim_member IS 'Members, SCD2. The only source of a member''s name and phone.';

CREATE OR REPLACE VIEW app.v_dim_member_card_account AS
    SELECT site_id, card_account_id, tenant_member_id, card_kind, card_type_name, balance, scd2_start_time,
           scd2_end_time, scd2_is_current
    FROM dim.member_card_account
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dim_member_card_account IS 'Cards, SCD2. The only source of a balance: the sum over card_kind = stored of the versions valid at the moment.';

CREATE OR REPLACE VIEW app.v_dim_assistant AS
    SELECT site_id, assistant_id, real_name, nickname, avatar_url, mobile, level_code, level_name,
           skill_codes, entry_time, resign_time, assistant_status, scd2_start_time, scd2_end_time,
           scd2_is_current
    FROM dim.assistant
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dim_assistant IS 'Coaches, SCD2.';

CREATE OR REPLACE VIEW app.v_dwd_settlement AS
    SELECT site_id, order_settle_id, settle_type, member_id, site_table_id, table_charge_money, goods_money,
           assistant_pd_money, assistant_cx_money, ledger_amount, discount_amount, card_paid, cash_paid,
           online_paid, groupbuy_paid, create_time, is_delete, loaded_at
    FROM dwd.settlement
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dwd_settlement IS 'Settlements, void ones included; ledger_amount is the only amount used as revenue.';

CREATE OR REPLACE VIEW app.v_dwd_assistant_service_log AS
    SELECT site_id, assistant_service_id, order_settle_id, site_assistant_id, tenant_member_id,
           site_table_id, skill_name, course_kind, start_use_time, last_use_time, create_time,
           income_seconds, real_use_seconds, ledger_amount, assistant_pd_money, assistant_cx_money,
           is_delete, loaded_at
    FROM dwd.assistant_service_log
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dwd_assistant_service_log IS 'Services of coaches, void ones included.';

CREATE OR REPLACE VIEW app.v_dwd_recharge_order AS
    SELECT site_id, recharge_order_id, member_id, assistant_id, card_kind, pay_amount, gift_amount,
           is_first, create_time, is_delete, loaded_at
    FROM dwd.recharge_order
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dwd_recharge_order IS 'Recharges, void ones included.';

CREATE OR REPLACE VIEW app.v_dwd_discount AS
    SELECT site_id, order_settle_id, discount_type, amount, create_time, is_delete, loaded_at
    FROM dwd.discount
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dwd_discount IS 'Discounts by kind, void ones included.';

CREATE OR REPLACE VIEW app.v_dws_member_consumption_summary AS
    SELECT site_id, stat_date, member_id, first_consume_date, last_consume_date, total_visit_count,
           total_open_table_count, total_consume_amount, visit_count_60d, consume_amount_60d
    FROM dws.member_consumption_summary
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_consumption_summary IS 'Daily: each member''s visits and spending.';

CREATE OR REPLACE VIEW app.v_dws_member_winback_index AS
    SELECT site_id, stat_date, member_id, wbi_score, gap_days
    FROM dws.member_winback_index
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_winback_index IS 'Daily: WBI and the member''s own rhythm in days.';

CREATE OR REPLACE VIEW app.v_dws_member_newconv_index AS
    SELECT site_id, stat_date, member_id, nci_score
    FROM dws.member_newconv_index
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_newconv_index IS 'Daily: NCI.';

CREATE OR REPLACE VIEW app.v_dws_member_spending_power_index AS
    SELECT site_id, stat_date, member_id, spi_score
    FROM dws.member_spending_power_index
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_spending_power_index IS 'Daily: SPI.';

CREATE OR REPLACE VIEW app.v_dws_member_stickiness_index AS
    SELECT site_id, stat_date, member_id, stickiness_score
    FROM dws.member_stickiness_index
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_stickiness_index IS 'Daily: stickiness.';

CREATE OR REPLACE VIEW app.v_dws_member_assistant_relation_index AS
    SELECT site_id, stat_date, member_id, assistant_id, rs_score, relation_index, service_count_60d,
           hours_60d, last_service_time
    FROM dws.member_assistant_relation_index
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_member_assistant_relation_index IS 'Daily: RS and relation_index of every pair of member and coach.';

CREATE OR REPLACE VIEW app.v_dws_assistant_salary_calc AS
    SELECT site_id, salary_month, assistant_id, assistant_level_name, tier_id, base_hours, bonus_hours,
           effective_hours, base_course_price, bonus_course_price, base_income, bonus_income,
           recharge_commission, goods_commission, sprint_bonus, reward, deduction, gross_salary
    FROM dws.assistant_salary_calc
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_assistant_salary_calc IS 'Monthly: pay of whole months.';

CREATE OR REPLACE VIEW app.v_dws_assistant_daily_salary AS
    SELECT site_id, stat_date, salary_month, assistant_id, assistant_level_name, tier_id, base_hours,
           bonus_hours, effective_hours, base_course_price, bonus_course_price, base_income, bonus_income,
           recharge_commission, goods_commission, sprint_bonus, reward, deduction, gross_salary
    FROM dws.assistant_daily_salary
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_assistant_daily_salary IS 'Daily: pay of the month to date. All pay shown is the newest row of that month.';

CREATE OR REPLACE VIEW app.v_dws_assistant_recharge_commission AS
    SELECT site_id, stat_date, assistant_id, member_id, recharge_amount, commission
    FROM dws.assistant_recharge_commission
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_assistant_recharge_commission IS 'Daily: commission on recharges that a coach sold.';

CREATE OR REPLACE VIEW app.v_dws_salary_adjustment AS
    SELECT site_id, adjustment_id, kind, assistant_id, amount, reason, effective_date
    FROM dws.salary_adjustment
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_dws_salary_adjustment IS 'Corrections entered by people, by effective_date.';

CREATE OR REPLACE VIEW app.v_cfg_skill_type AS
    SELECT site_id, skill_code, skill_name, sort_order, is_active
    FROM cfg.skill_type
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_cfg_skill_type IS 'What a coach can teach.';

CREATE OR REPLACE VIEW app.v_cfg_performance_tier AS
    SELECT site_id, tier_id, tier_name, min_hours, base_course_price, bonus_course_price, sprint_bonus,
           effective_from
    FROM cfg.performance_tier
    WHERE site_id = NULLIF(current_setting('app.current_site_id', true), '')::bigint;
COMMENT ON VIEW app.v_cfg_performance_tier IS 'Pay tiers; the newest effective_from is the set in force.';

-- The reader sees the views and nothing behind them.
GRANT USAGE ON SCHEMA app TO zqyy_etl_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO zqyy_etl_reader;
