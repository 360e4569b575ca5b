use domain::{Calendar, SiteId};
use reference::builders::SiteRow;
use testing::TestDbs;
use warehouse::contract::{OurSite, check};

use crate::{at, warehouse};

fn ours(site_id: i64, zone: &str, cutoff: i16) -> OurSite {
    OurSite { site_id: SiteId(site_id), calendar: Calendar::new(zone, cutoff).expect("a sound calendar") }
}

#[tokio::test]
async fn the_reference_warehouse_keeps_the_whole_contract() {
    let dbs = TestDbs::new().await.unwrap();
    SiteRow::new(1).insert(dbs.etl_owner()).await.unwrap();
    SiteRow::new(2).calendar("America/New_York", 6).insert(dbs.etl_owner()).await.unwrap();
    let sites = [ours(1, "Asia/Shanghai", 8), ours(2, "America/New_York", 6)];
    let findings = check(&warehouse(&dbs), &sites, at("2026-11-21T04:00:00Z")).await.unwrap();
    let departures: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(departures.is_empty(), "{departures:#?}");
}

#[tokio::test]
async fn every_departure_is_found_and_named() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    SiteRow::new(1).insert(etl).await.unwrap();
    SiteRow::new(2).calendar("Asia/Tokyo", 6).insert(etl).await.unwrap();
    sqlx::raw_sql(
        "DROP VIEW app.v_dws_member_winback_index;
         DROP VIEW app.v_dws_member_newconv_index;
         CREATE VIEW app.v_dws_member_newconv_index AS
             SELECT site_id, stat_date, member_id::integer AS member_id FROM dws.member_newconv_index;
         INSERT INTO dws.member_newconv_index VALUES (1, '2026-11-20', 1, 1);
         GRANT SELECT ON app.v_dws_member_newconv_index TO zqyy_etl_reader;
         REVOKE SELECT ON app.v_dwd_settlement FROM zqyy_etl_reader;
         GRANT USAGE ON SCHEMA cfg TO zqyy_etl_reader;
         GRANT SELECT ON cfg.skill_type TO zqyy_etl_reader",
    )
    .execute(etl)
    .await
    .unwrap();
    let sites = [ours(1, "Asia/Shanghai", 8), ours(2, "Asia/Shanghai", 8), ours(3, "Asia/Shanghai", 8)];
    let findings = check(&warehouse(&dbs), &sites, at("2026-11-21T04:00:00Z")).await.unwrap();
    let told: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        vec![
            "view app.v_dwd_settlement may not be read by the role zqyy_etl_reader: GRANT USAGE ON SCHEMA app and SELECT on it",
            "view app.v_dws_member_winback_index is missing",
            "app.v_dws_member_newconv_index.member_id is integer, not bigint",
            "view app.v_dws_member_newconv_index lacks the column nci_score",
            "view app.v_dws_member_newconv_index is not cut to app.current_site_id: without it rows appear",
            "the role zqyy_etl_reader may read the views and 1 more, such as cfg.skill_type: it should read the views alone",
            "site 2: time zone is Asia/Tokyo in the warehouse, Asia/Shanghai here",
            "site 2: cut-off hour is 6 in the warehouse, 8 here",
            "site 3 is not in app.v_dim_site",
        ]
    );
}
