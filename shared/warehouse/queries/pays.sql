-- $1: coaches or null for all, $2, $3: first days of the first and the last month, $4: today. Of each month the rows of
-- its newest stat_date up to today, not the newest of the coach.
WITH month AS (
    SELECT (
        SELECT max(d.stat_date)
        FROM app.v_dws_assistant_daily_salary d
        WHERE d.stat_date BETWEEN first AND least((first + interval '1 month - 1 day')::date, $4)
    ) AS stat_date
    FROM (SELECT n::date AS first FROM generate_series($2::date, $3::date, interval '1 month') AS n) AS m
)
SELECT p.assistant_id AS "assistant_id!", date_trunc('month', p.stat_date)::date AS "month!", p.stat_date AS "stat_date!",
       p.assistant_level_name AS level_name, p.tier_id,
       p.base_hours AS "base_hours!", p.bonus_hours AS "bonus_hours!", p.effective_hours AS "effective_hours!",
       p.base_course_price AS "base_course_price!", p.bonus_course_price AS "bonus_course_price!",
       p.base_income AS "base_income!", p.bonus_income AS "bonus_income!",
       p.recharge_commission AS "recharge_commission!", p.goods_commission AS "goods_commission!",
       p.sprint_bonus AS "sprint_bonus!", p.reward AS "reward!", p.deduction AS "deduction!",
       p.gross_salary AS "gross_salary!"
FROM app.v_dws_assistant_daily_salary p
-- An array, not a join: a handful of dates is a handful of steps into the index. The range says nothing new, but shows
-- the planner how little of the table that is.
WHERE p.stat_date = ANY (ARRAY(SELECT stat_date FROM month)) AND p.stat_date BETWEEN $2 AND $4
  AND ($1::bigint[] IS NULL OR p.assistant_id = ANY ($1))
ORDER BY p.assistant_id, p.stat_date
