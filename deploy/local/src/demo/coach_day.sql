-- What the coaches of a hall did on one business day of the replay, in one statement.
-- $1 site, $2 start of the day, $3 seed. Each task rolls its own dice, so that the same seed tells the same story.
WITH rolled AS (
    SELECT t.site_id, t.id, t.assistant_id, t.member_id, t.task_type, t.is_pinned, b.user_id,
           (hashtextextended(t.id || '@' || $2::timestamptz, $3::bigint) & 9223372036854775807) % 10000 AS roll
    FROM biz.coach_tasks t
    JOIN auth.user_assistant_binding b ON b.site_id = t.site_id AND b.assistant_id = t.assistant_id
    WHERE t.site_id = $1 AND t.status = 'active' AND t.created_at < $2
),
-- Six hours after the cut-off at the earliest: people sleep.
acts AS (
    SELECT r.*, $2::timestamptz + make_interval(hours => 6, mins => (roll % 480)::integer) AS at,
           CASE
               WHEN task_type = 'follow_up_visit' AND roll < 3500 THEN 'completed'
               WHEN task_type = 'relationship_building' AND roll < 150 THEN 'completed'
               WHEN task_type <> 'follow_up_visit' AND roll BETWEEN 9900 AND 9939 THEN 'abandoned'
               WHEN NOT is_pinned AND roll >= 9960 THEN 'pinned'
           END AS act
    FROM rolled r
),
-- A reason for each that was given up.
reasoned AS (
    SELECT a.*, CASE WHEN act = 'abandoned'
                     THEN (ARRAY['客人搬去外地了', '客人说近期出差，下月再联系', '电话一直打不通'])[1 + roll % 3] END AS abandon_reason
    FROM acts a WHERE act IS NOT NULL
),
changed AS (
    UPDATE biz.coach_tasks t
    SET status = CASE r.act WHEN 'pinned' THEN t.status ELSE r.act END,
        is_pinned = t.is_pinned OR r.act = 'pinned',
        abandon_reason = r.abandon_reason,
        completed_at = CASE WHEN r.act = 'completed' THEN r.at END,
        completed_task_type = CASE WHEN r.act = 'completed' THEN r.task_type END,
        updated_at = r.at
    FROM reasoned r
    WHERE t.site_id = r.site_id AND t.id = r.id
),
-- A visit paid or a talk had is written down.
written AS (
    INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content, task_id,
        rating_service_willingness, rating_revisit_likelihood, created_at, updated_at)
    SELECT site_id, user_id, assistant_id, 'member', member_id,
           CASE task_type WHEN 'follow_up_visit' THEN 'follow_up' ELSE 'normal' END,
           (ARRAY['回访了，客人对上次练球很满意。', '聊了近况，约好周末过来打两局。', '客人想换时段，已记下来。',
                  '介绍了新到的球杆，客人有兴趣。'])[1 + roll % 4],
           id, 3 + roll % 3, 2 + roll % 4, at, at
    FROM reasoned WHERE act = 'completed'
)
INSERT INTO biz.coach_task_history (site_id, task_id, action, old_status, new_status, old_task_type, new_task_type,
    actor_user_id, detail, created_at)
SELECT site_id, id, act, 'active', CASE act WHEN 'pinned' THEN 'active' ELSE act END, task_type, task_type, user_id,
       CASE act
           WHEN 'abandoned' THEN jsonb_build_object('abandonReason', jsonb_build_object('before', NULL, 'after', abandon_reason))
           WHEN 'pinned' THEN '{"isPinned": {"before": false, "after": true}}'
           ELSE '{}'
       END,
       at
FROM reasoned
