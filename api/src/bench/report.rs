//! What the bench prints.
use std::fmt;

use anyhow::Result;

use super::{Args, load::Load};

/// One route.
pub struct Line {
    pub route: String,
    /// To the business database and the warehouse.
    pub trips: [usize; 2],
    pub load: Load,
    /// Each client with a question of its own, where one reading answers all who ask the same.
    pub apart: Option<Load>,
    /// The same page of a past date, measured in turns with it.
    pub past: Option<Past>,
    /// Requests per second of pgbench with the same statements.
    pub alone: Option<Result<f64>>,
}

/// A page as a manager sees it, of a past date and of now.
pub struct Past {
    /// Of the past date, to the business database and the warehouse.
    pub trips: [usize; 2],
    pub live: Load,
    pub past: Load,
}

impl Past {
    /// How much longer an answer about the past takes the whole of us than a live one.
    fn ratio(&self) -> f64 {
        self.live.per_second / self.past.per_second
    }
}

/// A Markdown table under what was measured.
pub struct Report {
    title: String,
    lines: Vec<Line>,
}

impl Report {
    pub fn new(args: &Args, tasks: i64) -> Self {
        let &Args { clients, seconds, days_ago, .. } = args;
        let title = format!(
            "read routes: {clients} clients, {seconds} s each, clients and API in one process; the coach has {tasks} tasks; \
             the past: {days_ago} days ago"
        );
        Self { title, lines: Vec::new() }
    }

    pub fn line(&mut self, line: Line) {
        tracing::info!(route = line.route, "measured");
        self.lines.push(line);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        writeln!(
            f,
            "| route | round trips: business, warehouse | p50 | p99 (<= 150 ms) | per second | each another: p50 | p99 | per second | pgbench | ratio (tasks >= 0.40) | past: round trips | p50 | p99 | times live (<= 1.5) |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")?;
        for Line { route, trips: [biz, etl], load, apart, past, alone } in &self.lines {
            let [p50, p99] = millis(load);
            write!(
                f,
                "| `GET {route}` | {biz}, {etl} | {p50:.1} ms | {p99:.1} ms | {:.0} |",
                load.per_second
            )?;
            match apart {
                Some(apart) => {
                    let [p50, p99] = millis(apart);
                    write!(f, " {p50:.1} ms | {p99:.1} ms | {:.0} |", apart.per_second)?;
                }
                None => write!(f, " | | |")?,
            }
            match alone {
                Some(Ok(tps)) => write!(f, " {tps:.0} | {:.2} |", load.per_second / tps)?,
                Some(Err(why)) => write!(f, " {why:#} | |")?,
                None => write!(f, " | |")?,
            }
            match past {
                Some(past) => {
                    let ([biz, etl], [p50, p99]) = (past.trips, millis(&past.past));
                    writeln!(f, " {biz}, {etl} | {p50:.1} ms | {p99:.1} ms | {:.2} |", past.ratio())?;
                }
                None => writeln!(f, " | | | |")?,
            }
        }
        writeln!(f, "\nPeak resident memory of this process: {}", peak_memory())
    }
}

/// p50 and p99.
fn millis(load: &Load) -> [f64; 2] {
    [load.p50, load.p99].map(|time| time.as_secs_f64() * 1e3)
}

/// The most memory that this process has had resident, as Linux counts it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kib.map_or_else(|| "unknown on this system".to_owned(), |kib| format!("{} MiB", kib / 1024))
}
