//! `/api/xcx/ai-cache`
mod show;

pub use show::{__path_show, show};
