-- $1: date, $2: coach, $3: member. Whether the date has a snapshot at all, and what it says of the pair.
SELECT EXISTS (SELECT FROM app.v_dws_member_assistant_relation_index WHERE stat_date = $1) AS "there!",
       (SELECT rs_score FROM app.v_dws_member_assistant_relation_index
        WHERE stat_date = $1 AND assistant_id = $2 AND member_id = $3 AND rs_score BETWEEN 0 AND 10) AS rs,
       (SELECT relation_index FROM app.v_dws_member_assistant_relation_index
        WHERE stat_date = $1 AND assistant_id = $2 AND member_id = $3 AND relation_index BETWEEN 0 AND 1) AS relation_index
