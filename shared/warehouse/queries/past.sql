-- $1: the end of a past business date, $2: whether to look for the first fact there is, void or not. That, and whether facts dated before $1 were
-- written, or voided, at or after it. A fact of the last day is found by its time; an older one came a day late
-- then, which few do (`+ '0'`: the planner takes them for a third of all, and would look for them by their time, too).
SELECT CASE WHEN $2 THEN least((SELECT min(create_time) FROM app.v_dwd_settlement),
                               (SELECT min(create_time) FROM app.v_dwd_assistant_service_log),
                               (SELECT min(create_time) FROM app.v_dwd_recharge_order)) END AS first_fact,
       (EXISTS (SELECT FROM app.v_dwd_settlement
                WHERE create_time < $1 AND create_time >= $1 - interval '24 hours' AND loaded_at >= $1)
        OR EXISTS (SELECT FROM app.v_dwd_settlement
                   WHERE create_time + interval '0' < $1 AND loaded_at >= $1 AND loaded_at - create_time > interval '24 hours')
        OR EXISTS (SELECT FROM app.v_dwd_assistant_service_log
                   WHERE create_time < $1 AND create_time >= $1 - interval '24 hours' AND loaded_at >= $1)
        OR EXISTS (SELECT FROM app.v_dwd_assistant_service_log
                   WHERE create_time + interval '0' < $1 AND loaded_at >= $1 AND loaded_at - create_time > interval '24 hours')
        OR EXISTS (SELECT FROM app.v_dwd_recharge_order
                   WHERE create_time < $1 AND create_time >= $1 - interval '24 hours' AND loaded_at >= $1)
        OR EXISTS (SELECT FROM app.v_dwd_recharge_order
                   WHERE create_time + interval '0' < $1 AND loaded_at >= $1 AND loaded_at - create_time > interval '24 hours')
        OR EXISTS (SELECT FROM app.v_dwd_discount
                   WHERE create_time < $1 AND create_time >= $1 - interval '24 hours' AND loaded_at >= $1)
        OR EXISTS (SELECT FROM app.v_dwd_discount
                   WHERE create_time + interval '0' < $1 AND loaded_at >= $1 AND loaded_at - create_time > interval '24 hours')
       ) AS "revised!"
