//! Clients that ask over and over, all the same or each something of its own.
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::questions::Asked;

/// What a route did under load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Half of the answers took no longer.
    pub p50: Duration,
    /// All but one in a hundred took no longer.
    pub p99: Duration,
    /// Answers per second.
    pub per_second: f64,
}

/// Turns that questions take which are measured side by side: whatever else the machine does meets all of them.
const TURNS: u32 = 4;

impl Load {
    /// `clients` at once, each over a connection of its own, for `time` for each of the pages, in turns. The questions
    /// of a page go round among the clients.
    pub async fn run<const N: usize>(
        pages: [&[Asked]; N],
        clients: u16,
        time: Duration,
    ) -> Result<[Self; N]> {
        let mut seen = [const { (Vec::new(), Duration::ZERO) }; N];
        for _ in 0..TURNS {
            for (page, (times, took)) in pages.iter().zip(&mut seen) {
                let turn = Self::turn(page, clients, time / TURNS).await?;
                times.extend(turn.0);
                *took += turn.1;
            }
        }
        Ok(seen.map(|(times, took)| Self::of(times, took)))
    }

    async fn turn(page: &[Asked], clients: u16, time: Duration) -> Result<(Vec<Duration>, Duration)> {
        let clients = || page.iter().cycle().take(clients.into());
        // Unmeasured: connections are opened, statements prepared.
        futures::future::try_join_all(clients().map(ask)).await?;
        let began = Instant::now();
        let client = async |question| -> Result<Vec<Duration>> {
            let mut times = Vec::new();
            while began.elapsed() < time {
                let asked = Instant::now();
                ask(question).await?;
                times.push(asked.elapsed());
            }
            Ok(times)
        };
        let times = futures::future::try_join_all(clients().map(client)).await?;
        Ok((times.concat(), began.elapsed()))
    }

    fn of(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        // The smallest time that so many per cent do not exceed.
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).max(1);
            times.get(rank - 1).copied().unwrap_or_default()
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of answers, for people to read")]
        let per_second = times.len() as f64 / took.as_secs_f64();
        Self { p50: at(50), p99: at(99), per_second }
    }
}

/// One answer, whole. An error unless it is 200 with nothing degraded, or nothing where that is an answer.
pub async fn ask(question: &Asked) -> Result<Vec<u8>> {
    let answer = question.client.get(&question.url).bearer_auth(&question.token).send().await?;
    let status = answer.status();
    let body = answer.bytes().await?.to_vec();
    let text = || String::from_utf8_lossy(&body).chars().take(300).collect::<String>();
    ensure!(
        status == 200 || status == 404 && question.may_be_nothing,
        "{}: {status} {}",
        question.url,
        text()
    );
    let degraded = body.windows(12).position(|w| w == b"\"degraded\":[").map(|at| body.get(at + 12));
    ensure!(degraded.is_none_or(|next| next == Some(&b']')), "{} is degraded: {}", question.url, text());
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_seen() {
        let load = Load::of((1..=200).rev().map(Duration::from_millis).collect(), Duration::from_secs(10));
        assert_eq!((load.p50, load.p99), (Duration::from_millis(100), Duration::from_millis(198)));
        assert!((load.per_second - 20.0).abs() < 1e-9);
        let one = Load::of(vec![Duration::from_millis(7)], Duration::from_secs(1));
        assert_eq!((one.p50, one.p99), (Duration::from_millis(7), Duration::from_millis(7)));
    }
}
