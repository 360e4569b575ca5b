use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeZone as _, Timelike as _, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(s: &str) -> DateTime<Utc> {
    s.parse().unwrap()
}

fn cron(expression: &str, zone: &str) -> Cron {
    Cron::parse(expression, zone.parse().unwrap()).unwrap()
}

/// Slots as local times, so that a test reads like a wall clock.
fn local_slots(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let cron = cron(expression, zone);
    std::iter::successors(cron.next_after(at(from)), |t| cron.next_after(*t))
        .take(count)
        .map(|t| t.with_timezone(&cron.zone()).format("%m-%d %H:%M %:z").to_string())
        .collect()
}

const ZONES: [&str; 8] = [
    "Asia/Shanghai",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
];

/// Around clock changes of those zones, Apia's missing day among them, and anywhere.
fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    let changes = [
        "2011-12-30T10:00:00Z",
        "2025-03-09T07:00:00Z",
        "2025-11-02T06:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
    ];
    prop_oneof![
        3 => (prop::sample::select(changes.to_vec()), -200_000i64..200_000)
            .prop_map(|(change, seconds)| at(change) + chrono::Duration::seconds(seconds)),
        1 => (315_532_800i64..2_000_000_000).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap()),
    ]
}

/// A pattern as sets, from which its text is made: the oracle below never reads cron.
#[derive(Clone, Debug)]
struct Pattern {
    minutes: BTreeSet<u32>,
    hours: Option<BTreeSet<u32>>,
    weekdays: Option<BTreeSet<u32>>,
}

impl Pattern {
    fn text(&self) -> String {
        let list = |set: &BTreeSet<u32>| set.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let or_star = |set: &Option<BTreeSet<u32>>| set.as_ref().map_or_else(|| "*".to_owned(), list);
        format!("{} {} * * {}", list(&self.minutes), or_star(&self.hours), or_star(&self.weekdays))
    }

    fn shows(&self, local: NaiveDateTime) -> bool {
        let has = |set: &Option<BTreeSet<u32>>, value| set.as_ref().is_none_or(|s| s.contains(&value));
        self.minutes.contains(&local.minute())
            && has(&self.hours, local.hour())
            && has(&self.weekdays, local.weekday().num_days_from_sunday())
    }

    /// Minute by minute. Real time: the clock shows a matching time. Else: a matching time has just been reached for
    /// the first time, by the clock's moving on or by its jumping over it.
    fn next_by_watching_the_clock(&self, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
        let minute = chrono::Duration::minutes(1);
        let mut t = now.with_second(0).unwrap() - chrono::Duration::days(2);
        let mut reached = t.with_timezone(&zone).naive_local();
        loop {
            t += minute;
            let local = t.with_timezone(&zone).naive_local();
            let fires = match self.hours {
                None => self.shows(local),
                Some(_) => std::iter::successors(Some(reached + minute), |m| Some(*m + minute))
                    .take_while(|m| *m <= local)
                    .any(|m| self.shows(m)),
            };
            if fires && t > now {
                return t;
            }
            reached = reached.max(local);
        }
    }
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let minutes = prop::collection::btree_set(0u32..60, 1..4);
    let hours = prop::option::weighted(
        0.8,
        prop::collection::btree_set(prop_oneof![2 => 0u32..5, 1 => 0u32..24], 1..4),
    );
    let weekdays = prop::option::weighted(0.2, prop::collection::btree_set(0u32..7, 1..4));
    (minutes, hours, weekdays).prop_map(|(minutes, hours, weekdays)| Pattern { minutes, hours, weekdays })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Property 12「触发器 next_run_at 计算」: a cron's next run is after now and the first that a clock in that zone
    /// would show; an interval's is now plus interval_seconds.
    #[test]
    fn property_12_trigger_next_run_at(
        pattern in patterns(),
        zone in prop::sample::select(ZONES.to_vec()),
        now in moments(),
        seconds in 1..=MAX_INTERVAL_SECONDS,
    ) {
        let config = json!({ "cron_expression": pattern.text(), "timezone": zone });
        let cron = TriggerConfig::parse("cron", &config, Tz::UTC).unwrap();
        let next = cron.next_after(now).unwrap();
        prop_assert!(next > now);
        let zone = zone.parse().unwrap();
        prop_assert_eq!(next, pattern.next_by_watching_the_clock(zone, now), "{} in {}", pattern.text(), zone);

        let interval = TriggerConfig::parse("interval", &json!({ "interval_seconds": seconds }), zone).unwrap();
        prop_assert_eq!(interval.next_after(now), Some(now + chrono::Duration::seconds(seconds.into())));
    }

    /// A preview begins with the stored slot if that is still to come, and goes on by the schedule.
    #[test]
    fn a_preview_begins_with_the_stored_slot_and_goes_on_by_the_schedule(
        pattern in patterns(), zone in prop::sample::select(ZONES.to_vec()), now in moments(),
        seconds in 1..=MAX_INTERVAL_SECONDS, ahead in -100_000i64..100_000,
    ) {
        let cron = TriggerConfig::parse("cron", &json!({ "cron_expression": pattern.text(), "timezone": zone }), Tz::UTC).unwrap();
        let slots = cron.preview(now, None, 10);
        prop_assert_eq!((slots.len(), slots[0]), (10, cron.next_after(now).unwrap()));
        prop_assert!(slots.windows(2).all(|pair| cron.next_after(pair[0]) == Some(pair[1])));

        let every = chrono::Duration::seconds(seconds.into());
        let interval = TriggerConfig::parse("interval", &json!({ "interval_seconds": seconds }), Tz::UTC).unwrap();
        let stored = now + chrono::Duration::seconds(ahead);
        let first = if stored > now { stored } else { now + every };
        prop_assert_eq!(interval.preview(now, Some(stored), 3), vec![first, first + every, first + every * 2]);

        let event = TriggerConfig::parse("event", &json!({ "event_name": "e" }), Tz::UTC).unwrap();
        prop_assert!(event.preview(now, Some(now + every), 3).is_empty());
    }

    /// What is due, what is skipped and what comes next together are the schedule, nothing twice, nothing left out.
    #[test]
    fn due_slots_are_a_partition_of_the_schedule(
        pattern in patterns(),
        zone in prop::sample::select(ZONES.to_vec()),
        now in moments(),
        hours_down in 0i64..100,
        misfire in prop::sample::select(vec!["latest", "skip", "all"]),
    ) {
        let config = json!({ "cron_expression": pattern.text(), "timezone": zone, "misfire": misfire });
        let config = TriggerConfig::parse("cron", &config, Tz::UTC).unwrap();
        let first = config.next_after(now).unwrap();
        let later = first + chrono::Duration::hours(hours_down);
        let due = config.due(first, later).unwrap();
        let slots: Vec<_> = std::iter::successors(Some(first), |t| config.next_after(*t))
            .take_while(|t| *t <= later).collect();
        prop_assert!(due.next > later);
        prop_assert_eq!(due.slots.len() as u64 + due.skipped.map_or(0, |s| s.count), slots.len() as u64);
        prop_assert!(slots.ends_with(&due.slots));
        if let Some(skipped) = due.skipped {
            prop_assert_eq!(skipped.first, slots[0]);
            prop_assert_eq!(skipped.last, slots[slots.len() - 1 - due.slots.len()]);
        }
        match misfire {
            "latest" => prop_assert_eq!(due.slots.len(), 1),
            "skip" => prop_assert_eq!(due.slots.len(), usize::from(later - slots[slots.len() - 1] <= chrono::Duration::minutes(1))),
            _ => prop_assert_eq!(due.slots.len(), slots.len().min(100)),
        }
    }

    #[test]
    fn backoff_doubles_within_its_spread_and_cap(base in 1u64..3600, attempt in 1u32..100, jitter in 0.0..1.0) {
        let wait = backoff(Duration::from_secs(base), attempt, jitter).as_secs_f64();
        let middle = (base as f64 * 2f64.powi(attempt.min(21) as i32 - 1)).min(3600.0);
        prop_assert!(wait <= 3600.0 && wait >= middle * 0.799 && wait <= middle * 1.201, "{}", wait);
    }

    /// Whatever is stored, reading it ends in a config or in named errors.
    #[test]
    fn any_text_is_read_or_refused(expression in "[0-9*/,\\-LW#?a-zA-Z ]{0,24}", zone in prop::sample::select(ZONES.to_vec())) {
        if let Ok(cron) = Cron::parse(&expression, zone.parse().unwrap()) {
            let now = at("2026-03-28T23:30:00Z");
            let next = cron.next_after(now).unwrap();
            prop_assert!(next > now && cron.next_after(next).unwrap() > next);
        }
    }
}

#[test]
fn a_fixed_time_in_a_spring_gap_runs_once_at_its_end() {
    // New York, 8 March 2026: 02:00 becomes 03:00.
    assert_eq!(
        local_slots("0,30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 4),
        ["03-08 03:00 -04:00", "03-09 02:00 -04:00", "03-09 02:30 -04:00", "03-10 02:00 -04:00"]
    );
}

#[test]
fn a_repeated_hour_runs_a_fixed_hour_once_and_every_hour_in_real_time() {
    // New York, 1 November 2026: 02:00 becomes 01:00.
    assert_eq!(
        local_slots("0 1,2 * * *", "America/New_York", "2026-11-01T04:00:00Z", 3),
        ["11-01 01:00 -04:00", "11-01 02:00 -05:00", "11-02 01:00 -05:00"]
    );
    assert_eq!(
        local_slots("30 * * * *", "America/New_York", "2026-11-01T05:00:00Z", 3),
        ["11-01 01:30 -04:00", "11-01 01:30 -05:00", "11-01 02:30 -05:00"]
    );
    assert_eq!(
        local_slots("30 * * * *", "America/New_York", "2026-03-08T06:00:00Z", 2),
        ["03-08 01:30 -05:00", "03-08 03:30 -04:00"]
    );
}

#[test]
fn a_missing_day_is_passed() {
    assert_eq!(
        local_slots("0 4 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
        ["12-29 04:00 -10:00", "12-31 00:00 +14:00", "12-31 04:00 +14:00"]
    );
}

#[test]
fn what_is_wrong_is_named_in_full() {
    let config = json!({ "cron_expression": "61 4 * * *", "timezone": "Asia/Shangai", "max_atempts": 3, "misfire": "never",
        "timeout_seconds": 0, "scope": "sites", "debounce_ms": -1, "max": 5 });
    let ConfigErrors(errors) = TriggerConfig::parse("cron", &config, Tz::UTC).unwrap_err();
    let mut fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "cron_expression",
            "debounce_ms",
            "max",
            "max_atempts",
            "misfire",
            "scope",
            "timeout_seconds",
            "timezone"
        ]
    );

    let chinese = |words: &str| words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(errors.iter().all(|e| chinese(&e.problem.zh())), "{errors:?}");

    let refused = |expression: &str| Cron::parse(expression, Tz::UTC).unwrap_err().to_string();
    for (expression, word) in [
        ("* * * *", "five"),
        ("0 0 4 * * *", "five"),
        ("@daily", "five"),
        ("", "five"),
        ("*/90 * * * *", "step 90"),
        ("0 */24 * * *", "step 24"),
        ("10-20/30 * * * *", "step 30"),
        ("*/0 * * * *", "step 0"),
        ("0 0 31 2 *", "never"),
        ("0 0 30 2 *", "never"),
        ("MON 4 * * *", "minute"),
        ("0 24 * * *", ""),
        ("60 * * * *", ""),
        ("5-1 * * * *", ""),
    ] {
        assert!(refused(expression).contains(word), "{expression}: {}", refused(expression));
    }
    for expression in
        ["0 4 * * *", "*/15 * * * *", "0 9-17/2 * * MON-FRI", "0 0 29 2 *", "0 0 L * *", "30 8 1,15 JAN *"]
    {
        assert!(Cron::parse(expression, Tz::UTC).is_ok(), "{expression}");
    }
    for (condition, config) in [
        ("interval", json!({ "interval_seconds": 0 })),
        ("interval", json!({ "interval_seconds": 1.5 })),
        ("interval", json!({ "interval_seconds": "60" })),
        ("interval", json!({})),
        ("event", json!({ "event_name": " " })),
        ("event", json!([])),
        ("webhook", json!({})),
    ] {
        assert!(TriggerConfig::parse(condition, &config, Tz::UTC).is_err(), "{condition} {config}");
    }
}

#[test]
fn an_interval_counts_from_its_dispatch_and_missed_ones_are_counted_without_walking() {
    let every = |misfire: serde_json::Value| {
        let mut config = json!({ "interval_seconds": 1 });
        config.as_object_mut().unwrap().extend(misfire.as_object().unwrap().clone());
        TriggerConfig::parse("interval", &config, Tz::UTC).unwrap()
    };
    let (first, now) = (at("2020-01-01T00:00:00Z"), Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap());
    let seconds = (now - first).num_seconds().unsigned_abs();
    let due = every(json!({})).due(first, now).unwrap();
    assert_eq!((due.slots, due.next), (vec![now], now + chrono::Duration::seconds(1)));
    assert_eq!(due.skipped.map(|s| (s.count, s.first)), Some((seconds, first)));
    let all = every(json!({ "misfire": "all", "max": 3 })).due(first, now).unwrap();
    assert_eq!((all.slots.len(), all.skipped.unwrap().count), (3, seconds - 2));
    assert!(every(json!({ "misfire": "skip" })).due(first, now + chrono::Duration::minutes(0)).is_some());
}
