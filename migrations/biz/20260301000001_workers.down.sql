DROP TABLE IF EXISTS biz.trigger_workers;
ALTER TABLE biz.trigger_runs DROP COLUMN IF EXISTS claim;
