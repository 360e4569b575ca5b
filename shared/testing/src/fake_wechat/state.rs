//! What it remembers.
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Asked, codes::Code};

/// Life of a code.
const CODE_LIFE: Duration = Duration::from_secs(300);

/// Shared by its requests.
#[derive(Debug, Default)]
pub struct State(Mutex<Memory>);

impl State {
    pub fn lock(&self) -> MutexGuard<'_, Memory> {
        // A test that panicked leaves a usable state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fields of [`State`].
#[derive(Debug)]
pub struct Memory {
    born: Instant,
    ahead: Duration,
    issued: HashMap<String, (String, Duration)>,
    seen: HashMap<String, u32>,
    token: Option<(String, Duration)>,
    life: Duration,
    number: u32,
    pub asked: Asked,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            ahead: Duration::ZERO,
            issued: HashMap::new(),
            seen: HashMap::new(),
            token: None,
            life: Duration::from_secs(7200),
            number: 0,
            asked: Asked::default(),
        }
    }
}

/// What a presented code comes to.
#[derive(Debug)]
pub enum Presented {
    Good(Code),
    /// -1 this time.
    Busy,
    /// 40029: unknown, past its time, or used.
    Worthless,
}

/// What a presented access token is worth.
#[derive(Debug, PartialEq, Eq)]
pub enum Worth {
    Good,
    Expired,
    Invalid,
}

impl Memory {
    fn now(&self) -> Duration {
        self.born.elapsed() + self.ahead
    }

    pub fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }

    pub fn issue(&mut self, name: &str) -> String {
        self.number += 1;
        let code = format!("issued{:08}", self.number);
        self.issued.insert(code.clone(), (name.to_owned(), self.now()));
        code
    }

    /// A code is spent by what it stands for; a busy answer spends nothing.
    pub fn present(&mut self, typed: &str) -> Presented {
        let code = match self.issued.get(typed) {
            Some((_, at)) if self.now() >= *at + CODE_LIFE => return Presented::Worthless,
            Some((name, _)) => Code::Person(name.clone()),
            None => Code::read(typed),
        };
        let seen = self.seen.entry(typed.to_owned()).or_default();
        *seen += 1;
        let (before, free) = match &code {
            Code::Unknown => return Presented::Worthless,
            // An error may be had as often as one likes.
            Code::Fail(..) | Code::Html(_) => return Presented::Good(code),
            Code::Busy(times, _) => (*seen - 1, *times),
            _ => (*seen - 1, 0),
        };
        match before {
            before if before < free => Presented::Busy,
            before if before == free => Presented::Good(code),
            _ => Presented::Worthless,
        }
    }

    /// The access token and the seconds that it still lives: the same one while it does, unless a new one is forced.
    pub fn stable_token(&mut self, force: bool) -> (String, u64) {
        let now = self.now();
        if force {
            self.asked.forced += 1;
            self.forget_token();
        } else {
            self.asked.tokens += 1;
        }
        if let Some((token, until)) = self.token.clone()
            && now < until
        {
            return (token, (until - now).as_secs());
        }
        self.number += 1;
        let token = format!("fake-access-token-{}", self.number);
        self.token = Some((token.clone(), now + self.life));
        (token, self.life.as_secs())
    }

    pub fn forget_token(&mut self) {
        self.token = None;
    }

    pub fn token_life(&mut self, seconds: u64) {
        self.life = Duration::from_secs(seconds);
    }

    pub fn worth(&self, token: &str) -> Worth {
        match &self.token {
            Some((current, until)) if current == token => {
                if self.now() < *until {
                    Worth::Good
                } else {
                    Worth::Expired
                }
            }
            _ => Worth::Invalid,
        }
    }
}
