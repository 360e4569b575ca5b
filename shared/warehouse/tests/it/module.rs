use std::time::Duration;

use domain::SiteId;
use reference::builders::AssistantRow;
use testing::TestDbs;
use warehouse::{Warehouse, WarehouseError, assistant, tier};

use crate::{SITE, noon, warehouse};

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_module_that_fails_leaves_the_others_alone() {
    let dbs = TestDbs::new().await.unwrap();
    AssistantRow::new(SITE, 11).insert(dbs.etl_owner()).await.unwrap();
    sqlx::raw_sql("DROP VIEW app.v_cfg_performance_tier").execute(dbs.etl_owner()).await.unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();

    let failed = tx.module(SHORT, async |tx| tier::nodes(tx, &ctx).await).await.unwrap_err();
    match failed {
        WarehouseError::MissingView { name, .. } => assert_eq!(name, "app.v_cfg_performance_tier"),
        other => panic!("{other:?}"),
    }
    let coaches = tx.module(SHORT, async |tx| assistant::roster(tx, &ctx).await).await.unwrap();
    assert_eq!(coaches.len(), 1);
    assert_eq!(
        assistant::roster(&mut tx, &ctx).await.unwrap().len(),
        1,
        "still the same hall after the modules"
    );
}

#[tokio::test]
async fn a_module_is_cut_off_at_its_own_timeout() {
    let dbs = TestDbs::new().await.unwrap();
    // A view that a broken ETL made slow: it sleeps before it answers.
    sqlx::raw_sql(
        "CREATE OR REPLACE VIEW app.v_cfg_performance_tier AS
         SELECT site_id, tier_id, tier_name, min_hours, base_course_price, bonus_course_price, sprint_bonus, effective_from
         FROM cfg.performance_tier WHERE pg_sleep(60) IS NOT NULL;
         INSERT INTO cfg.performance_tier VALUES (7, 1, 'T', 0, 1, 1, 0, '2020-01-01')",
    )
    .execute(dbs.etl_owner())
    .await
    .unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let failed = tx.module(SHORT, async |tx| tier::nodes(tx, &ctx).await).await.unwrap_err();
    assert!(matches!(failed, WarehouseError::Timeout(_)), "{failed:?}");
    tx.module(Duration::from_secs(5), async |tx| assistant::roster(tx, &ctx).await).await.unwrap();
}

#[tokio::test]
async fn modules_fit_into_a_spawned_task() {
    let dbs = TestDbs::new().await.unwrap();
    let reader = warehouse(&dbs);
    let members = vec![1, 2];
    let rows = tokio::spawn(async move {
        let ctx = noon();
        let mut tx = reader.begin(ctx.site_id).await?;
        tx.enter_module(SHORT).await?;
        let read = warehouse::member::names(&mut tx, &ctx, &members).await;
        tx.leave_module(read).await
    })
    .await
    .unwrap();
    assert!(rows.unwrap().is_empty());
}

#[tokio::test]
async fn no_warehouse_is_unreachable() {
    // Port 9 (discard) on loopback: refused.
    let pool = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_secs(2))
        .connect_lazy("postgres://reader@127.0.0.1:9/etl_feiqiu")
        .unwrap();
    let failed = Warehouse::new(pool).begin(SiteId(1)).await.unwrap_err();
    assert!(matches!(failed, WarehouseError::Unreachable(_)), "{failed:?}");
}
