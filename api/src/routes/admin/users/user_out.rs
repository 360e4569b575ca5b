use chrono::{DateTime, Utc};
use domain::people;
use serde::Serialize;
use store::{
    AdminTx,
    db::user_list::{self, Place, User},
};
use utoipa::ToSchema;

use crate::error::{ApiError, Kind};

/// A user, as an administrator sees them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserOut {
    /// User.
    id: i64,
    /// Back-office name.
    username: Option<String>,
    /// Shown to people.
    nickname: Option<String>,
    /// Masked.
    phone: Option<String>,
    /// new, pending, approved, rejected, disabled.
    status: String,
    /// Whether they can sign in by WeChat.
    has_wechat: bool,
    /// Newest sign-in.
    last_login_at: Option<DateTime<Utc>>,
    /// First sign-in, or when they were made.
    created_at: DateTime<Utc>,
    /// Where they work.
    places: Vec<PlaceOut>,
}

/// What a user is at a site.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOut {
    /// Site; null = every site.
    site_id: Option<i64>,
    /// Its name.
    site_name: Option<String>,
    /// Role codes.
    roles: Vec<String>,
    /// The coach they are there.
    assistant_id: Option<i64>,
}

impl From<User> for UserOut {
    fn from(user: User) -> Self {
        Self {
            id: user.user_id,
            username: user.username,
            nickname: user.nickname,
            phone: user.phone.as_deref().map(people::mask_phone),
            status: user.status,
            has_wechat: user.has_wechat,
            last_login_at: user.last_login_at,
            created_at: user.created_at,
            places: user.places.into_iter().map(PlaceOut::from).collect(),
        }
    }
}

impl From<Place> for PlaceOut {
    fn from(place: Place) -> Self {
        Self {
            site_id: place.site_id,
            site_name: place.site_name,
            roles: place.roles,
            assistant_id: place.assistant_id,
        }
    }
}

/// The user as they are now.
pub(super) async fn now(tx: &mut AdminTx, user_id: i64) -> Result<UserOut, ApiError> {
    Ok(user_list::by_id(tx.connection(), user_id).await?.ok_or(Kind::NotFound)?.into())
}
