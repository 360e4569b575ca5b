//! Made-up people. Phones are of the pattern 1990 + seven digits.
use super::dice::Dice;

const SURNAMES: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
    "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹", "袁", "邓",
    "许", "傅", "沈", "曾", "彭", "葛",
];
const GIVEN: [&str; 48] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "霞", "平", "刚", "雨桐", "子涵", "浩然", "梓萱", "一诺", "思远", "嘉怡", "俊杰", "晓彤", "天宇", "佳琪",
    "宇轩", "欣怡", "文博", "若曦", "志强", "海燕", "建国", "雪梅", "振华", "丹丹", "鹏飞", "婷婷", "立新",
    "晨曦", "泽宇", "慧敏", "国栋",
];
const CALLED: [&str; 24] = [
    "小北",
    "阿泽",
    "大鹏",
    "老猫",
    "球痴",
    "一杆清台",
    "阿杰",
    "小七",
    "大刘",
    "夜猫子",
    "老周",
    "阿May",
    "浪里白条",
    "小鱼儿",
    "风清扬",
    "胖虎",
    "阿亮",
    "老K",
    "小马哥",
    "开球大师",
    "阿勇",
    "木子",
    "老张头",
    "橙子",
];
const COACHES: [&str; 24] = [
    "小雨", "Anna", "思思", "晴晴", "Coco", "阿宁", "小鹿", "Lily", "佳佳", "安安", "糖糖", "小满", "Momo",
    "可可", "念念", "小樱", "Vivi", "七七", "果果", "小夏", "Nina", "诗诗", "米粒", "圆圆",
];

/// A member's nickname: a full name, a polite form, or what friends call them.
pub fn member(dice: &mut Dice, female: bool) -> String {
    let surname = dice.pick(&SURNAMES);
    match dice.unit() {
        p if p < 0.60 => format!("{surname}{}", dice.pick(&GIVEN)),
        p if p < 0.85 => format!("{surname}{}", if female { "女士" } else { "先生" }),
        _ => (*dice.pick(&CALLED)).to_owned(),
    }
}

/// A real name.
pub fn real(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(&SURNAMES), dice.pick(&GIVEN))
}

/// A coach's nickname; every eighth has none and is shown by the real name.
pub fn coach(no: usize) -> Option<String> {
    match no {
        no if no % 8 == 7 => None,
        no if no < COACHES.len() => Some(COACHES[no].to_owned()),
        no => Some(format!("{}{}", COACHES[no % COACHES.len()], no / COACHES.len() + 1)),
    }
}

/// Different for every number below ten million (the factor shares none with it).
pub fn phone(site_id: i64, number: i64) -> String {
    format!("1990{:07}", (number * 7_919 + site_id * 1_234_577).rem_euclid(10_000_000))
}
