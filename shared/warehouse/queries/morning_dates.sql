-- $1: today. The newest date of the relation index (S), and for the two other views S where they have it, else their own newest.
-- max() of one date, not EXISTS: it is one index probe under every plan.
WITH relation AS (
    SELECT max(stat_date) AS s
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
)
SELECT relation.s AS relation_date,
       coalesce((SELECT max(w.stat_date) FROM app.v_dws_member_winback_index w WHERE w.stat_date = relation.s),
                (SELECT max(w.stat_date) FROM app.v_dws_member_winback_index w WHERE w.stat_date <= $1)) AS winback_date,
       coalesce((SELECT max(n.stat_date) FROM app.v_dws_member_newconv_index n WHERE n.stat_date = relation.s),
                (SELECT max(n.stat_date) FROM app.v_dws_member_newconv_index n WHERE n.stat_date <= $1)) AS newconv_date
FROM relation
