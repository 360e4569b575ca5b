//! Migrations: each safe to run twice, each with a rollback that takes it back.
use proptest::prelude::*;
use sqlx::{PgPool, migrate::Migrator};
use testing::{Role, TestDbs};

/// Both schemas with their migrators, and the schemas whose objects are theirs.
fn subjects(dbs: &TestDbs) -> [(&PgPool, &'static Migrator, &'static [&'static str]); 2] {
    [
        (dbs.owner(), &store::migrate::MIGRATOR, &["auth", "biz", "public"]),
        (dbs.etl_owner(), &reference::MIGRATOR, &["app", "cfg", "dim", "dwd", "dws"]),
    ]
}

/// The catalog's lines about the given schemas.
async fn catalog(pool: &PgPool, schemas: &[&str]) -> Vec<String> {
    sqlx::query_scalar(include_str!("catalog.sql")).bind(schemas).fetch_all(pool).await.unwrap()
}

/// Every row of every table in the schemas.
async fn rows(pool: &PgPool, schemas: &[&str]) -> Vec<(String, String)> {
    sqlx::query_as(
        "SELECT c.oid::regclass::text,
                query_to_xml(format('SELECT * FROM %s AS t ORDER BY t::text', c.oid::regclass), false, false, '')::text
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1) ORDER BY 1",
    )
    .bind(schemas)
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Runs the text of some migrations again, in their order.
async fn again(pool: &PgPool, migrator: &Migrator, chosen: &[bool]) -> Result<(), String> {
    let ups = migrator.iter().filter(|m| m.migration_type.is_up_migration());
    for (migration, _) in ups.zip(chosen).filter(|(_, chosen)| **chosen) {
        let mut tx = pool.begin().await.map_err(|e| e.to_string())?;
        let run = sqlx::raw_sql(migration.sql.clone()).execute(&mut *tx).await;
        run.map_err(|e| format!("{} {}: {e}", migration.version, migration.description))?;
        tx.commit().await.map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Property 13 「迁移脚本幂等性」: after any edits an operator may have made, any of the migrations run a second time
/// succeed and leave catalog and rows as they are.
#[test]
fn property_13_migrations_run_twice_change_nothing() {
    let migrators = [&store::migrate::MIGRATOR, &reference::MIGRATOR];
    let count = migrators.iter().map(|migrator| migrator.iter().count()).max().unwrap();
    let chosen = prop::collection::vec(prop::bool::weighted(0.4), count);
    let cases = (chosen, 1..23_i16, "[0-5]?[0-9] [0-9] \\* \\* \\*", any::<bool>());
    let fresh = tokio::sync::OnceCell::new();
    testing::property::holds(&cases, async |dbs, (chosen, cutoff, cron, disabled)| {
        let fresh = fresh.get_or_init(|| catalogs(dbs)).await;
        edit(dbs.owner(), cutoff, &cron, disabled).await;
        for (pool, migrator, schemas) in subjects(dbs) {
            let before = rows(pool, schemas).await;
            again(pool, migrator, &chosen).await.map_err(TestCaseError::fail)?;
            prop_assert_eq!(before, rows(pool, schemas).await);
        }
        prop_assert_eq!(fresh, &catalogs(dbs).await);
        Ok(())
    });
}

/// Both databases' catalogs.
async fn catalogs(dbs: &TestDbs) -> [Vec<String>; 2] {
    let [(biz, _, ours), (etl, _, theirs)] = subjects(dbs);
    [catalog(biz, ours).await, catalog(etl, theirs).await]
}

/// What an operator may have changed since: seed rows must not come back over it.
async fn edit(owner: &PgPool, cutoff: i16, cron: &str, disabled: bool) {
    sqlx::query(
        "WITH hall AS (
             INSERT INTO biz.sites (site_id, site_code, name, business_day_cutoff_hour) VALUES (7, 'S7', 'hall', $1)
             ON CONFLICT (site_id) DO UPDATE SET business_day_cutoff_hour = $1)
         UPDATE biz.trigger_jobs
         SET trigger_config = jsonb_set(trigger_config, '{cron_expression}', to_jsonb($2::text)),
             status = CASE WHEN $3 THEN 'disabled' ELSE 'enabled' END
         WHERE job_name = 'task_generator'",
    )
    .bind(cutoff)
    .bind(cron)
    .bind(disabled)
    .execute(owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_seed_names_its_four_jobs_and_indexes() {
    let dbs = TestDbs::new().await.unwrap();
    let jobs: Vec<(String, String)> = sqlx::query_as(
        "SELECT job_name, trigger_condition FROM biz.trigger_jobs
         WHERE job_name IN ('task_generator', 'task_expiry_check', 'recall_completion_check', 'note_reclassify_backfill')
         ORDER BY job_name",
    )
    .fetch_all(dbs.owner())
    .await
    .unwrap();
    let jobs: Vec<_> = jobs.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    assert_eq!(
        jobs,
        [
            ("note_reclassify_backfill", "event"),
            ("recall_completion_check", "event"),
            ("task_expiry_check", "interval"),
            ("task_generator", "cron"),
        ]
    );
    for index in [
        "idx_coach_tasks_site_assistant_member_type",
        "idx_coach_tasks_assistant_status",
        "idx_notes_target",
        "idx_task_monthly_site_month",
        "idx_task_monthly_assistant",
    ] {
        let there: bool = sqlx::query_scalar("SELECT to_regclass('biz.' || $1) IS NOT NULL")
            .bind(index)
            .fetch_one(dbs.owner())
            .await
            .unwrap();
        assert!(there, "{index} is missing");
    }
}

#[tokio::test]
async fn every_rollback_takes_its_migration_back_and_all_come_up_again() {
    let dbs = TestDbs::new().await.unwrap();
    for (pool, migrator, schemas) in subjects(&dbs) {
        let whole = catalog(pool, schemas).await;
        let mut versions: Vec<i64> =
            migrator.iter().filter(|m| m.migration_type.is_up_migration()).map(|m| m.version).collect();
        versions.sort_unstable();
        let downs = migrator.iter().filter(|m| m.migration_type.is_down_migration()).count();
        assert_eq!(downs, versions.len(), "a migration without a rollback");
        let mut connection = pool.acquire().await.unwrap();
        while versions.pop().is_some() {
            let target = versions.last().copied().unwrap_or(0);
            migrator.undo(&mut *connection, target).await.unwrap_or_else(|e| panic!("down to {target}: {e}"));
        }
        let left: Vec<String> =
            catalog(pool, schemas).await.into_iter().filter(|l| !l.contains("_sqlx_migrations")).collect();
        let left: Vec<_> = left.iter().filter(|l| !l.starts_with("schema ")).collect();
        assert!(left.is_empty(), "left behind: {left:#?}");
        migrator.run(&mut *connection).await.unwrap();
        drop(connection);
        assert_eq!(whole, catalog(pool, schemas).await);
    }
    // A database that has been down and up again still is one that the whole set-up accepts.
    store::migrate::run(&dbs.biz_options(Role::Owner)).await.unwrap();
}
