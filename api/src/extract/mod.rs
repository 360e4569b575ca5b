//! What handlers take: the caller's opened transaction, bodies, query strings.
//!
//! Pools are out of a route's reach: [`Door`] keeps them, and only the extractors here open it. A route therefore has
//! tenant data only through [`Permitted`] (one site; [`Audited`] where looking leaves a line in the log) or
//! [`Administering`] (accounts, audit and scheduler of every site) and their forms with a body, and those are not to be
//! had without naming a [`Permission`]. [`SignedIn`] (one's own account) and [`SignInDoor`] (signing in itself) are the
//! two exceptions, by name.

mod account;
mod admin;
mod audited;
mod bearer;
mod body;
mod counted;
mod demand;
mod door;
mod operator;
mod params;
mod past;
mod path;
mod permission;
mod permitted;
mod together;
mod write;

pub use account::{SignInDoor, SignedIn, SignedInBody};
pub use admin::{Administering, AdministeringBody};
pub use audited::Audited;
pub use body::{JsonBody, NoBody, decimal};
pub use counted::{Allowance, Counted, Reveals, Searches};
pub use demand::{Argument, Demand, Handler};
pub use door::{Door, SiteWarehouse, WarehouseUnavailable};
pub(crate) use operator::{may_operate, operator};
pub(crate) use params::form_fields;
pub use params::{FromQuery, MAX_ID, NoQuery, Params, QueryReader};
pub use past::AS_OF;
pub use path::{PathId, PathWord};
pub use permission::{
    Ai, AnyRole, Applications, Audit, BusinessDay, Clues, CoachBoard, CustomerBoard, Customers, FinanceBoard,
    Notes, Ops, OwnOrSiteCoaches, OwnOrSitePay, OwnOrSiteTasks, Permission, RevealContact, Sandbox,
    TaskRules, TimeMachine, TransferTasks, Users,
};
pub use permitted::{Facts, NoFacts, Permitted, PermittedBody, Shows};
pub use together::{Readings, Together, Told, Turn};
pub use write::{IDEMPOTENCY_KEY, REPLAYED, Write, Writing, Written};
