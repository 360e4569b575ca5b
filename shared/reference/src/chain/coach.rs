//! Coaches: levels, days off, how busy an evening already is.
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use domain::Calendar;

use super::{
    dice::Dice,
    names,
    rows::{AssistantVersion, Version, yuan},
};

/// Level code, its name, what a member pays per hour of base and bonus course, in cents.
pub const LEVELS: [(&str, &str, i64, i64); 4] = [
    ("junior", "初级", yuan(98), yuan(158)),
    ("middle", "中级", yuan(118), yuan(178)),
    ("senior", "高级", yuan(138), yuan(198)),
    ("star", "明星", yuan(168), yuan(238)),
];
/// Code, name.
pub const SKILLS: [(&str, &str); 4] =
    [("chinese8", "中式八球"), ("nineball", "九球"), ("snooker", "斯诺克"), ("mahjong", "麻将棋牌")];

/// Longest working day.
const DAY_MINUTES: i64 = 9 * 60;

pub struct Coach {
    pub id: i64,
    pub skill: usize,
    /// How often members choose this coach.
    pub popularity: f64,
    level: usize,
    promoted: Option<NaiveDate>,
    resigns: Option<NaiveDate>,
    rest_day: u32,
    /// Minutes after opening at which the coach is free again today.
    free_at: i64,
    worked: i64,
    /// Goods sold at this coach's tables today, in cents.
    sold: i64,
}

impl Coach {
    /// The hall's coach number `no`, and the versions of their row over the whole story.
    pub fn new(
        seed: u64,
        site_id: i64,
        no: usize,
        of: usize,
        calendar: &Calendar,
        first: NaiveDate,
        days: u64,
    ) -> (Self, Vec<AssistantVersion>) {
        let number = i64::try_from(no).unwrap_or(0);
        let mut dice = Dice::new(seed, site_id, 1, number);
        let level = if no == 1 { 0 } else { (no * 7 + 2) % LEVELS.len() };
        let coach = Self {
            id: site_id * 1_000 + number + 1,
            skill: no % SKILLS.len(),
            popularity: 0.5 + dice.unit().powi(2) * 1.8,
            level,
            promoted: (no == 1).then(|| first + Days::new(days * 6 / 10)),
            resigns: (of >= 3 && no + 1 == of).then(|| first + Days::new(days * 93 / 100)),
            rest_day: u32::try_from(no % 7).unwrap_or(0),
            free_at: 0,
            worked: 0,
            sold: 0,
        };
        let versions = coach.versions(&mut dice, no, calendar, first);
        (coach, versions)
    }

    fn versions(
        &self,
        dice: &mut Dice,
        no: usize,
        calendar: &Calendar,
        first: NaiveDate,
    ) -> Vec<AssistantVersion> {
        let noon =
            |date: NaiveDate| calendar.instant(date.and_time(NaiveTime::MIN) + chrono::Duration::hours(12));
        let entry = noon(first - Days::new(dice.between(30, 900).unsigned_abs()));
        let begin = |level: usize, resign_time: Option<DateTime<Utc>>, from| AssistantVersion {
            assistant_id: self.id,
            real_name: String::new(),
            nickname: names::coach(no),
            mobile: names::phone(self.id, 9_000_000),
            level_code: LEVELS[level].0,
            level_name: LEVELS[level].1,
            skills: vec![SKILLS[self.skill].0, SKILLS[(self.skill + 1) % SKILLS.len()].0],
            entry_time: entry,
            resign_time,
            valid: Version { from, to: None },
        };
        let mut versions = vec![begin(self.level, None, entry)];
        if let Some(date) = self.promoted {
            versions.push(begin(self.level + 1, None, noon(date)));
        }
        if let Some(date) = self.resigns {
            versions.push(begin(self.level, Some(noon(date)), noon(date)));
        }
        let real_name = names::real(dice);
        for i in 0..versions.len() {
            versions[i].real_name.clone_from(&real_name);
            versions[i].valid.to = versions.get(i + 1).map(|next| next.valid.from);
        }
        versions
    }

    /// Index into [`LEVELS`] on that date.
    pub fn level_on(&self, date: NaiveDate) -> usize {
        self.level + usize::from(self.promoted.is_some_and(|promoted| promoted <= date))
    }

    /// Still with the hall, whether on shift or not.
    pub fn employed_on(&self, date: NaiveDate) -> bool {
        self.resigns.is_none_or(|resigns| date < resigns)
    }

    /// A new evening begins.
    pub fn open(&mut self, date: NaiveDate) {
        let off = !self.employed_on(date) || date.weekday().num_days_from_monday() == self.rest_day;
        self.free_at = if off { i64::MAX } else { 0 };
        (self.worked, self.sold) = (0, 0);
    }

    /// The minute at which this coach could begin with a guest who is there from `arrival`, without a wait over an hour.
    pub fn could_begin(&self, arrival: i64, leaves: i64) -> Option<i64> {
        let begin = self.free_at.max(arrival + 5);
        (self.worked < DAY_MINUTES && begin <= arrival + 60 && begin + 60 <= leaves).then_some(begin)
    }

    /// Plays from `begin` for `minutes`.
    pub fn play(&mut self, begin: i64, minutes: i64) {
        self.free_at = begin + minutes + 5;
        self.worked += minutes;
    }

    /// Goods on the bill of a table where this coach played.
    pub fn sell(&mut self, goods: i64) {
        self.sold += goods;
    }

    /// Goods sold today, in cents.
    pub fn sold(&self) -> i64 {
        self.sold
    }
}
