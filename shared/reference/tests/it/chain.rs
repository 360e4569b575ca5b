use chrono::Days;
use reference::{
    chain::{self, ChainSpec},
    rollup::{self, When},
};
use sqlx::PgPool;
use testing::TestDbs;

use crate::day;

fn small(days: u32) -> ChainSpec {
    ChainSpec { sites: 2, coaches: 4, members: 40, days, seed: 5, last_day: day("2026-11-20") }
}

macro_rules! digests {
    ($($table:literal),* $(,)?) => {
        [$(($table, concat!("SELECT md5(coalesce(string_agg(x::text, chr(10) ORDER BY x::text), '')) FROM ", $table, " AS x"))),*]
    };
}

/// Every generated table, and what gives a digest of its rows.
const DIGESTS: [(&str, &str); 30] = digests![
    "dim.site",
    "dim.site_table",
    "dim.assistant",
    "dim.member",
    "dim.member_card_account",
    "dwd.settlement",
    "dwd.assistant_service_log",
    "dwd.recharge_order",
    "dwd.discount",
    "dwd.expense",
    "dws.platform_settlement",
    "dws.assistant_goods_commission",
    "dws.assistant_recharge_commission",
    "dws.salary_adjustment",
    "dws.member_consumption_summary",
    "dws.member_winback_index",
    "dws.member_newconv_index",
    "dws.member_spending_power_index",
    "dws.member_stickiness_index",
    "dws.member_assistant_relation_index",
    "dws.assistant_daily_salary",
    "dws.assistant_salary_calc",
    "dws.member_visit_detail",
    "dws.assistant_daily_detail",
    "dws.assistant_customer_stats",
    "dws.finance_daily_summary",
    "dws.finance_recharge_summary",
    "dws.finance_income_structure",
    "dws.finance_discount_detail",
    "dws.finance_expense_summary",
];

async fn digests(pool: &PgPool) -> Vec<(&'static str, String)> {
    let mut digests = Vec::new();
    for (table, query) in DIGESTS {
        digests
            .push((table, sqlx::query_scalar(query).fetch_one(pool).await.expect("the table can be read")));
    }
    digests
}

#[tokio::test]
async fn the_same_seed_gives_the_same_chain_and_another_another() {
    let (one, two, other) =
        (TestDbs::new().await.unwrap(), TestDbs::new().await.unwrap(), TestDbs::new().await.unwrap());
    reference::seed(one.etl_owner(), &small(70), &|_| {}).await.unwrap();
    reference::seed(two.etl_owner(), &small(70), &|_| {}).await.unwrap();
    reference::seed(other.etl_owner(), &ChainSpec { seed: 6, ..small(70) }, &|_| {}).await.unwrap();
    let first = digests(one.etl_owner()).await;
    assert_eq!(first, digests(two.etl_owner()).await);
    let different = first.iter().zip(digests(other.etl_owner()).await).filter(|(a, b)| **a != *b).count();
    assert!(different >= 22, "only {different} tables depend on the seed");

    // An interrupted seeding goes on: a hall and some dates are missing.
    sqlx::raw_sql(
        "DELETE FROM dws.rollup WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_consumption_summary WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_winback_index WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_newconv_index WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_spending_power_index WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_stickiness_index WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_assistant_relation_index WHERE stat_date > '2026-11-10';
         DELETE FROM dws.assistant_daily_salary WHERE stat_date > '2026-11-10';
         DELETE FROM dws.member_visit_detail WHERE visit_date > '2026-11-10';
         DELETE FROM dws.assistant_daily_detail WHERE stat_date > '2026-11-10';
         DELETE FROM dws.assistant_customer_stats WHERE stat_date > '2026-11-10';
         DELETE FROM dws.finance_daily_summary WHERE stat_date > '2026-11-10';
         DELETE FROM dws.finance_recharge_summary WHERE stat_date > '2026-11-10';
         DELETE FROM dws.finance_income_structure WHERE stat_date > '2026-11-10';
         DELETE FROM dws.finance_discount_detail WHERE stat_date > '2026-11-10';
         DELETE FROM dws.finance_expense_summary WHERE stat_date > '2026-11-10';
         DELETE FROM cfg.demo_chain WHERE site_id = 2;
         DELETE FROM cfg.performance_tier WHERE site_id = 2;
         DELETE FROM cfg.skill_type WHERE site_id = 2;
         DELETE FROM dim.site WHERE site_id = 2;
         DELETE FROM dim.assistant WHERE site_id = 2;
         DELETE FROM dim.member WHERE site_id = 2;
         DELETE FROM dim.member_card_account WHERE site_id = 2;
         DELETE FROM dwd.settlement WHERE site_id = 2;
         DELETE FROM dwd.assistant_service_log WHERE site_id = 2;
         DELETE FROM dwd.recharge_order WHERE site_id = 2;
         DELETE FROM dwd.discount WHERE site_id = 2;
         DELETE FROM dwd.expense WHERE site_id = 2;
         DELETE FROM dim.site_table WHERE site_id = 2;
         DELETE FROM dws.platform_settlement WHERE site_id = 2;
         DELETE FROM dws.assistant_goods_commission WHERE site_id = 2;
         DELETE FROM dws.assistant_recharge_commission WHERE site_id = 2;
         DELETE FROM dws.salary_adjustment WHERE site_id = 2;",
    )
    .execute(two.etl_owner())
    .await
    .unwrap();
    reference::seed(two.etl_owner(), &small(70), &|_| {}).await.unwrap();
    assert_eq!(first, digests(two.etl_owner()).await);
}

#[tokio::test]
async fn a_chain_continued_day_by_day_is_the_chain_generated_at_once() {
    let (once, daily) = (TestDbs::new().await.unwrap(), TestDbs::new().await.unwrap());
    // The same story of 66 days, told at once or in four goes: the rate of joining comes from `days`.
    let spec = ChainSpec { members: 40, ..small(60) };
    reference::seed(once.etl_owner(), &spec, &|_| {}).await.unwrap();
    reference::seed(daily.etl_owner(), &spec, &|_| {}).await.unwrap();
    let (first, last) = (spec.last_day + Days::new(1), spec.last_day + Days::new(6));
    chain::extend(once.etl_owner(), last).await.unwrap();
    for to in [first, first + Days::new(1), first + Days::new(4), last, last] {
        chain::extend(daily.etl_owner(), to).await.unwrap();
    }
    for pool in [once.etl_owner(), daily.etl_owner()] {
        for site in [1, 2] {
            rollup::run(pool, site, first..=last, When::EachNight).await.unwrap();
        }
        assert_eq!(chain::last_day(pool).await.unwrap(), Some(last));
    }
    assert_eq!(digests(once.etl_owner()).await, digests(daily.etl_owner()).await);
    // And day by day gives the snapshots of all at once.
    for date in first.iter_days().take(6) {
        rollup::run(daily.etl_owner(), 1, date..=date, When::EachNight).await.unwrap();
    }
    assert_eq!(digests(once.etl_owner()).await, digests(daily.etl_owner()).await);
}

#[tokio::test]
async fn the_books_balance_and_the_business_is_believable() {
    let dbs = TestDbs::new().await.unwrap();
    let etl = dbs.etl_owner();
    let spec =
        ChainSpec { sites: 1, coaches: 6, members: 200, days: 250, seed: 3, last_day: day("2026-11-20") };
    reference::seed(etl, &spec, &|_| {}).await.unwrap();
    for (what, query) in [
        (
            "ledger is the sum of the four",
            "SELECT count(*) FROM dwd.settlement
             WHERE ledger_amount <> table_charge_money + goods_money + assistant_pd_money + assistant_cx_money",
        ),
        (
            "the four payments are ledger less discount",
            "SELECT count(*) FROM dwd.settlement
             WHERE card_paid + cash_paid + online_paid + groupbuy_paid <> ledger_amount - discount_amount
                OR least(card_paid, cash_paid, online_paid, groupbuy_paid, discount_amount) < 0",
        ),
        (
            "valid services sum to the settlement's pd and cx",
            "SELECT count(*) FROM dwd.settlement s
             LEFT JOIN (SELECT site_id, order_settle_id, sum(assistant_pd_money) pd, sum(assistant_cx_money) cx
                        FROM dwd.assistant_service_log WHERE is_delete = 0 GROUP BY 1, 2) v
                    USING (site_id, order_settle_id)
             WHERE s.is_delete = 0
               AND (coalesce(pd, 0), coalesce(cx, 0)) <> (s.assistant_pd_money, s.assistant_cx_money)",
        ),
        (
            "base rows have no cx, bonus rows no pd, and ledger is both",
            "SELECT count(*) FROM dwd.assistant_service_log
             WHERE ledger_amount <> assistant_pd_money + assistant_cx_money
                OR (course_kind = 'base' AND assistant_cx_money <> 0)
                OR (course_kind = 'bonus' AND assistant_pd_money <> 0)",
        ),
        (
            "discount rows sum to the settlement's discount",
            "SELECT count(*) FROM dwd.settlement s
             LEFT JOIN (SELECT site_id, order_settle_id, sum(amount) AS amount FROM dwd.discount GROUP BY 1, 2) d
                    USING (site_id, order_settle_id)
             WHERE coalesce(d.amount, 0) <> s.discount_amount",
        ),
        (
            "a stored-value card holds what was paid in less what was paid with",
            "SELECT count(*) FROM (
                 SELECT c.tenant_member_id AS member_id, c.balance,
                        (SELECT coalesce(sum(pay_amount), 0) FROM dwd.recharge_order r
                         WHERE r.site_id = c.site_id AND r.member_id = c.tenant_member_id AND is_delete = 0) AS paid_in,
                        (SELECT coalesce(sum(card_paid), 0) FROM dwd.settlement s
                         WHERE s.site_id = c.site_id AND s.member_id = c.tenant_member_id AND is_delete = 0) AS paid_with
                 FROM dim.member_card_account c WHERE card_kind = 'stored' AND scd2_end_time IS NULL) AS card
             WHERE balance <> paid_in - paid_with OR balance < 0",
        ),
        (
            "versions of a card follow each other without gap or overlap",
            "SELECT count(*) FROM (
                 SELECT scd2_end_time, lead(scd2_start_time) OVER w AS next, scd2_is_current
                 FROM dim.member_card_account WINDOW w AS (PARTITION BY card_account_id ORDER BY scd2_start_time)) AS v
             WHERE scd2_end_time IS DISTINCT FROM next OR (scd2_is_current = 1) <> (scd2_end_time IS NULL)",
        ),
        (
            "the hall is open from noon to four",
            "SELECT count(*) FROM dwd.settlement
             WHERE (create_time AT TIME ZONE 'Asia/Shanghai' - interval '12 hours')::time > '16:00'",
        ),
        (
            "a coach plays one table at a time",
            "SELECT count(*) FROM (
                 SELECT last_use_time, lead(start_use_time) OVER (PARTITION BY site_assistant_id ORDER BY start_use_time) AS next
                 FROM dwd.assistant_service_log WHERE is_delete = 0) AS s
             WHERE next < last_use_time",
        ),
        (
            "a day's income by area, by item and by discount sums to the day's",
            "SELECT count(*) FROM dws.finance_daily_summary d
             LEFT JOIN (SELECT stat_date, dimension, sum(gross_amount) AS gross, sum(discount_amount) AS discount
                        FROM dws.finance_income_structure GROUP BY 1, 2) i USING (stat_date)
             LEFT JOIN (SELECT stat_date, sum(amount) AS discount FROM dws.finance_discount_detail GROUP BY 1) t USING (stat_date)
             WHERE (d.gross_amount, d.discount_amount) IS DISTINCT FROM (coalesce(i.gross, 0), coalesce(i.discount, 0))
                OR d.discount_amount <> coalesce(t.discount, 0)",
        ),
        (
            "gifts on cards are the gifts of recharges, and what cards hold is what was put on less what was taken",
            "SELECT count(*) FROM (
                 SELECT sum(new_amount) FILTER (WHERE card_kind <> 'stored')
                        - (SELECT sum(gift_amount) FROM dwd.recharge_order WHERE is_delete = 0) AS off,
                        sum(new_amount - consumed_amount) - sum(balance) FILTER (WHERE stat_date = '2026-11-20') AS held
                 FROM dws.finance_recharge_summary) AS sums
             WHERE off <> 0 OR held <> 0",
        ),
        (
            "coaches' expenses of a whole month are its pay",
            "SELECT count(*) FROM (
                 SELECT salary_month, sum(gross_salary) AS pay FROM dws.assistant_salary_calc GROUP BY 1) AS month
             WHERE salary_month > '2026-04-01'
               AND pay <> (SELECT sum(amount) FROM dws.finance_expense_summary
                           WHERE expense_group = 'coach' AND date_trunc('month', stat_date) = salary_month)",
        ),
        (
            "nobody is served by a coach who has left",
            "SELECT count(*) FROM dwd.assistant_service_log s JOIN dim.assistant a
               ON (a.site_id, a.assistant_id) = (s.site_id, s.site_assistant_id) AND s.create_time > a.resign_time",
        ),
    ] {
        let wrong: i64 = sqlx::query_scalar(query).fetch_one(etl).await.unwrap();
        assert_eq!(wrong, 0, "rows against: {what}");
    }
    for (what, query) in [
        ("members", "SELECT count(DISTINCT member_id) = 200 FROM dim.member"),
        ("voids", "SELECT count(*) FILTER (WHERE is_delete = 1) > 20 FROM dwd.settlement"),
        ("shop orders", "SELECT count(*) FILTER (WHERE settle_type = 3) > 100 FROM dwd.settlement"),
        ("other types", "SELECT count(*) FILTER (WHERE settle_type NOT IN (1, 3)) > 10 FROM dwd.settlement"),
        ("walk-ins, null and 0", "SELECT count(*) FILTER (WHERE member_id = 0) > 100 AND count(*) FILTER (WHERE member_id IS NULL) > 100 FROM dwd.settlement"),
        ("group-buy", "SELECT count(*) FILTER (WHERE groupbuy_paid > 0) > 100 FROM dwd.settlement"),
        ("recharges with gifts", "SELECT count(*) FILTER (WHERE gift_amount > 0) > 50 FROM dwd.recharge_order"),
        ("bonus courses", "SELECT count(*) FILTER (WHERE course_kind = 'bonus') > 100 FROM dwd.assistant_service_log"),
        ("nights", "SELECT count(*) FILTER (WHERE extract(hour FROM create_time AT TIME ZONE 'Asia/Shanghai') < 4) > 200 FROM dwd.settlement"),
        ("discounts of every kind", "SELECT count(DISTINCT discount_type) = 5 FROM dws.finance_discount_detail"),
        ("gift cards of every kind", "SELECT count(DISTINCT card_kind) = 4 FROM dws.finance_recharge_summary WHERE new_amount > 0 AND balance > 0"),
        ("expenses in four groups", "SELECT count(DISTINCT expense_group) = 4 AND count(DISTINCT item_name) >= 15 FROM dws.finance_expense_summary"),
        ("income of every area and item", "SELECT count(DISTINCT category_name) = 9 FROM dws.finance_income_structure WHERE net_amount > 0"),
        ("platforms, on most days", "SELECT count(DISTINCT platform) = 3 AND count(DISTINCT stat_date) BETWEEN 150 AND 249 FROM dws.platform_settlement"),
        ("recharges sold by coaches", "SELECT count(DISTINCT assistant_id) >= 5 FROM dws.assistant_recharge_commission WHERE commission > 0"),
        ("corrections of every kind", "SELECT count(DISTINCT kind) = 4 FROM dws.salary_adjustment"),
        ("one has resigned", "SELECT count(*) = 1 FROM dim.assistant WHERE resign_time < '2026-11-20'"),
        ("one was promoted", "SELECT count(DISTINCT assistant_id) = 1 FROM dim.assistant WHERE scd2_is_current = 0 AND level_code = 'junior'"),
        (
            "Saturdays are busier than Mondays",
            "SELECT count(*) FILTER (WHERE extract(isodow FROM (create_time AT TIME ZONE 'Asia/Shanghai') - interval '8 hours') = 6)
                  > 1.3 * count(*) FILTER (WHERE extract(isodow FROM (create_time AT TIME ZONE 'Asia/Shanghai') - interval '8 hours') = 1)
             FROM dwd.settlement",
        ),
        (
            "some were away for a month and came back to a coach they knew",
            "SELECT count(*) > 10 FROM (
                 SELECT create_time - lag(create_time) OVER (PARTITION BY site_assistant_id, tenant_member_id ORDER BY create_time) AS gap
                 FROM dwd.assistant_service_log WHERE tenant_member_id > 0 AND is_delete = 0) AS s
             WHERE gap > interval '30 days'",
        ),
    ] {
        let there: bool = sqlx::query_scalar(query).fetch_one(etl).await.unwrap();
        assert!(there, "not in the chain: {what}");
    }
}

#[tokio::test]
async fn a_chain_is_not_seeded_over_another_nor_of_impossible_size() {
    let dbs = TestDbs::new().await.unwrap();
    let refused = |spec: ChainSpec| async move { spec.validate().unwrap_err().to_string() };
    assert_eq!(refused(ChainSpec { coaches: 0, ..small(5) }).await, "coaches = 0: 1 to 500 can be generated");
    assert_eq!(
        refused(ChainSpec { days: 9_999, ..small(5) }).await,
        "days = 9999: 1 to 5000 can be generated"
    );
    let error = chain::extend(dbs.etl_owner(), day("2026-11-21")).await.unwrap_err();
    assert!(error.to_string().contains("no generated chain"), "{error}");
    chain::seed_facts(dbs.etl_owner(), &ChainSpec { sites: 1, coaches: 1, members: 1, ..small(3) }, &|_| {})
        .await
        .unwrap();
    let error = chain::seed_facts(dbs.etl_owner(), &small(3), &|_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("hall 1 is in the warehouse already"), "{error}");
}
