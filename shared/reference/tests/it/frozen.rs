use reference::{
    builders::{SettlementRow, SiteRow},
    rollup::{self, When},
};
use testing::TestDbs;

use crate::{at, day};

#[tokio::test]
async fn a_date_may_run_again_until_its_cut_off_and_is_frozen_then() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let d = day("2026-11-20");
    SiteRow::new(1).insert(etl).await.unwrap();
    let sale = |id, at| SettlementRow::new(1, id, 501, "10.00".parse().unwrap(), at);
    let total = || async {
        sqlx::query_scalar::<_, String>(
            "SELECT total_consume_amount::text FROM dws.member_consumption_summary WHERE site_id = 1 AND stat_date = '2026-11-20'",
        )
        .fetch_all(etl)
        .await
        .unwrap()
    };
    sale(1, at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    rollup::run(etl, 1, d..=d, When::At(at("2026-11-20T20:00:00Z"))).await.unwrap();
    assert_eq!(total().await, ["10.00"]);
    // Before 08:00 in Shanghai a late row still gets in, and again nothing changes.
    sale(2, at("2026-11-20T19:00:00Z")).insert(etl).await.unwrap();
    for _ in 0..2 {
        rollup::run(etl, 1, d..=d, When::At(at("2026-11-20T23:59:59Z"))).await.unwrap();
        assert_eq!(total().await, ["20.00"]);
    }
    sale(3, at("2026-11-20T19:30:00Z")).insert(etl).await.unwrap();
    for when in [When::At(at("2026-11-21T00:00:00Z")), When::Now] {
        let error = rollup::run(etl, 1, d..=d, when).await.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "roll-up of hall 1 for 2026-11-20 is frozen since its cut-off at 2026-11-21 00:00:00"
            ),
            "{error}"
        );
    }
    assert_eq!(total().await, ["20.00"]);
    // A date that was missed may be made up late.
    let before = day("2026-11-19");
    rollup::run(etl, 1, before..=before, When::At(at("2026-11-21T05:00:00Z"))).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_rolled_up_is_refused_by_name() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    SiteRow::new(1).insert(etl).await.unwrap();
    let d = day("2026-11-20");
    let error = rollup::run(etl, 9, d..=d, When::Now).await.unwrap_err().to_string();
    assert_eq!(error, "the warehouse has no hall 9");
    let early = When::At(at("2026-11-19T23:59:59Z"));
    let error = rollup::run(etl, 1, d..=d, early).await.unwrap_err().to_string();
    assert!(error.contains("2026-11-20: that business date has not begun"), "{error}");
    let error = rollup::run(etl, 1, d..=day("2026-11-18"), When::EachNight).await.unwrap_err().to_string();
    assert!(error.contains("the first date is after the last"), "{error}");
}
