//! What can be wrong with a configuration: in the words of logs (`Display`) and in those for people ([`Problem::zh`]).
use std::fmt;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The whole is no object; what it is.
    NotAnObject(String),
    /// A required key is not there.
    Missing,
    /// A key that means nothing here: a misspelt option must not look as if it counted.
    Unknown,
    /// Not a text, or a blank one; what it is.
    NotText(String),
    /// Not a whole number within bounds.
    NotANumber {
        /// What it is.
        value: String,
        /// Least.
        from: u32,
        /// Most.
        to: u32,
    },
    /// None of the accepted words.
    NotAWord {
        /// What it is.
        value: String,
        /// The words.
        words: Vec<String>,
    },
    /// `trigger_condition` is none of cron, interval, event.
    NotACondition(String),
    /// No zone of this name.
    NotAZone(String),
    /// `max` without misfire `all`.
    MaxWithoutAll,
    /// The expression cannot be used.
    Cron {
        /// As given.
        expression: String,
        /// Why not.
        why: CronProblem,
    },
    /// It fires no more.
    NoFurtherSlot,
}

/// What is wrong with a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronProblem {
    /// Not five fields; how many.
    FieldCount(usize),
    /// A field.
    Field {
        /// minute, hour, day of month, month, day of week.
        field: CronField,
        /// As given.
        text: String,
        /// What is wrong with it.
        why: CronFieldProblem,
    },
    /// No such day.
    NeverFires,
    /// What the parser says.
    Unreadable(String),
}

/// One of the five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CronField {
    /// 0–59
    Minute,
    /// 0–23
    Hour,
    /// 1–31
    DayOfMonth,
    /// 1–12
    Month,
    /// 0–7
    DayOfWeek,
}

/// What is wrong with a field of a cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronFieldProblem {
    /// A character without a meaning there.
    Letter(char),
    /// What stands behind `/` is no number.
    StepNotANumber(String),
    /// The step passes its range.
    StepTooLarge {
        /// The step.
        step: u32,
        /// The range.
        range: (u32, u32),
    },
    /// A step of 0.
    StepZero,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject(value) => write!(f, "{value} is not an object"),
            Self::Missing => f.write_str("is missing"),
            Self::Unknown => f.write_str("is not known here"),
            Self::NotText(value) => write!(f, "{value} is not a text"),
            Self::NotANumber { value, from, to } => {
                write!(f, "{value} is not a whole number from {from} to {to}")
            }
            Self::NotAWord { value, words } => write!(f, "{value} is none of {}", words.join(", ")),
            Self::NotACondition(word) => write!(f, "{word:?} is none of cron, interval, event"),
            Self::NotAZone(name) => write!(f, "{name:?} is no IANA zone such as Asia/Shanghai"),
            Self::MaxWithoutAll => f.write_str("counts only with misfire \"all\""),
            Self::Cron { expression, why } => write!(f, "{expression:?}: {why}"),
            Self::NoFurtherSlot => f.write_str("has no further slot"),
        }
    }
}

impl Problem {
    /// For people.
    pub fn zh(&self) -> String {
        match self {
            Self::NotAnObject(_) => "须为对象".to_owned(),
            Self::Missing => "缺少".to_owned(),
            Self::Unknown => "没有这个字段".to_owned(),
            Self::NotText(_) => "须为非空文字".to_owned(),
            Self::NotANumber { from, to, .. } => format!("须为 {from} 到 {to} 的整数"),
            Self::NotAWord { words, .. } => format!("须为以下之一:{}", words.join("、")),
            Self::NotACondition(_) => "须为以下之一:cron、interval、event".to_owned(),
            Self::NotAZone(_) => "须为 IANA 时区，如 Asia/Shanghai".to_owned(),
            Self::MaxWithoutAll => "仅在 misfire 为 all 时有效".to_owned(),
            Self::Cron { why, .. } => why.zh(),
            Self::NoFurtherSlot => "今后不会再触发".to_owned(),
        }
    }
}

impl fmt::Display for CronProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldCount(count) => write!(
                f,
                "{count} fields, but exactly five are needed: minute, hour, day of month, month, day of week"
            ),
            Self::Field { field, text, why } => write!(f, "{} {text:?}: {why}", field.name()),
            Self::NeverFires => f.write_str("never fires: there is no such day"),
            Self::Unreadable(words) => f.write_str(words),
        }
    }
}

impl CronProblem {
    fn zh(&self) -> String {
        match self {
            Self::FieldCount(count) => format!("须恰为五段(分 时 日 月 周),现为 {count} 段"),
            Self::Field { field, text, why } => format!("{}字段「{text}」:{}", field.zh(), why.zh()),
            Self::NeverFires => "不会触发:没有这样的日期".to_owned(),
            Self::Unreadable(_) => "不是有效的 cron 表达式:数值超出范围或写法有误".to_owned(),
        }
    }
}

impl CronField {
    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Self::Minute => "分",
            Self::Hour => "时",
            Self::DayOfMonth => "日",
            Self::Month => "月",
            Self::DayOfWeek => "周",
        }
    }
}

impl fmt::Display for CronFieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Letter(letter) => write!(f, "{letter:?} has no meaning here"),
            Self::StepNotANumber(step) => write!(f, "step {step:?} is not a number"),
            Self::StepTooLarge { step, range: (from, to) } => {
                write!(f, "step {step} is larger than its range {from}-{to}")
            }
            Self::StepZero => f.write_str("step 0 never moves on"),
        }
    }
}

impl CronFieldProblem {
    fn zh(&self) -> String {
        match self {
            Self::Letter(letter) => format!("「{letter}」在此无意义"),
            Self::StepNotANumber(_) => "步长须为数字".to_owned(),
            Self::StepTooLarge { step, range: (from, to) } => {
                format!("步长 {step} 超出范围 {from}-{to}")
            }
            Self::StepZero => "步长不能为 0".to_owned(),
        }
    }
}
