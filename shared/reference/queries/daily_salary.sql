-- $1, $2: first and last business date. Pay of the month up to each, of every coach who was there in that month.
-- Ranges of instants are a day wider than the dates: the business date decides, the range only spares reading the rest.
WITH hall AS MATERIALIZED (
    SELECT site_id, timezone AS zone, make_interval(hours => business_day_cutoff_hour::integer) AS cutoff
    FROM app.v_dim_site
),
dates AS MATERIALIZED (
    SELECT stat_date, date_trunc('month', stat_date)::date AS month,
           ((stat_date + 1) + hall.cutoff) AT TIME ZONE hall.zone AS ends
    FROM (SELECT $1::date + n AS stat_date FROM generate_series(0, $2::date - $1::date) AS n) AS d
    CROSS JOIN hall
),
-- The version valid at the end of the date; who left before the month has no pay in it.
staff AS MATERIALIZED (
    SELECT DISTINCT ON (d.stat_date, a.assistant_id) d.stat_date, d.month, a.assistant_id, a.level_name
    FROM dates d
    JOIN app.v_dim_assistant a
      ON a.scd2_start_time < d.ends AND (a.scd2_end_time IS NULL OR a.scd2_end_time >= d.ends)
    CROSS JOIN hall
    WHERE a.resign_time IS NULL OR ((a.resign_time AT TIME ZONE hall.zone) - hall.cutoff)::date >= d.month
    ORDER BY d.stat_date, a.assistant_id, a.scd2_start_time DESC
),
worked AS MATERIALIZED (
    SELECT s.site_assistant_id AS assistant_id,
           ((s.create_time AT TIME ZONE hall.zone) - hall.cutoff)::date AS day,
           coalesce(sum(s.income_seconds) FILTER (WHERE s.course_kind = 'base'), 0) AS base,
           coalesce(sum(s.income_seconds) FILTER (WHERE s.course_kind = 'bonus'), 0) AS bonus
    FROM app.v_dwd_assistant_service_log s
    CROSS JOIN hall
    WHERE s.is_delete = 0
      AND s.create_time >= (SELECT ((date_trunc('month', $1::date)::date - 1) + cutoff) AT TIME ZONE zone FROM hall)
      AND s.create_time < (SELECT (($2::date + 2) + cutoff) AT TIME ZONE zone FROM hall)
    GROUP BY 1, 2
),
-- Commissions come from outside, corrections from people; both by date.
extra AS MATERIALIZED (
    SELECT assistant_id, day, sum(recharge) AS recharge, sum(goods) AS goods, sum(reward) AS reward, sum(deduction) AS deduction
    FROM (
        SELECT assistant_id, stat_date AS day, commission AS recharge, 0 AS goods, 0 AS reward, 0 AS deduction
        FROM dws.assistant_recharge_commission
        WHERE site_id = (SELECT site_id FROM hall) AND stat_date BETWEEN date_trunc('month', $1::date)::date AND $2
        UNION ALL
        SELECT assistant_id, stat_date, 0, commission, 0, 0
        FROM dws.assistant_goods_commission
        WHERE site_id = (SELECT site_id FROM hall) AND stat_date BETWEEN date_trunc('month', $1::date)::date AND $2
        UNION ALL
        SELECT assistant_id, effective_date, 0, 0,
               CASE kind WHEN 'reward' THEN amount ELSE 0 END, CASE kind WHEN 'deduction' THEN amount ELSE 0 END
        FROM dws.salary_adjustment
        WHERE site_id = (SELECT site_id FROM hall)
          AND effective_date BETWEEN date_trunc('month', $1::date)::date AND $2
          AND kind IN ('reward', 'deduction')
          AND assistant_id IS NOT NULL
    ) AS item
    GROUP BY 1, 2
),
hours AS (
    SELECT st.stat_date, st.month, st.assistant_id, st.level_name,
           coalesce(sum(w.base), 0) AS base, coalesce(sum(w.bonus), 0) AS bonus
    FROM staff st
    LEFT JOIN worked w ON w.assistant_id = st.assistant_id AND w.day BETWEEN st.month AND st.stat_date
    GROUP BY 1, 2, 3, 4
),
extras AS (
    SELECT st.stat_date, st.assistant_id,
           coalesce(sum(e.recharge), 0) AS recharge, coalesce(sum(e.goods), 0) AS goods,
           coalesce(sum(e.reward), 0) AS reward, coalesce(sum(e.deduction), 0) AS deduction
    FROM staff st
    LEFT JOIN extra e ON e.assistant_id = st.assistant_id AND e.day BETWEEN st.month AND st.stat_date
    GROUP BY 1, 2
),
-- The highest tier whose hours are reached, of the set in force; income is exact hours at its prices.
paid AS (
    SELECT h.stat_date, h.month, h.assistant_id, h.level_name, t.tier_id,
           h.base, h.bonus,
           coalesce(t.base_course_price, 0) AS base_price,
           coalesce(t.bonus_course_price, 0) AS bonus_price,
           round(h.base * coalesce(t.base_course_price, 0) / 3600, 2) AS base_income,
           round(h.bonus * coalesce(t.bonus_course_price, 0) / 3600, 2) AS bonus_income,
           e.recharge, e.goods, coalesce(t.sprint_bonus, 0) AS sprint, e.reward, e.deduction
    FROM hours h
    JOIN extras e USING (stat_date, assistant_id)
    LEFT JOIN LATERAL (
        SELECT p.tier_id, p.base_course_price, p.bonus_course_price, p.sprint_bonus
        FROM app.v_cfg_performance_tier p
        WHERE p.effective_from <= h.stat_date AND p.min_hours * 3600 <= h.base + h.bonus
          AND p.effective_from = (
              SELECT max(f.effective_from) FROM app.v_cfg_performance_tier f WHERE f.effective_from <= h.stat_date
          )
        ORDER BY p.min_hours DESC
        LIMIT 1
    ) AS t ON true
)
SELECT stat_date, month AS salary_month, assistant_id, level_name AS assistant_level_name, tier_id,
       round(base / 3600.0, 2) AS base_hours,
       round(bonus / 3600.0, 2) AS bonus_hours,
       round((base + bonus) / 3600.0, 2) AS effective_hours,
       base_price AS base_course_price, bonus_price AS bonus_course_price, base_income, bonus_income,
       recharge AS recharge_commission, goods AS goods_commission, sprint AS sprint_bonus, reward, deduction,
       base_income + bonus_income + recharge + goods + sprint + reward - deduction AS gross_salary
FROM paid
ORDER BY stat_date, assistant_id
