//! Which slots are due, and what becomes of those that were missed.
use std::{collections::VecDeque, time::Duration};

use chrono::{DateTime, Utc};

use super::{Misfire, TriggerConfig, When};

/// A slot dispatched later than this was missed: the dispatcher looks every second, so only a downtime explains it.
pub const MISFIRE_GRACE: Duration = Duration::from_secs(60);

/// What a due job runs now, and when next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Slots to run, oldest first.
    pub slots: Vec<DateTime<Utc>>,
    /// Slots passed over, if any.
    pub skipped: Option<Skipped>,
    /// The next slot, later than now.
    pub next: DateTime<Utc>,
}

/// Slots that no run was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// The oldest.
    pub first: DateTime<Utc>,
    /// The newest.
    pub last: DateTime<Utc>,
}

impl TriggerConfig {
    /// The first slot after `now`; `None` for events, which have none.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.when {
            When::Cron(cron) => cron.next_after(now),
            When::Interval(every) => Some(now + *every),
            When::Event(_) => None,
        }
    }

    /// The next `count` slots, for a preview: from `next`, the stored one, where it is still to come. An interval's later
    /// ones count from each other; in truth each counts from the dispatch before.
    pub fn preview(
        &self,
        now: DateTime<Utc>,
        next: Option<DateTime<Utc>>,
        count: usize,
    ) -> Vec<DateTime<Utc>> {
        let first = next.filter(|next| *next > now && !matches!(self.when, When::Event(_)));
        let first = first.or_else(|| self.next_after(now));
        std::iter::successors(first, |slot| self.next_after(*slot)).take(count).collect()
    }

    /// What is due at `now` when `next_run_at`, now past, was the next slot. `None` for events.
    pub fn due(&self, next_run_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<Due> {
        let next = self.next_after(now)?;
        let keep = match self.options.misfire {
            Misfire::Latest | Misfire::Skip => 1,
            Misfire::All { max } => usize::try_from(max).unwrap_or(usize::MAX),
        };
        let mut missed = Missed { keep, slots: VecDeque::new(), skipped: None };
        match &self.when {
            // The stored slot may lie off the schedule (a parked row); only times of the expression are slots.
            When::Cron(cron) => {
                let mut slot = cron.next_after(next_run_at - chrono::Duration::seconds(1))?;
                while slot <= now {
                    missed.push(slot);
                    slot = cron.next_after(slot)?;
                }
            }
            When::Interval(every) => missed.run_from(next_run_at, now, *every),
            When::Event(_) => return None,
        }
        if self.options.misfire == Misfire::Skip
            && let Some(slot) = missed.slots.pop_back()
        {
            let late = (now - slot).to_std().unwrap_or_default();
            if late > MISFIRE_GRACE { missed.skip(slot, 1, slot) } else { missed.slots.push_back(slot) }
        }
        Some(Due { slots: missed.slots.into(), skipped: missed.skipped, next })
    }
}

/// The newest `keep` slots, and a count of the older ones.
struct Missed {
    keep: usize,
    slots: VecDeque<DateTime<Utc>>,
    skipped: Option<Skipped>,
}

impl Missed {
    fn push(&mut self, slot: DateTime<Utc>) {
        self.slots.push_back(slot);
        if self.slots.len() > self.keep
            && let Some(old) = self.slots.pop_front()
        {
            self.skip(old, 1, old);
        }
    }

    fn skip(&mut self, first: DateTime<Utc>, count: u64, last: DateTime<Utc>) {
        let skipped = self.skipped.get_or_insert(Skipped { count: 0, first, last });
        skipped.count += count;
        skipped.last = last;
    }

    /// `first`, `first + every`, … up to `now`, without walking through those that are skipped.
    fn run_from(&mut self, first: DateTime<Utc>, now: DateTime<Utc>, every: Duration) {
        let step = chrono::Duration::from_std(every).unwrap_or(chrono::Duration::MAX);
        let more = (now - first).num_milliseconds().max(0) / step.num_milliseconds().max(1);
        let slot = |n: i64| first + chrono::Duration::milliseconds(step.num_milliseconds() * n);
        let oldest_kept = (more + 1 - i64::try_from(self.keep).unwrap_or(i64::MAX)).max(0);
        if oldest_kept > 0 {
            self.skip(first, oldest_kept.unsigned_abs(), slot(oldest_kept - 1));
        }
        (oldest_kept..=more).for_each(|n| self.slots.push_back(slot(n)));
    }
}
