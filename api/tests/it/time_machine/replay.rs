use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, Duration, NaiveDate};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::{
    end_of, reads,
    rolling::{CHAIN_COACH, CHAIN_MEMBER, Rolling},
    runtime,
};
use crate::{
    ask,
    world::{COACH, COLLEAGUE, MEMBER},
};

/// Business of the hall before the first recorded day: the windows of 60 days are full.
const BEFORE: u32 = 75;
/// Days that are lived and recorded.
const DAYS: u64 = 62;
/// A variant is asked for on every fourth of them.
const TURNS: u64 = 4;
/// Questions at once.
const AT_ONCE: usize = 4;

/// Every read of the document is asked every day as it stands in [`ask::question`]; these besides, in turn.
fn variants(of: &ask::Furnished) -> Vec<String> {
    let board = |name: &str, asked: &[&str]| -> Vec<String> {
        asked.iter().map(|asked| format!("/api/xcx/board/{name}?{asked}")).collect()
    };
    let mut paths = vec![
        format!("/api/xcx/tasks?assistantId={COLLEAGUE}&pageSize=100"),
        "/api/xcx/tasks?status=transferred&pageSize=100".to_owned(),
        "/api/xcx/tasks?status=abandoned&pageSize=2&page=2".to_owned(),
        format!("/api/xcx/tasks/{}", of.pinned),
        format!("/api/xcx/coaches/{CHAIN_COACH}"),
        format!("/api/xcx/customers/{MEMBER}"),
        format!("/api/xcx/customers/{MEMBER}/records"),
        format!("/api/xcx/customers/{CHAIN_MEMBER}"),
        format!("/api/xcx/customers/{CHAIN_MEMBER}/records"),
        format!("/api/xcx/performance?assistantId={CHAIN_COACH}"),
        format!("/api/xcx/performance/records?assistantId={CHAIN_COACH}&page=2"),
        format!("/api/xcx/notes?targetType=coach&targetId={COACH}&pageSize=100"),
    ];
    paths.extend(board(
        "coaches",
        &[
            "time=today&sort=perf_desc",
            "time=yesterday&sort=perf_asc",
            "time=week&sort=salary_desc",
            "time=lastWeek&sort=salary_asc",
            "time=month&sort=task_desc",
            "time=quarter&sort=task_asc&skill=chinese8",
            "time=half&sort=sv_asc",
            "time=year",
        ],
    ));
    paths.extend(board(
        "customers",
        &[
            "dimension=recall",
            "dimension=potential",
            "dimension=balance",
            "dimension=recharge",
            "dimension=recent&page=2&pageSize=5",
            "dimension=spend60",
            "dimension=freq60&pageSize=100",
        ],
    ));
    paths.extend(board(
        "finance",
        &[
            "time=today&compare=true",
            "time=yesterday&compare=true",
            "time=week&compare=true",
            "time=lastWeek",
            "time=month&compare=true",
            "time=quarter&compare=true&area=%E5%A4%A7%E5%8E%85",
            "time=lastQuarter",
            "time=half&compare=true",
            "time=year",
        ],
    ));
    paths
}

/// Reads that say the same every day: what they show is set up, and nobody changes it.
const STILL: &[&str] = &["/api/xcx/ai-cache/app4_analysis", "/api/xcx/config/skill-types"];

async fn answers(of: &Rolling, paths: Vec<String>) -> Vec<(String, Value)> {
    let asked = stream::iter(paths).map(|path| async {
        let answer = of.get(&path).await;
        (path, answer)
    });
    asked.buffered(AT_ONCE).collect().await
}

/// Of a note that is deleted now its place is left, and nothing of what it said.
fn without_words(page: &mut Value, deleted: &[i64]) {
    match page {
        Value::Array(items) => items.iter_mut().for_each(|item| without_words(item, deleted)),
        Value::Object(fields) => {
            let is_deleted = fields.contains_key("removed")
                && fields["id"].as_i64().is_some_and(|id| deleted.contains(&id));
            if is_deleted {
                for said in [
                    "content",
                    "ratingServiceWillingness",
                    "ratingRevisitLikelihood",
                    "score",
                    "aiScore",
                    "aiAnalysis",
                ] {
                    fields[said] = Value::Null;
                }
                fields["removed"] = json!(true);
            }
            fields.values_mut().for_each(|field| without_words(field, deleted));
        }
        _ => {}
    }
}

/// What every page showed at the end of a day, between the night's roll-up and the cut-off, is what it shows of that day
/// two months later.
#[tokio::test]
async fn a_past_date_shows_what_it_showed_then() {
    let mut hall = Rolling::after(BEFORE).await;
    let (first, of) = (hall.stage.today + Days::new(1), hall.stage.of);
    let mut daily = Vec::new();
    for operation in reads() {
        daily.push(ask::question(&hall.stage.app, &operation, &of).await.path);
    }
    let variants = variants(&of);

    let mut shown: BTreeMap<String, Vec<(NaiveDate, Value)>> = BTreeMap::new();
    for (day, date) in (0..DAYS).zip(first.iter_days()) {
        hall.set_clock(end_of(date) - Duration::hours(20)).await;
        for _ in 0..5 {
            hall.act().await;
        }
        hall.roll_forward(date).await;
        hall.set_clock(end_of(date) - Duration::hours(2)).await;
        let turn = variants.iter().zip(0..).filter(|(_, nth)| (nth + day) % TURNS == 0);
        let paths = daily.iter().chain(turn.map(|(path, _)| path)).cloned().collect();
        for (path, answer) in answers(&hall, paths).await {
            assert_eq!(answer["runtime"], runtime("live", date), "{path}");
            shown.entry(path).or_default().push((date, answer["data"].clone()));
        }
    }

    for (path, days) in &shown {
        let more = if path.contains('?') { '&' } else { '?' };
        let asked = days.iter().map(|(date, _)| format!("{path}{more}asOf={date}")).collect();
        for ((date, shown), (path, now)) in days.iter().zip(answers(&hall, asked).await) {
            let mut expected = shown.clone();
            without_words(&mut expected, &hall.deleted);
            assert_eq!(now["data"], expected, "{path}");
            assert_eq!(now["runtime"], runtime("as_of", *date), "{path}");
        }
    }
    // A page that never changes proves nothing.
    let same = |days: &[(NaiveDate, Value)]| days.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let still: BTreeSet<&str> = shown
        .iter()
        .filter(|(_, days)| same(days))
        .map(|(path, _)| path.split('?').next().unwrap_or_default())
        .collect();
    assert_eq!(still, STILL.iter().copied().collect());
    assert!(hall.deleted.len() > 5, "{:?}", hall.deleted);
    assert!(shown.values().map(Vec::len).sum::<usize>() > 1_500);
}
