-- $1: the day before the first business date, $2: the last. Expenses of each: as entered, what pay of the month grew by,
-- platforms' fees. Reads `pay`, the daily salary of the same dates.
WITH grown AS (
    -- The hall's pay of the month so far, by item, and by how much it is more than the day before.
    SELECT stat_date, item_name, amount - lag(amount, 1, 0) OVER (PARTITION BY salary_month, item_name ORDER BY stat_date) AS amount
    FROM (
        SELECT p.stat_date, p.salary_month, i.item_name, sum(i.amount) AS amount
        FROM pay p
        CROSS JOIN LATERAL (VALUES
            ('基础课', p.base_income), ('激励课', p.bonus_income), ('充值提成', p.recharge_commission),
            ('酒水提成', p.goods_commission), ('冲刺奖金', p.sprint_bonus), ('奖惩', p.reward - p.deduction)
        ) AS i (item_name, amount)
        GROUP BY 1, 2, 3
    ) AS so_far
)
SELECT stat_date, expense_group, item_name, sum(amount) AS amount
FROM (
    SELECT e.expense_date AS stat_date, e.expense_group, e.item_name, e.amount
    FROM dwd.expense e
    WHERE e.site_id = (SELECT site_id FROM app.v_dim_site)
    UNION ALL
    SELECT stat_date, 'coach', item_name, amount FROM grown
    UNION ALL
    SELECT stat_date, 'platform', platform, service_fee FROM app.v_dws_platform_settlement
) AS expense
WHERE stat_date > $1 AND stat_date <= $2
GROUP BY 1, 2, 3
HAVING sum(amount) <> 0
ORDER BY 1, 2, 3
