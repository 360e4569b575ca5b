-- A hall of the size that the session's settings say: people, facts and snapshots by generate_series. Coaches are 11, 12, …,
-- members 1001, 1002, …; every tenth service is of coach 11 and every twentieth consumption of member 1001.
CREATE TEMP TABLE big AS
SELECT current_setting('big.site')::bigint AS site, current_setting('big.today')::date AS today,
       (current_setting('big.today')::date + time '08:00') AT TIME ZONE 'Asia/Shanghai' AS dawn,
       current_setting('big.coaches')::integer AS coaches, current_setting('big.members')::integer AS members,
       current_setting('big.days')::integer AS days, current_setting('big.settlements')::integer AS settlements;

INSERT INTO dim.assistant (site_id, assistant_id, nickname, level_code, level_name, skill_codes, entry_time, scd2_start_time)
SELECT site, 10 + n, '助教' || n, 'senior', '高级', '{eight}', dawn - interval '3 years', dawn - interval '3 years'
FROM big, generate_series(1, coaches) AS n
ON CONFLICT DO NOTHING;

INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order)
SELECT site, 'eight', '中式八球', 1 FROM big
ON CONFLICT DO NOTHING;

-- The version before, and the one that holds.
INSERT INTO dim.member (site_id, member_id, nickname, mobile, grade_name, register_time, scd2_start_time, scd2_end_time, scd2_is_current)
SELECT site, 1000 + n, '会员' || n, '139' || lpad(n::text, 8, '0'), '金卡', dawn - interval '2 years',
       dawn - interval '2 years' + v * interval '1 year', CASE v WHEN 0 THEN dawn - interval '1 year' END, v
FROM big, generate_series(1, members) AS n, generate_series(0, 1) AS v
ON CONFLICT DO NOTHING;

-- Ten versions of each card, a day apart.
INSERT INTO dim.member_card_account (site_id, card_account_id, tenant_member_id, card_kind, balance, scd2_start_time, scd2_end_time, scd2_is_current)
SELECT site, 900000 + n, 1000 + n, 'stored', 100 + (n * 7 + v) % 900, dawn - (10 - v) * interval '1 day',
       CASE WHEN v < 9 THEN dawn - (9 - v) * interval '1 day' END, (v = 9)::integer
FROM big, generate_series(1, members) AS n, generate_series(0, 9) AS v
ON CONFLICT DO NOTHING;

INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, member_id, site_table_id, table_charge_money, goods_money,
    assistant_pd_money, assistant_cx_money, ledger_amount, discount_amount, card_paid, cash_paid, online_paid, groupbuy_paid,
    create_time, loaded_at, is_delete)
SELECT site, i, CASE WHEN i % 10 = 0 THEN 3 ELSE 1 END,
       CASE WHEN i % 5 = 0 THEN NULL WHEN i % 20 = 1 THEN 1001 ELSE 1001 + i::bigint * 7919 % members END,
       1 + i % 18, 60, 20, 90, 30, 200, 20, 60, 40, 60, 20,
       at, at + interval '8 hours', (i % 97 = 0)::integer
FROM big, generate_series(1, settlements) AS i,
     LATERAL (SELECT dawn - make_interval(secs => (settlements - i + 1)::double precision * days * 86400 / settlements) AS at) AS told
ON CONFLICT DO NOTHING;

-- A base course in each settlement, a bonus course in every third.
INSERT INTO dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id, tenant_member_id,
    site_table_id, skill_name, course_kind, start_use_time, last_use_time, create_time, loaded_at, income_seconds, real_use_seconds,
    ledger_amount, assistant_pd_money, assistant_cx_money, is_delete)
SELECT s.site_id, s.order_settle_id * 2 + k, s.order_settle_id,
       CASE WHEN s.order_settle_id % 10 = 0 THEN 11 ELSE 11 + s.order_settle_id * 31 % coaches END,
       coalesce(s.member_id, 0), s.site_table_id, '中式八球', CASE k WHEN 0 THEN 'base' ELSE 'bonus' END,
       s.create_time - interval '1 hour', s.create_time, s.create_time, s.loaded_at, 3600, 3600,
       CASE k WHEN 0 THEN 90 ELSE 30 END, CASE k WHEN 0 THEN 90 ELSE 0 END, CASE k WHEN 0 THEN 0 ELSE 30 END, s.is_delete
FROM big
JOIN dwd.settlement s ON s.site_id = site
CROSS JOIN generate_series(0, 1) AS k
WHERE k = 0 OR s.order_settle_id % 3 = 0
ON CONFLICT DO NOTHING;

INSERT INTO dwd.discount (site_id, order_settle_id, discount_type, amount, create_time, loaded_at, is_delete)
SELECT s.site_id, s.order_settle_id, 'member', 20, s.create_time, s.loaded_at, s.is_delete
FROM big JOIN dwd.settlement s ON s.site_id = site
WHERE s.order_settle_id % 3 = 0
ON CONFLICT DO NOTHING;

INSERT INTO dwd.recharge_order (site_id, recharge_order_id, member_id, assistant_id, card_kind, pay_amount, gift_amount, create_time, loaded_at)
SELECT site, n * 10 + r, 1000 + n, CASE r % 2 WHEN 0 THEN 11 + n % coaches END, 'stored', 500, 50, at, at + interval '8 hours'
FROM big, generate_series(1, members) AS n, generate_series(0, 4) AS r,
     LATERAL (SELECT dawn - make_interval(secs => ((n * 5 + r)::bigint * 7919 % days)::double precision * 86400 + 3600) AS at) AS told
ON CONFLICT DO NOTHING;

INSERT INTO dws.member_visit_detail (site_id, visit_date, member_id, order_settle_id, site_table_id, consume_amount, stay_minutes)
SELECT s.site_id, ((s.create_time AT TIME ZONE 'Asia/Shanghai') - interval '8 hours')::date, s.member_id, s.order_settle_id,
       s.site_table_id, s.ledger_amount, 60
FROM big JOIN dwd.settlement s ON s.site_id = site
WHERE s.member_id IS NOT NULL AND s.is_delete = 0
ON CONFLICT DO NOTHING;

-- Thirty days of what is daily per member, ten of what is daily per pair; each member has three coaches.
INSERT INTO dws.member_consumption_summary (site_id, stat_date, member_id, first_consume_date, last_consume_date,
    total_visit_count, total_open_table_count, total_consume_amount, visit_count_60d, consume_amount_60d)
SELECT site, today - d, 1000 + n, today - days, today - d - n % 50, 40, 30, 8000 + n, 1 + n % 12, 200 * (1 + n % 12)
FROM big, generate_series(0, 29) AS d, generate_series(1, members) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.member_winback_index (site_id, stat_date, member_id, wbi_score, gap_days)
SELECT site, today - d, 1000 + n, (n * 37 % 1001)::numeric / 100, 3 + n % 20
FROM big, generate_series(0, 9) AS d, generate_series(1, members) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.member_spending_power_index (site_id, stat_date, member_id, spi_score)
SELECT site, today - d, 1000 + n, (n * 61 % 1001)::numeric / 100
FROM big, generate_series(0, 9) AS d, generate_series(1, members) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.member_newconv_index (site_id, stat_date, member_id, nci_score)
SELECT site, today - d, 1000 + n, (n * 13 % 1001)::numeric / 100
FROM big, generate_series(0, 9) AS d, generate_series(1, members) AS n
ON CONFLICT DO NOTHING;

CREATE TEMP TABLE pair AS
SELECT DISTINCT 1000 + n AS member_id, CASE WHEN k = 0 AND n % 4 = 0 THEN 11 ELSE 11 + (n + k * 17) % coaches END AS assistant_id
FROM big, generate_series(1, members) AS n, generate_series(0, 2) AS k;

INSERT INTO dws.member_assistant_relation_index (site_id, stat_date, member_id, assistant_id, rs_score, relation_index,
    service_count_60d, hours_60d, last_service_time)
SELECT site, today - d, member_id, assistant_id, (member_id * assistant_id % 1001)::numeric / 100,
       (member_id * assistant_id % 1001)::numeric / 1000, 4, 6, dawn - interval '3 days'
FROM big, generate_series(0, 9) AS d, pair
ON CONFLICT DO NOTHING;

INSERT INTO dws.assistant_customer_stats (site_id, stat_date, assistant_id, member_id, service_count_total, hours_total,
    ledger_amount_total, first_service_date, last_service_date)
SELECT site, today - d, assistant_id, member_id, 9, 12, 1080, today - member_id::integer % days, today - d
FROM big, generate_series(0, 9) AS d, pair
ON CONFLICT DO NOTHING;

INSERT INTO dws.assistant_daily_detail (site_id, stat_date, assistant_id, assistant_level_code, assistant_level_name, base_hours,
    bonus_hours, base_income, bonus_income, service_count, customer_count, total_ledger_amount)
SELECT site, today - d, 10 + n, 'senior', '高级', 5, 1, 450, 180, 6, 5, 1000
FROM big, generate_series(1, days) AS d, generate_series(1, coaches) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.assistant_daily_salary (site_id, stat_date, salary_month, assistant_id, assistant_level_name, tier_id, base_hours,
    bonus_hours, effective_hours, base_course_price, bonus_course_price, base_income, bonus_income, recharge_commission,
    goods_commission, sprint_bonus, reward, deduction, gross_salary)
SELECT site, today - d, date_trunc('month', today - d)::date, 10 + n, '高级', 2, 95, 10, 105, 90, 180, 8550, 1800, 100, 50, 0, 0, 0, 10500
FROM big, generate_series(1, days) AS d, generate_series(1, coaches) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.assistant_recharge_commission (site_id, stat_date, assistant_id, member_id, recharge_amount, commission)
SELECT site, today - d, 10 + n, 1001 + (d * 31 + n) % members, 500, 25
FROM big, generate_series(1, days) AS d, generate_series(1, coaches) AS n
ON CONFLICT DO NOTHING;

INSERT INTO dws.finance_daily_summary (site_id, stat_date, gross_amount, discount_amount, confirmed_income, cash_in, cash_out,
    recharge_in, card_consumed)
SELECT site, today - d, 70000, 7000, 63000, 50000, 30000, 10000, 20000 FROM big, generate_series(1, days) AS d
ON CONFLICT DO NOTHING;

INSERT INTO dws.finance_recharge_summary (site_id, stat_date, card_kind, new_amount, first_amount, renew_amount, consumed_amount, balance)
SELECT site, today - d, kind, 1000, 400, 600, 900, 50000
FROM big, generate_series(1, days) AS d, unnest(ARRAY['stored', 'gift_table', 'gift_drink', 'gift_voucher']) AS kind
ON CONFLICT DO NOTHING;

INSERT INTO dws.finance_income_structure (site_id, stat_date, dimension, category_name, gross_amount, discount_amount, net_amount)
SELECT site, today - d, split[1], split[2], 17500, 1750, 15750
FROM big, generate_series(1, days) AS d,
     (VALUES (ARRAY['area', '大厅']), (ARRAY['area', '包厢']), (ARRAY['item', '台费']), (ARRAY['item', '酒水'])) AS v (split)
ON CONFLICT DO NOTHING;

INSERT INTO dws.finance_discount_detail (site_id, stat_date, discount_type, amount)
SELECT site, today - d, kind, 1400
FROM big, generate_series(1, days) AS d, unnest(ARRAY['groupbuy', 'member', 'gift_card', 'manual', 'other']) AS kind
ON CONFLICT DO NOTHING;

INSERT INTO dws.finance_expense_summary (site_id, stat_date, expense_group, item_name, amount)
SELECT site, today - d, kind, kind || '支出', 7500
FROM big, generate_series(1, days) AS d, unnest(ARRAY['operation', 'fixed', 'coach', 'platform']) AS kind
ON CONFLICT DO NOTHING;

INSERT INTO dws.platform_settlement (site_id, stat_date, platform, settled_amount, service_fee)
SELECT site, today - d, '团购平台', 3000, 180 FROM big, generate_series(1, days) AS d WHERE d % 2 = 0
ON CONFLICT DO NOTHING;

DROP TABLE big, pair;
