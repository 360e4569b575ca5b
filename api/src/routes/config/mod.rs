//! `/api/xcx/config`
mod skill_types;

pub use skill_types::{__path_skill_types, skill_types};
