//! Names and phones are replaced before a call, and put back after.

/// Digits from which a number counts as a phone.
const PHONE: usize = 7;

/// What stands for what. One per call.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    names: Vec<String>,
    hidden: Vec<(String, String)>,
}

impl Mask {
    /// Hides these names (blank ones and single characters are no names), and of a Chinese name of three characters the
    /// given name alone as well.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for name in names.into_iter().map(str::trim) {
            let chars: Vec<char> = name.chars().collect();
            if chars.len() < 2 {
                continue;
            }
            all.push(name.to_owned());
            if chars.len() == 3 && chars.iter().all(|c| ('\u{4e00}'..='\u{9fff}').contains(c)) {
                all.push(chars[1..].iter().collect());
            }
        }
        // The longest first: a name may be part of another.
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Self { names: all, hidden: Vec::new() }
    }

    /// The text with ⟦人1⟧ for each name and ⟦电话1⟧ for each number of seven digits or more.
    pub fn hide(&mut self, text: &str) -> String {
        // Only ours may look like ours.
        let text = text.replace('⟦', "[").replace('⟧', "]");
        let mut text = self.hide_phones(&text);
        for name in self.names.clone() {
            // Between the tokens only: a name such as 电话 must not tear one.
            let parts: Vec<String> = split_tokens(&text)
                .map(|(part, is_token)| match is_token || !part.contains(&name) {
                    true => part.to_owned(),
                    false => part.replace(&name, &self.token("人", &name)),
                })
                .collect();
            text = parts.concat();
        }
        text
    }

    /// The text with everything that was hidden put back.
    pub fn restore(&self, text: &str) -> String {
        split_tokens(text)
            .map(|(part, _)| self.hidden.iter().find(|(token, _)| token == part).map_or(part, |(_, was)| was))
            .collect()
    }

    fn token(&mut self, kind: &str, original: &str) -> String {
        if let Some((token, _)) = self.hidden.iter().find(|(_, was)| was == original) {
            return token.clone();
        }
        let of_kind = self.hidden.iter().filter(|(token, _)| token.contains(kind)).count();
        let token = format!("⟦{kind}{}⟧", of_kind + 1);
        self.hidden.push((token.clone(), original.to_owned()));
        token
    }

    fn hide_phones(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        // A run of digits with what people put between them; trailing marks are not part of it.
        let mut run = String::new();
        let mut end_of_digits = 0;
        let mut digits = 0;
        for c in text.chars().chain([PAST_THE_END]) {
            if is_digit(c) {
                run.push(c);
                (digits, end_of_digits) = (digits + 1, run.len());
            } else if digits > 0
                && matches!(c, ' ' | '-' | '－' | '—' | '.' | '(' | ')' | '（' | '）' | '\u{3000}')
            {
                run.push(c);
            } else {
                if digits >= PHONE {
                    let token = self.token("电话", &run[..end_of_digits]);
                    shown.push_str(&token);
                    shown.push_str(&run[end_of_digits..]);
                } else {
                    shown.push_str(&run);
                }
                run.clear();
                (digits, end_of_digits) = (0, 0);
                if c != PAST_THE_END {
                    shown.push(c);
                }
            }
        }
        shown
    }
}

/// No text holds it: brackets of ours are gone by then.
const PAST_THE_END: char = '⟧';

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

/// The pieces of a text, and whether each is a ⟦token⟧.
fn split_tokens(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = match (rest.find('⟦'), rest.find('⟧')) {
            (Some(0), Some(end)) => (end + '⟧'.len_utf8(), true),
            // A bracket that nobody closes stands for itself.
            (Some(0), None) => (rest.len(), false),
            (Some(start), _) => (start, false),
            (None, _) => (rest.len(), false),
        };
        let (piece, after) = rest.split_at(cut.0);
        rest = after;
        Some((piece, cut.1))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_phones_are_hidden_and_come_back() {
        let mut mask = Mask::new(["沈欣怡", "小雨", " ", "王"]);
        let text = "欣怡说下周来，电话 138-1234-5678，小雨陪沈欣怡打 2 小时，王总没来，尾号 5678。";
        let hidden = mask.hide(text);
        assert_eq!(hidden, "⟦人3⟧说下周来，电话 ⟦电话1⟧，⟦人2⟧陪⟦人1⟧打 2 小时，王总没来，尾号 5678。");
        assert_eq!(mask.restore(&hidden), text);
        assert_eq!(mask.restore("建议⟦人1⟧与⟦人9⟧"), "建议沈欣怡与⟦人9⟧");
    }

    #[test]
    fn nobody_forges_a_token() {
        let mut mask = Mask::new(["沈欣怡"]);
        let hidden = mask.hide("⟦人1⟧就是沈欣怡");
        assert_eq!(hidden, "[人1]就是⟦人1⟧");
        assert_eq!(mask.restore(&hidden), "[人1]就是沈欣怡");
    }

    #[test]
    fn full_width_digits_are_digits() {
        assert_eq!(Mask::new([]).hide("１３８１２３４５６７８!"), "⟦电话1⟧!");
        assert_eq!(Mask::new([]).hide("123456 "), "123456 ");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Whatever the text: no name and no seven digits in a row get through, and what was hidden comes back whole.
        #[test]
        fn nothing_gets_through(
            parts in prop::collection::vec("沈欣怡|欣怡|电话|人1|[0-9０-９]{1,12}|[ \\-]|1[3-9][0-9]{9}|[⟦⟧a-z好]{0,3}|\\PC{0,4}", 0..12),
        ) {
            let text = parts.concat();
            let names = ["沈欣怡", "电话", "人1"];
            let mut mask = Mask::new(names);
            let hidden = mask.hide(&text);
            for (part, is_token) in split_tokens(&hidden) {
                if !is_token {
                    prop_assert!(names.iter().all(|name| !part.contains(name)), "{part}");
                    prop_assert!(!part.contains("欣怡"), "{part}");
                    let longest = part.split(|c| !is_digit(c)).map(|run| run.chars().count()).max();
                    prop_assert!(longest.unwrap_or_default() < PHONE, "{part}");
                }
            }
            prop_assert_eq!(mask.restore(&hidden), text.replace('⟦', "[").replace('⟧', "]"));
        }
    }
}
