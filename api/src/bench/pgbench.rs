//! The statements of a route, run by pgbench: what PostgreSQL alone could do with as many clients.
use std::{fmt::Write as _, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use store::config::Url;
use tokio::process::Command;

use super::wire::Statement;

/// A database, and the rounds that it was asked.
type Side<'a> = (&'a Url, &'a Vec<Vec<Statement>>);

/// Requests per second that both databases together could answer if they did nothing else: each runs its own statements
/// by itself, and a request needs both. A database that the route does not ask takes no time.
pub async fn run(program: &Path, sides: [Side<'_>; 2], clients: u16, time: Duration) -> Result<f64> {
    let mut seconds_per_request = 0.0;
    for (url, rounds) in sides {
        let statements: Vec<&Statement> = rounds.iter().flatten().collect();
        if statements.is_empty() {
            continue;
        }
        seconds_per_request += 1.0 / tps(program, url, &Script::of(&statements)?, clients, time).await?;
    }
    ensure!(seconds_per_request > 0.0, "the route asked neither database");
    Ok(1.0 / seconds_per_request)
}

async fn tps(program: &Path, url: &Url, script: &Script, clients: u16, time: Duration) -> Result<f64> {
    let mut command = Command::new(program);
    command.args(["-n", "-M", "prepared", "-j", "2", "-f", "/dev/stdin"]);
    command.arg("-c").arg(clients.to_string()).arg("-T").arg(time.as_secs().to_string());
    for (place, value) in script.values.iter().enumerate() {
        if let Some(value) = value {
            command.arg("-D").arg(format!("p{place}={value}"));
        }
    }
    // The password goes by the environment: arguments are for everybody on the machine to see.
    let mut target = reqwest::Url::parse(url.expose())?;
    if let Some(password) = target.password() {
        command.env("PGPASSWORD", percent_encoding::percent_decode_str(password).decode_utf8()?.as_ref());
        // Only a URL that has no host refuses, and that one has no password.
        let _ = target.set_password(None);
    }
    command.arg(target.as_str()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("{} does not start (--pgbench names it)", program.display()))?;
    if let Some(mut stdin) = child.stdin.take() {
        tokio::io::AsyncWriteExt::write_all(&mut stdin, script.text.as_bytes()).await?;
    }
    let done = child.wait_with_output().await?;
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "pgbench: {}", err.trim().lines().last().unwrap_or("it failed"));
    let tps =
        out.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    tps.with_context(|| format!("pgbench printed no tps: {}", out.trim()))
}

/// A script, and the values of its variables `:p0`, `:p1`, ….
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Script {
    text: String,
    /// `None` = null, written into the text.
    values: Vec<Option<String>>,
}

impl Script {
    /// Of one request's statements.
    pub fn of(statements: &[&Statement]) -> Result<Self> {
        let mut script = Self::default();
        for statement in statements {
            script.add(statement).with_context(|| statement.sql.clone())?;
        }
        Ok(script)
    }

    /// Parameters become variables, so that pgbench prepares the statement as we do; comments go, since a variable in
    /// one would be a parameter without a type.
    fn add(&mut self, statement: &Statement) -> Result<()> {
        let values = statement.texts()?;
        let first = self.values.len();
        self.values.extend(values.iter().map(|(text, _)| text.clone()));
        let mut sql = statement.sql.trim().chars().peekable();
        let (mut quoted, mut line_comment) = (None, false);
        while let Some(c) = sql.next() {
            match (quoted, c) {
                _ if line_comment => {
                    line_comment = c != '\n';
                    if !line_comment {
                        self.text.push(c);
                    }
                }
                (Some(quote), _) => {
                    if c == quote {
                        quoted = None;
                    }
                    self.text.push(c);
                }
                (None, '\'' | '"') => {
                    quoted = Some(c);
                    self.text.push(c);
                }
                (None, '-') if sql.peek() == Some(&'-') => line_comment = true,
                (None, '$') => {
                    let mut digits = String::new();
                    while let Some(digit) = sql.next_if(char::is_ascii_digit) {
                        digits.push(digit);
                    }
                    let place = digits.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                    let place = place.with_context(|| format!("no parameter ${digits}"))?;
                    match values.get(place) {
                        Some((Some(_), kind)) => write!(self.text, "(:p{})::{kind}", first + place)?,
                        Some((None, kind)) => write!(self.text, "NULL::{kind}")?,
                        None => bail!("${digits} was not bound"),
                    }
                }
                (None, c) => self.text.push(c),
            }
        }
        self.text.push_str(";\n");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::value::Value;

    fn value(oid: u32, bytes: &[u8]) -> Value {
        Value { oid, bytes: Some(bytes.to_vec()) }
    }

    #[test]
    fn a_request_becomes_a_script_with_its_values() {
        let begin = Statement { sql: "BEGIN READ ONLY".into(), values: vec![] };
        let ids = [
            &1i32.to_be_bytes()[..],
            &0i32.to_be_bytes(),
            &20u32.to_be_bytes(),
            &2i32.to_be_bytes(),
            &1i32.to_be_bytes(),
            &8i32.to_be_bytes(),
            &5i64.to_be_bytes(),
            &8i32.to_be_bytes(),
            &6i64.to_be_bytes(),
        ]
        .concat();
        let read = Statement {
            sql: "-- $1: members, $2: today.\nSELECT 'costs $1', x FROM t -- not $9\nWHERE d = $2 AND id = ANY ($1) AND at < $3 AND n = $4".into(),
            values: vec![
                value(1016, &ids),
                value(1082, &9_822i32.to_be_bytes()),
                value(1184, &848_678_400_000_000i64.to_be_bytes()),
                Value { oid: 25, bytes: None },
            ],
        };
        let script = Script::of(&[&begin, &read]).unwrap();
        assert_eq!(
            script.text,
            "BEGIN READ ONLY;\n\nSELECT 'costs $1', x FROM t \nWHERE d = (:p1)::date AND id = ANY ((:p0)::bigint[]) AND at < (:p2)::timestamptz AND n = NULL::text;\n"
        );
        let values: Vec<_> = script.values.iter().map(Option::as_deref).collect();
        let expected = [Some("{\"5\",\"6\"}"), Some("2026-11-22"), Some("2026-11-22T16:00:00+00:00"), None];
        assert_eq!(values, expected);
        let strange = Statement { sql: "SELECT $1".into(), values: vec![value(600, &[0])] };
        assert!(format!("{:#}", Script::of(&[&strange]).unwrap_err()).contains("OID 600"));
    }
}
