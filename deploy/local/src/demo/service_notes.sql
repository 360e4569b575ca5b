-- Notes that coaches write after playing with a member; some were scored by the AI at the time.
-- $1 site, $2 coaches, $3 members, $4 ends of service (parallel arrays), $5 seed.
INSERT INTO biz.notes (site_id, user_id, assistant_id, target_type, target_id, type, content, ai_score, ai_analysis,
    ai_scored_at, created_at, updated_at)
SELECT $1, b.user_id, b.assistant_id, 'member', n.member_id, 'normal',
       (ARRAY['今天状态不错，翻袋有进步。', '带了朋友一起来，朋友也想办卡。', '抱怨周末人多排队，建议他工作日下午来。',
              '准备参加比赛，想加练走位。', '打了两小时，说下周还来。', '最近加班多，来得少了。'])[1 + n.roll % 6],
       n.score, CASE WHEN n.score IS NOT NULL THEN CASE WHEN n.score >= 6 THEN '意向明确，已有约定。' ELSE '内容较泛，建议再跟进。' END END,
       CASE WHEN n.score IS NOT NULL THEN n.at + interval '20 seconds' END,
       n.at, n.at
FROM (
    SELECT assistant_id, member_id, roll,
           ended + make_interval(mins => (1 + roll % 5)::integer) AS at,
           CASE WHEN roll % 10 < 6 THEN 3 + roll % 7 END AS score
    FROM (
        SELECT s.*, (hashtextextended(assistant_id || ':' || member_id || '@' || ended, $5::bigint) & 9223372036854775807) % 10000
                   AS roll
        FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[]) AS s (assistant_id, member_id, ended)
    ) AS rolled
    WHERE roll < 1500
) AS n
JOIN auth.user_assistant_binding b ON b.site_id = $1 AND b.assistant_id = n.assistant_id
