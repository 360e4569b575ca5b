-- $1: the date. The set of tiers in force: all rows of the newest effective_from.
SELECT t.tier_id AS "tier_id!",
       t.tier_name AS "tier_name!",
       t.min_hours AS "min_hours!",
       t.base_course_price AS "base_course_price!",
       t.bonus_course_price AS "bonus_course_price!",
       t.sprint_bonus AS "sprint_bonus!"
FROM app.v_cfg_performance_tier t
WHERE t.effective_from = (
    SELECT max(e.effective_from) FROM app.v_cfg_performance_tier e WHERE e.effective_from <= $1
)
ORDER BY t.min_hours, t.tier_id
