-- $1: member, $2, $3: from and until (exclusive). What each coach did for the member, and sold to them.
SELECT coalesce(w.assistant_id, r.assistant_id) AS "assistant_id!",
       coalesce(w.services, 0) AS "services!",
       round(coalesce(w.base, 0) / 3600.0, 2) AS "base_hours!",
       round(coalesce(w.bonus, 0) / 3600.0, 2) AS "bonus_hours!",
       round((coalesce(w.base, 0) + coalesce(w.bonus, 0)) / 3600.0, 2) AS "hours!",
       round((w.base + w.bonus) / 3600.0 / w.services, 2) AS average_hours,
       coalesce(r.paid, 0) AS "recharged!"
FROM (
    SELECT site_assistant_id AS assistant_id, count(*) AS services,
           coalesce(sum(income_seconds) FILTER (WHERE course_kind = 'base'), 0) AS base,
           coalesce(sum(income_seconds) FILTER (WHERE course_kind = 'bonus'), 0) AS bonus
    FROM app.v_dwd_assistant_service_log
    WHERE tenant_member_id = $1 AND tenant_member_id <> 0 AND is_delete = 0 AND create_time >= $2 AND create_time < $3
    GROUP BY 1
) AS w
FULL JOIN (
    SELECT assistant_id, sum(pay_amount) AS paid
    FROM app.v_dwd_recharge_order
    WHERE member_id = $1 AND assistant_id IS NOT NULL AND is_delete = 0 AND create_time >= $2 AND create_time < $3
    GROUP BY 1
) AS r ON r.assistant_id = w.assistant_id
ORDER BY 1
