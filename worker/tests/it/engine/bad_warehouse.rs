//! A warehouse that is not fit: the error says what is missing, and nothing is written.
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testing::Role;
use warehouse::Warehouse;
use worker::jobs::{morning, work::Work};

use super::{
    case::{Case, DaySpec, How},
    stage::{Hall, Stage},
};

/// What is broken, how it is mended, and what the error must name.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "ALTER VIEW app.v_dws_member_assistant_relation_index RENAME TO gone",
        "ALTER VIEW app.gone RENAME TO v_dws_member_assistant_relation_index",
        "lacks the view app.v_dws_member_assistant_relation_index",
    ),
    (
        "ALTER VIEW app.v_dws_member_winback_index RENAME TO gone",
        "ALTER VIEW app.gone RENAME TO v_dws_member_winback_index",
        "lacks the view app.v_dws_member_winback_index",
    ),
    (
        "ALTER VIEW app.v_dws_member_newconv_index RENAME TO gone",
        "ALTER VIEW app.gone RENAME TO v_dws_member_newconv_index",
        "lacks the view app.v_dws_member_newconv_index",
    ),
    (
        "ALTER VIEW app.v_dim_assistant RENAME TO gone",
        "ALTER VIEW app.gone RENAME TO v_dim_assistant",
        "lacks the view app.v_dim_assistant",
    ),
    (
        "ALTER VIEW app.v_dwd_assistant_service_log RENAME TO gone",
        "ALTER VIEW app.gone RENAME TO v_dwd_assistant_service_log",
        "lacks the view app.v_dwd_assistant_service_log",
    ),
    (
        "ALTER VIEW app.v_dws_member_assistant_relation_index RENAME COLUMN rs_score TO gone",
        "ALTER VIEW app.v_dws_member_assistant_relation_index RENAME COLUMN gone TO rs_score",
        "rs_score",
    ),
    (
        "ALTER VIEW app.v_dws_member_winback_index RENAME COLUMN wbi_score TO gone",
        "ALTER VIEW app.v_dws_member_winback_index RENAME COLUMN gone TO wbi_score",
        "wbi_score",
    ),
    (
        "ALTER VIEW app.v_dws_member_newconv_index RENAME COLUMN stat_date TO gone",
        "ALTER VIEW app.v_dws_member_newconv_index RENAME COLUMN gone TO stat_date",
        "stat_date",
    ),
    (
        "ALTER VIEW app.v_dim_assistant RENAME COLUMN resign_time TO gone",
        "ALTER VIEW app.v_dim_assistant RENAME COLUMN gone TO resign_time",
        "resign_time",
    ),
    (
        "ALTER VIEW app.v_dwd_assistant_service_log RENAME COLUMN is_delete TO gone",
        "ALTER VIEW app.v_dwd_assistant_service_log RENAME COLUMN gone TO is_delete",
        "is_delete",
    ),
    (
        "REVOKE SELECT ON app.v_dws_member_winback_index FROM zqyy_etl_reader",
        "GRANT SELECT ON app.v_dws_member_winback_index TO zqyy_etl_reader",
        "v_dws_member_winback_index",
    ),
];

/// A hall with open recalls and a new snapshot that would change every one of them.
async fn waiting_hall(stage: &Stage) -> Hall<'_> {
    let mut hall = stage.hall(&Case::plain()).await;
    hall.day(&DaySpec::after(20).snapshot(501..=503, "8.00", "5.00")).await.unwrap();
    hall.prepare(&DaySpec::after(24).snapshot(501..=504, "5.50", "5.00")).await;
    hall
}

async fn refused(work: &Work) -> String {
    match morning::run(work).await {
        Ok(outcome) => panic!("not refused: {outcome:?}"),
        Err(e) => format!("{:#}", anyhow::Error::from(e)),
    }
}

#[test]
fn a_missing_view_or_column_is_named_and_nothing_is_written() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = waiting_hall(&stage).await;
        let before = hall.fingerprint().await;
        for &(break_it, mend_it, named) in BROKEN {
            sqlx::query(break_it).execute(stage.dbs.etl_owner()).await.unwrap();
            let error = refused(&hall.work()).await;
            assert!(error.contains(named) && error.contains("warehouse"), "{break_it}: {error}");
            assert_eq!(hall.fingerprint().await, before, "{break_it}: something was written");
            sqlx::query(mend_it).execute(stage.dbs.etl_owner()).await.unwrap();
        }
        // Mended, the morning is the one it would have been.
        hall.morning(How::Once).await.unwrap();
        assert_ne!(hall.fingerprint().await, before);
    });
}

#[test]
fn a_warehouse_that_cannot_be_reached_is_named_and_nothing_is_written() {
    let stage = Stage::new();
    stage.runtime.block_on(async {
        let mut hall = waiting_hall(&stage).await;
        let before = hall.fingerprint().await;
        let reader = stage.dbs.etl_options(Role::EtlReader);
        let closed_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let unreachable: [(PgConnectOptions, &str); 3] = [
            (reader.clone().port(closed_port), "cannot be reached"),
            (reader.clone().password("wrong"), "password"),
            (reader.clone().database("nowhere"), "\"nowhere\""),
        ];
        for (options, named) in unreachable {
            let timeout = std::time::Duration::from_millis(300);
            let pool = PgPoolOptions::new().acquire_timeout(timeout).connect_lazy_with(options);
            let error = refused(&hall.work_with(Warehouse::new(pool))).await;
            assert!(error.contains("warehouse cannot be reached") && error.contains(named), "{error}");
            assert_eq!(hall.fingerprint().await, before, "something was written");
        }
        hall.morning(How::Once).await.unwrap();
    });
}
