use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::period::Time;
use rust_decimal::Decimal;
use warehouse::{Slice, WarehouseTx, consumption, member_record, settlement};

use super::{ALL, Stage, seconds, yuan};
use crate::ledger::{Served, hours, since};

#[tokio::test]
async fn a_customers_page_is_the_raw_rows() {
    for seed in [1, 2, 3] {
        let stage = Stage::new(seed).await;
        let (Stage { ctx, ledger, .. }, mut tx) = (&stage, stage.read().await);
        let member = ledger.busiest_member();
        let from60 = since(stage.today(), 60);
        let visits = &ledger.visits()[&member];

        let summary = consumption::summaries(&mut tx, ctx, &[member]).await.unwrap();
        assert_eq!(summary.stat_date, Some(stage.today()));
        let summary = summary.rows[0];
        assert_eq!(summary.total_visits, visits.len() as i64);
        assert_eq!(summary.visits_60d, visits.range(from60..).count() as i64);
        assert_eq!(summary.consumption_60d, ledger.spent(from60)[&member]);
        assert_eq!(summary.total_consumption, ledger.spent(NaiveDate::MIN)[&member]);
        assert_eq!(
            (summary.first_consume_date, summary.last_consume_date),
            (visits.first().copied(), visits.last().copied())
        );

        let consumptions = settlement::newest(&mut tx, ctx, member, 20).await.unwrap();
        let mine: Vec<_> = ledger.settled.iter().filter(|s| s.member_id == Some(member)).take(20).collect();
        assert_eq!(consumptions.len(), mine.len());
        for (shown, raw) in consumptions.iter().zip(mine) {
            assert_eq!(
                (shown.id, shown.create_time, shown.table_id),
                (raw.order_settle_id, raw.create_time, raw.site_table_id)
            );
            let parts = shown.coaches.iter().map(|c| c.fee.get()).sum::<Decimal>();
            assert_eq!(shown.total_amount.get(), shown.table_fee.get() + shown.food_amount.get() + parts);
            assert_eq!(shown.total_amount, yuan(raw.ledger_amount));
            assert_eq!(
                (shown.table_fee, shown.food_amount),
                (yuan(raw.table_charge_money), yuan(raw.goods_money))
            );
            let mut served: Vec<_> =
                ledger.served.iter().filter(|s| s.order_settle_id == raw.order_settle_id).collect();
            served.sort_by_key(|s| s.assistant_service_id);
            assert_eq!(shown.coaches.len(), served.len());
            for (coach, raw) in shown.coaches.iter().zip(served) {
                assert_eq!(
                    (coach.assistant_id, &coach.course_kind),
                    (raw.site_assistant_id, &raw.course_kind)
                );
                assert_eq!(
                    (coach.fee, coach.hours),
                    (yuan(raw.ledger_amount), hours(raw.income_seconds.into()))
                );
                assert_eq!(coach.name.as_ref(), ledger.coaches.get(&coach.assistant_id));
            }
        }

        let stats = member_record::coach_stats_60d(&mut tx, ctx, member).await.unwrap();
        let lately = |s: &&Served| s.tenant_member_id == Some(member) && ledger.day(s.create_time) >= from60;
        let sold: Vec<_> = ledger
            .recharged
            .iter()
            .filter(|r| {
                r.member_id == member && r.assistant_id.is_some() && ledger.day(r.create_time) >= from60
            })
            .collect();
        let coaches: BTreeSet<i64> = ledger
            .served
            .iter()
            .filter(lately)
            .map(|s| s.site_assistant_id)
            .chain(sold.iter().filter_map(|r| r.assistant_id))
            .collect();
        assert_eq!(stats.iter().map(|s| s.assistant_id).collect::<BTreeSet<_>>(), coaches);
        for stat in &stats {
            let mine: Vec<_> = ledger
                .served
                .iter()
                .filter(lately)
                .filter(|s| s.site_assistant_id == stat.assistant_id)
                .collect();
            let of = |kind: &str| hours(seconds(mine.iter().copied().filter(|s| s.course_kind == kind)));
            assert_eq!(
                (stat.services, stat.base_hours, stat.bonus_hours),
                (mine.len() as i64, of("base"), of("bonus"))
            );
            assert_eq!(stat.hours, hours(seconds(mine.iter().copied())));
            assert_eq!(stat.average_hours.is_none(), mine.is_empty());
            let paid =
                sold.iter().filter(|r| r.assistant_id == Some(stat.assistant_id)).map(|r| r.pay_amount).sum();
            assert_eq!(stat.recharged, yuan(paid));
        }

        let total = member_record::service_count(&mut tx, ctx, member).await.unwrap();
        assert_eq!(total, ledger.served.iter().filter(|s| s.tenant_member_id == Some(member)).count() as i64);
        the_months_records_are_whole(&stage, &mut tx, member).await;
    }
}

/// CUST-2: pages do not overlap and together are the month's rows; a table leaves recharges out.
async fn the_months_records_are_whole(stage: &Stage, tx: &mut WarehouseTx, member: i64) {
    let (ctx, ledger) = (&stage.ctx, &stage.ledger);
    let period = stage.period(Time::LastMonth);
    let within = |at| (period.first()..=period.last()).contains(&ledger.day(at));
    let courses: Vec<_> = ledger
        .served
        .iter()
        .filter(|s| s.tenant_member_id == Some(member) && within(s.create_time))
        .collect();
    let recharges: Vec<_> =
        ledger.recharged.iter().filter(|r| r.member_id == member && within(r.create_time)).collect();
    let mut seen = Vec::new();
    for page in 0.. {
        let slice = Slice { limit: 3, offset: 3 * page };
        let records = member_record::of_period(tx, ctx, member, period, None, slice)
            .await
            .expect("the records can be read");
        assert_eq!(records.total, (courses.len() + recharges.len()) as i64);
        assert_eq!(
            (records.month_count, records.month_hours),
            (courses.len() as i64, hours(seconds(courses.iter().copied())))
        );
        if records.records.is_empty() {
            break;
        }
        seen.extend(records.records);
    }
    assert!(seen.windows(2).all(|pair| pair[0].create_time >= pair[1].create_time));
    let ids: BTreeSet<_> = seen.iter().map(|r| (r.record_type.clone(), r.id)).collect();
    let expected: BTreeSet<_> = courses
        .iter()
        .map(|s| ("course".to_owned(), s.assistant_service_id))
        .chain(recharges.iter().map(|r| ("recharge".to_owned(), r.recharge_order_id)))
        .collect();
    assert_eq!((ids, seen.len()), (expected.clone(), expected.len()));

    let Some(table) = courses.first().and_then(|s| s.site_table_id) else { return };
    let at_table = member_record::of_period(tx, ctx, member, period, Some(table), ALL)
        .await
        .expect("the records can be read");
    let expected = courses.iter().filter(|s| s.site_table_id == Some(table)).count();
    assert_eq!((at_table.total, at_table.records.len()), (expected as i64, expected));
    assert!(at_table.records.iter().all(|r| r.record_type == "course"));
}
