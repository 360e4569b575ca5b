//! What the programs run with.
use super::{
    directory::Directory,
    options::Options,
    outside::Outside,
    ports::Ports,
    stack::{Place, Stack},
};
use crate::cargo::Programs;
use anyhow::Result;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use testing::Role;

/// A program under supervision.
#[derive(Debug, Clone)]
pub struct Service {
    /// `api`, `worker-1`, …
    pub name: String,
    /// Its binary.
    pub program: PathBuf,
    /// `ZQYY__…`, the only ones it sees.
    pub settings: BTreeMap<String, String>,
    /// Appended to.
    pub log: PathBuf,
}

/// All of them.
#[derive(Debug)]
pub struct Services {
    /// The api.
    pub api: Service,
    /// The workers, at least one.
    pub workers: Vec<Service>,
    /// `http://127.0.0.1:…`
    pub api_url: String,
    /// Where the api's metrics are.
    pub metrics_url: String,
    /// The queue's board.
    pub board_url: String,
}

/// How long a program may take to end when asked to; more than its own drain.
pub const GRACE: Duration = Duration::from_secs(15);

impl Services {
    /// Chooses ports, and writes down each program's settings.
    pub fn plan(
        options: &Options,
        directory: &Directory,
        stack: &Stack,
        programs: Programs,
        outside: &Outside,
    ) -> Result<Self> {
        let ports = Ports::choose(directory, options.workers)?;
        let (biz, etl) = (&stack.places.biz, &stack.places.etl);
        let mut api = common(biz, etl, Role::Api);
        set(&mut api, "DATABASE__MIGRATE_URL", biz.url(Role::Owner));
        set(&mut api, "API__LISTEN", format!("127.0.0.1:{}", ports.api));
        set(&mut api, "API__METRICS_LISTEN", format!("127.0.0.1:{}", ports.api_metrics));
        set(&mut api, "API__DRAIN_SECONDS", "5");
        set(&mut api, "DATABASE__BOARD_URL", biz.url(Role::Board));
        set(&mut api, "API__BOARD_LISTEN", format!("127.0.0.1:{}", ports.board));
        set(&mut api, "AUTH__JWT_SECRET", biz.access.secret().password_of("jwt"));
        outside.for_the_api().into_iter().for_each(|(key, value)| set(&mut api, key, value));
        directory.write_private("api.env", &lines(&api))?;
        let mut worker = common(biz, etl, Role::Worker);
        set(&mut worker, "WORKER__DRAIN_SECONDS", "10");
        set(&mut worker, "WORKER__METRICS_LISTEN", "127.0.0.1:0");
        outside.for_a_worker().into_iter().for_each(|(key, value)| set(&mut worker, key, value));
        directory.write_private("worker.env", &lines(&worker))?;
        let workers = ports.worker_metrics.iter().enumerate().map(|(i, port)| {
            let name = format!("worker-{}", i + 1);
            let mut settings = worker.clone();
            set(&mut settings, "WORKER__METRICS_LISTEN", format!("127.0.0.1:{port}"));
            let log = directory.file(&format!("{name}.log"));
            Service { name, program: programs.worker.clone(), settings, log }
        });
        Ok(Self {
            workers: workers.collect(),
            api: Service {
                name: "api".into(),
                program: programs.api,
                settings: api,
                log: directory.file("api.log"),
            },
            api_url: format!("http://127.0.0.1:{}", ports.api),
            metrics_url: format!("http://127.0.0.1:{}/metrics", ports.api_metrics),
            board_url: format!("http://127.0.0.1:{}", ports.board),
        })
    }

    /// What a shell needs to run a further worker, or a subcommand of either program, by hand.
    pub fn for_a_shell(&self) -> BTreeMap<String, String> {
        let mut settings = self.api.settings.clone();
        settings.extend(self.workers.iter().flat_map(|worker| worker.settings.clone()));
        set(&mut settings, "WORKER__METRICS_LISTEN", "127.0.0.1:0");
        settings
    }
}

fn common(biz: &Place, etl: &Place, role: Role) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    set(&mut settings, "DATABASE__BIZ_URL", biz.url(role));
    set(&mut settings, "DATABASE__ETL_URL", etl.url(Role::EtlReader));
    set(&mut settings, "AUTH__DEV_LOGIN", "true");
    set(&mut settings, "LOG__FORMAT", "pretty");
    settings
}

fn set(settings: &mut BTreeMap<String, String>, key: &str, value: impl Into<String>) {
    settings.insert(format!("ZQYY__{key}"), value.into());
}

/// `KEY='value'` lines for a shell.
pub fn lines(settings: &BTreeMap<String, String>) -> String {
    settings.iter().map(|(key, value)| line(key, value)).collect()
}

/// One such line.
pub fn line(key: &str, value: &str) -> String {
    format!("export {key}='{}'\n", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_value_survives_the_shell() {
        let value = "it's $HOME \"and\" `more`\\";
        let script = format!("{}printf %s \"$KEY\"", line("KEY", value));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
    }
}
