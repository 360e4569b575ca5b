//! What a code asks for.

/// A code, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Somebody.
    Person(String),
    /// Somebody, after so many busy answers.
    Busy(u32, String),
    /// An error, and whether its code comes as text.
    Fail(i64, bool),
    /// Somebody, late.
    Slow(u64, String),
    /// What is none of WeChat's.
    Html(u16),
    /// A number: country and digits.
    Phone(String, String),
    /// None of ours.
    Unknown,
}

impl Code {
    /// Reads what was typed.
    pub fn read(typed: &str) -> Self {
        let words: Vec<&str> = typed.split('-').collect();
        let person = |name: &str| {
            let fits = (1..=40).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            fits.then(|| name.to_owned())
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.to_owned());
        let read = match words[..] {
            // Names may have hyphens: all but the last word.
            ["wx", .., nonce] if words.len() > 3 && !nonce.is_empty() => {
                let name = words[1..words.len() - 1].join("-");
                person(&name).map(Self::Person)
            }
            ["wx", name, nonce] if !nonce.is_empty() => person(name).map(Self::Person),
            ["busy", times, name, _] => {
                times.parse().ok().zip(person(name)).map(|(times, name)| Self::Busy(times, name))
            }
            // (a minus is a hyphen, too)
            ["fail", "", code, _] => code.parse::<i64>().ok().map(|code| Self::Fail(-code, false)),
            ["fail", code, _] => code.parse().ok().map(|code| Self::Fail(code, false)),
            ["failtext", "", code, _] => code.parse::<i64>().ok().map(|code| Self::Fail(-code, true)),
            ["failtext", code, _] => code.parse().ok().map(|code| Self::Fail(code, true)),
            ["slow", millis, name, _] => {
                millis.parse().ok().zip(person(name)).map(|(millis, name)| Self::Slow(millis, name))
            }
            ["html", status, _] => status.parse().ok().map(Self::Html),
            ["phone", number, _] => digits(number).map(|number| Self::Phone("86".into(), number)),
            ["abroad", country, number, _] => {
                digits(country).zip(digits(number)).map(|(country, number)| Self::Phone(country, number))
            }
            _ => None,
        };
        read.unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_the_table_says() {
        for (typed, code) in [
            ("wx-anna-1", Code::Person("anna".into())),
            ("wx-coach-101-1011-x", Code::Person("coach-101-1011".into())),
            ("busy-2-anna-1", Code::Busy(2, "anna".into())),
            ("fail-40226-1", Code::Fail(40226, false)),
            ("fail--1-1", Code::Fail(-1, false)),
            ("failtext-45011-1", Code::Fail(45011, true)),
            ("slow-50-anna-1", Code::Slow(50, "anna".into())),
            ("html-502-1", Code::Html(502)),
            ("phone-13912345678-1", Code::Phone("86".into(), "13912345678".into())),
            ("abroad-852-61234567-1", Code::Phone("852".into(), "61234567".into())),
            ("wx-anna", Code::Unknown),
            ("wx--1", Code::Unknown),
            ("wx-王-1", Code::Unknown),
            ("", Code::Unknown),
        ] {
            assert_eq!(Code::read(typed), code, "{typed}");
        }
    }
}
