//! The committed files are fresh, nothing is undocumented, and each verification query finds what it looks for.
#![expect(clippy::disallowed_types, reason = "the committed DDL is read at run time")]
use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Row as _, postgres::PgConnectOptions};
use testing::{Role, TestDbs, provision::Kind};

use super::{area::Area, catalog::Catalog, ddl, page::checks, root};

#[tokio::test]
async fn everything_has_a_comment_and_a_manual() {
    let dbs = TestDbs::new().await.unwrap();
    let mut gaps = Catalog::read(dbs.owner()).await.unwrap().gaps(Kind::Biz);
    gaps.extend(Catalog::read(dbs.etl_owner()).await.unwrap().gaps(Kind::Etl));
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}

#[tokio::test]
async fn what_has_no_comment_or_manual_is_named() {
    let dbs = TestDbs::new().await.unwrap();
    sqlx::raw_sql("CREATE TABLE biz.bare (id bigint); CREATE SCHEMA other; CREATE TABLE other.stray ();")
        .execute(dbs.owner())
        .await
        .unwrap();
    let gaps = Catalog::read(dbs.owner()).await.unwrap().gaps(Kind::Biz);
    assert_eq!(
        gaps,
        [
            "biz.bare has no comment",
            "biz.bare.id has no comment",
            "other.stray has no comment",
            "other.stray is in no manual: add it to deploy/local/src/manuals/area.rs",
        ]
    );
}

#[tokio::test]
async fn committed_manuals_and_ddl_are_fresh() {
    let dbs = TestDbs::new().await.unwrap();
    // Other versions word expressions otherwise; the rest of these tests runs on all of them.
    if ddl::server_major(&dbs).await.unwrap() != super::MAJOR {
        return;
    }
    let stale: Vec<String> = super::documents(&dbs, &root())
        .await
        .unwrap()
        .into_iter()
        .filter(|d| std::fs::read_to_string(root().join(&d.path)).ok().as_deref() != Some(&d.text))
        .map(|d| d.path)
        .collect();
    assert!(stale.is_empty(), "stale: {stale:?}; run `cargo run -p local -- regenerate`");
}

/// Everything but comments, which the DDL leaves out.
async fn shape(pool: &PgPool) -> String {
    let mut catalog = Catalog::read(pool).await.unwrap();
    for table in &mut catalog.tables {
        table.comment = None;
        table.columns.iter_mut().for_each(|column| column.comment = None);
    }
    catalog.functions.iter_mut().for_each(|function| function.comment = None);
    format!("{catalog:#?}")
}

#[tokio::test]
async fn committed_ddl_makes_what_the_migrations_make() {
    let dbs = TestDbs::new().await.unwrap();
    let drop_biz = "DROP SCHEMA auth, biz CASCADE;
        DROP TABLE public.member_retention_clue, public.member_retention_clue_version";
    let drop_etl = "DROP SCHEMA app, cfg, dim, dwd, dws CASCADE";
    for (kind, pool, drop) in [(Kind::Biz, dbs.owner(), drop_biz), (Kind::Etl, dbs.etl_owner(), drop_etl)] {
        let migrated = shape(pool).await;
        let database = pool.connect_options().get_database().unwrap().to_owned();
        let mut connection = PgConnection::connect_with(&dbs.superuser().database(&database)).await.unwrap();
        sqlx::raw_sql(drop).execute(&mut connection).await.unwrap();
        let ddl = std::fs::read_to_string(root().join(ddl::path(kind))).unwrap();
        sqlx::raw_sql(AssertSqlSafe(ddl)).execute(&mut connection).await.unwrap();
        let made = shape(pool).await;
        for (line, wanted) in made.lines().zip(migrated.lines()) {
            assert_eq!(line, wanted, "{kind:?}");
        }
        assert_eq!(made.len(), migrated.len(), "{kind:?}");
    }
}

/// The checks of an area that find something.
async fn found(connection: &mut PgConnection, area: Area) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (name, sql) in checks(area.checks()) {
        let rows =
            sqlx::query(sql).fetch_all(&mut *connection).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        for row in rows {
            assert_eq!(row.get::<&str, _>(0), name, "the first column repeats the check's name");
            found.insert(name);
        }
    }
    found
}

fn options(dbs: &TestDbs, area: Area, role: Role) -> PgConnectOptions {
    match area.database() {
        Kind::Biz => dbs.biz_options(role),
        Kind::Etl => dbs.etl_options(role),
    }
}

#[tokio::test]
async fn verification_finds_nothing_in_migrated_databases() {
    let dbs = TestDbs::new().await.unwrap();
    for area in Area::ALL {
        assert!(checks(area.checks()).count() >= 3, "{area:?} has too few checks");
        // The role with which people look.
        let mut connection = PgConnection::connect_with(&options(&dbs, area, Role::Readonly)).await.unwrap();
        assert_eq!(found(&mut connection, area).await, BTreeSet::new(), "{area:?}");
    }
}

#[tokio::test]
async fn each_check_finds_what_it_looks_for() {
    let dbs = TestDbs::new().await.unwrap();
    for area in Area::ALL {
        let wrongs: Vec<_> = WRONGS.iter().filter(|(of, ..)| *of == area).collect();
        let names: BTreeSet<_> = checks(area.checks()).map(|(name, _)| name).collect();
        assert_eq!(wrongs.iter().map(|(_, name, _)| *name).collect::<BTreeSet<_>>(), names, "{area:?}");
        let database = options(&dbs, area, Role::Owner).get_database().unwrap().to_owned();
        let mut connection = PgConnection::connect_with(&dbs.superuser().database(&database)).await.unwrap();
        for (_, name, wrong) in wrongs {
            let mut tx = connection.begin().await.unwrap();
            // What no constraint lets in any more may have come in before it was there.
            sqlx::query("SET LOCAL session_replication_role = replica").execute(&mut *tx).await.unwrap();
            sqlx::raw_sql(*wrong).execute(&mut *tx).await.unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(found(&mut tx, area).await.contains(name), "not found: {name}");
            tx.rollback().await.unwrap();
        }
    }
}

/// For each check, something wrong that it has to find.
const WRONGS: &[(Area, &str, &str)] = &[
    (
        Area::Auth,
        "a coach holds only permissions over what is one's own",
        "INSERT INTO auth.role_permissions (role_code, permission_code) VALUES ('coach', 'ops')",
    ),
    (
        Area::Auth,
        "whoever is bound to a site has a role there",
        "INSERT INTO auth.user_assistant_binding (site_id, user_id, assistant_id) VALUES (1, 1, 1)",
    ),
    (
        Area::Auth,
        "passwords are kept as argon2id hashes",
        "INSERT INTO auth.users (username, password_hash) VALUES ('someone', 'secret')",
    ),
    (
        Area::Auth,
        "tables with a site_id force row-level security for api and worker",
        "ALTER TABLE auth.user_site_roles NO FORCE ROW LEVEL SECURITY",
    ),
    (
        Area::Auth,
        "definer functions belong to zqyy_definer, pin their search_path and are not open to everyone",
        "ALTER FUNCTION auth.sites_of(bigint) RESET search_path",
    ),
    (Area::Auth, "zqyy_definer cannot log in", "ALTER ROLE zqyy_definer LOGIN"),
    (
        Area::Biz,
        "a task's newest history row says its status",
        "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type) VALUES (1, 1, 1, 'priority_recall')",
    ),
    (
        Area::Biz,
        "a follow-up visit follows a completed recall of the same coach and member",
        "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type) VALUES (1, 1, 1, 'follow_up_visit')",
    ),
    (
        Area::Biz,
        "no active task is more than two hours past its end",
        "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, expires_at)
         VALUES (1, 1, 1, 'priority_recall', now() - interval '1 day')",
    ),
    (
        Area::Biz,
        "a note is a follow-up by its task or by reclassification",
        "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
         VALUES (1, 1, 'member', 1, 'follow_up', 'x')",
    ),
    (
        Area::Biz,
        "what a score was before does not overlap",
        "INSERT INTO biz.coach_task_scores (site_id, task_id, valid_from, priority_score, created_at)
         VALUES (1, 1, now() - interval '3 days', 7, now()), (1, 1, now() - interval '1 day', 8, now())",
    ),
    (
        Area::Biz,
        "a task's score is no older than what it was before",
        "WITH task AS (
             INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type)
             VALUES (1, 1, 1, 'priority_recall') RETURNING id
         )
         INSERT INTO biz.coach_task_scores (site_id, task_id, valid_from, priority_score, created_at)
         SELECT 1, id, now() - interval '3 days', 7, now() FROM task",
    ),
    (
        Area::Biz,
        "what a reason was before does not overlap",
        "INSERT INTO biz.coach_task_reasons (site_id, task_id, valid_from, reason, created_at)
         VALUES (1, 1, now() - interval '3 days', NULL, now()), (1, 1, now() - interval '1 day', NULL, now())",
    ),
    (
        Area::Biz,
        "monthly statistics add up",
        "INSERT INTO biz.dws_assistant_task_monthly (site_id, assistant_id, stat_month, total_created)
         VALUES (1, 1, '2026-01-01', 1)",
    ),
    (
        Area::Biz,
        "tables with a site_id force row-level security for api and worker",
        "DROP POLICY api_site ON biz.notes",
    ),
    (
        Area::Biz,
        "history is append-only for every program",
        "GRANT UPDATE ON biz.coach_task_history TO zqyy_api",
    ),
    (Area::Biz, "the named indexes are there", "DROP INDEX biz.idx_notes_target"),
    (
        Area::Scheduler,
        "no run is held by a lease that ended minutes ago",
        "INSERT INTO biz.trigger_runs (job_id, trigger, state, lease_until)
         SELECT id, 'manual', 'running', now() - interval '1 hour' FROM biz.trigger_jobs LIMIT 1",
    ),
    (
        Area::Scheduler,
        "no event has waited for minutes",
        "INSERT INTO biz.trigger_events (event_name, created_at) VALUES ('x', now() - interval '1 hour')",
    ),
    (
        Area::Scheduler,
        "no slot of an enabled job is minutes overdue",
        "UPDATE biz.trigger_jobs SET next_run_at = now() - interval '1 hour' WHERE job_name = 'task_generator'",
    ),
    (
        Area::Scheduler,
        "a run counts the events that joined it",
        "INSERT INTO biz.trigger_runs (job_id, trigger, event_count)
         SELECT id, 'event', 1 FROM biz.trigger_jobs LIMIT 1",
    ),
    (
        Area::Scheduler,
        "the three unique indexes hold pending, running and slot",
        "DROP INDEX biz.trigger_runs_slot",
    ),
    (
        Area::Scheduler,
        "the ETL's writer may insert events and do nothing else",
        "GRANT SELECT (name) ON biz.sites TO zqyy_etl_writer",
    ),
    (
        Area::Scheduler,
        "the shipped jobs are there",
        "DELETE FROM biz.trigger_jobs WHERE job_name = 'task_generator'",
    ),
    (
        Area::Scheduler,
        "events and runs force row-level security",
        "ALTER TABLE biz.trigger_runs DISABLE ROW LEVEL SECURITY",
    ),
    (
        Area::EtlContract,
        "every view begins with site_id",
        "CREATE VIEW app.v_wrong AS SELECT member_id, site_id FROM dim.member",
    ),
    (
        Area::EtlContract,
        "every view is cut to app.current_site_id",
        "CREATE VIEW app.v_wrong AS SELECT site_id, member_id FROM dim.member",
    ),
    (
        Area::EtlContract,
        "without a hall there are no rows",
        "INSERT INTO dim.site (site_id, site_name) VALUES (1, 'x');
         CREATE OR REPLACE VIEW app.v_dim_site AS
             SELECT site_id, site_name, timezone, business_day_cutoff_hour FROM dim.site",
    ),
    (
        Area::EtlContract,
        "the reader reads the views",
        "REVOKE SELECT ON app.v_dim_member FROM zqyy_etl_reader",
    ),
    (
        Area::EtlContract,
        "the reader reads nothing else and writes nowhere",
        "GRANT SELECT ON dim.member TO zqyy_etl_reader",
    ),
    (
        Area::EtlContract,
        "scores have two decimals, relation_index four, money two",
        "CREATE VIEW app.v_wrong AS SELECT site_id, 1.5 AS rs_score FROM dim.site",
    ),
    (
        Area::EtlReference,
        "a settlement's ledger is the sum of its four parts",
        "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, ledger_amount, cash_paid, create_time)
         VALUES (1, 1, 1, 10, 10, now())",
    ),
    (
        Area::EtlReference,
        "the four payments make the ledger less the discount",
        "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, goods_money, ledger_amount, create_time)
         VALUES (1, 1, 3, 10, 10, now())",
    ),
    (
        Area::EtlReference,
        "a settlement's services sum to its course money",
        "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, assistant_pd_money, ledger_amount, cash_paid,
                                     create_time)
         VALUES (1, 1, 1, 10, 10, 10, now())",
    ),
    (
        Area::EtlReference,
        "base services carry pd money alone, bonus services cx money alone",
        "INSERT INTO dwd.assistant_service_log (site_id, assistant_service_id, order_settle_id, site_assistant_id,
             course_kind, create_time, income_seconds, real_use_seconds, ledger_amount, assistant_pd_money)
         VALUES (1, 1, 1, 1, 'bonus', now(), 3600, 3600, 10, 10)",
    ),
    (
        Area::EtlReference,
        "discounts by kind sum to the settlement's discount",
        "INSERT INTO dwd.settlement (site_id, order_settle_id, settle_type, goods_money, ledger_amount, discount_amount,
                                     create_time)
         VALUES (1, 1, 3, 10, 10, 10, now())",
    ),
    (
        Area::EtlReference,
        "versions of a member, card or coach do not overlap",
        "INSERT INTO dim.member (site_id, member_id, register_time, scd2_start_time)
         VALUES (1, 1, now(), now() - interval '1 day'), (1, 1, now(), now())",
    ),
    (
        Area::EtlReference,
        "pay adds up",
        "INSERT INTO dws.assistant_daily_salary (site_id, stat_date, salary_month, assistant_id, base_hours, bonus_hours,
             effective_hours, base_course_price, bonus_course_price, base_income, bonus_income, recharge_commission,
             goods_commission, sprint_bonus, reward, deduction, gross_salary)
         VALUES (1, '2026-01-02', '2026-01-01', 1, 1, 1, 2, 50, 80, 50, 80, 0, 0, 0, 0, 0, 131)",
    ),
    (
        Area::EtlReference,
        "every index lies in its range",
        "INSERT INTO dws.member_assistant_relation_index (site_id, stat_date, member_id, assistant_id, rs_score)
         VALUES (1, '2026-01-01', 1, 1, 10.5)",
    ),
    (
        Area::EtlReference,
        "a day's income by area and by item is the day's",
        "INSERT INTO dws.finance_daily_summary VALUES (1, '2026-01-01', 10, 1, 9, 0, 0, 0, 0);
         INSERT INTO dws.finance_income_structure VALUES (1, '2026-01-01', 'area', '大厅', 9, 1, 8)",
    ),
    (
        Area::EtlReference,
        "a day's expenses are its cash out",
        "INSERT INTO dws.finance_daily_summary VALUES (1, '2026-01-01', 0, 0, 0, 0, 10, 0, 0)",
    ),
    (
        Area::EtlReference,
        "what is put on stored cards is first or later",
        "INSERT INTO dws.finance_recharge_summary VALUES (1, '2026-01-01', 'stored', 10, 5, 4, 0, 10)",
    ),
];
