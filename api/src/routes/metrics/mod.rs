//! `/api/xcx/metrics`
mod figure_out;
mod show;
mod subject;

pub use figure_out::{FigureOut, MetricOut};
pub(super) use figure_out::{amount, text, units};
pub use show::{__path_show, show};
pub(super) use subject::{id_param, metric_names, named, of, read_id};
