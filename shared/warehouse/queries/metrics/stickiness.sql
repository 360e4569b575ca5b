-- $1: date, $2: member. Whether the date has a snapshot at all, and what it says of the member.
SELECT EXISTS (SELECT FROM app.v_dws_member_stickiness_index WHERE stat_date = $1) AS "there!",
       (SELECT stickiness_score FROM app.v_dws_member_stickiness_index
        WHERE stat_date = $1 AND member_id = $2 AND stickiness_score BETWEEN 0 AND 10) AS score
