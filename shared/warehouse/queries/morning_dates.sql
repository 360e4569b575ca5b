-- $1: today. The newest date of the relation index (S), and for the two other views S where they have it, else their own newest.
WITH relation AS (
    SELECT max(stat_date) AS s
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
)
SELECT relation.s AS relation_date,
       CASE WHEN EXISTS (SELECT FROM app.v_dws_member_winback_index w WHERE w.stat_date = relation.s) THEN relation.s
            ELSE (SELECT max(w.stat_date) FROM app.v_dws_member_winback_index w WHERE w.stat_date <= $1)
       END AS winback_date,
       CASE WHEN EXISTS (SELECT FROM app.v_dws_member_newconv_index n WHERE n.stat_date = relation.s) THEN relation.s
            ELSE (SELECT max(n.stat_date) FROM app.v_dws_member_newconv_index n WHERE n.stat_date <= $1)
       END AS newconv_date
FROM relation
