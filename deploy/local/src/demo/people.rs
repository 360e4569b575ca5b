//! Who signs in: the halls in the business database, and a user for everybody who works there.
use super::{settings::Service, stack::Places};
use anyhow::{Context as _, Result, bail};
use reference::chain::HallInfo;
use sqlx::PgPool;
use testing::{Role, fake_wechat};
use tokio::process::Command;

/// Days for which the tokens of the demo hold.
const TOKEN_DAYS: &str = "30";

/// One user of each role, at the first hall.
pub struct Logins {
    /// The coach with the most open tasks.
    pub coach: Login,
    pub manager: Login,
    pub finance: Login,
    pub admin: Login,
    /// Of `admin`, for the back office and the queue's board; the same at every start.
    pub admin_password: String,
    /// Where a newcomer can apply.
    pub opening: Opening,
}

/// A coach of the first hall's warehouse whom no user is yet: a newcomer can be bound to them.
pub struct Opening {
    /// What an applicant types.
    pub site_code: String,
    /// `None`: too small a hall, or somebody has come.
    pub assistant_id: Option<i64>,
}

/// A user and a token.
pub struct Login {
    pub username: String,
    pub nickname: String,
    pub token: String,
}

/// Halls of fewer coaches have a user for each.
const SMALLEST_WITH_AN_OPENING: usize = 4;

/// Writes halls, users, bindings and roles; those that are there stay. Coaches come from the warehouse, the resigned
/// ones too: their tasks must end by themselves. At the first hall the newest who works there waits for whoever applies.
pub async fn seed(places: &Places, halls: &[HallInfo]) -> Result<()> {
    let biz = places.biz.pool(Role::Owner, 2).await?;
    let etl = places.etl.pool(Role::EtlOwner, 1).await?;
    for (nth, hall) in halls.iter().enumerate() {
        sqlx::query(
            "INSERT INTO biz.sites (site_id, site_code, name, timezone, business_day_cutoff_hour)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(hall.site_id)
        .bind(&hall.site_code)
        .bind(&hall.name)
        .bind(&hall.timezone)
        .bind(hall.cutoff_hour)
        .execute(&biz)
        .await?;
        let coaches: Vec<(i64, String, bool)> = sqlx::query_as(
            "SELECT assistant_id, coalesce(nickname, real_name, '助教'), resign_time IS NULL FROM dim.assistant
             WHERE site_id = $1 AND scd2_is_current = 1 ORDER BY assistant_id",
        )
        .bind(hall.site_id)
        .fetch_all(&etl)
        .await?;
        let has_opening = nth == 0 && coaches.len() >= SMALLEST_WITH_AN_OPENING;
        let newest = coaches.iter().rfind(|(_, _, works)| *works && has_opening).map(|(id, ..)| *id);
        for (assistant_id, name, _) in coaches.into_iter().filter(|(id, ..)| Some(*id) != newest) {
            let username = format!("coach-{}-{assistant_id}", hall.site_id);
            user(&biz, &username, &name, Some(hall.site_id), "coach", Some(assistant_id)).await?;
        }
        user(&biz, &format!("manager-{}", hall.site_id), "店长", Some(hall.site_id), "manager", None).await?;
        user(&biz, &format!("finance-{}", hall.site_id), "财务", Some(hall.site_id), "finance", None).await?;
    }
    user(&biz, "admin", "管理员", None, "admin", None).await
}

/// An approved user with one role, at one site or everywhere. The fake WeChat knows them by the same name.
async fn user(
    biz: &PgPool,
    username: &str,
    nickname: &str,
    site_id: Option<i64>,
    role_code: &str,
    assistant_id: Option<i64>,
) -> Result<()> {
    sqlx::query(
        "WITH person AS (
             INSERT INTO auth.users (username, nickname, status, wx_openid) VALUES ($1, $2, 'approved', $6)
             ON CONFLICT (username) DO UPDATE SET wx_openid = coalesce(auth.users.wx_openid, excluded.wx_openid)
             RETURNING id),
         bound AS (
             INSERT INTO auth.user_assistant_binding (site_id, user_id, assistant_id)
             SELECT $3, id, $5 FROM person WHERE $3::bigint IS NOT NULL
             ON CONFLICT DO NOTHING)
         INSERT INTO auth.user_site_roles (site_id, user_id, role_code) SELECT $3, id, $4 FROM person
         ON CONFLICT DO NOTHING",
    )
    .bind(username)
    .bind(nickname)
    .bind(site_id)
    .bind(role_code)
    .bind(assistant_id)
    .bind(fake_wechat::openid(username))
    .execute(biz)
    .await
    .with_context(|| format!("user {username}"))?;
    Ok(())
}

impl Logins {
    /// Chooses the users and has the api sign their tokens.
    pub async fn choose(places: &Places, api: &Service) -> Result<Self> {
        let biz = places.biz.pool(Role::Readonly, 1).await?;
        let site: i64 = sqlx::query_scalar("SELECT min(site_id) FROM biz.sites WHERE status = 'active'")
            .fetch_one(&biz)
            .await?;
        let coach: String = sqlx::query_scalar(
            "SELECT u.username
             FROM auth.user_assistant_binding b
             JOIN auth.users u ON u.id = b.user_id
             LEFT JOIN biz.coach_tasks t
                 ON t.site_id = b.site_id AND t.assistant_id = b.assistant_id AND t.status = 'active'
             WHERE b.site_id = $1 AND b.assistant_id IS NOT NULL
             GROUP BY u.username, b.assistant_id
             ORDER BY count(t.id) DESC, b.assistant_id LIMIT 1",
        )
        .bind(site)
        .fetch_one(&biz)
        .await
        .context("no coach to sign in")?;
        Ok(Self {
            coach: login(&biz, api, site, coach).await?,
            manager: login(&biz, api, site, format!("manager-{site}")).await?,
            finance: login(&biz, api, site, format!("finance-{site}")).await?,
            admin: login(&biz, api, site, "admin".into()).await?,
            admin_password: admin_password(places).await?,
            opening: opening(&biz, places, site).await?,
        })
    }
}

async fn opening(biz: &PgPool, places: &Places, site: i64) -> Result<Opening> {
    let site_code: String = sqlx::query_scalar("SELECT site_code FROM biz.sites WHERE site_id = $1")
        .bind(site)
        .fetch_one(biz)
        .await?;
    let bound: Vec<i64> = sqlx::query_scalar(
        "SELECT assistant_id FROM auth.user_assistant_binding WHERE site_id = $1 AND assistant_id IS NOT NULL",
    )
    .bind(site)
    .fetch_all(biz)
    .await?;
    let etl = places.etl.pool(Role::Readonly, 1).await?;
    let assistant_id = sqlx::query_scalar(
        "SELECT max(assistant_id) FROM dim.assistant
         WHERE site_id = $1 AND scd2_is_current = 1 AND resign_time IS NULL AND assistant_id <> ALL ($2)",
    )
    .bind(site)
    .bind(bound)
    .fetch_one(&etl)
    .await?;
    Ok(Opening { site_code, assistant_id })
}

/// The administrator's password. It is set where there is none: whoever changes it keeps theirs.
async fn admin_password(places: &Places) -> Result<String> {
    // Half of it: somebody may have to type it.
    let password: String = places.biz.access.secret().password_of("admin").chars().take(32).collect();
    let biz = places.biz.pool(Role::Owner, 1).await?;
    sqlx::query(
        "UPDATE auth.users SET password_hash = $1 WHERE username = 'admin' AND password_hash IS NULL",
    )
    .bind(api::password::hash(&password)?)
    .execute(&biz)
    .await?;
    Ok(password)
}

async fn login(biz: &PgPool, api: &Service, site: i64, username: String) -> Result<Login> {
    let nickname: String =
        sqlx::query_scalar("SELECT coalesce(nickname, username) FROM auth.users WHERE username = $1")
            .bind(&username)
            .fetch_one(biz)
            .await
            .with_context(|| format!("user {username}"))?;
    let output = Command::new(&api.program)
        .args(["dev-token", "--username", &username, "--site", &site.to_string(), "--days", TOKEN_DAYS])
        .envs(&api.settings)
        .output()
        .await
        .with_context(|| format!("cannot run {}", api.program.display()))?;
    if !output.status.success() {
        bail!("api dev-token for {username} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let token = String::from_utf8(output.stdout).context("the token is not text")?.trim().to_owned();
    Ok(Login { username, nickname, token })
}
