DROP TABLE IF EXISTS biz.dws_assistant_task_monthly, biz.ai_cache, biz.notes, biz.coach_task_history,
    biz.coach_task_scores, biz.coach_tasks, biz.task_rules;
