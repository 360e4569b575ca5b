//! No row of another hall, over every operation of the document; and each of the two locks by itself.
use testing::builders::User;

use crate::{
    app::{App, Reply},
    ask::{self, Furnished, Operation},
    world::{self, COACH, Hall, MEMBER, STRANGER},
};

/// Coaches have the same ids in both halls: whoever asks about theirs is answered about ours.
const SAME_IN_BOTH: &[&str] = &["/api/xcx/coaches/{id}"];

/// Of the document, what is of one site.
fn of_a_site() -> Vec<Operation> {
    ask::operations().into_iter().filter(|operation| operation.at == "site").collect()
}

fn assert_tells_nothing(reply: &Reply, operation: &Operation, other: &Furnished) {
    let words = format!("@{}", other.hall.site);
    assert!(!reply.text.contains(&words), "{} tells of the other hall: {}", operation.name(), reply.text);
    let listed = reply.json["data"]["list"].as_array().cloned().unwrap_or_default();
    let foreign = match operation.path.as_str() {
        "/api/xcx/tasks" => vec![other.task, other.unpinned, other.given_up],
        "/api/xcx/notes" => vec![other.note, other.old_note],
        "/api/member-retention-clue" => vec![other.clue, other.old_clue],
        _ => vec![],
    };
    let own_ids = listed.iter().filter_map(|row| row["id"].as_i64());
    for id in own_ids {
        assert!(!foreign.contains(&id), "{} lists {id} of the other hall: {}", operation.name(), reply.text);
    }
}

/// Two halls with the same coaches and members; callers of the one ask about what is theirs, and then about what is the
/// other's, by every id that an operation takes.
async fn nothing_crosses(app: &App) {
    let (one, other) = (world::hall(app).await, world::hall(app).await);
    let (ours, theirs) = (ask::furnish(app, one).await, ask::furnish(app, other).await);
    let admin_of_one =
        User::default().role(one.site, "admin").bound(one.site, None).insert(&app.dbs).await.unwrap();
    let before = ask::rows_of_site(app, other.site).await;
    let mut answered = 0;
    for operation in of_a_site() {
        let name = operation.name();
        for user in [one.coach, one.manager, admin_of_one] {
            // About ours: never a word of theirs.
            let reply = ask::ask(
                app,
                &app.token(user, one.site),
                &operation,
                &ask::question(app, &operation, &ours).await,
            )
            .await;
            assert!(reply.status.as_u16() < 500, "{name}: {}", reply.text);
            answered += usize::from(reply.status == 200);
            assert_tells_nothing(&reply, &operation, &theirs);
            // About theirs, with our token: it is not there.
            let question = ask::question(app, &operation, &theirs).await;
            let reply = ask::ask(app, &app.token(user, one.site), &operation, &question).await;
            assert_tells_nothing(&reply, &operation, &theirs);
            if operation.path.contains("{id}") && !SAME_IN_BOTH.contains(&operation.path.as_str()) {
                let (status, code) = reply.refusal();
                assert!([(404, 40402), (403, 40302)].contains(&(status, code)), "{name}: {}", reply.text);
            }
            // With a token for their hall: no role there.
            let reply = ask::ask(app, &app.token(user, other.site), &operation, &question).await;
            assert_eq!(reply.refusal(), (403, 40302), "{name}");
        }
    }
    assert!(answered > of_a_site().len(), "hardly any question was answered: {answered}");
    assert_eq!(ask::rows_of_site(app, other.site).await, before, "a row of the other hall was changed");
}

#[tokio::test]
async fn no_answer_and_no_write_crosses_to_another_hall() {
    nothing_crosses(&App::new().await).await;
}

/// The first lock alone: every query filters by site even where the database would not.
#[tokio::test]
async fn the_first_lock_holds_without_the_second() {
    let app = App::new().await;
    let guarded: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('auth', 'biz', 'public') AND c.relrowsecurity",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    assert!(guarded.len() >= 12, "{guarded:?}");
    for table in guarded {
        let sql = format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(app.dbs.owner()).await.unwrap();
    }
    nothing_crosses(&app).await;
}

/// Of the tables that hold rows of sites, those of which no site's transaction needs to see a row: a refresh token is looked
/// up by its hash before there is a site; keys of idempotency are asked for by user.
const WITHOUT_A_SECOND_LOCK: &[&str] = &["auth.refresh_tokens", "biz.idempotency_keys"];

/// A row of either hall in every table.
async fn crowded(app: &App) -> (Hall, Hall) {
    let (one, other) = (world::hall(app).await, world::hall(app).await);
    for hall in [one, other] {
        let of = ask::furnish(app, hall).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "INSERT INTO biz.coach_task_scores (site_id, task_id, valid_from) VALUES ({site}, {task}, now());
             INSERT INTO biz.coach_task_reasons (site_id, task_id, valid_from) VALUES ({site}, {task}, now());
             INSERT INTO biz.dws_assistant_task_monthly (site_id, assistant_id, stat_month)
                 VALUES ({site}, {COACH}, '2026-11-01');
             INSERT INTO biz.ai_calls (site_id, application, prompt_version, model, request, duration_ms, outcome)
                 VALUES ({site}, 'chat', '1', 'x', '{{}}', 1, 'ok');
             INSERT INTO biz.runtime_context (site_id, mode) VALUES ({site}, 'live');
             INSERT INTO biz.audit_log (site_id, action) VALUES ({site}, 'note.deleted');
             INSERT INTO biz.trigger_events (event_name, site_id) VALUES ('probe', {site});
             INSERT INTO biz.task_rules (site_id, high_threshold, priority_threshold, relationship_threshold,
                                         abandon_cooldown_days, version, effective_from)
                 VALUES ({site}, 8, 6, 5, 30, 1, '2026-11-01');
             INSERT INTO public.member_retention_clue_version
                 (site_id, clue_id, version, member_id, category, summary, source, valid_from, valid_to)
                 SELECT site_id, id, 1, member_id, category, summary, source, created_at, created_at
                 FROM public.member_retention_clue WHERE id = {clue}",
            site = hall.site,
            task = of.task,
            clue = of.clue,
        )))
        .execute(app.dbs.owner())
        .await
        .unwrap();
    }
    (one, other)
}

/// The second lock alone: statements that name no site at all, or the other one, over every table that holds rows of sites.
#[tokio::test]
async fn the_second_lock_holds_without_the_first() {
    let app = App::new().await;
    let (one, other) = crowded(&app).await;
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT format('%I.%I', n.nspname, c.relname), c.relrowsecurity AND c.relforcerowsecurity
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
         WHERE n.nspname IN ('auth', 'biz', 'public') AND c.relkind IN ('r', 'p') AND c.oid <> 'biz.sites'::regclass
         ORDER BY 1",
    )
    .fetch_all(app.dbs.owner())
    .await
    .unwrap();
    let (guarded, open): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, guarded)| *guarded);
    assert_eq!(open.iter().map(|(table, _)| table.as_str()).collect::<Vec<_>>(), WITHOUT_A_SECOND_LOCK);
    assert!(guarded.len() >= 16, "{guarded:?}");
    let begin = async |site: Option<i64>| {
        let mut tx = app.dbs.api().begin().await.unwrap();
        sqlx::query("SELECT set_config('app.current_site_id', $1, true)")
            .bind(site.map(|site| site.to_string()).unwrap_or_default())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx
    };
    for (table, _) in guarded {
        let sql = |text: &str| sqlx::AssertSqlSafe(text.replace("TABLE", &table));
        let all: Vec<i64> =
            sqlx::query_scalar(sql("SELECT DISTINCT site_id FROM TABLE WHERE site_id = ANY ($1) ORDER BY 1"))
                .bind([one.site, other.site])
                .fetch_all(app.dbs.owner())
                .await
                .unwrap();
        assert_eq!(all, [one.site, other.site], "{table} says nothing about halls that it holds no row of");
        // (what belongs to all sites is everybody's)
        let seen = async |site| -> Vec<i64> {
            sqlx::query_scalar(sql("SELECT DISTINCT site_id FROM TABLE WHERE site_id IS NOT NULL"))
                .fetch_all(&mut *begin(site).await)
                .await
                .unwrap()
        };
        assert_eq!(seen(Some(one.site)).await, [one.site], "{table}");
        assert!(seen(None).await.is_empty(), "{table} without a site");
        for change in
            ["UPDATE TABLE SET site_id = site_id WHERE site_id = $1", "DELETE FROM TABLE WHERE site_id = $1"]
        {
            let done =
                sqlx::query(sql(change)).bind(other.site).execute(&mut *begin(Some(one.site)).await).await;
            match done {
                Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}: {change}"),
                Err(error) => assert!(is_refused(&error), "{table}: {change}: {error}"),
            }
        }
    }
    // Nor can a row be written into the other hall, or moved there.
    for write in [
        "INSERT INTO biz.notes (site_id, user_id, target_type, target_id, type, content)
         VALUES ($1, $2, 'member', $3, 'normal', 'x')",
        "UPDATE biz.notes SET site_id = $1 WHERE user_id = $2 AND target_id <> $3",
        "INSERT INTO public.member_retention_clue (site_id, recorded_by, member_id, category, summary, source)
         VALUES ($1, $2, $3, 'x', 'x', 'manual')",
    ] {
        let done = sqlx::query(write).bind(other.site).bind(one.coach).bind(STRANGER);
        let refused = done.execute(&mut *begin(Some(one.site)).await).await.unwrap_err();
        assert!(is_refused(&refused), "{write}: {refused}");
    }
}

/// insufficient_privilege: of the role, or by a policy.
fn is_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|e| e.code()).as_deref() == Some("42501")
}

#[tokio::test]
async fn a_read_opens_a_transaction_that_cannot_write() {
    let app = App::new().await;
    let hall = world::hall(&app).await;
    let site = domain::SiteId(hall.site);
    let mut tx = store::SiteTx::open(app.dbs.api(), store::Access::Read, hall.coach, site, 0).await.unwrap();
    let refused = sqlx::query("DELETE FROM biz.notes WHERE target_id = $1 AND assistant_id = $2")
        .bind(MEMBER)
        .bind(COACH)
        .execute(tx.connection())
        .await
        .unwrap_err();
    // read_only_sql_transaction
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("25006"));
}
