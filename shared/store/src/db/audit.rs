//! `biz.audit_log`: appended to, and read by those who hold `audit`.
use chrono::{DateTime, Utc};
use domain::{SiteId, accounts::Role};
use serde_json::Value;
use sqlx::PgConnection;

use crate::{AdminTx, SiteTx, StoreError};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// Runs a request, so that what it writes into the log names it.
pub async fn under_request<F: Future>(request_id: String, request: F) -> F::Output {
    REQUEST_ID.scope(request_id, request).await
}

macro_rules! actions {
    ($($(#[$doc:meta])+ $action:ident = $code:literal;)+) => {
        /// What can be read in the log, `noun.verb`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])+ $action,)+ }

        impl Action {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$action,)+];

            /// As stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => $code,)+ }
            }
        }

        impl std::str::FromStr for Action {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($code => Ok(Self::$action),)+ _ => Err(()) }
            }
        }
    };
}

actions! {
    /// Signed in.
    SignedIn = "user.signed_in";
    /// Tried to sign in and was refused.
    SignInRefused = "user.sign_in_refused";
    /// Signed out.
    SignedOut = "user.signed_out";
    /// Made by `api create-admin`.
    UserCreated = "user.created";
    /// Name and password given by `api set-password`; tokens ended.
    PasswordSet = "user.password_set";
    /// Tokens ended, no way in.
    UserDisabled = "user.disabled";
    /// May sign in again.
    UserEnabled = "user.enabled";
    /// Roles at a site, before and after.
    RolesChanged = "user.roles_changed";
    /// Coach of a site, before and after.
    BindingChanged = "user.binding_changed";
    /// A refresh token came back that had been used up: its family is revoked.
    RefreshTokenReused = "refresh_token.reused";
    /// Somebody asked to work at a site.
    ApplicationSubmitted = "application.submitted";
    /// An administrator let them.
    ApplicationApproved = "application.approved";
    /// An administrator did not.
    ApplicationRejected = "application.rejected";
    /// Thresholds of the task rules, before and after.
    TaskRulesChanged = "task_rules.changed";
    /// Zone or cut-off hour of a site, before and after.
    BusinessDayChanged = "business_day.changed";
    /// A site put into the sandbox, or into another date of it.
    SandboxEntered = "sandbox.entered";
    /// A site taken out of the sandbox before its time.
    SandboxLeft = "sandbox.left";
    /// A change refused because the caller looked at a past date.
    WriteRefused = "sandbox.write_refused";
    /// Condition, configuration or description of a job, before and after.
    JobEdited = "job.edited";
    /// A job runs again when its trigger says so.
    JobEnabled = "job.enabled";
    /// A job runs no more, unless by hand.
    JobDisabled = "job.disabled";
    /// A job was run by hand.
    JobRun = "job.run";
    /// A dead run got its attempts back, or a failed one its next at once.
    RunRetried = "run.retried";
    /// A run was cancelled, or asked to stop.
    RunCancelled = "run.cancelled";
    /// An event was fired by hand.
    EventFired = "event.fired";
    /// A task handed to another coach.
    TaskTransferred = "task.transferred";
    /// A note deleted by its author.
    NoteDeleted = "note.deleted";
    /// A retention clue deleted.
    ClueDeleted = "clue.deleted";
    /// Members looked for by name or digits.
    MemberSearched = "member.searched";
    /// A phone number shown in full.
    ContactRevealed = "member.contact_revealed";
}

/// Who acts, and where.
#[derive(Clone, Copy, Debug, Default)]
pub struct Who {
    /// `None`: no site is involved.
    pub site_id: Option<SiteId>,
    /// `None`: nobody we know, as in a refused sign-in.
    pub user_id: Option<i64>,
    /// The highest role that they hold there.
    pub role: Option<&'static str>,
}

impl From<&SiteTx> for Who {
    fn from(tx: &SiteTx) -> Self {
        Self {
            site_id: Some(tx.ctx.site_id),
            user_id: Some(tx.caller.user_id),
            role: highest_role(&tx.caller.roles),
        }
    }
}

impl Who {
    /// The administrator of the transaction, at a site or at none.
    pub fn administrator(tx: &AdminTx, site: Option<SiteId>) -> Self {
        Self { site_id: site, user_id: Some(tx.admin.user_id), role: Some(Role::Admin.as_str()) }
    }
}

/// admin, manager, finance, coach: the first that is held.
pub fn highest_role(held: &[String]) -> Option<&'static str> {
    ["admin", "manager", "finance", "coach"].into_iter().find(|role| held.iter().any(|h| h == role))
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub who: Who,
    /// What.
    pub action: Action,
    /// To what: kind (user, application, note, member, task_rules, …) and id.
    pub object: Option<(&'static str, String)>,
    /// What changed, before and after: an object, without personal data. Null = nothing to add.
    pub detail: Value,
}

/// Appends to the log, in the transaction of what it tells of; a refusal is told in a transaction of its own.
pub async fn write(connection: &mut PgConnection, entry: &Entry) -> Result<(), StoreError> {
    let (kind, id) = entry.object.as_ref().map(|(kind, id)| (*kind, id.as_str())).unzip();
    let request_id = REQUEST_ID.try_with(Clone::clone).ok();
    sqlx::query!(
        "INSERT INTO biz.audit_log (site_id, user_id, role_code, action, object_type, object_id, detail, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, coalesce(nullif($7::jsonb, 'null'), '{}'), $8)",
        entry.who.site_id.map(|site| site.0),
        entry.who.user_id,
        entry.who.role,
        entry.action.as_str(),
        kind,
        id,
        entry.detail,
        request_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Which lines of the log, and which page of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// One action.
    pub action: Option<Action>,
    /// By this user.
    pub user_id: Option<i64>,
    /// At this site.
    pub site_id: Option<i64>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Before this one.
    pub to: Option<DateTime<Utc>>,
    /// Rows before the page.
    pub offset: i64,
    /// Rows on the page.
    pub limit: i64,
}

/// A line as it is read.
#[derive(Clone, Debug)]
pub struct Line {
    /// Row.
    pub id: i64,
    /// When, by the database's clock.
    pub created_at: DateTime<Utc>,
    /// `noun.verb`.
    pub action: String,
    /// Site, where one is involved.
    pub site_id: Option<i64>,
    /// Who.
    pub user_id: Option<i64>,
    /// Their nickname, else their back-office name.
    pub user_name: Option<String>,
    /// In which role.
    pub role_code: Option<String>,
    /// To what.
    pub object_type: Option<String>,
    /// Which one.
    pub object_id: Option<String>,
    /// What changed.
    pub detail: Value,
    /// Request in the log.
    pub request_id: Option<String>,
}

/// One page over every site, newest first, and how many lines match in all.
pub async fn page(tx: &mut AdminTx, filter: &Filter) -> Result<(Vec<Line>, i64), StoreError> {
    let action = filter.action.map(Action::as_str);
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "total!" FROM biz.audit_log
           WHERE ($1::text IS NULL OR action = $1) AND ($2::bigint IS NULL OR user_id = $2)
             AND ($3::bigint IS NULL OR site_id = $3)
             AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)"#,
        action,
        filter.user_id,
        filter.site_id,
        filter.from,
        filter.to
    )
    .fetch_one(tx.connection())
    .await?;
    let lines = sqlx::query_as!(
        Line,
        r#"SELECT a.id, a.created_at, a.action, a.site_id, a.user_id, coalesce(u.nickname, u.username) AS user_name,
                  a.role_code, a.object_type, a.object_id, a.detail, a.request_id
           FROM biz.audit_log a
           LEFT JOIN auth.users u ON u.id = a.user_id
           WHERE ($1::text IS NULL OR a.action = $1) AND ($2::bigint IS NULL OR a.user_id = $2)
             AND ($3::bigint IS NULL OR a.site_id = $3)
             AND ($4::timestamptz IS NULL OR a.created_at >= $4) AND ($5::timestamptz IS NULL OR a.created_at < $5)
           ORDER BY a.id DESC
           LIMIT $6 OFFSET $7"#,
        action,
        filter.user_id,
        filter.site_id,
        filter.from,
        filter.to,
        filter.limit,
        filter.offset
    )
    .fetch_all(tx.connection())
    .await?;
    Ok((lines, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_reads_back_and_is_a_noun_and_a_verb() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
            let words = action.as_str().split('.').collect::<Vec<_>>();
            assert_eq!(words.len(), 2, "{action:?}");
            assert!(
                words.iter().all(|w| w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')),
                "{action:?}"
            );
        }
    }

    #[test]
    fn the_highest_role_counts() {
        let roles = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(highest_role(&roles(&["coach", "manager"])), Some("manager"));
        assert_eq!(highest_role(&roles(&["admin", "coach"])), Some("admin"));
        assert_eq!(highest_role(&[]), None);
    }
}
