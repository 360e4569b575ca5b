//! `.demo/env`: lines to `source`.
use super::{
    directory::Directory,
    people::Logins,
    settings::{Services, line, lines},
    stack::Places,
};
use anyhow::Result;
use nix::unistd::Pid;
use std::collections::BTreeMap;
use testing::Role;

const HEAD: &str = "\
# Neo-ZQYY demo: source this file. Written anew at every start, and when a program is restarted.
# BIZ_DATABASE_URL and ETL_DATABASE_URL read every site and write nothing; ETL_WRITER_URL inserts into
# biz.trigger_events and does nothing else. Of the ZQYY__ keys, DATABASE__BIZ_URL is the worker's: the api
# itself runs with those in api.env, the workers with those in worker.env. SITE_CODE and FREE_COACH: the first hall,
# and a coach there whom no user is yet, for whoever applies.
";

/// Writes it.
pub fn write(
    directory: &Directory,
    places: &Places,
    services: &Services,
    logins: &Logins,
    pids: &BTreeMap<String, Pid>,
) -> Result<()> {
    let pid = |name: &str| pids.get(name).map(Pid::to_string).unwrap_or_default();
    let workers: Vec<String> = services.workers.iter().map(|worker| pid(&worker.name)).collect();
    let mut text = String::from(HEAD);
    for (key, value) in [
        ("API_URL", services.api_url.clone()),
        ("METRICS_URL", services.metrics_url.clone()),
        ("BOARD_URL", services.board_url.clone()),
        ("BIZ_DATABASE_URL", places.biz.url(Role::Readonly)),
        ("ETL_DATABASE_URL", places.etl.url(Role::Readonly)),
        ("ETL_WRITER_URL", places.biz.url(Role::EtlWriter)),
        ("TOKEN_COACH", logins.coach.token.clone()),
        ("TOKEN_MANAGER", logins.manager.token.clone()),
        ("TOKEN_FINANCE", logins.finance.token.clone()),
        ("TOKEN_ADMIN", logins.admin.token.clone()),
        ("USER_COACH", logins.coach.username.clone()),
        ("USER_MANAGER", logins.manager.username.clone()),
        ("USER_FINANCE", logins.finance.username.clone()),
        ("USER_ADMIN", logins.admin.username.clone()),
        ("PASSWORD_ADMIN", logins.admin_password.clone()),
        ("SITE_CODE", logins.opening.site_code.clone()),
        ("FREE_COACH", logins.opening.assistant_id.map(|id| id.to_string()).unwrap_or_default()),
        ("API_PID", pid("api")),
        ("WORKER_PID", workers.first().cloned().unwrap_or_default()),
        ("WORKER_PIDS", workers.join(" ")),
    ] {
        text.push_str(&line(key, &value));
    }
    text.push_str(&lines(&services.for_a_shell()));
    directory.write_private("env", &text)
}
