//! What the document shows of the customer page.
use serde_json::{Value, json};

pub(super) fn customer() -> Value {
    let hours = |base: f64, bonus: f64, sessions: i64, recharge: f64| json!({ "baseHours": base, "bonusHours": bonus, "sessions": sessions, "recharge": recharge });
    json!({
        "code": 0, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false },
        "data": {
            "id": 1000291, "name": "沈欣怡", "phone": "199****9006", "grade": "金卡会员", "balance": 914.00,
            "consumption60d": 2380.50, "daysSinceVisit": 12, "idealInterval": 7.5,
            "aiInsight": { "summary": "喜欢周末晚场，最近来得少了。", "strategies": ["约周五晚场", "提醒储值卡余额"] },
            "metrics": [
                { "key": "visitCount60d", "label": "近60天到店", "value": 5, "unit": "次" },
                { "key": "avgSpend60d", "label": "近60天次均消费", "value": 476.10, "unit": "元" },
                { "key": "totalConsume", "label": "累计消费", "value": 18080.00, "unit": "元" },
                { "key": "totalVisits", "label": "累计到店", "value": 41, "unit": "次" },
            ],
            "coachTasks": [{
                "id": 1154, "assistantId": 1011, "coachName": "小雨", "level": "高级", "levelColor": "orange",
                "taskType": "priority_recall", "taskTypeLabel": "优先召回", "taskColor": "orange",
                "bgClass": "bg-orange", "status": "active", "createdAt": "2026-11-20T20:00:00Z",
                "metrics": [
                    { "key": "serviceCount60d", "label": "近60天服务", "value": 4, "unit": "次" },
                    { "key": "hours60d", "label": "近60天时长", "value": 9.50, "unit": "小时" },
                    { "key": "avgHours60d", "label": "次均时长", "value": 2.38, "unit": "小时" },
                ],
            }],
            "favoriteCoaches": [{
                "assistantId": 1011, "name": "小雨", "emoji": "💖", "relationIndex": 0.8512,
                "stats": hours(8.0, 1.5, 4, 1000.0),
            }],
            "consumptionRecords": [{
                "id": 70310, "createTime": "2026-11-10T13:00:00Z", "tableId": 8, "tableFee": 96.00,
                "foodAmount": 38.00, "totalAmount": 350.00,
                "coaches": [{ "name": "小雨", "courseType": "基础课", "hours": 2.00, "fee": 216.00 }],
            }],
            "retentionClues": [], "notes": [], "statDate": "2026-11-21", "idealIntervalStatDate": "2026-11-21",
            "favoriteCoachesStatDate": "2026-11-21", "degraded": [],
        },
    })
}
