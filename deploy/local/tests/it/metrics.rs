//! Alerts and dashboard ask for metrics, and labels of theirs, that the programs record; the manual lists each of them.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Name → labels.
type Recorded = BTreeMap<String, BTreeSet<String>>;

/// PromQL that is neither a metric nor a label.
const WORDS: [&str; 17] = [
    "sum",
    "rate",
    "increase",
    "max",
    "min",
    "avg",
    "topk",
    "absent",
    "histogram_quantile",
    "by",
    "without",
    "on",
    "and",
    "or",
    "unless",
    "count",
    "ignoring",
];
/// Labels that scraping and histograms add.
const ADDED: [&str; 2] = ["instance", "le"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => sources(&entry, found),
            false if entry.extension().is_some_and(|e| e == "rs") => found.push(entry),
            false => {}
        }
    }
}

/// The first text literal, and those before a `=>`, of `name", "label" => …;`.
fn call(text: &str) -> (String, BTreeSet<String>) {
    let parts: Vec<&str> = text.split('"').collect();
    let labels = parts.chunks(2).skip(1).zip(parts.iter().skip(4).step_by(2));
    let labels =
        labels.filter(|(_, after)| after.trim_start().starts_with("=>")).map(|(pair, _)| pair[1].to_owned());
    (parts[1].to_owned(), labels.collect())
}

/// What the programs record: every use of the recording macros in their sources.
fn recorded() -> Recorded {
    let mut files = Vec::new();
    for directory in ["api/src", "worker/src", "shared/ai/src", "shared/outbound/src", "shared/store/src"] {
        sources(&root().join(directory), &mut files);
    }
    let mut recorded = Recorded::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for (macro_name, suffixes) in [
            ("counter!(", vec![""]),
            ("gauge!(", vec![""]),
            ("histogram!(", vec!["_bucket", "_count", "_sum", ""]),
        ] {
            for (at, _) in text.match_indices(macro_name).filter(|(at, _)| !text[..*at].ends_with('_')) {
                let end = text[at..].find(';').map_or(text.len(), |end| at + end);
                let (name, labels) = call(&text[at..end]);
                for suffix in &suffixes {
                    recorded.entry(format!("{name}{suffix}")).or_default().extend(labels.clone());
                }
            }
        }
    }
    recorded
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|w| w.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned).collect()
}

/// The text without what stands between `open` and `close`, and what stood there.
fn cut(text: &str, open: char, close: char) -> (String, Vec<String>) {
    let (mut left, mut cut, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once(open) {
        let (inside, after) =
            after.split_once(close).unwrap_or_else(|| panic!("{open} without {close}: {text}"));
        left.push_str(before);
        left.push(' ');
        cut.push(inside.to_owned());
        rest = after;
    }
    (left + rest, cut)
}

/// What an expression asks for that nobody records.
fn unknown(expression: &str, recorded: &Recorded) -> Vec<String> {
    let (text, matchers) = cut(expression, '{', '}');
    let (text, _) = cut(&text, '[', ']');
    let mut labels: BTreeSet<String> = BTreeSet::new();
    for matcher in matchers {
        let (names, _) = cut(&format!("{matcher} "), '"', '"');
        labels.extend(words(&names));
    }
    let mut rest = String::new();
    let mut pieces = text.split(" by (");
    rest.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (grouped, after) = piece.split_once(')').unwrap();
        labels.extend(words(grouped));
        rest.push_str(after);
    }
    let names: Vec<String> = words(&rest).into_iter().filter(|w| !WORDS.contains(&w.as_str())).collect();
    let known: BTreeSet<&String> = names.iter().filter_map(|name| recorded.get(name)).flatten().collect();
    let bad_labels = labels.iter().filter(|l| !known.contains(l) && !ADDED.contains(&l.as_str()));
    let bad_names = names.iter().filter(|name| !recorded.contains_key(*name));
    let none = names.is_empty().then(|| "no metric at all".to_owned());
    bad_names.chain(bad_labels).cloned().chain(none).collect()
}

fn expressions_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| expressions_of(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| expressions_of(item, found)),
        _ => {}
    }
}

#[test]
fn alerts_and_dashboard_ask_for_what_the_programs_record() {
    let recorded = recorded();
    assert!(recorded.len() > 25, "{recorded:?}");
    let rules = read("deploy/prometheus/rules.yml");
    let mut expressions: Vec<String> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect();
    let alerts = rules.matches("- alert: ").count();
    assert_eq!(expressions.len(), alerts, "an expression must stand on one line");
    assert!(alerts >= 10);
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/neo-zqyy.json")).unwrap();
    expressions_of(&dashboard, &mut expressions);
    assert!(expressions.len() > alerts + 15);
    let wrong: Vec<_> = expressions
        .iter()
        .map(|expression| (expression, unknown(expression, &recorded)))
        .filter(|(_, unknown)| !unknown.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_nobody_records_is_found() {
    let recorded = Recorded::from([("a_total".to_owned(), BTreeSet::from(["job".to_owned()]))]);
    for (expression, wrong) in [
        (r#"sum by (job) (rate(a_total{job="b_total"}[5m])) > 0"#, vec![]),
        ("max(b_total)", vec!["b_total"]),
        (r#"a_total{jab="x"}"#, vec!["jab"]),
        ("sum by (site) (a_total)", vec!["site"]),
        ("sum by (instance) (1)", vec!["no metric at all"]),
    ] {
        assert_eq!(unknown(expression, &recorded), wrong, "{expression}");
    }
}

#[test]
fn the_manual_lists_every_metric_with_its_labels_and_no_other() {
    let manual = read("docs/monitoring.md");
    let mut listed: Recorded = Recorded::new();
    for line in manual.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for name in cells[1].split('`').skip(1).step_by(2) {
            let labels = cells[3].split(',').map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned);
            listed.entry(name.to_owned()).or_default().extend(labels);
        }
    }
    let recorded: Recorded = recorded()
        .into_iter()
        .filter(|(name, _)| !["_bucket", "_count", "_sum"].iter().any(|suffix| name.ends_with(suffix)))
        .collect();
    assert_eq!(listed, recorded);
}
