//! The dispatcher under a simulated clock beside a model that only counts: all kinds of triggers, all misfire policies,
//! enabling, disabling and edits between slots, downtimes of seconds and of days. `now()` of its session is a row of a
//! table, found before PostgreSQL's own.
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Timelike as _, Utc};
use domain::{
    SiteId,
    schedule::{Coalesce, Scope},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use store::scheduler::{
    claim, dispatch,
    finish::{self, End, Ended},
};
use testing::{Role, TestDbs, property};

use crate::fixture::claimant;

const SET_UP: &str = "
    CREATE SCHEMA IF NOT EXISTS sim;
    CREATE TABLE IF NOT EXISTS sim.clock (at timestamptz NOT NULL);
    CREATE OR REPLACE FUNCTION sim.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM sim.clock';
    GRANT USAGE ON SCHEMA sim TO zqyy_worker;
    GRANT SELECT ON sim.clock TO zqyy_worker;
    TRUNCATE sim.clock, biz.trigger_runs, biz.trigger_events, biz.trigger_run_events, apalis.jobs;
    INSERT INTO sim.clock VALUES ('2031-03-03 03:00:30Z');
    DELETE FROM biz.trigger_jobs;
    INSERT INTO biz.sites (site_id, site_code, name) VALUES (1, 'ONE', 'one'), (2, 'TWO', 'two') ON CONFLICT DO NOTHING;
    INSERT INTO biz.trigger_jobs (job_name, job_type, trigger_condition, trigger_config) VALUES
        ('slots', 'slots', 'interval', '{\"interval_seconds\": 60, \"scope\": \"global\"}'),
        ('events', 'events', 'event', '{\"event_name\": \"e\", \"debounce_ms\": 0, \"scope\": \"site\"}')";

#[derive(Clone, Debug)]
enum Times {
    /// Minutes; hours, or every hour; hours east of UTC.
    Cron(Vec<u32>, Option<Vec<u32>>, i64),
    Interval(i64),
}

#[derive(Clone, Copy, Debug)]
enum Misfire {
    Latest,
    Skip,
    All(usize),
}

#[derive(Clone, Debug)]
struct Plan {
    times: Times,
    misfire: Misfire,
}

#[derive(Clone, Debug)]
enum Step {
    /// Seconds pass.
    Pass(i64),
    /// The dispatcher looks.
    Dispatch,
    /// Someone edits the job of slots.
    Edit(Plan),
    /// Someone enables or disables the job of slots, or that of events.
    Enable { slots: bool, on: bool },
    /// An event for a site, or for all.
    Fire(Option<i64>),
    /// A worker claims all it may.
    Claim,
    /// And ends them.
    End,
}

fn plans() -> impl Strategy<Value = Plan> {
    let minutes = prop::sample::subsequence(vec![0, 7, 15, 30, 59], 1..4);
    let hours = prop::option::of(prop::sample::subsequence((0..24).collect::<Vec<_>>(), 1..4));
    let times = prop_oneof![
        (minutes, hours, prop::sample::select(vec![0, 8])).prop_map(|(m, h, east)| Times::Cron(m, h, east)),
        prop_oneof![1..120i64, 1..20_000i64].prop_map(Times::Interval),
    ];
    let misfire =
        prop_oneof![Just(Misfire::Latest), Just(Misfire::Skip), (1..8usize).prop_map(Misfire::All),];
    (times, misfire).prop_map(|(times, misfire)| Plan { times, misfire })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop_oneof![0..5i64, 0..100i64, 0..4000i64, 0..300_000i64].prop_map(Step::Pass),
        6 => Just(Step::Dispatch),
        2 => plans().prop_map(Step::Edit),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(slots, on)| Step::Enable { slots, on }),
        3 => prop::sample::select(vec![None, Some(1), Some(2)]).prop_map(Step::Fire),
        2 => Just(Step::Claim),
        1 => Just(Step::End),
    ];
    prop::collection::vec(step, 1..30)
}

impl Plan {
    fn row(&self) -> (&'static str, Value) {
        let (condition, mut config) = match &self.times {
            Times::Cron(minutes, hours, east) => {
                let list = |n: &[u32]| n.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
                let hours = hours.as_ref().map_or_else(|| "*".to_owned(), |h| list(h));
                let zone = if *east == 8 { "Asia/Shanghai" } else { "UTC" };
                let expression = format!("{} {hours} * * *", list(minutes));
                ("cron", json!({ "cron_expression": expression, "timezone": zone }))
            }
            Times::Interval(seconds) => ("interval", json!({ "interval_seconds": seconds })),
        };
        let fields = config.as_object_mut().unwrap();
        fields.insert("scope".into(), "global".into());
        match self.misfire {
            Misfire::Latest => {}
            Misfire::Skip => drop(fields.insert("misfire".into(), "skip".into())),
            Misfire::All(max) => {
                fields.insert("misfire".into(), "all".into());
                fields.insert("max".into(), max.into());
            }
        }
        (condition, config)
    }

    /// The slot after this moment, or after this slot.
    fn after(&self, t: DateTime<Utc>) -> DateTime<Utc> {
        match &self.times {
            Times::Interval(seconds) => t + Duration::seconds(*seconds),
            Times::Cron(minutes, hours, east) => {
                let mut t = t.with_second(0).unwrap();
                loop {
                    t += Duration::minutes(1);
                    let local = t + Duration::hours(*east);
                    if minutes.contains(&local.minute())
                        && hours.as_ref().is_none_or(|h| h.contains(&local.hour()))
                    {
                        return t;
                    }
                }
            }
        }
    }
}

/// What should be there.
struct Model {
    now: DateTime<Utc>,
    plan: Plan,
    slots_on: bool,
    events_on: bool,
    next: Option<DateTime<Utc>>,
    runs: Vec<DateTime<Utc>>,
    skipped: Vec<(usize, DateTime<Utc>, DateTime<Utc>)>,
    inbox: Vec<Option<i64>>,
    /// Per site: events of each run, the newest last, and how many of the runs wait, run, have ended.
    events: BTreeMap<i64, (Vec<i32>, [usize; 3])>,
}

impl Model {
    fn dispatch(&mut self) {
        for site in std::mem::take(&mut self.inbox) {
            let sites = if self.events_on { site.map_or(vec![1, 2], |s| vec![s]) } else { vec![] };
            for site in sites {
                let (runs, [waits, ..]) = self.events.entry(site).or_default();
                match waits {
                    0 => {
                        runs.push(1);
                        *waits = 1;
                    }
                    _ => *runs.last_mut().unwrap() += 1,
                }
            }
        }
        if !self.slots_on || self.next.is_some_and(|next| next > self.now) {
            return;
        }
        if let Some(next) = self.next {
            let mut missed = vec![next];
            while let Some(more) = missed.last().map(|t| self.plan.after(*t)).filter(|t| *t <= self.now) {
                missed.push(more);
            }
            let newest = missed[missed.len() - 1];
            let keep = match self.plan.misfire {
                Misfire::Latest => 1,
                Misfire::Skip => usize::from(self.now - newest <= Duration::minutes(1)),
                Misfire::All(max) => max.min(missed.len()),
            };
            self.runs.extend(missed.split_off(missed.len() - keep));
            if let [first, .., last] | [first @ last] = missed[..] {
                self.skipped.push((missed.len(), first, last));
            }
        }
        self.next = Some(self.plan.after(self.now));
    }

    fn claim(&mut self) {
        for (_, [waits, running, _]) in self.events.values_mut() {
            if *waits == 1 && *running == 0 {
                (*waits, *running) = (0, 1);
            }
        }
    }

    fn end(&mut self) {
        for (_, [_, running, ended]) in self.events.values_mut() {
            *ended += std::mem::take(running);
        }
    }
}

fn defaults(_: &str) -> (Scope, Coalesce) {
    (Scope::Site, Coalesce::Site)
}

async fn holds(dbs: &TestDbs, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let owner = dbs.owner();
    sqlx::raw_sql(SET_UP).execute(owner).await.unwrap();
    let session = dbs.biz_options(Role::Worker).options([("search_path", "sim,pg_catalog,public")]);
    let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_lazy_with(session);
    let mut model = Model {
        now: "2031-03-03T03:00:30Z".parse().unwrap(),
        plan: Plan { times: Times::Interval(60), misfire: Misfire::Latest },
        slots_on: true,
        events_on: true,
        next: None,
        runs: vec![],
        skipped: vec![],
        inbox: vec![],
        events: BTreeMap::new(),
    };
    let mut claimed = vec![];
    for (n, step) in steps.iter().enumerate() {
        match step {
            Step::Pass(seconds) => {
                model.now += Duration::seconds(*seconds);
                sqlx::query("UPDATE sim.clock SET at = $1").bind(model.now).execute(owner).await.unwrap();
            }
            Step::Dispatch => {
                model.dispatch();
                dispatch::inbox(&pool, &defaults, chrono_tz::UTC).await.unwrap();
                dispatch::slots(&pool, &defaults, chrono_tz::UTC).await.unwrap();
            }
            Step::Edit(plan) => {
                let (condition, config) = plan.row();
                // The same again is no edit.
                let edited = sqlx::query(
                    "UPDATE biz.trigger_jobs SET trigger_condition = $1, trigger_config = $2
                     WHERE job_name = 'slots' AND (trigger_condition, trigger_config) <> ($1, $2)",
                )
                .bind(condition)
                .bind(config)
                .execute(owner)
                .await
                .unwrap();
                if edited.rows_affected() == 1 {
                    (model.plan, model.next) = (plan.clone(), None);
                }
            }
            Step::Enable { slots, on } => {
                let flag = if *slots { &mut model.slots_on } else { &mut model.events_on };
                if *flag != *on {
                    *flag = *on;
                    if *slots {
                        model.next = None;
                    }
                }
                sqlx::query("UPDATE biz.trigger_jobs SET status = $1 WHERE job_name = $2")
                    .bind(if *on { "enabled" } else { "disabled" })
                    .bind(if *slots { "slots" } else { "events" })
                    .execute(owner)
                    .await
                    .unwrap();
            }
            Step::Fire(site) => {
                model.inbox.push(*site);
                sqlx::query("INSERT INTO biz.trigger_events (event_name, site_id) VALUES ('e', $1)")
                    .bind(site)
                    .execute(dbs.etl_writer())
                    .await
                    .unwrap();
            }
            Step::Claim => {
                model.claim();
                claimed.extend(claim::claim(&pool, &claimant("w"), 100).await.unwrap());
            }
            Step::End => {
                model.end();
                let ended: Vec<Ended> =
                    claimed.drain(..).map(|run| Ended::new(&run, End::Succeeded(json!({})))).collect();
                finish::finish(&pool, &ended).await.unwrap();
            }
        }
        compare(owner, &model, n).await?;
    }
    pool.close().await;
    Ok(())
}

type SkippedRow = (i64, DateTime<Utc>, DateTime<Utc>);

async fn compare(owner: &PgPool, model: &Model, step: usize) -> Result<(), TestCaseError> {
    let next: Option<DateTime<Utc>> =
        sqlx::query_scalar("SELECT next_run_at FROM biz.trigger_jobs WHERE job_name = 'slots'")
            .fetch_one(owner)
            .await
            .unwrap();
    prop_assert_eq!(next, model.next, "next slot after step {}", step);
    let runs: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "SELECT scheduled_for FROM biz.trigger_runs WHERE scheduled_for IS NOT NULL ORDER BY id",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    prop_assert_eq!(&runs, &model.runs, "slots after step {}", step);
    let skipped: Vec<SkippedRow> = sqlx::query_as(
        "SELECT (stats ->> 'count')::bigint, (stats ->> 'first')::timestamptz, (stats ->> 'last')::timestamptz
         FROM biz.trigger_runs WHERE state = 'skipped' ORDER BY id",
    )
    .fetch_all(owner)
    .await
    .unwrap();
    let expected: Vec<SkippedRow> = model
        .skipped
        .iter()
        .map(|(count, first, last)| (i64::try_from(*count).unwrap(), *first, *last))
        .collect();
    prop_assert_eq!(skipped, expected, "slots passed over after step {}", step);
    for site in [SiteId(1), SiteId(2)] {
        let (counts, states) = model.events.get(&site.0).cloned().unwrap_or_default();
        let rows: Vec<(i32, i64, String)> = sqlx::query_as(
            "SELECT r.event_count, (SELECT count(*) FROM biz.trigger_run_events l WHERE l.run_id = r.id), r.state
             FROM biz.trigger_runs r WHERE r.trigger = 'event' AND r.site_id = $1 ORDER BY r.id",
        )
        .bind(site.0)
        .fetch_all(owner)
        .await
        .unwrap();
        prop_assert!(rows.iter().all(|r| i64::from(r.0) == r.1), "links after step {}: {:?}", step, rows);
        prop_assert_eq!(rows.iter().map(|r| r.0).collect::<Vec<_>>(), counts, "events after step {}", step);
        let of = |state: &str| rows.iter().filter(|r| r.2 == state).count();
        prop_assert_eq!([of("queued"), of("running"), of("succeeded")], states, "after step {}", step);
    }
    Ok(())
}

/// 200 cases of up to 30 steps.
#[test]
fn the_dispatcher_does_what_the_model_counts() {
    property::holds(&steps(), holds);
}
