//! What handlers take: the caller's opened transaction, bodies, query strings.
//!
//! Pools are out of a route's reach: [`Door`] keeps them, and only the extractors here open it. A route therefore has
//! tenant data only through [`Permitted`] or [`PermittedBody`], and those are not to be had without naming a
//! [`Permission`]; [`SignedIn`] (auth routes) and [`SignInDoor`] (signing in itself) are the two exceptions, by name.

mod bearer;
mod body;
mod door;
mod params;
mod permitted;

pub use body::JsonBody;
pub use door::{Door, SiteWarehouse, WarehouseUnavailable};
pub use params::{FromQuery, MAX_ID, Params, QueryReader};
pub use permitted::{
    Notes, OwnOrSiteTasks, Permission, Permitted, PermittedBody, SignInDoor, SignedIn, UserKey,
};
