use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use domain::{Calendar, Period, period::Time};
use rust_decimal::Decimal;
use warehouse::{Slice, WarehouseTx, assistant, card, coach_period, coach_record, relation, salary, skill};

use super::{Stage, seconds, yuan};
use crate::{day, ledger::hours};

#[tokio::test]
async fn a_coachs_page_is_the_raw_rows() {
    for seed in [4, 5] {
        let stage = Stage::new(seed).await;
        let (Stage { ctx, ledger, .. }, mut tx) = (&stage, stage.read().await);
        for coach in assistant::by_skill(&mut tx, ctx, None).await.unwrap().iter().map(|c| c.assistant_id) {
            for period in [stage.period(Time::Month), stage.period(Time::LastMonth)] {
                records_are_whole(&stage, &mut tx, coach, period).await;
            }
            let newest = coach_record::newest(&mut tx, ctx, coach, 20).await.unwrap();
            let raw = ledger.services(coach, NaiveDate::MIN, stage.today());
            assert_eq!(
                newest.iter().map(|r| r.id).collect::<Vec<_>>(),
                raw.iter().take(20).map(|s| s.assistant_service_id).collect::<Vec<_>>()
            );
            let ever = Period::between(day("2025-01-01"), stage.today()).unwrap();
            let first = Slice { limit: 20, offset: 0 };
            let listed = coach_record::of_period(&mut tx, ctx, coach, ever, first).await.unwrap().records;
            assert_eq!(newest, listed.into_iter().map(|record| record.service).collect::<Vec<_>>());
            let months = (day("2026-08-15"), stage.today());
            let counted = coach_record::monthly_customers(&mut tx, ctx, coach, months).await.unwrap();
            let mut expected = BTreeMap::<NaiveDate, BTreeSet<i64>>::new();
            for s in ledger.services(coach, day("2026-08-01"), stage.today()) {
                let month = Calendar::month_of(ledger.day(s.create_time));
                if let Some(member) = s.tenant_member_id.filter(|m| *m != 0) {
                    expected.entry(month).or_default().insert(member);
                }
            }
            assert_eq!(
                counted.iter().map(|m| (m.month, m.customers)).collect::<Vec<_>>(),
                expected.iter().map(|(month, members)| (*month, members.len() as i64)).collect::<Vec<_>>()
            );
            let pays = salary::months(&mut tx, ctx, Some(&[coach]), months).await.unwrap();
            assert_eq!(pays.len(), 4, "August to November");
            for pay in &pays {
                let last = (Calendar::next_month(pay.month) - Days::new(1)).min(stage.today());
                assert_eq!(pay.pay.stat_date, last);
                let worked = seconds(ledger.services(coach, pay.month, last).into_iter());
                assert_eq!(pay.pay.effective_hours, hours(worked));
                let p = &pay.pay;
                let sum = [
                    p.base_income,
                    p.bonus_income,
                    p.recharge_commission,
                    p.goods_commission,
                    p.sprint_bonus,
                    p.reward,
                ]
                .iter()
                .map(|m| m.get())
                .sum::<Decimal>();
                assert_eq!(p.gross_salary.get(), sum - p.deduction.get());
            }
            assert_eq!(
                salary::month(&mut tx, ctx, coach).await.unwrap().as_ref(),
                pays.last().map(|p| &p.pay)
            );
        }
    }
}

async fn records_are_whole(stage: &Stage, tx: &mut WarehouseTx, coach: i64, period: Period) {
    let (ctx, ledger) = (&stage.ctx, &stage.ledger);
    let raw = ledger.services(coach, period.first(), period.last());
    let mut seen = Vec::new();
    for page in 0.. {
        let records = coach_record::of_period(tx, ctx, coach, period, Slice { limit: 7, offset: 7 * page })
            .await
            .expect("the records can be read");
        assert_eq!(records.total.services, raw.len() as i64);
        assert_eq!(records.total.hours, hours(seconds(raw.iter().copied())));
        assert_eq!(records.total.income, yuan(raw.iter().map(|s| s.ledger_amount).sum()));
        if records.records.is_empty() {
            break;
        }
        seen.extend(records.records);
    }
    assert_eq!(
        seen.iter().map(|r| r.service.id).collect::<Vec<_>>(),
        raw.iter().map(|s| s.assistant_service_id).collect::<Vec<_>>()
    );
    for (shown, raw_row) in seen.iter().zip(&raw) {
        let of_day: Vec<_> = raw.iter().filter(|s| ledger.day(s.create_time) == shown.day).collect();
        assert_eq!(shown.day, ledger.day(raw_row.create_time));
        assert_eq!(shown.of_day.services, of_day.len() as i64);
        assert_eq!(shown.of_day.hours, hours(seconds(of_day.iter().map(|s| **s))));
        assert_eq!(shown.of_day.income, yuan(of_day.iter().map(|s| s.ledger_amount).sum()));
        let service = &shown.service;
        assert_eq!(service.member_id, raw_row.tenant_member_id.filter(|m| *m != 0));
        assert_eq!(service.member_name.as_ref(), service.member_id.and_then(|m| ledger.members.get(&m)));
    }
    let days = coach_record::days(tx, ctx, coach, period).await.expect("the records can be read");
    let expected: BTreeSet<_> = raw.iter().map(|s| ledger.day(s.create_time)).collect();
    assert_eq!(days.iter().map(|d| d.day).collect::<BTreeSet<_>>(), expected);
    assert_eq!(days.iter().map(|d| d.sums.services).sum::<i64>(), raw.len() as i64);

    let customers = coach_record::customers(tx, ctx, coach, period).await.expect("the records can be read");
    assert_eq!(customers.stat_date, Some(period.last()));
    let customers = customers.rows;
    let members: BTreeSet<_> = raw.iter().filter_map(|s| s.tenant_member_id.filter(|m| *m != 0)).collect();
    assert_eq!(customers.iter().map(|c| c.member_id).collect::<BTreeSet<_>>(), members);
    for customer in &customers {
        let first = ledger
            .served
            .iter()
            .filter(|s| s.site_assistant_id == coach && s.tenant_member_id == Some(customer.member_id))
            .map(|s| ledger.day(s.create_time))
            .min();
        assert_eq!(customer.first_service_date, first);
        let mine = raw.iter().filter(|s| s.tenant_member_id == Some(customer.member_id));
        assert_eq!(customer.sums.services, mine.count() as i64);
    }
}

#[tokio::test]
async fn the_coach_board_is_the_raw_rows() {
    let stage = Stage::new(6).await;
    let (Stage { ctx, ledger, .. }, mut tx) = (&stage, stage.read().await);
    let there = assistant::by_skill(&mut tx, ctx, None).await.unwrap();
    let coaches: Vec<i64> = there.iter().map(|c| c.assistant_id).collect();
    assert_eq!(coaches, ledger.coaches.keys().copied().take(4).collect::<Vec<_>>(), "the fifth has left");
    let snooker = assistant::by_skill(&mut tx, ctx, Some("snooker")).await.unwrap();
    assert_eq!(snooker.iter().map(|c| c.assistant_id % 1000).collect::<Vec<_>>(), vec![2, 3]);
    let profile = assistant::profile(&mut tx, ctx, coaches[0]).await.unwrap().unwrap();
    assert_eq!(skill::names(&mut tx, &profile.skill_codes).await.unwrap(), ["中式八球", "九球"]);
    assert!(profile.work_years(ctx).is_some() && !profile.resigned);

    let week = stage.period(Time::LastWeek);
    for worked in coach_period::worked(&mut tx, ctx, week, None).await.unwrap() {
        let raw = ledger.services(worked.assistant_id, week.first(), week.last());
        assert_eq!(worked.services, raw.len() as i64);
        assert_eq!(worked.billed, yuan(raw.iter().map(|s| s.ledger_amount).sum()));
        let exact = Decimal::from(seconds(raw.into_iter())) / Decimal::from(3600);
        assert!(
            (worked.base_hours + worked.bonus_hours - exact).abs() < Decimal::new(15, 2),
            "rounded by day"
        );
    }
    let month = stage.period(Time::Month);
    let sold = coach_period::sold(&mut tx, ctx, month).await.unwrap();
    let mut expected = BTreeMap::<i64, Decimal>::new();
    for r in ledger.recharged.iter().filter(|r| ledger.day(r.create_time) >= month.first()) {
        if let Some(coach) = r.assistant_id {
            *expected.entry(coach).or_default() += r.pay_amount;
        }
    }
    assert!(!sold.is_empty());
    assert_eq!(
        sold.iter().map(|s| (s.assistant_id, s.recharged)).collect::<Vec<_>>(),
        expected.into_iter().map(|(coach, sum)| (coach, yuan(sum))).collect::<Vec<_>>()
    );

    // A pair is one with a service in 180 days: here all of them.
    let pairs: BTreeSet<(i64, i64)> = ledger
        .served
        .iter()
        .filter_map(|s| Some((s.site_assistant_id, s.tenant_member_id.filter(|m| *m != 0)?)))
        .collect();
    let held = card::of_coaches(&mut tx, ctx, &coaches).await.unwrap();
    assert_eq!(held.stat_date, Some(stage.today()));
    for coach in &coaches {
        let sum: Decimal = pairs
            .iter()
            .filter(|pair| pair.0 == *coach)
            .filter_map(|pair| ledger.balances.get(&pair.1))
            .sum();
        assert_eq!(
            held.rows.iter().find(|h| h.assistant_id == *coach).map_or(Decimal::ZERO, |h| h.balance.get()),
            sum
        );
    }
    let top = relation::top_customers(&mut tx, ctx, &coaches, 3).await.unwrap();
    assert_eq!((top.stat_date, top.consumed_stat_date), (Some(stage.today()), Some(stage.today())));
    for coach in &coaches {
        let mine: Vec<_> = top.rows.iter().filter(|t| t.assistant_id == *coach).collect();
        assert_eq!(mine.len(), pairs.iter().filter(|p| p.0 == *coach).count().min(3));
        assert!(mine.windows(2).all(|w| w[0].relation_index >= w[1].relation_index));
        for customer in mine {
            let billed = ledger
                .served
                .iter()
                .filter(|s| s.site_assistant_id == *coach && s.tenant_member_id == Some(customer.member_id))
                .map(|s| s.ledger_amount)
                .sum();
            assert_eq!(customer.consumed, Some(yuan(billed)));
            assert_eq!(customer.name.as_ref(), ledger.members.get(&customer.member_id));
            assert_eq!(customer.balance, ledger.balances.get(&customer.member_id).map(|b| yuan(*b)));
        }
    }
    let best = top.rows.iter().map(|t| t.member_id).collect::<Vec<_>>();
    let theirs = relation::coaches_of(&mut tx, ctx, &best).await.unwrap();
    let expected: BTreeSet<_> = pairs.iter().filter(|p| best.contains(&p.1)).copied().collect();
    assert_eq!(theirs.rows.iter().map(|c| (c.assistant_id, c.member_id)).collect::<BTreeSet<_>>(), expected);
}
