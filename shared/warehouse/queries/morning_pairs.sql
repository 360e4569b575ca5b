-- $1: S. Every pair of S with its three indices in hundredths; null = missing, -1 = NaN or outside [0, 10]
-- (NaN sorts above every number, so the range test catches it; the cast rounds).
SELECT r.assistant_id AS "assistant_id!",
       r.member_id AS "member_id!",
       CASE WHEN r.rs_score IS NULL THEN NULL
            WHEN r.rs_score BETWEEN 0 AND 10 THEN (r.rs_score::numeric * 100)::smallint
            ELSE -1::smallint END AS rs,
       CASE WHEN w.wbi_score IS NULL THEN NULL
            WHEN w.wbi_score BETWEEN 0 AND 10 THEN (w.wbi_score::numeric * 100)::smallint
            ELSE -1::smallint END AS wbi,
       CASE WHEN n.nci_score IS NULL THEN NULL
            WHEN n.nci_score BETWEEN 0 AND 10 THEN (n.nci_score::numeric * 100)::smallint
            ELSE -1::smallint END AS nci
FROM app.v_dws_member_assistant_relation_index r
LEFT JOIN app.v_dws_member_winback_index w ON w.stat_date = $1 AND w.member_id = r.member_id
LEFT JOIN app.v_dws_member_newconv_index n ON n.stat_date = $1 AND n.member_id = r.member_id
WHERE r.stat_date = $1 AND r.member_id <> 0 AND r.assistant_id IS NOT NULL
ORDER BY r.assistant_id, r.member_id
