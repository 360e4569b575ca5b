//! What a client says to PostgreSQL: enough of the protocol's frontend messages to know which statements it sent, with which
//! values, and how often it waited for an answer.
use std::collections::HashMap;

use anyhow::Result;

use super::value::Value;

/// A statement as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// With `$1`, `$2`, ….
    pub sql: String,
    /// Its values.
    pub values: Vec<Value>,
}

impl Statement {
    /// Its values as PostgreSQL reads them, each with its type; a null has no text.
    pub fn texts(&self) -> Result<Vec<(Option<String>, &'static str)>> {
        self.values.iter().map(|value| Ok((value.text()?, value.kind()?))).collect()
    }
}

/// One connection's side of the conversation, fed as it comes.
#[derive(Debug, Default)]
pub struct Frontend {
    started: bool,
    rest: Vec<u8>,
    /// Text and types of prepared statements.
    prepared: HashMap<Vec<u8>, (String, Vec<u32>)>,
    bound: Vec<Statement>,
}

impl Frontend {
    /// Takes what came and returns the rounds that it completed: the statements after which the client waits.
    pub fn hear(&mut self, bytes: &[u8]) -> Vec<Vec<Statement>> {
        self.rest.extend_from_slice(bytes);
        let mut rounds = Vec::new();
        while let Some((kind, body)) = self.message() {
            match kind {
                b'P' => drop(self.parse(&body)),
                b'B' => drop(self.bind(&body)),
                b'Q' => {
                    let sql = String::from_utf8_lossy(body.strip_suffix(b"\0").unwrap_or(&body)).into_owned();
                    self.bound.push(Statement { sql, values: Vec::new() });
                    rounds.push(std::mem::take(&mut self.bound));
                }
                b'S' => rounds.push(std::mem::take(&mut self.bound)),
                _ => {}
            }
        }
        rounds
    }

    /// The next whole message; the first of a connection has no kind.
    fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = usize::from(self.started);
        let length = self.rest.get(head..head + 4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        if self.rest.len() < head + length {
            return None;
        }
        let message: Vec<u8> = self.rest.drain(..head + length).collect();
        let kind = if self.started { *message.first()? } else { 0 };
        self.started = true;
        Some((kind, message.get(head + 4..)?.to_vec()))
    }

    fn parse(&mut self, body: &[u8]) -> Option<()> {
        let mut body = Reader(body);
        let (name, sql) = (body.text()?, body.text()?);
        let count = body.i16()?;
        let oids = (0..count).map(|_| body.u32()).collect::<Option<_>>()?;
        self.prepared.insert(name.to_vec(), (String::from_utf8_lossy(sql).into_owned(), oids));
        Some(())
    }

    fn bind(&mut self, body: &[u8]) -> Option<()> {
        let mut body = Reader(body);
        body.text()?;
        let name = body.text()?;
        let formats = body.i16()?;
        body.take(usize::try_from(formats).ok()? * 2)?;
        let count = body.i16()?;
        let (sql, oids) = self.prepared.get(name)?;
        let mut values = Vec::new();
        for place in 0..usize::try_from(count).ok()? {
            let bytes = match body.i32()? {
                -1 => None,
                length => Some(body.take(usize::try_from(length).ok()?)?.to_vec()),
            };
            values.push(Value { oid: oids.get(place).copied().unwrap_or_default(), bytes });
        }
        self.bound.push(Statement { sql: sql.clone(), values });
        Some(())
    }
}

/// Reads a message's fields in their order.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// So many bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    /// Up to the next zero.
    pub fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(text)
    }

    /// Two bytes.
    pub fn i16(&mut self) -> Option<i16> {
        Some(i16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Four bytes.
    pub fn i32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Eight bytes.
    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind][..], &length, body].concat()
    }

    fn conversation() -> Vec<u8> {
        let start = [&16u32.to_be_bytes()[..], &196_608u32.to_be_bytes(), b"user\0a\0\0"].concat();
        let start = [&u32::try_from(start.len()).unwrap().to_be_bytes(), &start[4..]].concat();
        let parse = [&b"s1\0SELECT $1\0"[..], &1i16.to_be_bytes(), &20u32.to_be_bytes()].concat();
        let bind = [
            &b"\0s1\0"[..],
            &1i16.to_be_bytes(),
            &1i16.to_be_bytes(),
            &1i16.to_be_bytes(),
            &8i32.to_be_bytes(),
            &7i64.to_be_bytes(),
            &0i16.to_be_bytes(),
        ]
        .concat();
        [
            start,
            message(b'Q', b"BEGIN\0"),
            message(b'P', &parse),
            message(b'D', b"Ss1\0"),
            message(b'S', b""),
            message(b'B', &bind),
            message(b'E', b"\0\0\0\0\0"),
            message(b'S', b""),
        ]
        .concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// However the bytes are cut on their way, the same rounds come out.
        #[test]
        fn rounds_do_not_depend_on_how_bytes_come(cuts in vec(0usize..200, 0..20)) {
            let bytes = conversation();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut frontend = Frontend::default();
            let heard: Vec<_> =
                cuts.windows(2).flat_map(|cut| frontend.hear(&bytes[cut[0]..cut[1]])).collect();
            let begin = Statement { sql: "BEGIN".into(), values: vec![] };
            let value = Value { oid: 20, bytes: Some(7i64.to_be_bytes().to_vec()) };
            let select = Statement { sql: "SELECT $1".into(), values: vec![value] };
            prop_assert_eq!(heard, vec![vec![begin], vec![], vec![select]]);
        }
    }
}
