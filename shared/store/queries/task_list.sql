-- One page of tasks and the number of all that match, in one statement.
-- $1 site · $8 horizon · $2, $3 range of coaches (a range, not "or null", so that every plan uses the index) · $4 statuses in the
-- order in which they are listed · $5 type or null · $6 page size · $7 rows before the page
WITH
-- Keys alone: a site's list may be long, its page is short.
matching AS MATERIALIZED (
    SELECT id, array_position($4::text[], status) AS status_place, is_pinned, priority_score, created_at
    FROM biz.tasks_at_moment($1, $8)
    WHERE assistant_id BETWEEN $2 AND $3 AND status = ANY ($4::text[])
      AND ($5::text IS NULL OR task_type = $5)
),
-- A limit, not a numbering: the best few of many are found without sorting the rest.
page AS (
    SELECT id, status_place, is_pinned, priority_score, created_at
    FROM matching
    ORDER BY status_place, is_pinned DESC, priority_score DESC NULLS LAST, created_at, id
    LIMIT $6 OFFSET $7
)
-- The count keeps its row when the page is empty.
SELECT found.total AS "total!",
       t.id AS "id?",
       t.assistant_id AS "assistant_id?",
       t.member_id AS "member_id?",
       t.task_type AS "task_type?",
       t.status AS "status?",
       page.is_pinned AS "is_pinned?",
       page.priority_score,
       t.expires_at,
       page.created_at AS "created_at?",
       t.abandon_reason,
       t.reason::text AS reason
FROM (SELECT count(*) FROM matching) AS found (total)
LEFT JOIN page ON true
LEFT JOIN LATERAL (SELECT * FROM biz.tasks_at_moment($1, $8) AS one WHERE one.id = page.id LIMIT 1) AS t ON true
ORDER BY page.status_place, page.is_pinned DESC, page.priority_score DESC NULLS LAST, page.created_at, page.id
