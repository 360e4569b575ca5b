use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate};
use domain::Calendar;
use rust_decimal::Decimal;
use warehouse::{
    Slice,
    customer_board::{self, Dimension, Figure},
    rhythm,
};

use super::{Stage, yuan};
use crate::ledger::since;

#[tokio::test]
async fn the_customer_board_ranks_the_raw_rows() {
    let stage = Stage::new(7).await;
    let (Stage { ctx, ledger, .. }, mut tx) = (&stage, stage.read().await);
    let from60 = since(stage.today(), 60);
    let mut paid = BTreeMap::<i64, Decimal>::new();
    for r in ledger.recharged.iter().filter(|r| ledger.day(r.create_time) >= from60) {
        *paid.entry(r.member_id).or_default() += r.pay_amount;
    }
    let visits = ledger.visits();
    let scores = async |query: &'static str| -> BTreeMap<i64, Decimal> {
        let rows: Vec<(i64, Decimal)> =
            sqlx::query_as(query).bind(stage.today()).fetch_all(stage.owner()).await.unwrap();
        rows.into_iter().collect()
    };
    let index = |scores: BTreeMap<i64, Decimal>| -> Vec<(i64, Figure)> {
        scores.into_iter().map(|(m, v)| (m, Figure::Index(domain::Index::new(v).unwrap()))).collect()
    };
    let money = |sums: BTreeMap<i64, Decimal>| -> Vec<(i64, Figure)> {
        sums.into_iter().filter(|s| s.1 > Decimal::ZERO).map(|(m, v)| (m, Figure::Money(yuan(v)))).collect()
    };
    let lately = |dates: &BTreeSet<NaiveDate>| dates.range(from60..).count() as i64;
    let expected: [(Dimension, Vec<(i64, Figure)>); 8] = [
        (Dimension::Recall, index(scores("SELECT member_id, wbi_score FROM dws.member_winback_index WHERE site_id = 2 AND stat_date = $1").await)),
        (Dimension::Potential, index(scores("SELECT member_id, spi_score FROM dws.member_spending_power_index WHERE site_id = 2 AND stat_date = $1").await)),
        (Dimension::Loyal, index(scores("SELECT member_id, max(rs_score) FROM dws.member_assistant_relation_index WHERE site_id = 2 AND stat_date = $1 GROUP BY 1").await)),
        (Dimension::Balance, money(ledger.balances.clone())),
        (Dimension::Recharge, money(paid)),
        (Dimension::Recent, visits.iter().map(|(m, dates)| (*m, Figure::Date(*dates.last().unwrap()))).collect()),
        (Dimension::Spend60, ledger.spent(from60).into_iter().map(|(m, sum)| (m, Figure::Money(sum))).collect()),
        (Dimension::Freq60, visits.iter().filter(|(_, d)| lately(d) > 0).map(|(m, d)| (*m, Figure::Visits(lately(d)))).collect()),
    ];
    for (dimension, mut expected) in expected {
        expected.sort_by(|a, b| order(&b.1).cmp(&order(&a.1)).then(a.0.cmp(&b.0)));
        let mut seen = Vec::new();
        for page in 0.. {
            let slice = Slice { limit: 7, offset: 7 * page };
            let ranking = customer_board::page(&mut tx, ctx, dimension, slice).await.unwrap();
            assert_eq!(ranking.total, expected.len() as i64, "{dimension:?}");
            if ranking.rows.is_empty() {
                break;
            }
            seen.extend(ranking.rows.iter().map(|r| (r.member_id, r.figure)));
        }
        assert!(expected.len() > 7, "{dimension:?} fills a page");
        assert_eq!(seen, expected, "{dimension:?}");
    }

    let members: Vec<i64> = visits.keys().copied().collect();
    let weekly = rhythm::weekly_visits(&mut tx, ctx, &members).await.unwrap();
    let oldest = Calendar::week_of(stage.today()) - Days::new(49);
    let mut expected = BTreeMap::<i64, [i64; 8]>::new();
    for (member, dates) in &visits {
        for date in dates.range(oldest..) {
            let week = (Calendar::week_of(*date) - oldest).num_days() / 7;
            expected.entry(*member).or_default()[usize::try_from(week).unwrap()] += 1;
        }
    }
    assert_eq!(weekly.iter().map(|w| (w.member_id, w.weeks)).collect::<BTreeMap<_, _>>(), expected);
    let rhythms = rhythm::of_members(&mut tx, ctx, &members).await.unwrap();
    assert!(rhythms.rows.iter().all(|r| r.gap_days >= Some(Decimal::from(3)) && r.wbi.is_some()));
}

/// Figures of one dimension compare by what they hold.
fn order(figure: &Figure) -> Decimal {
    match figure {
        Figure::Index(index) => index.get(),
        Figure::Money(money) => money.get(),
        Figure::Visits(visits) => Decimal::from(*visits),
        Figure::Date(date) => Decimal::from(date.num_days_from_ce()),
    }
}
