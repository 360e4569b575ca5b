//! Looking at a past date: the site's sandbox, or `asOf` of one request. What it shows is the context's business; that
//! nothing is changed there is ours.
use axum::http::{Method, Uri};
use chrono::NaiveDate;
use domain::{Mode, text};
use serde_json::json;
use store::{
    SiteTx,
    db::audit::{self, Action, Entry, Who},
};

use super::{SiteWarehouse, params};
use crate::{
    error::{ApiError, Kind},
    openapi::DATES,
};

/// The parameter of every GET at a site.
pub const AS_OF: &str = "asOf";

/// In a request's extensions: whoever opened the site's transaction has read [`AS_OF`], which is no parameter of the
/// route's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard;

/// Turns the transaction to the date that the request, or else the site's sandbox, asks for. 403 without the permission;
/// 422 for what is no date, is still to come, or lies before the first data.
///
/// In the past this asks the warehouse one question, in the transaction in which the page then reads; without it nobody
/// knows how far back the data go or what was learned late, and the pages say by themselves what they lack. An answer
/// that shows no facts has nothing to be revised: it asks only where it is not known yet that data go back so far.
pub(super) async fn enter(
    tx: &mut SiteTx,
    warehouse: &SiteWarehouse,
    uri: &Uri,
    facts: bool,
) -> Result<(), ApiError> {
    let asked = asked(uri.query().unwrap_or_default());
    if let Some(asked) = &asked {
        if !tx.caller.may("time_machine") {
            return Err(Kind::NotPermitted.into());
        }
        let date = asked.map_err(|why| ApiError::field(AS_OF, why))?;
        let context = tx.live.as_of(date);
        tx.ctx = context.map_err(|why| ApiError::field(AS_OF, format!("不能晚于今天({})", why.today)))?;
    }
    let Mode::AsOf(date) = tx.ctx.mode else { return Ok(()) };
    if date == tx.live.today() {
        return Ok(());
    }
    if !facts && (asked.is_none() || warehouse.first_date().is_some_and(|first| first <= date)) {
        return Ok(());
    }
    let Some(past) = warehouse.past(&tx.ctx).await else { return Ok(()) };
    tx.ctx.revised = facts && past.revised;
    match past.first_date.filter(|first| asked.is_some() && date < *first) {
        Some(first) => Err(ApiError::field(AS_OF, format!("早于最早的数据({first})"))),
        None => Ok(()),
    }
}

/// 409 to whoever would change something while they look at a past date; the refusal is told to the audit log. Nothing
/// has been written in the transaction yet.
pub(super) async fn refuse_to_write(
    mut tx: SiteTx,
    (method, uri): (&Method, &Uri),
) -> Result<SiteTx, ApiError> {
    let Mode::AsOf(date) = tx.ctx.mode else { return Ok(tx) };
    let entry = Entry {
        who: Who::from(&tx),
        action: Action::WriteRefused,
        object: Some(("route", format!("{method} {}", uri.path()))),
        detail: json!({ "asOf": date }),
    };
    audit::write(tx.connection(), &entry).await?;
    tx.commit().await?;
    Err(ApiError::saying(Kind::InThePast, format!("正在查看 {date} 的历史数据，不能修改")))
}

/// The date after `asOf=`, or what is wrong with it; `None`: it is not there. A query string that nobody can read is
/// refused by whoever reads the rest of it.
fn asked(query: &str) -> Option<Result<NaiveDate, &'static str>> {
    let pairs = params::pairs(query)?;
    let mut values = pairs.iter().filter(|(name, _)| name == AS_OF).map(|(_, value)| value);
    let (value, second) = (values.next()?, values.next());
    if second.is_some() {
        return Some(Err("只能出现一次"));
    }
    let date = Some(value).filter(|v| text::check_line(v).is_ok() && v.len() == "2026-11-22".len());
    let date = date.and_then(|v| v.parse().ok()).filter(|date| DATES.contains(date));
    Some(date.ok_or("须为日期，如 2026-11-22"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_once_and_whole() {
        let day = NaiveDate::from_ymd_opt(2026, 4, 20).unwrap();
        assert_eq!(asked("asOf=2026-04-20"), Some(Ok(day)));
        assert_eq!(asked("q=%E7%8E%8B&asOf=2026-04-20&page=2"), Some(Ok(day)));
        for bad in [
            "asOf=",
            "asOf",
            "asOf=20260420",
            "asOf=2026-4-20",
            "asOf=2026-02-30",
            "asOf=1999-12-31",
            "asOf=%00",
        ] {
            assert_eq!(asked(bad), Some(Err("须为日期，如 2026-11-22")), "{bad}");
        }
        assert_eq!(asked("asOf=2026-04-20&asOf=2026-04-20"), Some(Err("只能出现一次")));
        for none in ["", "asof=2026-04-20", "q=asOf", "asOf=%ff"] {
            assert_eq!(asked(none), None, "{none}");
        }
    }
}
