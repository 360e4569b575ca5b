//! Readers who ask for the same page at the same time are answered by one reading.
//!
//! A page is read for everybody who was waiting when the reading began, and for nobody who came later: whoever comes
//! while one runs waits for the next. So an answer is never older than its question, and nothing is kept. Who waits
//! holds no connection. When a reader goes away or fails to end, the next in line reads.
use std::{
    collections::HashMap,
    marker::PhantomData,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::Bytes,
    extract::{FromRequestParts, MatchedPath},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{Mode, SiteId};
use serde::Serialize;
use store::{Access, SiteTx, site_tx::Caller};
use tokio::sync::oneshot;

use super::{Permission, Permitted, SiteWarehouse, bearer, past};
use crate::{
    answer::Answer,
    error::{ApiError, Kind},
    state::AppState,
};

/// As [`Permitted`], for a page that is the same for all who may see it: by site, date, address, and what the caller may.
pub struct Together<P> {
    /// Business database.
    pub tx: SiteTx,
    /// Warehouse.
    pub warehouse: SiteWarehouse,
    /// To be told the answer.
    pub turn: Turn,
    means: PhantomData<P>,
}

impl<P: Permission> FromRequestParts<AppState> for Together<P> {
    type Rejection = Otherwise;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Otherwise> {
        let who = || bearer::identity(parts, state);
        let enter = |who| Permitted::<P>::enter(who, state, Access::Read, &parts.uri);
        let mut opened = enter(who().map_err(ApiError::from)?).await?;
        let turn = loop {
            let waiting = match state.readings.join(Question::new(&opened.tx, parts)) {
                Joined::First(turn) => break turn,
                Joined::Waiting(waiting) => waiting,
            };
            // Given back before waiting, and opened again by whoever then reads.
            drop(opened.warehouse);
            if let Err(error) = opened.tx.commit().await {
                tracing::debug!(%error, "a read-only transaction ended by itself");
            }
            match waiting.await {
                Ok(Next::Read(turn)) => {
                    opened = enter(who().map_err(ApiError::from)?).await?;
                    // What the caller may was changed meanwhile: nothing is read by that for those who wait.
                    if Question::new(&opened.tx, parts) == turn.question {
                        break turn;
                    }
                }
                Ok(Next::Told(told)) => {
                    let route =
                        parts.extensions.get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
                    metrics::counter!("http_shared_answers_total", "route" => route.to_owned()).increment(1);
                    return Err(Otherwise(told));
                }
                // The line is never dropped while somebody waits in it.
                Err(_) => return Err(ApiError::from(Kind::Internal).into()),
            }
        };
        let Permitted { tx, warehouse, .. } = opened;
        parts.extensions.insert(past::Heard);
        Ok(Self { tx, warehouse, turn, means: PhantomData })
    }
}

/// What a request is answered with that does not read itself.
pub struct Otherwise(Told);

impl From<ApiError> for Otherwise {
    fn from(error: ApiError) -> Self {
        Self(Err(error))
    }
}

impl IntoResponse for Otherwise {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// An answer's JSON, written once for all who are told it.
#[derive(Clone, Debug)]
pub struct Body(Bytes);

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// What all readers of a page are told.
pub type Told = Result<Body, ApiError>;

/// What makes two requests the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    site: SiteId,
    mode: Mode,
    address: Box<str>,
    permissions: Vec<String>,
    coach: Option<i64>,
}

impl Question {
    fn new(tx: &SiteTx, parts: &Parts) -> Self {
        let Caller { permissions, assistant_id, .. } = &tx.caller;
        let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
        Self {
            site: tx.ctx.site_id,
            mode: tx.ctx.mode,
            address: address.into(),
            permissions: permissions.clone(),
            coach: *assistant_id,
        }
    }
}

/// Everything that is being read together.
#[derive(Clone, Default)]
pub struct Readings(Arc<Mutex<HashMap<Question, Vec<Seat>>>>);

/// Somebody who waits.
type Seat = oneshot::Sender<Next>;

enum Joined {
    First(Turn),
    Waiting(oneshot::Receiver<Next>),
}

/// What those who wait hear.
enum Next {
    Read(Turn),
    Told(Told),
}

impl Readings {
    fn join(&self, question: Question) -> Joined {
        let mut lines = self.lines();
        if let Some(line) = lines.get_mut(&question) {
            let (seat, waiting) = oneshot::channel();
            line.push(seat);
            return Joined::Waiting(waiting);
        }
        lines.insert(question.clone(), Vec::new());
        Joined::First(Turn::new(self.clone(), question, Vec::new()))
    }

    /// No code that could panic runs under the lock.
    fn lines(&self) -> MutexGuard<'_, HashMap<Question, Vec<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to read, for oneself and those who had come by then. Dropped without an answer, it goes to the next of them.
pub struct Turn {
    readings: Readings,
    question: Question,
    audience: Vec<Seat>,
    /// Nobody took it: whoever passed it on goes on with its audience.
    refused: bool,
}

impl Turn {
    fn new(readings: Readings, question: Question, audience: Vec<Seat>) -> Self {
        Self { readings, question, audience, refused: false }
    }

    /// Tells everybody.
    pub fn tell<T: Serialize>(mut self, read: Result<Answer<T>, ApiError>) -> Told {
        let told = read.and_then(|answer| {
            serde_json::to_vec(&answer)
                .map(|json| Body(json.into()))
                .map_err(|error| ApiError::caused(Kind::Internal, error))
        });
        for seat in mem::take(&mut self.audience) {
            // Whoever has gone is told nothing.
            drop(seat.send(Next::Told(told.clone())));
        }
        told
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.refused {
            return;
        }
        let mut line = mem::take(&mut self.audience);
        loop {
            {
                let mut lines = self.readings.lines();
                line.extend(lines.get_mut(&self.question).map(mem::take).unwrap_or_default());
                line.retain(|seat| !seat.is_closed());
                if line.is_empty() {
                    lines.remove(&self.question);
                    return;
                }
            }
            let next = line.remove(0);
            let turn = Self::new(self.readings.clone(), self.question.clone(), mem::take(&mut line));
            match next.send(Next::Read(turn)) {
                Err(Next::Read(mut unused)) => {
                    unused.refused = true;
                    line = mem::take(&mut unused.audience);
                }
                Ok(()) | Err(Next::Told(_)) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(address: &str) -> Question {
        let (permissions, coach) = (vec!["board.coach".to_owned()], None);
        Question { site: SiteId(1), mode: Mode::Live, address: address.into(), permissions, coach }
    }

    fn answer(word: &str) -> Result<Answer<String>, ApiError> {
        Ok(Answer::siteless(word.to_owned()))
    }

    fn first(joined: Joined) -> Turn {
        match joined {
            Joined::First(turn) => turn,
            Joined::Waiting(_) => panic!("somebody reads already"),
        }
    }

    fn waiting(joined: Joined) -> oneshot::Receiver<Next> {
        match joined {
            Joined::Waiting(waiting) => waiting,
            Joined::First(_) => panic!("nobody reads"),
        }
    }

    fn turn(waiting: &mut oneshot::Receiver<Next>) -> Turn {
        match waiting.try_recv() {
            Ok(Next::Read(turn)) => turn,
            Ok(Next::Told(_)) => panic!("was told, and should read"),
            Err(error) => panic!("still waits: {error}"),
        }
    }

    fn told(waiting: &mut oneshot::Receiver<Next>) -> Told {
        match waiting.try_recv() {
            Ok(Next::Told(told)) => told,
            Ok(Next::Read(_)) => panic!("reads, and should have been told"),
            Err(error) => panic!("still waits: {error}"),
        }
    }

    #[test]
    fn who_comes_while_a_reading_runs_is_told_the_next_and_never_this() {
        let readings = Readings::default();
        let running = first(readings.join(question("/a")));
        let [mut b, mut c] = [(); 2].map(|()| waiting(readings.join(question("/a"))));
        assert!(b.try_recv().is_err() && c.try_recv().is_err());
        drop(running.tell(answer("old")));

        let reader = turn(&mut b);
        assert!(c.try_recv().is_err(), "c waits for b's reading");
        let mut late = waiting(readings.join(question("/a")));
        drop(reader.tell(answer("new")));
        let body = told(&mut c).map(|body| body.0);
        assert!(body.is_ok_and(|json| json.windows(5).any(|word| word == b"\"new\"")));
        drop(turn(&mut late));
        assert!(readings.lines().is_empty(), "nothing is kept");
    }

    #[test]
    fn another_question_does_not_wait() {
        let readings = Readings::default();
        let _running = first(readings.join(question("/a")));
        let _other = first(readings.join(question("/b")));
        let mine = Question { coach: Some(7), ..question("/a") };
        let _of_a_coach = first(readings.join(mine));
        let past = Question { mode: Mode::AsOf(chrono::NaiveDate::MIN), ..question("/a") };
        let _past = first(readings.join(past));
    }

    #[test]
    fn a_reader_who_goes_away_leaves_the_turn_to_the_next() {
        let readings = Readings::default();
        let running = first(readings.join(question("/a")));
        let gone = waiting(readings.join(question("/a")));
        let [mut b, mut c, mut d] = [(); 3].map(|()| waiting(readings.join(question("/a"))));
        drop(gone);
        drop(running);
        // Has its turn, and goes without reading.
        drop(turn(&mut b));
        // Was sent its turn, and never took it.
        drop(turn(&mut c));
        drop(turn(&mut d).tell(answer("d")));
        assert!(readings.lines().is_empty());

        let running = first(readings.join(question("/a")));
        let unheard = waiting(readings.join(question("/a")));
        let mut last = waiting(readings.join(question("/a")));
        drop(running);
        drop(unheard);
        drop(turn(&mut last));
        assert!(readings.lines().is_empty());
    }

    #[test]
    fn an_error_is_told_to_all() {
        let readings = Readings::default();
        let running = first(readings.join(question("/a")));
        let [mut b, mut c] = [(); 2].map(|()| waiting(readings.join(question("/a"))));
        drop(running);
        drop(turn(&mut b).tell::<String>(Err(Kind::WarehouseDown.into())));
        assert!(told(&mut c).is_err());
    }
}
