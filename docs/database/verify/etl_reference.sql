-- check: a settlement's ledger is the sum of its four parts
SELECT 'a settlement''s ledger is the sum of its four parts' AS violation, site_id, order_settle_id
FROM dwd.settlement
WHERE is_delete = 0
  AND ledger_amount <> table_charge_money + goods_money + assistant_pd_money + assistant_cx_money;

-- check: the four payments make the ledger less the discount
SELECT 'the four payments make the ledger less the discount' AS violation, site_id, order_settle_id
FROM dwd.settlement
WHERE is_delete = 0 AND settle_type IN (1, 3)
  AND card_paid + cash_paid + online_paid + groupbuy_paid <> ledger_amount - discount_amount;

-- check: a settlement's services sum to its course money
SELECT 'a settlement''s services sum to its course money' AS violation, s.site_id, s.order_settle_id
FROM dwd.settlement s
LEFT JOIN dwd.assistant_service_log l
    ON l.site_id = s.site_id AND l.order_settle_id = s.order_settle_id AND l.is_delete = 0
WHERE s.is_delete = 0
GROUP BY s.site_id, s.order_settle_id, s.assistant_pd_money, s.assistant_cx_money
HAVING coalesce(sum(l.assistant_pd_money), 0) <> s.assistant_pd_money
    OR coalesce(sum(l.assistant_cx_money), 0) <> s.assistant_cx_money;

-- check: base services carry pd money alone, bonus services cx money alone
SELECT 'base services carry pd money alone, bonus services cx money alone' AS violation, site_id, assistant_service_id
FROM dwd.assistant_service_log
WHERE ledger_amount <> assistant_pd_money + assistant_cx_money
   OR course_kind = 'base' AND assistant_cx_money <> 0
   OR course_kind = 'bonus' AND assistant_pd_money <> 0;

-- check: discounts by kind sum to the settlement's discount
SELECT 'discounts by kind sum to the settlement''s discount' AS violation, s.site_id, s.order_settle_id
FROM dwd.settlement s
LEFT JOIN dwd.discount d ON d.site_id = s.site_id AND d.order_settle_id = s.order_settle_id AND d.is_delete = 0
WHERE s.is_delete = 0
GROUP BY s.site_id, s.order_settle_id, s.discount_amount
HAVING coalesce(sum(d.amount), 0) <> s.discount_amount;

-- check: versions of a member, card or coach do not overlap
SELECT 'versions of a member, card or coach do not overlap' AS violation, kind, site_id, id, scd2_start_time
FROM (
    SELECT kind, site_id, id, scd2_start_time, scd2_end_time, scd2_is_current,
           lead(scd2_start_time) OVER (PARTITION BY kind, site_id, id ORDER BY scd2_start_time) AS next_start
    FROM (
        SELECT 'member', site_id, member_id, scd2_start_time, scd2_end_time, scd2_is_current FROM dim.member
        UNION ALL
        SELECT 'card', site_id, card_account_id, scd2_start_time, scd2_end_time, scd2_is_current
        FROM dim.member_card_account
        UNION ALL
        SELECT 'coach', site_id, assistant_id, scd2_start_time, scd2_end_time, scd2_is_current FROM dim.assistant
    ) AS versions (kind, site_id, id, scd2_start_time, scd2_end_time, scd2_is_current)
) AS v
WHERE scd2_end_time <= scd2_start_time
   OR next_start IS NOT NULL AND (scd2_end_time IS NULL OR scd2_end_time > next_start)
   OR (scd2_is_current = 1) <> (next_start IS NULL);

-- check: pay adds up
SELECT 'pay adds up' AS violation, site_id, stat_date, assistant_id
FROM dws.assistant_daily_salary
WHERE effective_hours <> base_hours + bonus_hours
   OR gross_salary <> base_income + bonus_income + recharge_commission + goods_commission + sprint_bonus
                      + reward - deduction;

-- check: every index lies in its range
SELECT 'every index lies in its range' AS violation, site_id, stat_date, member_id, assistant_id
FROM dws.member_assistant_relation_index
WHERE rs_score NOT BETWEEN 0 AND 10 OR relation_index NOT BETWEEN 0 AND 1;

-- check: a day's income by area and by item is the day's
SELECT 'a day''s income by area and by item is the day''s' AS violation, d.site_id, d.stat_date, i.dimension
FROM dws.finance_daily_summary d
JOIN (
    SELECT site_id, stat_date, dimension, sum(gross_amount) AS gross, sum(discount_amount) AS discount, sum(net_amount) AS net
    FROM dws.finance_income_structure
    GROUP BY 1, 2, 3
) AS i USING (site_id, stat_date)
WHERE (i.gross, i.discount, i.net) IS DISTINCT FROM (d.gross_amount, d.discount_amount, d.confirmed_income);

-- check: a day's expenses are its cash out
SELECT 'a day''s expenses are its cash out' AS violation, d.site_id, d.stat_date
FROM dws.finance_daily_summary d
LEFT JOIN (SELECT site_id, stat_date, sum(amount) AS spent FROM dws.finance_expense_summary GROUP BY 1, 2) AS e
    USING (site_id, stat_date)
WHERE d.cash_out <> coalesce(e.spent, 0);

-- check: what is put on stored cards is first or later
SELECT 'what is put on stored cards is first or later' AS violation, site_id, stat_date
FROM dws.finance_recharge_summary
WHERE card_kind = 'stored' AND new_amount <> first_amount + renew_amount
   OR card_kind <> 'stored' AND (first_amount, renew_amount) <> (0, 0);
