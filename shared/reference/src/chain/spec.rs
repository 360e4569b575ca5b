//! Sizes and seed of a chain.
use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};

/// What to generate. Coaches and members are per hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainSpec {
    /// Halls: 1 to 500.
    pub sites: u32,
    /// Coaches of a hall: 1 to 500. The last one has resigned (from three on), the second has been promoted.
    pub coaches: u32,
    /// Members of a hall on the last day: 1 to 100,000.
    pub members: u32,
    /// Business dates, the last included: 1 to 5,000.
    pub days: u32,
    /// Same seed, same chain.
    pub seed: u64,
    /// The last business date.
    pub last_day: NaiveDate,
}

/// A hall of the chain, as both databases must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HallInfo {
    /// Tenant key: 1, 2, 3, …
    pub site_id: i64,
    /// Such as `HALL01`.
    pub site_code: String,
    /// Shown to people.
    pub name: String,
    /// IANA zone.
    pub timezone: String,
    /// Local hour at which a business day ends.
    pub cutoff_hour: i16,
}

impl ChainSpec {
    /// 3 halls, 12 coaches and 600 members each, 18 months.
    pub fn new(last_day: NaiveDate) -> Self {
        Self { sites: 3, coaches: 12, members: 600, days: 548, seed: 1, last_day }
    }

    /// The first business date.
    pub fn first_day(&self) -> NaiveDate {
        self.last_day - Days::new(u64::from(self.days.saturating_sub(1)))
    }

    /// Sizes that can be generated.
    pub fn validate(&self) -> Result<()> {
        for (name, value, top) in [
            ("sites", self.sites, 500),
            ("coaches", self.coaches, 500),
            ("members", self.members, 100_000),
            ("days", self.days, 5_000),
        ] {
            ensure!((1..=top).contains(&value), "{name} = {value}: 1 to {top} can be generated");
        }
        ensure!(i64::try_from(self.seed).is_ok(), "seed = {}: at most {}", self.seed, i64::MAX);
        Ok(())
    }

    /// The halls that this spec makes.
    pub fn halls(&self) -> Vec<HallInfo> {
        const PLACES: [&str; 12] =
            ["朝阳", "海淀", "徐汇", "天河", "南山", "武侯", "江汉", "雁塔", "鼓楼", "岳麓", "思明", "滨江"];
        (1..=self.sites)
            .zip(PLACES.iter().cycle())
            .map(|(no, place)| {
                let round = (no - 1) / 12;
                let suffix = if round == 0 { String::new() } else { format!("{}分", round + 1) };
                HallInfo {
                    site_id: i64::from(no),
                    site_code: format!("HALL{no:02}"),
                    name: format!("朗朗桌球{place}{suffix}店"),
                    timezone: "Asia/Shanghai".into(),
                    cutoff_hour: 8,
                }
            })
            .collect()
    }
}
