//! What a warehouse must provide, as data ([`VIEWS`]), and the check of one that is there ([`check()`]).

mod check;
mod finding;
mod views;
mod zones;

pub use check::{OurSite, check};
pub use finding::Finding;
pub use views::{Kind, VIEWS, View};
