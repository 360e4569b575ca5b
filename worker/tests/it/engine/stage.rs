//! Plays a random hall in both databases and in the oracle, and compares the two whole.
use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use domain::{Calendar, Index, SiteId, tasks::Thresholds};
use reference::builders::SiteRow;
use store::SystemDoor;
use testing::{TestDbs, builders};
use warehouse::Warehouse;
use worker::jobs::{
    morning::{self, MorningOutcome},
    work::{Work, WorkError},
};

use super::{
    case::{COACHES, Case, DaySpec, How},
    oracle::{Key, Morning, RuleRow, Site},
    record::{Seen, same_counts, same_record},
    state::State,
};

/// Both databases, for as many halls as a test wants.
pub struct Stage {
    pub runtime: tokio::runtime::Runtime,
    pub dbs: TestDbs,
    pub seen: Seen,
}

/// One hall in both worlds.
pub struct Hall<'a> {
    pub dbs: &'a TestDbs,
    seen: &'a Seen,
    pub site: SiteId,
    pub oracle: Site,
    /// Newest ids of the tasks.
    pub ids: HashMap<Key, i64>,
    pub users: HashMap<i64, i64>,
    /// Of the morning before.
    pub now: DateTime<Utc>,
    pub rules: i32,
    pub services: i64,
}

pub fn index(hundredths: u16) -> Index {
    Index::from_hundredths(hundredths).unwrap()
}

impl Stage {
    pub fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let dbs = runtime.block_on(TestDbs::new()).unwrap();
        Self { runtime, dbs, seen: Seen::default() }
    }

    /// The hall as it is before its first morning.
    pub async fn hall(&self, case: &Case) -> Hall<'_> {
        let march = "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        self.hall_at(case, march + Duration::minutes(case.start)).await
    }

    /// The same, from that instant on.
    pub async fn hall_at(&self, case: &Case, now: DateTime<Utc>) -> Hall<'_> {
        let (zone, cutoff) = case.calendar;
        let calendar = Calendar::new(zone, cutoff).unwrap();
        let site = builders::Site { timezone: zone.into(), cutoff_hour: cutoff, ..builders::Site::default() };
        let site = site.insert(&self.dbs).await.unwrap();
        SiteRow::new(site).calendar(zone, cutoff).insert(self.dbs.etl_owner()).await.unwrap();
        let default = RuleRow {
            own: false,
            thresholds: Thresholds { high: index(700), priority: index(500), relationship: index(600) },
            abandon_cooldown_days: 30,
            version: 1,
            effective_from: "2000-01-01".parse().unwrap(),
        };
        let oracle = Site {
            calendar,
            rules: vec![default],
            bindings: vec![],
            listed: vec![],
            relation: vec![],
            winback: vec![],
            newconv: vec![],
            services: vec![],
            tasks: vec![],
            events: vec![],
            noted: vec![],
        };
        let mut hall = Hall {
            dbs: &self.dbs,
            seen: &self.seen,
            site: SiteId(site),
            oracle,
            ids: HashMap::new(),
            users: HashMap::new(),
            now,
            rules: 0,
            services: 0,
        };
        let mut rules = case.rules.clone();
        rules.sort_by_key(|r| r.from);
        for rule in &rules {
            hall.rule(rule, now).await;
        }
        for (coach, staff) in COACHES.into_iter().zip(&case.staff) {
            hall.user(coach, staff.user).await;
            hall.listed(coach, staff.listed, now).await;
        }
        for (n, standing) in case.standing.iter().enumerate() {
            // Seconds keep any two apart.
            let at = |age: i64, second: usize| {
                now - Duration::minutes(age) - Duration::seconds(i64::try_from(second).unwrap())
            };
            let key = Key {
                assistant_id: COACHES[standing.coach],
                member_id: standing.member,
                task_type: standing.task_type,
                created_at: at(standing.age, 2 * n + 2),
            };
            if !hall.make(key, standing.score.map(index), None).await {
                continue;
            }
            if let Some((end, age)) = standing.end {
                hall.end(key, end, at(age.min(standing.age), 2 * n + 1)).await;
            }
        }
        hall
    }
}

impl Hall<'_> {
    /// Lives a day, has its morning, and compares.
    pub async fn day(&mut self, day: &DaySpec) -> Result<(), String> {
        self.prepare(day).await;
        self.morning(day.how).await
    }

    /// All of a day but its morning, whose instant it becomes.
    pub async fn prepare(&mut self, day: &DaySpec) {
        let now = self.now + Duration::minutes(day.gap);
        let count = i32::try_from(day.changes.len()).unwrap();
        for (n, change) in (1i32..).zip(&day.changes) {
            // Whole seconds: the database keeps microseconds.
            let at = self.now + Duration::seconds(day.gap * 60 * i64::from(n) / i64::from(count + 1));
            self.change(change, at, now).await;
        }
        if let Some(snapshot) = &day.snapshot {
            self.snapshot(snapshot, now).await;
        }
        self.now = now;
    }

    /// The morning in both worlds.
    pub async fn morning(&mut self, how: How) -> Result<(), String> {
        let now = self.now;
        let expected = self.oracle.morning(now);
        let outcomes = self.mornings(how).await.map_err(|e| format!("{e:?}"))?;
        for outcome in &outcomes {
            self.seen.count(outcome);
            same_record(&expected, outcome)?;
        }
        same_counts(&self.oracle, now, &outcomes)?;
        let state = State::load(self.dbs.owner(), self.site).await;
        self.ids.clone_from(&state.ids);
        state.compare(&mut self.oracle, expected != Morning::Skipped)
    }

    async fn mornings(&self, how: How) -> Result<Vec<MorningOutcome>, WorkError> {
        let work = self.work();
        Ok(match how {
            How::Once => vec![morning::run(&work).await?],
            How::Again => {
                let first = morning::run(&work).await?;
                let before = self.fingerprint().await;
                let again = morning::run(&work).await?;
                assert_eq!(before, self.fingerprint().await, "a second morning changed something");
                vec![first, again]
            }
            How::AtOnce => {
                let other = self.work();
                let (a, b) = tokio::join!(morning::run(&work), morning::run(&other));
                vec![a?, b?]
            }
        })
    }

    /// The newest morning's instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// This hall's work at the newest morning.
    pub fn work(&self) -> Work {
        self.work_at(self.now)
    }

    /// The same by a clock that differs.
    pub fn work_at(&self, now: DateTime<Utc>) -> Work {
        let door = SystemDoor::new(self.dbs.worker().clone()).at(now);
        Work::new(door, Warehouse::new(self.dbs.etl_reader().clone()), self.site)
    }

    /// The same with another warehouse.
    pub fn work_with(&self, warehouse: Warehouse) -> Work {
        Work::new(SystemDoor::new(self.dbs.worker().clone()).at(self.now), warehouse, self.site)
    }

    /// Every row of the hall that a morning might write.
    pub async fn fingerprint(&self) -> String {
        State::fingerprint(self.dbs.owner(), self.site).await
    }
}
