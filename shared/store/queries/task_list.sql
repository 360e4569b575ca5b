-- One page of tasks and the number of all that match, in one statement.
-- $1 site · $8 horizon · $2, $3 range of coaches (a range, not "or null", so that every plan uses the index) · $4 statuses in the
-- order in which they are listed · $5 type or null · $6 page size · $7 rows before the page
WITH
-- What places them alone: a site's list may be long, its page is short. Of one place are tasks of one status, pinned or not.
matching AS MATERIALIZED (
    SELECT id, 2 * array_position($4::text[], status) - is_pinned::int AS place, is_pinned, created_at, latest_score, score_may_differ
    FROM biz.task_places_at_moment($1, $8)
    WHERE assistant_id BETWEEN $2 AND $3 AND status = ANY ($4::text[])
      AND ($5::text IS NULL OR task_type = $5)
),
places AS (
    SELECT place, count(*) AS size, sum(count(*)) OVER (ORDER BY place)::bigint AS up_to
    FROM matching
    GROUP BY place
),
-- The places that the page has part in, and the tasks that come before all of them.
near AS (
    SELECT min(place) AS first, max(place) AS last, min(up_to - size) AS before
    FROM places
    WHERE up_to > $7 AND up_to - size < $7 + $6
),
-- A limit, not a numbering: the best few of many are found without sorting the rest.
page AS (
    SELECT m.id, m.place, m.is_pinned, m.created_at,
           CASE WHEN m.score_may_differ
                -- NaN: there was none then. No score is NaN.
                THEN nullif(coalesce((SELECT CASE WHEN s.created_at >= $8 THEN coalesce(s.priority_score, 'NaN') END
                                      FROM biz.coach_task_scores s
                                      WHERE s.site_id = $1 AND s.task_id = m.id AND s.valid_from < $8
                                      ORDER BY s.valid_from DESC
                                      LIMIT 1), m.latest_score), 'NaN')
                ELSE m.latest_score END AS priority_score
    FROM near JOIN matching AS m ON m.place BETWEEN near.first AND near.last
    ORDER BY m.place, priority_score DESC NULLS LAST, m.created_at, m.id
    LIMIT $6 OFFSET $7 - (SELECT before FROM near)
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
ORDER BY page.place, page.priority_score DESC NULLS LAST, page.created_at, page.id
