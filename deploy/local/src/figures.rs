//! `docs/metrics.md`: the registry of [`domain::metrics`] as a page for those who read the figures.
use std::fmt::Write as _;

use domain::metrics::{Definition, Metric};

/// Where it stands.
pub const PATH: &str = "docs/metrics.md";

const HEAD: &str = "\
# 指标

由 `domain::metrics` 生成，请勿手改(`cargo run -p local -- regenerate`)。运维监控的指标见 [monitoring.md](monitoring.md)。

每个指标都可以按名称查询(`GET /api/xcx/metrics/{name}?id`)，查看数字背后的行(`replay/explain`)，比较两个日期\
(`replay/compare`)；加上 `asOf` 即为某个营业日结束时的口径。没有数据时值为 null，合计类为 0。

明细各行的 `amount` 之和等于数字。快照冻结之后才到达或作废的行标为 `late`，它们与快照的差额列在 `difference` 中。

";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page += "| # | 名称 | 指标 | 对象(id) | 单位 |\n|---|---|---|---|---|\n";
    for (at, definition) in definitions() {
        let mut units: Vec<_> = definition.figures.iter().map(|figure| figure.unit.as_str()).collect();
        units.dedup();
        let (name, label, subject) = (definition.name, definition.label, definition.subject.words());
        let _ = writeln!(
            page,
            "| {at} | [`{name}`](#{}) | {label} | {subject} | {} |",
            anchor(at, definition),
            units.join("、")
        );
    }
    for (at, definition) in definitions() {
        let _ =
            write!(page, "\n## {at} {} {}\n\n{}\n\n", definition.name, definition.label, definition.meaning);
        let sources: Vec<_> = definition.sources.iter().map(|source| format!("`{source}`")).collect();
        for (what, said) in [
            ("来源", sources.join("、").as_str()),
            ("算法", definition.formula),
            ("历史口径", definition.as_of),
            ("明细", definition.rows),
        ] {
            let _ = writeln!(page, "- {what}:{said}");
        }
        if definition.figures.len() > 1 {
            page += "\n| 数字 | 含义 | 单位 |\n|---|---|---|\n";
            for figure in definition.figures {
                let _ = writeln!(page, "| `{}` | {} | {} |", figure.name, figure.label, figure.unit.as_str());
            }
        }
    }
    page
}

fn definitions() -> impl Iterator<Item = (usize, &'static Definition)> {
    Metric::ALL.iter().enumerate().map(|(at, metric)| (at + 1, metric.definition()))
}

/// As a heading's link is made: lower case, blanks are hyphens, punctuation falls away.
fn anchor(at: usize, definition: &Definition) -> String {
    let heading = format!("{at} {} {}", definition.name, definition.label).to_lowercase().replace(' ', "-");
    heading.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_fresh() {
        let path = crate::environment::checkout().join(PATH);
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == page(), "{PATH} is stale: cargo run -p local -- regenerate");
    }

    #[test]
    fn it_says_everything_of_every_metric() {
        let page = page();
        for (_, definition) in definitions() {
            for words in
                [definition.name, definition.meaning, definition.formula, definition.as_of, definition.rows]
            {
                assert!(page.contains(words), "{}: {words}", definition.name);
            }
            for source in definition.sources {
                assert!(page.contains(&format!("`{source}`")), "{}: {source}", definition.name);
            }
        }
    }
}
