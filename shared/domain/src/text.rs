//! What text may hold.

/// Text that nobody can type, and that breaks logs, exports and C strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("不能含有控制字符")]
pub struct ControlCharacter;

/// Text of several lines: line breaks and tabs are welcome, every other control character (NUL above all) is not.
pub fn check_lines(text: &str) -> Result<(), ControlCharacter> {
    check(text, |c| matches!(c, '\n' | '\r' | '\t'))
}

/// Text of one line: no control character at all.
pub fn check_line(text: &str) -> Result<(), ControlCharacter> {
    check(text, |_| false)
}

fn check(text: &str, welcome: impl Fn(char) -> bool) -> Result<(), ControlCharacter> {
    if text.chars().any(|c| is_control(c) && !welcome(c)) { Err(ControlCharacter) } else { Ok(()) }
}

/// C0, DEL and C1; and what turns the direction of the text around it, or breaks lines unseen.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn one_control_character_anywhere_refuses_the_text(
            before in "[a-z王小明 ]{0,5}", control in "[\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{7f}-\u{9f}]", after in "[🎱x]{0,5}",
        ) {
            let text = format!("{before}{control}{after}");
            prop_assert_eq!(check_lines(&text), Err(ControlCharacter));
            prop_assert_eq!(check_line(&text), Err(ControlCharacter));
            prop_assert_eq!(check_lines(&format!("{before}{after}")), Ok(()));
        }
    }

    #[test]
    fn line_breaks_and_tabs_are_for_text_of_several_lines() {
        assert_eq!(check_lines("一\n二\r\n\t三"), Ok(()));
        assert_eq!(check_line("一\n二"), Err(ControlCharacter));
    }

    #[test]
    fn emoji_and_what_joins_them_are_text() {
        assert_eq!(check_line("👨‍👩‍👧 👍🏽 ❤️ é"), Ok(()));
        assert_eq!(check_line("\u{202e}gnp.exe"), Err(ControlCharacter));
    }
}
