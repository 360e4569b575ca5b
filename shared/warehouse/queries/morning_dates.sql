-- $1: today. The newest date of the relation index (S), and for the two other views S where they have it, else their own newest.
-- By ranges, never by equality: the newest date up to another is one index probe under every plan, while "has it this
-- date?" is answered by reading the table until a row is met.
WITH relation AS (
    SELECT max(stat_date) AS s
    FROM app.v_dws_member_assistant_relation_index
    WHERE stat_date <= $1
), up_to AS (
    SELECT relation.s,
           (SELECT max(w.stat_date) FROM app.v_dws_member_winback_index w WHERE w.stat_date <= relation.s) AS winback,
           (SELECT max(n.stat_date) FROM app.v_dws_member_newconv_index n WHERE n.stat_date <= relation.s) AS newconv
    FROM relation
)
SELECT s AS relation_date,
       CASE WHEN winback = s THEN s
            ELSE (SELECT max(w.stat_date) FROM app.v_dws_member_winback_index w WHERE w.stat_date <= $1)
       END AS winback_date,
       CASE WHEN newconv = s THEN s
            ELSE (SELECT max(n.stat_date) FROM app.v_dws_member_newconv_index n WHERE n.stat_date <= $1)
       END AS newconv_date
FROM up_to
