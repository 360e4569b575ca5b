//! Property 10 「任务列表排序正确性」, against the real statement.
use std::cmp::Reverse;

use domain::SiteId;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rust_decimal::Decimal;
use store::{
    SiteTx,
    db::task_list::{Filter, page},
};

use crate::{
    app::App,
    world::{self, COACH},
};

/// Values from small sets, so that every tie occurs.
#[derive(Clone, Debug)]
struct Drawn {
    abandoned: bool,
    pinned: bool,
    score: Option<i64>,
    minute: i64,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (any::<bool>(), any::<bool>(), prop::option::weighted(0.8, 0i64..4), 0i64..4)
        .prop_map(|(abandoned, pinned, score, minute)| Drawn { abandoned, pinned, score, minute })
}

#[test]
fn property_10_task_list_is_in_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (app, hall) = runtime.block_on(async {
        let app = App::new().await;
        let hall = world::hall(&app).await;
        (app, hall)
    });
    let mut runner = TestRunner::new(Config::with_cases(200));
    let cases = (prop::collection::vec(drawn(), 0..30), 1i64..8);
    runner
        .run(&cases, |(tasks, page_size)| {
            runtime.block_on(async {
                let ids = replace(&app, hall.site, &tasks).await;
                let mut expected: Vec<(i64, &Drawn)> = ids.into_iter().zip(&tasks).collect();
                // No score sorts below every score: None < Some.
                expected
                    .sort_by_key(|(id, t)| (t.abandoned, Reverse(t.pinned), Reverse(t.score), t.minute, *id));
                let expected: Vec<i64> = expected.into_iter().map(|(id, _)| id).collect();
                let mut listed = Vec::new();
                let mut offset = 0;
                loop {
                    let mut tx =
                        SiteTx::open(app.dbs.api(), store::Access::Read, hall.coach, SiteId(hall.site), 0)
                            .await
                            .unwrap();
                    let filter =
                        Filter { assistant_id: Some(COACH), offset, limit: page_size, ..Filter::default() };
                    let found = page(&mut tx, filter).await.unwrap();
                    assert_eq!(usize::try_from(found.total).unwrap(), tasks.len());
                    if found.tasks.is_empty() {
                        break;
                    }
                    listed.extend(found.tasks.into_iter().map(|task| task.id));
                    offset += page_size;
                }
                prop_assert_eq!(listed, expected);
                Ok(())
            })
        })
        .unwrap();
}

/// The coach's tasks become these; answers their ids in order.
async fn replace(app: &App, site: i64, tasks: &[Drawn]) -> Vec<i64> {
    sqlx::query("DELETE FROM biz.coach_tasks WHERE site_id = $1")
        .bind(site)
        .execute(app.dbs.owner())
        .await
        .unwrap();
    sqlx::query_scalar(
        "INSERT INTO biz.coach_tasks (site_id, assistant_id, member_id, task_type, status, abandon_reason, is_pinned,
             priority_score, created_at)
         SELECT $1, $2, 5000 + n, 'priority_recall', CASE WHEN abandoned THEN 'abandoned' ELSE 'active' END,
                CASE WHEN abandoned THEN '测试' END, pinned, score, timestamptz '2026-04-20 20:00Z' + minute * interval '1 minute'
         FROM unnest($3::bool[], $4::bool[], $5::numeric[], $6::bigint[]) WITH ORDINALITY
              AS drawn (abandoned, pinned, score, minute, n)
         ORDER BY n
         RETURNING id",
    )
    .bind(site)
    .bind(COACH)
    .bind(tasks.iter().map(|t| t.abandoned).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| t.pinned).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| t.score.map(Decimal::from)).collect::<Vec<_>>())
    .bind(tasks.iter().map(|t| t.minute).collect::<Vec<_>>())
    .fetch_all(app.dbs.owner())
    .await
    .unwrap()
}
