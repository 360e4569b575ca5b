//! The words and colours that pages show for codes: one table, listed in `docs/miniprogram-dev/preface.md`. A code that
//! is not in it (a warehouse may know more) is shown as it is, in grey.
use crate::tasks::TaskType;

/// Colour token of a coach's level, by `level_code`.
pub fn level_color(level_code: Option<&str>) -> &'static str {
    match level_code {
        Some("junior") => "green",
        Some("middle") => "blue",
        Some("senior") => "orange",
        Some("star") => "gold",
        _ => "grey",
    }
}

/// Colour token of a task's type.
pub fn task_color(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::HighPriorityRecall => "red",
        TaskType::PriorityRecall => "orange",
        TaskType::FollowUpVisit => "blue",
        TaskType::RelationshipBuilding => "green",
    }
}

/// Style class behind a task, by its type.
pub fn bg_class(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::HighPriorityRecall => "bg-red",
        TaskType::PriorityRecall => "bg-orange",
        TaskType::FollowUpVisit => "bg-blue",
        TaskType::RelationshipBuilding => "bg-green",
    }
}

/// Kind of card.
pub fn card_kind(code: &str) -> &str {
    match code {
        "stored" => "储值卡",
        "gift_table" => "台费赠送卡",
        "gift_drink" => "酒水赠送卡",
        "gift_voucher" => "代金赠送卡",
        other => other,
    }
}

/// Kind of discount.
pub fn discount_type(code: &str) -> &str {
    match code {
        "groupbuy" => "团购优惠",
        "member" => "会员折扣",
        "gift_card" => "赠送卡抵扣",
        "manual" => "手动调整",
        "other" => "其他优惠",
        other => other,
    }
}

/// Where cash came from.
pub fn inflow_source(code: &str) -> &str {
    match code {
        "cash" => "现金",
        "online" => "线上支付",
        "recharge" => "会员充值",
        "groupbuy" => "团购平台",
        other => other,
    }
}

/// Group of expenses.
pub fn expense_group(code: &str) -> &str {
    match code {
        "operation" => "运营支出",
        "fixed" => "固定支出",
        "coach" => "助教薪酬",
        "platform" => "平台费用",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table that people read says what the code says.
    #[test]
    fn the_preface_lists_every_token() {
        let preface = include_str!("../../../docs/miniprogram-dev/preface.md");
        for task_type in TaskType::ALL {
            let row = format!(
                "| `{task_type}` | {} | `{}` | `{}` |",
                task_type.label(),
                task_color(*task_type),
                bg_class(*task_type)
            );
            assert!(preface.contains(&row), "preface.md lacks {row}");
        }
        for (code, name) in [("junior", "初级"), ("middle", "中级"), ("senior", "高级"), ("star", "明星")]
        {
            let row = format!("| `{code}` {name} | `{}` |", level_color(Some(code)));
            assert!(preface.contains(&row), "preface.md lacks {row}");
        }
        type Label = fn(&str) -> &str;
        let tables: [(Label, &[&str]); 4] = [
            (card_kind, &["stored", "gift_table", "gift_drink", "gift_voucher"]),
            (discount_type, &["groupbuy", "member", "gift_card", "manual", "other"]),
            (inflow_source, &["cash", "online", "recharge", "groupbuy"]),
            (expense_group, &["operation", "fixed", "coach", "platform"]),
        ];
        for (label, codes) in tables {
            for code in codes {
                assert!(preface.contains(&format!("`{code}` {}", label(code))), "preface.md lacks {code}");
            }
            assert_eq!(label("unheard_of"), "unheard_of");
        }
        assert_eq!((level_color(None), level_color(Some("unheard_of"))), ("grey", "grey"));
    }
}
