use domain::SiteId;
use reference::{
    builders::MorningBulk,
    chain::{self, ChainSpec},
};
use sqlx::Row as _;
use testing::TestDbs;
use warehouse::{assistant, contract, indices};

use crate::{at, day, noon, warehouse};

#[tokio::test]
async fn a_view_shows_its_hall_and_without_a_hall_nothing() {
    let dbs = TestDbs::new().await.unwrap();
    let mut spec = ChainSpec::new(day("2026-11-20"));
    (spec.sites, spec.coaches, spec.members, spec.days) = (2, 3, 30, 40);
    reference::seed(dbs.etl_owner(), &spec, &|_| {}).await.unwrap();
    assert_eq!(chain::last_day(dbs.etl_owner()).await.unwrap(), Some(spec.last_day));

    let findings = contract::check(&warehouse(&dbs), &[], at("2026-11-21T00:00:00Z")).await.unwrap();
    let uncut: Vec<_> = findings.iter().filter(|f| matches!(f, contract::Finding::NotCut { .. })).collect();
    assert!(uncut.is_empty(), "{uncut:?}");

    let reader = warehouse(&dbs);
    for site in [1, 2] {
        let mut ctx = noon();
        ctx.site_id = SiteId(site);
        let mut tx = reader.begin(SiteId(site)).await.unwrap();
        let morning = indices::morning(&mut tx, &ctx).await.unwrap();
        assert!(!morning.pairs.is_empty());
        assert!(
            morning.pairs.iter().all(|p| p.assistant_id / 1_000 == site && p.member_id / 1_000_000 == site)
        );
        assert!(
            assistant::roster(&mut tx, &ctx).await.unwrap().iter().all(|c| c.assistant_id / 1_000 == site)
        );
    }
    // The hall's name ends with its transaction, on whichever pooled connection it was.
    let left: Vec<i64> =
        sqlx::query_scalar("SELECT site_id FROM app.v_dim_site").fetch_all(dbs.etl_reader()).await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn the_reader_reads_views_and_nothing_else() {
    let dbs = TestDbs::new().await.unwrap();
    MorningBulk { site_id: 1, stat_date: day("2026-11-20"), coaches: 1, members_each: 1 }
        .insert(dbs.etl_owner())
        .await
        .unwrap();
    for forbidden in [
        "SELECT 1 FROM dim.member",
        "SELECT 1 FROM dws.member_winback_index",
        "SELECT 1 FROM public._sqlx_migrations",
        "SET TRANSACTION READ WRITE; DELETE FROM app.v_dim_member",
        "SET TRANSACTION READ WRITE; INSERT INTO app.v_dim_site (site_id, site_name) VALUES (9, 'x')",
        "SET TRANSACTION READ WRITE; CREATE TABLE public.mine (id int)",
    ] {
        let mut tx = dbs.etl_reader().begin().await.unwrap();
        let refused = sqlx::raw_sql(forbidden).execute(&mut *tx).await;
        let error = refused.expect_err(forbidden);
        let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}: {error}");
    }
    // Even an owner's connection cannot write through the door.
    let owner = warehouse::Warehouse::new(dbs.etl_owner().clone());
    let tx = owner.begin(SiteId(1)).await.unwrap();
    tx.close().await.unwrap();
    let row = sqlx::query("SELECT current_setting('app.current_site_id', true) AS hall")
        .fetch_one(dbs.etl_owner())
        .await
        .unwrap();
    assert!(matches!(row.get::<Option<String>, _>("hall").as_deref(), None | Some("")));
}
