//! The clock has one owner. clippy.toml forbids the host's; this forbids the database's in whatever says something of a
//! hall: a figure that asks what time it is answers wrongly for every past date.
use crate::query_cache::cached;

/// What a hall has done, and what the past of it is read by.
const OF_HALLS: &[&str] = &[
    "biz.coach_task",
    "biz.tasks_at",
    "biz.notes",
    "member_retention_clue",
    "biz.clues_at",
    "biz.ai_cache",
    "biz.dws_",
];

/// Ways to ask PostgreSQL for the time, or for a date that depends on it; white space left out.
const CLOCKS: &[&str] = &[
    "now()",
    "_timestamp()",
    "timeofday()",
    "current_date",
    "current_time",
    "localtime",
    "'now'",
    "'today'",
    "'yesterday'",
    "'tomorrow'",
];

/// The clock that a statement asks; the business clock is the one that contexts are built by.
fn clock(query: &str) -> Option<&'static str> {
    let text: String = query.to_lowercase().split_whitespace().collect();
    let text = text.replace("biz.business_now()", "");
    CLOCKS.iter().find(|clock| text.contains(*clock)).copied()
}

#[test]
fn no_figure_asks_the_databases_clock() {
    let (mut asked, mut wrong) = (0, Vec::new());
    for krate in ["warehouse", "store"] {
        for (file, query, _) in cached(krate) {
            if krate == "store" && !OF_HALLS.iter().any(|table| query.contains(table)) {
                continue;
            }
            asked += 1;
            wrong.extend(clock(&query).map(|clock| format!("{file} asks {clock}:\n{query}")));
        }
    }
    assert!(asked > 120, "{asked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_clock_is_heard_however_it_is_asked() {
    for sql in
        ["SELECT now ()", "SELECT CURRENT_DATE - 1", "SELECT clock_timestamp()", "SELECT 'today'::date"]
    {
        assert!(clock(sql).is_some(), "{sql}");
    }
    for sql in ["SELECT biz.business_now()", "SELECT $1::date - 1", "SELECT create_time FROM t"] {
        assert_eq!(clock(sql), None, "{sql}");
    }
}
