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
    /// Requests per second of pgbench with the same statements.
    pub alone: Option<Result<f64>>,
}

/// A Markdown table under what was measured.
pub struct Report {
    title: String,
    lines: Vec<Line>,
}

impl Report {
    pub fn new(args: &Args, tasks: i64) -> Self {
        let (clients, seconds) = (args.clients, args.seconds);
        let title = format!(
            "read routes: {clients} clients, {seconds} s each, clients and API in one process; the coach has {tasks} tasks"
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
            "| route | round trips: business, warehouse | p50 | p99 (<= 150 ms) | per second | pgbench | ratio (tasks >= 0.40) |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for Line { route, trips: [biz, etl], load, alone } in &self.lines {
            let [p50, p99] = [load.p50, load.p99].map(|time| time.as_secs_f64() * 1e3);
            write!(
                f,
                "| `GET {route}` | {biz}, {etl} | {p50:.1} ms | {p99:.1} ms | {:.0} |",
                load.per_second
            )?;
            match alone {
                Some(Ok(tps)) => writeln!(f, " {tps:.0} | {:.2} |", load.per_second / tps)?,
                Some(Err(why)) => writeln!(f, " {why:#} | |")?,
                None => writeln!(f, " | |")?,
            }
        }
        writeln!(f, "\nPeak resident memory of this process: {}", peak_memory())
    }
}

/// The most memory that this process has had resident, as Linux counts it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    kib.map_or_else(|| "unknown on this system".to_owned(), |kib| format!("{} MiB", kib / 1024))
}
