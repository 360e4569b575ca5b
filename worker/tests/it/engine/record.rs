//! What the runs say of themselves.
use std::{collections::BTreeMap, sync::Mutex};

use chrono::{DateTime, Utc};
use domain::tasks::{HistoryAction, generator::Stale};
use worker::jobs::morning::MorningOutcome;

use super::oracle::{History, Morning, Site};

/// How often the mornings so far did each thing they can do.
#[derive(Debug, Default)]
pub struct Seen(Mutex<BTreeMap<&'static str, u64>>);

impl Seen {
    pub fn count(&self, outcome: &MorningOutcome) {
        let mut counts = vec![];
        match outcome {
            MorningOutcome::Skipped { stale, recalls_completed } => {
                let why = match stale {
                    Stale::NoSnapshot { .. } => "no snapshot",
                    Stale::TooOld { .. } => "too old",
                    Stale::Incomplete { .. } => "incomplete",
                };
                counts.extend([(why, 1), ("recalls completed", *recalls_completed)]);
            }
            MorningOutcome::Generated(record) => {
                let g = &record.generated;
                counts.extend([
                    ("recalls completed", record.recalls_completed),
                    ("created", g.created - g.type_changed),
                    ("type changed", g.type_changed),
                    ("held", g.held),
                    ("kept", g.kept),
                    ("rescored", g.rescored),
                    ("unmatched", g.unmatched),
                    ("cooling down", g.cooling_down),
                    ("already back", g.already_back),
                    ("coach left", g.coach_left),
                    ("bad coaches", g.bad_coaches.len() as u64),
                ]);
            }
        }
        let mut seen = self.0.lock().unwrap();
        for (what, n) in counts {
            *seen.entry(what).or_default() += n;
        }
    }

    /// A test that never comes to a rule says nothing about it.
    pub fn assert_everything(&self) {
        let seen = self.0.lock().unwrap();
        assert!(seen.len() == 14 && seen.values().all(|n| *n > 0), "some rule was never met: {seen:?}");
    }
}

/// Skipped or not, and whose data was bad.
pub fn same_record(expected: &Morning, outcome: &MorningOutcome) -> Result<(), String> {
    let Morning::Generated { bad } = expected else {
        return match outcome {
            MorningOutcome::Skipped { .. } => Ok(()),
            MorningOutcome::Generated(record) => Err(format!("not skipped: {record:?}")),
        };
    };
    let MorningOutcome::Generated(record) = outcome else { return Err(format!("skipped: {outcome:?}")) };
    for (coach, _) in bad {
        let pairs = bad.iter().filter(|(c, _)| c == coach).count() as u64;
        if !record.generated.bad_coaches.iter().any(|b| b.assistant_id == *coach && b.pairs >= pairs) {
            return Err(format!("{pairs} bad pairs of coach {coach} are not in the record: {record:?}"));
        }
    }
    Ok(())
}

/// What the runs counted is what the oracle did at that instant: each change is counted once, by one of them.
pub fn same_counts(oracle: &Site, now: DateTime<Utc>, outcomes: &[MorningOutcome]) -> Result<(), String> {
    let rows = |wanted: &dyn Fn(&History) -> bool| {
        let history = oracle.tasks.iter().flat_map(|t| &t.history);
        history.filter(|h| h.at == now && wanted(h)).count() as u64
    };
    let closed = |h: &History| h.action == HistoryAction::TypeChanged && h.old_status.is_some();
    let expected = [
        rows(&|h| h.action == HistoryAction::Completed),
        rows(&|h| h.old_status.is_none()),
        rows(&closed),
        rows(&|h| h.action == HistoryAction::CoachLeft),
    ];
    let mut counted = [0; 4];
    for outcome in outcomes {
        let counts = match outcome {
            MorningOutcome::Skipped { recalls_completed, .. } => [*recalls_completed, 0, 0, 0],
            MorningOutcome::Generated(r) => {
                [r.recalls_completed, r.generated.created, r.generated.closed, r.generated.coach_left]
            }
        };
        for (sum, n) in counted.iter_mut().zip(counts) {
            *sum += n;
        }
    }
    let what = "recalls completed, created, closed, coach left";
    (counted == expected)
        .then_some(())
        .ok_or_else(|| format!("{what}: {counted:?} counted, {expected:?} made"))
}
