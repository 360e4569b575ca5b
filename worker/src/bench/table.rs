//! What a bench prints: medians with their spread, and ratios of what was measured in one run.
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// Median, least and most of several rounds.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    median: Duration,
    least: Duration,
    most: Duration,
}

impl Spread {
    /// Of at least one measurement.
    pub fn of(rounds: &[Duration]) -> Self {
        let mut sorted = rounds.to_vec();
        sorted.sort_unstable();
        let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
        Self { median: at(sorted.len() / 2), least: at(0), most: at(sorted.len().saturating_sub(1)) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, least, most] = [self.median, self.least, self.most].map(|d| d.as_secs_f64() * 1e3);
        write!(f, "{median:.1} ms ({least:.1} – {most:.1})")
    }
}

/// A Markdown table under a title.
#[derive(Debug)]
pub struct Table {
    text: String,
}

impl Table {
    /// An empty one.
    pub fn new(title: impl fmt::Display) -> Self {
        Self { text: format!("{title}\n\n| what | median (least – most) | bar |\n|---|---|---|\n") }
    }

    /// A measurement.
    pub fn row(&mut self, what: &str, spread: &Spread) {
        self.text(what, spread, "");
    }

    /// How two sides of the same rounds compare: the ratio of their medians.
    pub fn ratio(&mut self, what: &str, side: &[Duration], other: &[Duration], bar: &str) {
        let ratio = Spread::of(side).median.as_secs_f64() / Spread::of(other).median.as_secs_f64();
        self.text(what, format_args!("{ratio:.2}"), bar);
    }

    /// Anything else.
    pub fn text(&mut self, what: &str, value: impl fmt::Display, bar: &str) {
        let _ = writeln!(self.text, "| {what} | {value} | {bar} |");
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The most memory that this process has had resident, as Linux counts it.
pub fn peak_memory() -> String {
    memory("VmHWM")
}

/// A figure of this process's memory, by its name in `/proc/self/status`.
pub fn memory(field: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|n| n.parse::<u64>().ok());
    kib.map_or_else(|| "unknown on this system".to_owned(), |kib| format!("{} MiB", kib / 1024))
}
