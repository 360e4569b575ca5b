use domain::{Period, RuntimeContext, SiteId, period::Time};
use warehouse::{
    assistant, coach_record, consumption,
    customer_board::{self, Dimension},
    finance, member_record, settlement,
};

use super::{ALL, Stage};
use crate::{day, warehouse};

/// As of a date, later facts and snapshots do not count; and a hall without a row gives nothing, not an error.
#[tokio::test]
async fn the_past_shows_no_later_row_and_an_empty_hall_none_at_all() {
    let stage = Stage::new(9).await;
    let mut tx = stage.read().await;
    let date = day("2026-10-20");
    let ctx = RuntimeContext { mode: domain::Mode::AsOf(date), ..stage.ctx };
    let member = stage.ledger.busiest_member();
    let shown = settlement::newest(&mut tx, &ctx, member, 1_000).await.unwrap();
    let before = stage
        .ledger
        .settled
        .iter()
        .filter(|s| s.member_id == Some(member) && stage.ledger.day(s.create_time) <= date);
    assert_eq!(shown.len(), before.count());
    assert_eq!(consumption::summaries(&mut tx, &ctx, &[member]).await.unwrap().stat_date, Some(date));
    let span = Period::between(day("2026-10-01"), day("2026-10-31")).unwrap();
    assert_eq!(finance::overview(&mut tx, &ctx, span).await.unwrap().stat_date, Some(date));

    let nobody = RuntimeContext { site_id: SiteId(99), ..stage.ctx };
    let mut tx = warehouse(&stage.dbs).begin(nobody.site_id).await.unwrap();
    let period = stage.period(Time::Month);
    assert_eq!(finance::overview(&mut tx, &nobody, period).await.unwrap(), finance::Overview::default());
    assert!(finance::inflow(&mut tx, &nobody, period).await.unwrap().is_empty());
    assert!(finance::cards(&mut tx, &nobody, period).await.unwrap().is_empty());
    assert_eq!(assistant::profile(&mut tx, &nobody, 1).await.unwrap(), None);
    assert!(coach_record::of_period(&mut tx, &nobody, 1, period, ALL).await.unwrap().records.is_empty());
    assert_eq!(member_record::of_period(&mut tx, &nobody, 1, period, None, ALL).await.unwrap().total, 0);
    for dimension in [Dimension::Recall, Dimension::Balance, Dimension::Recharge, Dimension::Loyal] {
        let ranking = customer_board::page(&mut tx, &nobody, dimension, ALL).await.unwrap();
        assert_eq!((ranking.stat_date, ranking.total, ranking.rows.len()), (None, 0, 0));
    }
}
