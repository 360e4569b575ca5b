//! Bound values as PostgreSQL writes them in text.
use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::wire::Reader;

/// A bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// OID of its type.
    pub oid: u32,
    /// Binary; `None` = null.
    pub bytes: Option<Vec<u8>>,
}

impl Value {
    /// Name of its type; an error for one that no read binds.
    pub fn kind(&self) -> Result<&'static str> {
        Ok(match self.oid {
            16 => "boolean",
            20 => "bigint",
            21 => "smallint",
            23 => "integer",
            25 => "text",
            1007 => "integer[]",
            1009 => "text[]",
            1016 => "bigint[]",
            1082 => "date",
            1184 => "timestamptz",
            1186 => "interval",
            3802 => "jsonb",
            oid => bail!("a parameter of the type with OID {oid} cannot be written as text"),
        })
    }

    /// As PostgreSQL reads it; `None` = null.
    pub fn text(&self) -> Result<Option<String>> {
        let kind = self.kind()?;
        let Some(bytes) = &self.bytes else { return Ok(None) };
        let text = match kind {
            "integer[]" => array(bytes, |bytes| scalar("integer", bytes)),
            "bigint[]" => array(bytes, |bytes| scalar("bigint", bytes)),
            "text[]" => array(bytes, |bytes| scalar("text", bytes)),
            kind => scalar(kind, bytes),
        };
        text.map(Some).with_context(|| format!("a {kind} that cannot be read"))
    }
}

fn scalar(kind: &str, bytes: &[u8]) -> Option<String> {
    let mut reader = Reader(bytes);
    // Dates and instants count from here, in days and microseconds.
    let start = NaiveDate::from_ymd_opt(2000, 1, 1)?;
    Some(match kind {
        "boolean" => (*bytes.first()? != 0).to_string(),
        "bigint" => reader.i64()?.to_string(),
        "smallint" => reader.i16()?.to_string(),
        "integer" => reader.i32()?.to_string(),
        "text" => String::from_utf8(bytes.to_vec()).ok()?,
        // After the number of its format.
        "jsonb" => String::from_utf8(bytes.get(1..)?.to_vec()).ok()?,
        "interval" => {
            let (microseconds, days, months) = (reader.i64()?, reader.i32()?, reader.i32()?);
            format!("{months} months {days} days {microseconds} microseconds")
        }
        "date" => start.checked_add_signed(TimeDelta::days(reader.i32()?.into()))?.to_string(),
        _ => {
            let start = start.and_time(NaiveTime::MIN).and_utc();
            start.checked_add_signed(TimeDelta::microseconds(reader.i64()?))?.to_rfc3339()
        }
    })
}

/// A one-dimensional array, or an empty one.
fn array(bytes: &[u8], element: impl Fn(&[u8]) -> Option<String>) -> Option<String> {
    let mut reader = Reader(bytes);
    let dimensions = reader.i32()?;
    reader.take(8)?;
    if dimensions == 0 {
        return Some("{}".to_owned());
    }
    let count = reader.i32()?;
    reader.i32()?;
    let mut elements = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(reader.i32()?).ok()?;
        let text = element(reader.take(length)?)?;
        elements.push(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    Some(format!("{{{}}}", elements.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(oid: u32, bytes: &[u8]) -> Option<String> {
        Value { oid, bytes: Some(bytes.to_vec()) }.text().unwrap()
    }

    #[test]
    fn values_are_written_as_postgresql_reads_them() {
        assert_eq!(text(1082, &9_822i32.to_be_bytes()).unwrap(), "2026-11-22");
        assert_eq!(text(1082, &(-1i32).to_be_bytes()).unwrap(), "1999-12-31");
        assert_eq!(text(1184, &848_678_400_000_000i64.to_be_bytes()).unwrap(), "2026-11-22T16:00:00+00:00");
        assert_eq!(text(16, &[1]).unwrap(), "true");
        assert_eq!(text(3802, b"\x01{}").unwrap(), "{}");
        let interval = [&7i64.to_be_bytes()[..], &2i32.to_be_bytes(), &1i32.to_be_bytes()].concat();
        assert_eq!(text(1186, &interval).unwrap(), "1 months 2 days 7 microseconds");
        let none = [0i32, 0, 25].map(i32::to_be_bytes).concat();
        assert_eq!(text(1009, &none).unwrap(), "{}");
        let quoted = [&[1i32, 0, 25, 1, 1, 3].map(i32::to_be_bytes).concat()[..], b"a\"b"].concat();
        assert_eq!(text(1009, &quoted).unwrap(), r#"{"a\"b"}"#);
        assert_eq!(Value { oid: 25, bytes: None }.text().unwrap(), None);
        assert!(Value { oid: 600, bytes: None }.kind().unwrap_err().to_string().contains("OID 600"));
    }
}
