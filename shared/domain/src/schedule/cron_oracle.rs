//! Cron against an oracle that never reads cron and never meets `croner`: expressions are made as sets, and a clock in
//! the zone is watched minute by minute. At a fixed hour a schedule fires when the clock reaches a matching time for the
//! first time, by moving on or by jumping over it; in real time whenever it shows one.
use std::hash::{BuildHasher as _, RandomState};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use chrono_tz::Tz;

use super::Cron;

/// Whole and half hours, midnight changes, two hours, days that never were, zones that moved for good.
const ZONES: [Tz; 28] = [
    Tz::UTC,
    Tz::Asia__Shanghai,
    Tz::Australia__Lord_Howe,
    Tz::Africa__Casablanca,
    Tz::Pacific__Apia,
    Tz::Pacific__Fakaofo,
    Tz::America__Sao_Paulo,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::America__Havana,
    Tz::America__Asuncion,
    Tz::America__Santiago,
    Tz::America__Caracas,
    Tz::America__Nuuk,
    Tz::Europe__London,
    Tz::Europe__Dublin,
    Tz::Europe__Istanbul,
    Tz::Europe__Moscow,
    Tz::Africa__Cairo,
    Tz::Antarctica__Troll,
    Tz::Asia__Tehran,
    Tz::Asia__Beirut,
    Tz::Asia__Gaza,
    Tz::Asia__Pyongyang,
    Tz::Asia__Kathmandu,
    Tz::Pacific__Chatham,
    Tz::Pacific__Fiji,
    Tz::Pacific__Bougainville,
];
const YEARS: std::ops::Range<i32> = 2010..2020;
const EXPRESSIONS: usize = 300;
const DAY: i64 = 1440;

/// Small and seeded, so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((z ^ (z >> 31)) % u64::from(below)).unwrap()
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.roll(n) == 0
    }
}

/// Days of the month: these, the last, or the weekday nearest to one.
#[derive(Clone, Debug)]
enum Dates {
    Any,
    These(u64),
    Last,
    Nearest(u32),
}

/// Days of the week, Sunday 0: these, the nth of the month, or its last.
#[derive(Clone, Debug)]
enum Weekdays {
    Any,
    These(u64),
    Nth(u32, u32),
    Last(u32),
}

#[derive(Clone, Debug)]
struct Expression {
    text: String,
    real_time: bool,
    minutes: u64,
    hours: u64,
    dates: Dates,
    months: u64,
    weekdays: Weekdays,
}

/// A field as cron writes it, and what it means: a list of numbers, ranges and stepped ranges.
fn some(dice: &mut Dice, low: u32, high: u32) -> (String, u64) {
    let (mut parts, mut set) = (vec![], 0);
    for _ in 0..=dice.roll(3) {
        let from = low + dice.roll(high - low + 1);
        match dice.roll(4) {
            0 if from + 1 < high => {
                let to = from + 1 + dice.roll((high - from).min(4));
                let step = 1 + dice.roll(to - from);
                parts.push(if step == 1 { format!("{from}-{to}") } else { format!("{from}-{to}/{step}") });
                (from..=to).step_by(step as usize).for_each(|v| set |= 1 << v);
            }
            _ => {
                parts.push(from.to_string());
                set |= 1 << from;
            }
        }
    }
    (parts.join(","), set)
}

fn stepped(dice: &mut Dice, low: u32, high: u32) -> (String, u64) {
    let step = 2 + dice.roll(high - low - 1);
    (format!("*/{step}"), (low..=high).step_by(step as usize).fold(0, |set, v| set | 1 << v))
}

impl Expression {
    /// Mostly around the hours at which clocks change.
    fn any(dice: &mut Dice) -> Self {
        let (minute, minutes) = if dice.one_in(12) { stepped(dice, 0, 59) } else { some(dice, 0, 59) };
        let (hour, hours, real_time) = match dice.roll(8) {
            0 => ("*".to_owned(), u64::MAX, true),
            1 => {
                let (text, set) = stepped(dice, 0, 23);
                (text, set, true)
            }
            2 | 3 => {
                let (text, set) = some(dice, 0, 23);
                (text, set, false)
            }
            _ => {
                let (text, set) = some(dice, 0, 4);
                (text, set, false)
            }
        };
        let (date, dates) = match dice.roll(10) {
            0 => ("L".to_owned(), Dates::Last),
            1 => {
                let day = 1 + dice.roll(28);
                (format!("{day}W"), Dates::Nearest(day))
            }
            2 => {
                let (text, set) = some(dice, 1, 31);
                (text, Dates::These(set))
            }
            3 => {
                let (text, set) = stepped(dice, 1, 31);
                (text, Dates::These(set))
            }
            _ => ("*".to_owned(), Dates::Any),
        };
        let (month, months) = match dice.roll(6) {
            0 => some(dice, 1, 12),
            1 => ("MAR,apr,SEP-NOV,DEC".to_owned(), 0b1_1110_0001_1000),
            _ => ("*".to_owned(), u64::MAX),
        };
        let (weekday, weekdays) = match dice.roll(10) {
            0 => ("MON-FRI".to_owned(), Weekdays::These(0b11_1110)),
            1 => ("sun,7,SAT".to_owned(), Weekdays::These(0b100_0001)),
            2 => {
                let (day, nth) = (dice.roll(7), 1 + dice.roll(4));
                (format!("{day}#{nth}"), Weekdays::Nth(day, nth))
            }
            3 => {
                let day = dice.roll(7);
                (format!("{day}L"), Weekdays::Last(day))
            }
            _ => ("*".to_owned(), Weekdays::Any),
        };
        let text = format!("{minute} {hour} {date} {month} {weekday}");
        Self { text, real_time, minutes, hours, dates, months, weekdays }
    }

    /// Either of day of month and day of week is enough where both are given, as in every cron since Vixie's.
    fn on(&self, day: NaiveDate) -> bool {
        let weekday = day.weekday().num_days_from_sunday();
        let month_end = (28..=31).filter_map(|d| day.with_day(d)).max().unwrap();
        let by_date = match &self.dates {
            Dates::Any => None,
            Dates::These(set) => Some(set >> day.day() & 1 == 1),
            Dates::Last => Some(day == month_end),
            Dates::Nearest(wanted) => Some(day == nearest_weekday(day.with_day(*wanted).unwrap(), month_end)),
        };
        let by_weekday = match &self.weekdays {
            Weekdays::Any => None,
            Weekdays::These(set) => Some(set >> weekday & 1 == 1),
            Weekdays::Nth(wanted, nth) => Some(weekday == *wanted && (day.day() - 1) / 7 + 1 == *nth),
            Weekdays::Last(wanted) => Some(weekday == *wanted && day.day() + 7 > month_end.day()),
        };
        let day_fits = match (by_date, by_weekday) {
            (None, None) => true,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(date), Some(weekday)) => date || weekday,
        };
        self.months >> day.month() & 1 == 1 && day_fits
    }
}

/// Never into another month.
fn nearest_weekday(day: NaiveDate, month_end: NaiveDate) -> NaiveDate {
    let days = |n| chrono::Duration::days(n);
    match day.weekday() {
        chrono::Weekday::Sat if day.day() == 1 => day + days(2),
        chrono::Weekday::Sat => day - days(1),
        chrono::Weekday::Sun if day == month_end => day - days(2),
        chrono::Weekday::Sun => day + days(1),
        _ => day,
    }
}

/// A clock on the wall: what it shows at each minute, and which times it has not reached before.
struct Watched {
    from: i64,
    /// Shown, and the first newly reached, in minutes since 1970 on the wall.
    minutes: Vec<(i64, i64)>,
}

fn shown(zone: Tz, minute: i64) -> i64 {
    let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
    at.with_timezone(&zone).naive_local().and_utc().timestamp().div_euclid(60)
}

impl Watched {
    fn between(zone: Tz, from: i64, to: i64) -> Self {
        // Long enough before for every time that was reached already to be known.
        let mut reached = (from - 2 * DAY..from).map(|t| shown(zone, t)).max().unwrap();
        let minutes = (from..to).map(|t| {
            let now = shown(zone, t);
            let first_new = reached + 1;
            reached = reached.max(now);
            (now, first_new)
        });
        Self { from, minutes: minutes.collect() }
    }

    /// The minutes at which it fires.
    fn fires(&self, expression: &Expression) -> Vec<i64> {
        let low = self.minutes.iter().map(|m| m.0.min(m.1)).min().unwrap().div_euclid(DAY);
        let high = self.minutes.iter().map(|m| m.0).max().unwrap().div_euclid(DAY);
        let epoch = NaiveDate::default();
        let days: Vec<bool> =
            (low..=high).map(|d| expression.on(epoch + chrono::Duration::days(d))).collect();
        let shows = |m: i64| {
            expression.minutes >> m.rem_euclid(60) & 1 == 1
                && expression.hours >> (m.rem_euclid(DAY) / 60) & 1 == 1
                && days[usize::try_from(m.div_euclid(DAY) - low).unwrap()]
        };
        let fires = |(now, first_new): (i64, i64)| match expression.real_time {
            true => shows(now),
            false => (first_new..=now).any(shows),
        };
        (self.from..).zip(&self.minutes).filter(|(_, m)| fires(**m)).map(|(t, _)| t).collect()
    }
}

/// All fires of the stretch in order, and the next one as seen from moments within it.
fn compare(zone: Tz, expression: &Expression, watched: &Watched, dice: &mut Dice, moments: usize) -> usize {
    let cron = Cron::parse(&expression.text, zone).unwrap_or_else(|e| panic!("{}: {e}", expression.text));
    let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap();
    let expected = watched.fires(expression);
    let mut now = at(watched.from) - chrono::Duration::seconds(1);
    for fire in &expected {
        let next = cron.next_after(now);
        assert_eq!(next, Some(at(*fire)), "{} in {zone} after {now}", expression.text);
        now = at(*fire);
    }
    let end = watched.from + i64::try_from(watched.minutes.len()).unwrap();
    let beyond = cron.next_after(now);
    assert!(beyond.is_none_or(|t| t >= at(end)), "{} in {zone} after {now}: {beyond:?}", expression.text);
    for _ in 0..moments {
        let seconds = (end - watched.from) * 60;
        let now: DateTime<Utc> = at(watched.from)
            + chrono::Duration::seconds(i64::from(dice.roll(u32::try_from(seconds).unwrap())));
        if let Some(fire) = expected.iter().find(|fire| at(**fire) > now) {
            assert_eq!(cron.next_after(now), Some(at(*fire)), "{} in {zone} after {now}", expression.text);
        }
    }
    expected.len()
}

/// The expressions of every run, and as many that no run had before.
fn expressions(count: usize) -> (u64, Vec<Expression>) {
    let seed = RandomState::new().hash_one("expressions");
    let (mut known, mut new) = (Dice(1), Dice(seed));
    let expressions = (0..count).map(|n| Expression::any(if n % 2 == 0 { &mut known } else { &mut new }));
    (seed, expressions.collect())
}

fn ten_years() -> (i64, i64) {
    let start = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    (start(YEARS.start).and_utc().timestamp() / 60, start(YEARS.end).and_utc().timestamp() / 60)
}

/// Minutes at which the offset changes.
fn changes(zone: Tz) -> Vec<i64> {
    let offset = |m: i64| shown(zone, m) - m;
    let (from, to) = ten_years();
    let hours = (from / 60..to / 60).map(|h| h * 60);
    hours
        .filter(|h| offset(*h) != offset(h + 60))
        .map(|h| (h + 1..=h + 60).find(|m| offset(*m) != offset(h)).unwrap())
        .collect()
}

/// Zones in turn on every core.
fn in_parallel(work: impl Fn(Tz) -> usize + Sync) -> usize {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let worker = || {
        let turn = || ZONES.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        std::iter::from_fn(turn).map(|zone| work(*zone)).sum::<usize>()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    })
}

#[test]
fn around_every_clock_change_of_ten_years_cron_is_what_a_watched_clock_shows() {
    let (seed, expressions) = expressions(EXPRESSIONS);
    let fires = in_parallel(|zone| {
        let mut dice = Dice(seed);
        let changes = changes(zone);
        // A zone whose clock never changes has ordinary days to show.
        let middles = if changes.is_empty() { vec![ten_years().0 + 60 * DAY] } else { changes };
        let mut fires = 0;
        for middle in middles {
            let watched = Watched::between(zone, middle - 30 * 60, middle + 30 * 60);
            // A third of them at each change: over ten years every expression meets several of every zone.
            let third = usize::try_from(dice.roll(3)).unwrap();
            for expression in expressions.iter().skip(third).step_by(3) {
                fires += compare(zone, expression, &watched, &mut dice, 1);
            }
        }
        fires
    });
    assert!(fires > 100_000, "only {fires} fires were compared");
}

/// `cargo nextest run -p domain --run-ignored only cron_oracle`: minutes instead of seconds.
#[test]
#[ignore = "every minute of ten years in every zone; docs/reliability.md has the command"]
fn every_fire_of_ten_years_in_every_zone_is_what_a_watched_clock_shows() {
    let (seed, expressions) = expressions(EXPRESSIONS);
    let (from, to) = ten_years();
    let fires = in_parallel(|zone| {
        let mut dice = Dice(seed);
        let watched = Watched::between(zone, from, to);
        expressions.iter().map(|e| compare(zone, e, &watched, &mut dice, 20)).sum()
    });
    assert!(fires > 10_000_000, "only {fires} fires were compared");
}
