//! Reads and writes, one file per table or noun.
pub mod account;
pub mod ai_call;
pub mod audit;
pub mod binding;
pub mod clue;
pub mod follow_up;
pub mod morning;
pub mod note;
pub mod note_score;
pub mod recall;
pub mod rule;
pub mod site;
pub mod task_action;
pub mod task_change;
pub mod task_detail;
pub mod task_list;
pub mod task_monthly;
