//! Which runs a batch of events asks for: a pure decision over what was read.
use std::collections::{BTreeMap, HashMap, HashSet};

use domain::schedule::{Coalesce, Options, Scope};

/// An event, without its payload.
pub(super) struct Event {
    pub id: i64,
    pub name: String,
    pub site_id: Option<i64>,
}

/// An enabled job that listens; `Err` if its configuration cannot be read.
pub(super) struct Listener {
    pub job_id: i64,
    pub job_name: String,
    pub event_name: String,
    pub config: Result<(Options, Scope, Coalesce), String>,
}

/// What to write for a batch.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Per job and site: the least time between starts in milliseconds, and the events that share the run.
    pub shared: BTreeMap<(i64, Option<i64>), (i64, Vec<i64>)>,
    /// Job, site, event: a run of its own.
    pub single: Vec<(i64, Option<i64>, i64)>,
    /// Events without a run, and why.
    pub refused: Vec<(i64, String)>,
    /// Events that nobody listens to.
    pub unheard: usize,
}

/// `sites`: id and whether it is active.
pub(super) fn plan(events: &[Event], listeners: &[Listener], sites: &HashMap<i64, bool>) -> Plan {
    let mut active: Vec<i64> = sites.iter().filter(|(_, active)| **active).map(|(id, _)| *id).collect();
    active.sort_unstable();
    let mut by_name: HashMap<&str, Vec<&Listener>> = HashMap::new();
    for listener in listeners {
        by_name.entry(&listener.event_name).or_default().push(listener);
    }
    let mut plan = Plan::default();
    for event in events {
        match event.site_id.map(|id| (id, sites.get(&id))) {
            Some((id, None)) => {
                plan.refused.push((event.id, format!("site {id} is unknown")));
                continue;
            }
            Some((id, Some(false))) => {
                plan.refused.push((event.id, format!("site {id} is not active")));
                continue;
            }
            Some((_, Some(true))) | None => {}
        }
        let Some(heard_by) = by_name.get(event.name.as_str()) else {
            plan.unheard += 1;
            continue;
        };
        let mut unread = HashSet::new();
        for listener in heard_by {
            match &listener.config {
                Ok((options, scope, coalesce)) => {
                    let targets: Vec<Option<i64>> = match (scope, event.site_id) {
                        (Scope::Global, _) => vec![None],
                        (Scope::Site, Some(site)) => vec![Some(site)],
                        (Scope::Site, None) => active.iter().copied().map(Some).collect(),
                    };
                    for site in targets {
                        plan.add(listener.job_id, site, event.id, *coalesce, options);
                    }
                }
                Err(_) => {
                    unread.insert(listener.job_name.as_str());
                }
            }
        }
        if !unread.is_empty() {
            let mut names: Vec<&str> = unread.into_iter().collect();
            names.sort_unstable();
            plan.refused.push((
                event.id,
                format!(
                    "not heard by {}: trigger_config is unreadable; mend it and fire again",
                    names.join(", ")
                ),
            ));
        }
    }
    plan
}

impl Plan {
    fn add(&mut self, job: i64, site: Option<i64>, event: i64, coalesce: Coalesce, options: &Options) {
        match coalesce {
            Coalesce::Site => {
                let debounce = i64::try_from(options.debounce.as_millis()).unwrap_or(i64::MAX);
                self.shared.entry((job, site)).or_insert((debounce, vec![])).1.push(event);
            }
            Coalesce::None => self.single.push((job, site, event)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener(job_id: i64, name: &str, scope: Scope, coalesce: Coalesce) -> Listener {
        Listener {
            job_id,
            job_name: format!("job_{job_id}"),
            event_name: name.into(),
            config: Ok((Options::default(), scope, coalesce)),
        }
    }

    fn event(id: i64, name: &str, site_id: Option<i64>) -> Event {
        Event { id, name: name.into(), site_id }
    }

    #[test]
    fn events_of_a_site_share_a_run_and_events_for_all_reach_each_active_site() {
        let sites = HashMap::from([(1, true), (2, true), (3, false)]);
        let listeners = [
            listener(10, "a", Scope::Site, Coalesce::Site),
            listener(11, "a", Scope::Global, Coalesce::Site),
            listener(12, "a", Scope::Site, Coalesce::None),
        ];
        let events = [event(1, "a", Some(1)), event(2, "a", Some(1)), event(3, "a", None)];
        let plan = plan(&events, &listeners, &sites);
        assert_eq!(plan.shared[&(10, Some(1))].1, [1, 2, 3]);
        assert_eq!(plan.shared[&(10, Some(2))].1, [3]);
        assert_eq!(plan.shared[&(11, None)].1, [1, 2, 3]);
        assert_eq!(plan.shared.len(), 3);
        assert_eq!(plan.single, [(12, Some(1), 1), (12, Some(1), 2), (12, Some(1), 3), (12, Some(2), 3)]);
        assert!(plan.refused.is_empty());
    }

    #[test]
    fn what_cannot_run_is_named_and_stops_nothing_else() {
        let sites = HashMap::from([(1, true), (3, false)]);
        let mut broken = listener(13, "a", Scope::Site, Coalesce::Site);
        broken.config = Err("max_attempts: …".into());
        let listeners = [listener(10, "a", Scope::Site, Coalesce::Site), broken];
        let events = [
            event(1, "a", Some(3)),
            event(2, "a", Some(9)),
            event(3, "nobody", None),
            event(4, "a", Some(1)),
        ];
        let plan = plan(&events, &listeners, &sites);
        assert_eq!(plan.shared[&(10, Some(1))].1, [4]);
        assert_eq!(plan.unheard, 1);
        let refused: Vec<&str> = plan.refused.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(refused[..2], ["site 3 is not active", "site 9 is unknown"]);
        assert!(refused[2].contains("job_13"), "{refused:?}");
    }
}
