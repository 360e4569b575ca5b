DELETE FROM biz.trigger_jobs WHERE job_name = 'note_ai_score';
REVOKE UPDATE (timezone, business_day_cutoff_hour, updated_at) ON biz.sites FROM zqyy_api;
DROP POLICY IF EXISTS api_everywhere ON auth.user_site_roles;
DROP POLICY IF EXISTS api_everywhere ON auth.user_assistant_binding;
DROP TABLE IF EXISTS public.member_retention_clue_version, public.member_retention_clue, biz.ai_calls, biz.rate_limits,
    biz.idempotency_keys, biz.audit_log, auth.wechat_tokens, auth.refresh_tokens, auth.applications;
DROP FUNCTION IF EXISTS auth.open_everywhere(bigint, integer), auth.open_account(bigint, integer);
