use domain::{Index, Mode, RuntimeContext};
use reference::builders::{
    AssistantRow, CardRow, ConsumptionRow, MemberRow, NewconvRow, RelationRow, SalaryRow, ServiceRow,
    TierRow, WinbackRow,
};
use testing::TestDbs;
use warehouse::{
    Reading, assistant, card, consumption, indices, member,
    relation::{self, Pair},
    salary,
    service_log::{self, FirstService, PairSince},
    tier,
};

use crate::{SITE, at, day, noon, warehouse};

fn value(hundredths: u16) -> Reading {
    Reading::Value(Index::from_hundredths(hundredths).expect("an index"))
}

#[tokio::test]
async fn a_morning_has_every_pair_of_s_with_sound_missing_and_bad_indices() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let s = day("2026-11-20");
    for (assistant, member, rs) in
        [(12, 1, "10.00"), (11, 2, "NaN"), (11, 1, "5.55"), (11, 4, "-0.01"), (11, 5, "10.01")]
    {
        RelationRow::new(SITE, s, assistant, member).rs(rs).insert(etl).await.unwrap();
    }
    RelationRow::new(SITE, s, 11, 3).no_rs().insert(etl).await.unwrap();
    // A walk-in, an older snapshot, one of the future, and another site.
    RelationRow::new(SITE, s, 11, 0).insert(etl).await.unwrap();
    RelationRow::new(SITE, day("2026-11-19"), 11, 9).insert(etl).await.unwrap();
    RelationRow::new(SITE, day("2026-11-22"), 11, 9).insert(etl).await.unwrap();
    RelationRow::new(SITE + 1, day("2026-11-21"), 11, 9).insert(etl).await.unwrap();
    WinbackRow::new(SITE, s, 1).wbi("7.01").insert(etl).await.unwrap();
    WinbackRow::new(SITE, s, 2).no_wbi().insert(etl).await.unwrap();
    WinbackRow::new(SITE, day("2026-11-19"), 3).wbi("9.00").insert(etl).await.unwrap();
    NewconvRow::new(SITE, day("2026-11-18"), 1).nci("9.00").insert(etl).await.unwrap();

    let mut tx = warehouse(&dbs).begin(noon().site_id).await.unwrap();
    let morning = indices::morning(&mut tx, &noon()).await.unwrap();
    assert_eq!(morning.relation_date, Some(s));
    assert_eq!(morning.winback_date, Some(s));
    assert_eq!(morning.newconv_date, Some(day("2026-11-18")), "no row at S: its own newest");
    let pairs: Vec<_> =
        morning.pairs.iter().map(|p| (p.assistant_id, p.member_id, p.rs, p.wbi, p.nci)).collect();
    let (missing, bad) = (Reading::Missing, Reading::Bad);
    assert_eq!(
        pairs,
        vec![
            (11, 1, value(555), value(701), missing),
            (11, 2, bad, missing, missing),
            (11, 3, missing, missing, missing),
            (11, 4, bad, missing, missing),
            (11, 5, bad, missing, missing),
            (12, 1, value(1000), value(701), missing),
        ]
    );
}

#[tokio::test]
async fn an_empty_warehouse_has_an_empty_morning() {
    let dbs = TestDbs::new().await.unwrap();
    let mut tx = warehouse(&dbs).begin(noon().site_id).await.unwrap();
    let morning = indices::morning(&mut tx, &noon()).await.unwrap();
    assert_eq!((morning.relation_date, morning.winback_date, morning.newconv_date), (None, None, None));
    assert!(morning.pairs.is_empty());
}

#[tokio::test]
async fn the_first_service_is_the_earliest_valid_one_of_the_pair_since_the_moment() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let since = at("2026-11-20T20:00:00Z");
    let early = at("2026-11-20T19:59:59Z");
    let first = at("2026-11-21T10:00:00Z");
    ServiceRow::new(SITE, 1, 11, 1, early).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 2, 11, 1, since).void().insert(etl).await.unwrap();
    ServiceRow::new(SITE, 4, 11, 1, first).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 3, 11, 1, first).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 5, 12, 1, since).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 6, 11, 2, since).insert(etl).await.unwrap();
    ServiceRow::new(SITE + 1, 7, 11, 1, since).insert(etl).await.unwrap();

    let mut tx = warehouse(&dbs).begin(noon().site_id).await.unwrap();
    let asked = [
        PairSince { key: 100, assistant_id: 11, member_id: 1, since },
        PairSince { key: 101, assistant_id: 11, member_id: 2, since },
        PairSince { key: 102, assistant_id: 12, member_id: 2, since },
        PairSince { key: 103, assistant_id: 11, member_id: 1, since: early },
    ];
    let mut found = service_log::first_since(&mut tx, &asked).await.unwrap();
    found.sort_by_key(|f| f.key);
    assert_eq!(
        found,
        vec![
            FirstService { key: 100, service_id: 3, create_time: first },
            FirstService { key: 101, service_id: 6, create_time: since },
            FirstService { key: 103, service_id: 1, create_time: early },
        ]
    );
    assert!(service_log::first_since(&mut tx, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_roster_knows_names_and_who_has_left_by_the_moment() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    AssistantRow::new(SITE, 11).nickname("小雨").insert(etl).await.unwrap();
    AssistantRow::new(SITE, 12).nickname("  ").insert(etl).await.unwrap();
    AssistantRow::new(SITE, 13).resigned(at("2026-11-20T04:00:00Z")).insert(etl).await.unwrap();
    AssistantRow::new(SITE, 14).resigned(at("2026-12-20T04:00:00Z")).insert(etl).await.unwrap();
    AssistantRow::new(SITE + 1, 15).insert(etl).await.unwrap();

    let mut tx = warehouse(&dbs).begin(noon().site_id).await.unwrap();
    let shown = |coaches: Vec<assistant::Assistant>| -> Vec<_> {
        coaches.into_iter().map(|c| (c.assistant_id, c.name.unwrap_or_default(), c.resigned)).collect()
    };
    assert_eq!(
        shown(assistant::roster(&mut tx, &noon()).await.unwrap()),
        vec![
            (11, "小雨".to_owned(), false),
            (12, "真名12".to_owned(), false),
            (13, "助教13".to_owned(), true),
            (14, "助教14".to_owned(), false),
        ]
    );
    let past = RuntimeContext { mode: Mode::AsOf(day("2026-11-18")), ..noon() };
    assert!(!assistant::roster(&mut tx, &past).await.unwrap()[2].resigned);
}

#[tokio::test]
async fn names_balances_visits_and_relations_are_of_those_asked_for() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let s = day("2026-11-20");
    MemberRow::new(SITE, 1).nickname("葛先生").insert(etl).await.unwrap();
    MemberRow::new(SITE, 2).insert(etl).await.unwrap();
    CardRow::new(SITE, 1, "100.10".parse().unwrap()).insert(etl).await.unwrap();
    CardRow::new(SITE, 1, "0.90".parse().unwrap()).card(99, "stored").insert(etl).await.unwrap();
    CardRow::new(SITE, 1, "500".parse().unwrap()).card(98, "gift_table").insert(etl).await.unwrap();
    ConsumptionRow::new(SITE, s, 1, day("2026-11-02")).insert(etl).await.unwrap();
    ConsumptionRow::new(SITE, day("2026-11-19"), 2, day("2026-11-01")).insert(etl).await.unwrap();
    RelationRow::new(SITE, s, 11, 1).rs("8.51").insert(etl).await.unwrap();
    RelationRow::new(SITE, s, 11, 2).rs("NaN").insert(etl).await.unwrap();

    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let names = member::names(&mut tx, &ctx, &[1, 3]).await.unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!((names[0].name.as_deref(), names[0].mobile.as_deref()), (Some("葛先生"), Some("19900000001")));
    assert!(!format!("{:?}", names[0]).contains("1990"), "personal data in {:?}", names[0]);

    let balances = card::stored_balances(&mut tx, &ctx, &[1, 2]).await.unwrap();
    assert_eq!(balances.len(), 1);
    assert_eq!(balances[0].balance.get().to_string(), "101.00");

    let visits = consumption::last_visits(&mut tx, &ctx, &[1, 2]).await.unwrap();
    assert_eq!(visits.stat_date, Some(s));
    assert_eq!(visits.rows.len(), 1, "who is not in the newest snapshot is missing");
    assert_eq!(visits.rows[0].last_consume_date, Some(day("2026-11-02")));
    let nobody = consumption::last_visits(&mut tx, &ctx, &[5]).await.unwrap();
    assert_eq!((nobody.stat_date, nobody.rows.len()), (Some(s), 0));

    let pairs = [(11, 1), (11, 2), (12, 1)].map(|(assistant_id, member_id)| Pair { assistant_id, member_id });
    let scores = relation::scores(&mut tx, &ctx, &pairs).await.unwrap();
    assert_eq!(scores.stat_date, Some(s));
    let shown: Vec<_> = scores
        .rows
        .iter()
        .map(|r| (r.member_id, r.rs.map(Index::hundredths), r.relation_index.map(|i| i.get().to_string())))
        .collect();
    assert_eq!(shown, vec![(1, Some(851), Some("0.8510".to_owned())), (2, None, None)]);
}

#[tokio::test]
async fn pay_is_of_the_newest_snapshot_of_this_month_and_tiers_are_those_in_force() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let hours = |h: &str| h.parse().unwrap();
    SalaryRow::new(SITE, day("2026-10-31"), 11, hours("150")).insert(etl).await.unwrap();
    SalaryRow::new(SITE, day("2026-11-19"), 11, hours("80")).insert(etl).await.unwrap();
    SalaryRow::new(SITE, day("2026-11-19"), 12, hours("70")).insert(etl).await.unwrap();
    SalaryRow::new(SITE, day("2026-11-20"), 11, hours("87.50")).insert(etl).await.unwrap();
    TierRow::new(SITE, 2, 100, 60).insert(etl).await.unwrap();
    TierRow::new(SITE, 1, 0, 50).insert(etl).await.unwrap();
    let mut future = TierRow::new(SITE, 3, 0, 99);
    future.effective_from = day("2026-11-22");
    future.insert(etl).await.unwrap();

    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let pay = salary::month(&mut tx, &ctx, 11).await.unwrap().unwrap();
    assert_eq!((pay.stat_date, pay.effective_hours.to_string()), (day("2026-11-20"), "87.50".to_owned()));
    assert_eq!(pay.gross_salary.get().to_string(), "8750.00");
    assert_eq!(salary::month(&mut tx, &ctx, 12).await.unwrap(), None, "not in the month's newest snapshot");
    let first = RuntimeContext { mode: Mode::AsOf(day("2026-12-01")), ..ctx };
    assert_eq!(salary::month(&mut tx, &first, 11).await.unwrap(), None, "a new month begins empty");
    let nodes = tier::nodes(&mut tx, &ctx).await.unwrap();
    assert_eq!(nodes.iter().map(|t| t.tier_id).collect::<Vec<_>>(), vec![1, 2]);
}
