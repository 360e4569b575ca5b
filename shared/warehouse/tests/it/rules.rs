//! The rules that every read keeps, on hand-made rows: names, balances, voids, walk-ins, settle types, edges of days.
use domain::{Period, period::Time};
use reference::builders::{
    AssistantRow, CardRow, ConsumptionRow, MemberRow, RechargeRow, RelationRow, ServiceRow, SettlementRow,
};
use sqlx::PgPool;
use testing::TestDbs;
use warehouse::{
    Slice, card, coach_record, consumption,
    customer_board::{self, Dimension, Figure},
    member::{self, PairedWith, Sought},
    member_record, relation, settlement, skill,
};

use crate::{SITE, at, day, noon, warehouse};

const ALL: Slice = Slice { limit: 100, offset: 0 };

async fn settle(etl: &PgPool, id: i64, member: i64, yuan: i64, time: &str) -> SettlementRow {
    let row = SettlementRow::new(SITE, id, member, yuan.into(), at(time));
    row.insert(etl).await.expect("the row is sound");
    row
}

#[tokio::test]
async fn consumption_is_tables_and_shop_orders_that_are_valid_and_somebodys() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let time = "2026-11-20T12:00:00Z";
    settle(etl, 1, 501, 100, time).await;
    settle(etl, 2, 501, 20, time).await.settle_type(3).insert(etl).await.unwrap();
    settle(etl, 3, 501, 300, time).await.settle_type(4).insert(etl).await.unwrap();
    settle(etl, 4, 501, 400, time).await.void().insert(etl).await.unwrap();
    settle(etl, 5, 0, 500, time).await;
    settle(etl, 6, 502, 600, time).await;
    // Another hall's row of the same member, and one after today.
    SettlementRow::new(SITE + 1, 7, 501, 700.into(), at(time)).insert(etl).await.unwrap();
    settle(etl, 8, 501, 800, "2026-11-22T01:00:00Z").await;
    AssistantRow::new(SITE, 11).nickname("小雨").insert(etl).await.unwrap();
    let mut base = ServiceRow::new(SITE, 21, 11, 501, at(time));
    base.settle_id = 1;
    base.insert(etl).await.unwrap();
    let mut bonus = ServiceRow::new(SITE, 22, 12, 501, at(time)).seconds(1800, true);
    bonus.settle_id = 1;
    bonus.insert(etl).await.unwrap();
    let mut gone = ServiceRow::new(SITE, 23, 11, 501, at(time)).void();
    gone.settle_id = 1;
    gone.insert(etl).await.unwrap();

    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let shown = settlement::newest(&mut tx, &ctx, 501, 20).await.unwrap();
    assert_eq!(shown.iter().map(|c| c.id).collect::<Vec<_>>(), vec![2, 1]);
    let coaches: Vec<_> = shown[1]
        .coaches
        .iter()
        .map(|c| (c.name.as_deref(), c.course_kind.as_str(), c.hours.to_string(), c.fee.get().to_string()))
        .collect();
    assert_eq!(
        coaches,
        vec![
            (Some("小雨"), "base", "2.00".into(), "200.00".into()),
            (None, "bonus", "0.50".into(), "100.00".into()),
        ],
        "a coach without a row has no name"
    );
    assert!(settlement::newest(&mut tx, &ctx, 0, 20).await.unwrap().is_empty(), "walk-ins are nobody");
}

#[tokio::test]
async fn a_night_counts_for_the_month_in_which_it_began() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    // Shanghai: 1 November begins at 08:00, midnight UTC.
    for (id, time) in [
        (1, "2026-10-31T23:59:59Z"),
        (2, "2026-11-01T00:00:00Z"),
        (3, "2026-09-30T23:59:59Z"),
        (4, "2026-10-01T00:00:00Z"),
    ] {
        ServiceRow::new(SITE, id, 11, 501, at(time)).insert(etl).await.unwrap();
    }
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let october = Time::LastMonth.on(ctx.today());
    let records = member_record::of_period(&mut tx, &ctx, 501, october, None, ALL).await.unwrap();
    assert_eq!(records.records.iter().map(|r| r.id).collect::<Vec<_>>(), vec![1, 4]);
    let shown = coach_record::of_period(&mut tx, &ctx, 11, october, ALL).await.unwrap();
    let days: Vec<_> = shown.records.iter().map(|r| (r.service.id, r.day)).collect();
    assert_eq!(days, vec![(1, day("2026-10-31")), (4, day("2026-10-01"))]);
    let months =
        coach_record::monthly_customers(&mut tx, &ctx, 11, (day("2026-09-15"), ctx.today())).await.unwrap();
    let months: Vec<_> = months.iter().map(|m| (m.month, m.customers)).collect();
    assert_eq!(months, vec![(day("2026-09-01"), 1), (day("2026-10-01"), 1), (day("2026-11-01"), 1)]);
}

#[tokio::test]
async fn totals_stay_on_a_page_beyond_the_end_and_a_recharge_is_no_course() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    ServiceRow::new(SITE, 1, 11, 501, at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 2, 11, 501, at("2026-11-20T13:00:00Z")).void().insert(etl).await.unwrap();
    ServiceRow::new(SITE, 3, 11, 0, at("2026-11-20T14:00:00Z")).insert(etl).await.unwrap();
    RechargeRow::new(SITE, 1, 501, 1000.into(), at("2026-11-20T12:00:00Z")).insert(etl).await.unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let month = Time::Month.on(ctx.today());
    let beyond = Slice { limit: 20, offset: 40 };
    let records = member_record::of_period(&mut tx, &ctx, 501, month, None, beyond).await.unwrap();
    assert_eq!((records.total, records.month_count, records.month_hours.to_string()), (2, 1, "2.00".into()));
    assert!(records.records.is_empty());
    let shown = member_record::of_period(&mut tx, &ctx, 501, month, None, ALL).await.unwrap();
    let kinds: Vec<_> =
        shown.records.iter().map(|r| (r.record_type.as_str(), r.income.get().to_string())).collect();
    assert_eq!(kinds, vec![("course", "200.00".to_owned()), ("recharge", "1000.00".into())]);
    let shown = coach_record::of_period(&mut tx, &ctx, 11, month, beyond).await.unwrap();
    assert_eq!((shown.total.services, shown.records.len()), (2, 0), "a walk-in is worked for, a void is not");
}

#[tokio::test]
async fn a_balance_is_stored_cards_of_the_moment_alone() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    CardRow::new(SITE, 501, 300.into()).insert(etl).await.unwrap();
    CardRow::new(SITE, 501, 50.into()).card(9001, "stored").insert(etl).await.unwrap();
    CardRow::new(SITE, 501, 999.into()).card(9002, "gift_table").insert(etl).await.unwrap();
    CardRow::new(SITE, 502, 350.into()).insert(etl).await.unwrap();
    CardRow::new(SITE, 503, 0.into()).insert(etl).await.unwrap();
    // A card that was handed over the counter: walk-ins are nobody, and no coach's.
    CardRow::new(SITE, 0, 5000.into()).insert(etl).await.unwrap();
    for member in [0, 502] {
        RelationRow::new(SITE, day("2026-11-20"), 11, member).insert(etl).await.unwrap();
    }
    // Superseded yesterday.
    CardRow::new(SITE, 504, 800.into()).insert(etl).await.unwrap();
    sqlx::raw_sql(
        "UPDATE dim.member_card_account SET scd2_end_time = '2026-11-20T00:00Z', scd2_is_current = 0 WHERE card_account_id = 504",
    )
    .execute(etl)
    .await
    .unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let ranking = customer_board::page(&mut tx, &ctx, Dimension::Balance, ALL).await.unwrap();
    let rows: Vec<_> = ranking
        .rows
        .iter()
        .map(|r| match r.figure {
            Figure::Money(money) => (r.member_id, money.get().to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rows, vec![(501, "350.00".to_owned()), (502, "350.00".into())], "equal figures go by id");
    let held = card::of_coaches(&mut tx, &ctx, &[11, 12]).await.unwrap();
    assert_eq!(held.stat_date, Some(day("2026-11-20")));
    let held: Vec<_> = held.rows.iter().map(|h| (h.assistant_id, h.balance.get().to_string())).collect();
    assert_eq!(held, vec![(11, "350.00".to_owned())]);
}

#[tokio::test]
async fn a_search_takes_its_words_as_they_are_and_keeps_to_the_coachs_members() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    for (id, name) in [(1, "张小雨"), (2, "王小雨"), (3, "100%_Bob"), (4, "李四")] {
        MemberRow::new(SITE, id).nickname(name).insert(etl).await.unwrap();
    }
    MemberRow::new(SITE + 1, 5).nickname("赵小雨").insert(etl).await.unwrap();
    MemberRow::new(SITE, 0).nickname("散客小雨").insert(etl).await.unwrap();
    RelationRow::new(SITE, day("2026-11-20"), 11, 1).insert(etl).await.unwrap();
    RelationRow::new(SITE, day("2026-11-20"), 12, 2).insert(etl).await.unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let mut ids = async |sought, paired, slice| {
        let found = member::search(&mut tx, &ctx, sought, paired, slice).await.unwrap();
        (found.total, found.members.iter().map(|m| m.member_id).collect::<Vec<_>>())
    };
    let mut both = ids(Sought::Name("小雨"), None, ALL).await;
    both.1.sort_unstable();
    assert_eq!(both, (2, vec![1, 2]));
    assert_eq!(ids(Sought::Name("%"), None, ALL).await, (1, vec![3]));
    assert_eq!(ids(Sought::Name("_b"), None, ALL).await, (1, vec![3]));
    assert_eq!(ids(Sought::Name("bOB"), None, ALL).await, (1, vec![3]));
    assert_eq!(ids(Sought::Digits("0000004"), None, ALL).await, (1, vec![4]));
    assert_eq!(ids(Sought::Name("小雨"), None, Slice { limit: 20, offset: 20 }).await, (2, vec![]));
    let mine = PairedWith { assistant_id: 11, tasked: &[4] };
    assert_eq!(ids(Sought::Name("小雨"), Some(mine), ALL).await, (1, vec![1]));
    assert_eq!(ids(Sought::Name("李"), Some(mine), ALL).await, (1, vec![4]), "by a task");
}

#[tokio::test]
async fn a_member_is_shown_by_the_version_of_the_moment_and_an_unknown_one_not_at_all() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    MemberRow::new(SITE, 501).nickname("旧名").insert(etl).await.unwrap();
    sqlx::raw_sql(
        "UPDATE dim.member SET scd2_end_time = '2026-11-10T00:00Z', scd2_is_current = 0 WHERE member_id = 501;
         INSERT INTO dim.member (site_id, member_id, nickname, mobile, grade_name, register_time, scd2_start_time)
         VALUES (7, 501, '新名', '13912345678', '金卡会员', '2020-01-01T00:00Z', '2026-11-10T00:00Z')",
    )
    .execute(etl)
    .await
    .unwrap();
    let live = noon();
    let mut tx = warehouse(&dbs).begin(live.site_id).await.unwrap();
    let now = member::profile(&mut tx, &live, 501).await.unwrap().unwrap();
    assert_eq!((now.name.as_deref(), now.grade.as_deref()), (Some("新名"), Some("金卡会员")));
    assert!(!format!("{now:?}").contains("1391"), "a phone is in no log");
    let past = domain::RuntimeContext { mode: domain::Mode::AsOf(day("2026-11-08")), ..live };
    assert_eq!(member::profile(&mut tx, &past, 501).await.unwrap().unwrap().name.as_deref(), Some("旧名"));
    assert_eq!(member::profile(&mut tx, &live, 502).await.unwrap(), None);
}

#[tokio::test]
async fn the_newest_snapshot_is_the_views_and_what_is_unsound_in_it_is_left_out() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let (older, newer) = (day("2026-11-19"), day("2026-11-20"));
    RelationRow::new(SITE, older, 13, 501).rs("9.00").insert(etl).await.unwrap();
    for (coach, rs) in [(11, "4.00"), (12, "8.00"), (14, "NaN")] {
        AssistantRow::new(SITE, coach).insert(etl).await.unwrap();
        RelationRow::new(SITE, newer, coach, 501).rs(rs).insert(etl).await.unwrap();
    }
    ConsumptionRow::new(SITE, older, 502, older).insert(etl).await.unwrap();
    ConsumptionRow::new(SITE, newer, 501, newer).insert(etl).await.unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let coaches = relation::coaches_of(&mut tx, &ctx, &[501]).await.unwrap();
    assert_eq!(coaches.stat_date, Some(newer));
    let rows: Vec<_> =
        coaches.rows.iter().map(|c| (c.assistant_id, c.rs.map(|rs| rs.hundredths()))).collect();
    assert_eq!(rows, vec![(12, Some(800)), (11, Some(400)), (14, None)]);
    let loyal = customer_board::page(&mut tx, &ctx, Dimension::Loyal, ALL).await.unwrap();
    assert_eq!((loyal.total, loyal.rows[0].member_id), (1, 501));
    let summaries = consumption::summaries(&mut tx, &ctx, &[501, 502]).await.unwrap();
    assert_eq!(summaries.rows.iter().map(|s| s.member_id).collect::<Vec<_>>(), vec![501]);
    let mut one = summaries.rows[0];
    assert_eq!(one.average_60d().unwrap().get().to_string(), "100.00");
    one.visits_60d = 0;
    assert_eq!(one.average_60d(), None, "no division by zero");
}

#[tokio::test]
async fn only_offered_skills_are_listed_in_their_order() {
    let dbs = TestDbs::new().await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO cfg.skill_type (site_id, skill_code, skill_name, sort_order, is_active)
         VALUES (7, 'b', '九球', 1, true), (7, 'a', '斯诺克', 2, true), (7, 'c', '旧项目', 0, false), (8, 'd', '别店', 0, true)",
    )
    .execute(dbs.etl_owner())
    .await
    .unwrap();
    let mut tx = warehouse(&dbs).begin(noon().site_id).await.unwrap();
    let codes: Vec<_> = skill::types(&mut tx).await.unwrap().into_iter().map(|s| s.code).collect();
    assert_eq!(codes, ["b", "a"]);
}

#[tokio::test]
async fn a_span_of_dates_beyond_today_ends_with_today() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    ServiceRow::new(SITE, 1, 11, 501, at("2026-11-21T03:00:00Z")).insert(etl).await.unwrap();
    ServiceRow::new(SITE, 2, 11, 501, at("2026-11-22T03:00:00Z")).insert(etl).await.unwrap();
    let ctx = noon();
    let mut tx = warehouse(&dbs).begin(ctx.site_id).await.unwrap();
    let span = Period::between(day("2026-11-01"), day("2026-12-31")).unwrap();
    let shown = coach_record::of_period(&mut tx, &ctx, 11, span, ALL).await.unwrap();
    assert_eq!(shown.records.iter().map(|r| r.service.id).collect::<Vec<_>>(), vec![1]);
    let future = Period::between(day("2027-01-01"), day("2027-01-31")).unwrap();
    assert_eq!(coach_record::of_period(&mut tx, &ctx, 11, future, ALL).await.unwrap().total.services, 0);
    assert!(coach_record::days(&mut tx, &ctx, 11, future).await.unwrap().is_empty());
}
