//! The finance board's answer in the document.
use serde_json::{Value, json};

fn figure(value: f64, previous: f64, change: f64, change_rate: f64, direction: &str) -> Value {
    json!({
        "value": value, "previous": previous, "change": change, "changeRate": change_rate, "direction": direction
    })
}

/// With `compare=true&area=大厅`.
pub(super) fn answer() -> Value {
    let up = || figure(1200.0, 1000.0, 200.0, 20.0, "up");
    let down = || figure(900.0, 1000.0, -100.0, -10.0, "down");
    let course = || {
        json!({
            "hours": figure(96.0, 80.0, 16.0, 20.0, "up"),
            "income": figure(8640.0, 7200.0, 1440.0, 20.0, "up"),
            "hourly": figure(90.0, 90.0, 0.0, 0.0, "flat"),
            "levels": [{
                "levelCode": "senior", "level": "高级", "levelColor": "orange", "coaches": 4,
                "hours": figure(96.0, 80.0, 16.0, 20.0, "up"),
                "income": figure(8640.0, 7200.0, 1440.0, 20.0, "up"),
                "hourly": figure(90.0, 90.0, 0.0, 0.0, "flat")
            }]
        })
    };
    json!({
        "code": 0,
        "data": {
            "period": { "from": "2026-11-01", "to": "2026-11-22" },
            "previousPeriod": { "from": "2026-10-01", "to": "2026-10-22" },
            "statDate": "2026-11-21",
            "statDates": {
                "revenue": "2026-11-21", "discounts": "2026-11-21", "cashInflow": "2026-11-21",
                "cashOutflow": "2026-11-21", "coachAnalysis": "2026-11-21"
            },
            "overview": {
                "gross": figure(120_000.0, 100_000.0, 20_000.0, 20.0, "up"),
                "discount": figure(12_000.0, 8_000.0, 4_000.0, 50.0, "up"),
                "discountRate": figure(10.0, 8.0, 2.0, 25.0, "up"),
                "confirmedIncome": figure(108_000.0, 92_000.0, 16_000.0, 17.39, "up"),
                "cashIn": figure(100_000.0, 80_000.0, 20_000.0, 25.0, "up"),
                "cashOut": figure(60_000.0, 60_000.0, 0.0, 0.0, "flat"),
                "cashBalance": figure(40_000.0, 20_000.0, 20_000.0, 100.0, "up"),
                "balanceRate": figure(40.0, 25.0, 15.0, 60.0, "up")
            },
            "recharge": {
                "statDate": "2026-11-21",
                "stored": { "new": up(), "first": up(), "renew": down(), "consumed": up(), "balance": down() },
                "gifts": [
                    { "cardKind": "gift_table", "label": "台费赠送卡", "new": up(), "consumed": up(), "balance": up() },
                    { "cardKind": "gift_drink", "label": "酒水赠送卡", "new": up(), "consumed": up(), "balance": up() },
                    { "cardKind": "gift_voucher", "label": "代金赠送卡", "new": up(), "consumed": up(), "balance": up() }
                ]
            },
            "revenue": {
                "areas": [{ "name": "大厅", "gross": up(), "discount": down(), "net": up() }],
                "items": [{ "name": "台费", "gross": up(), "discount": down(), "net": up() }]
            },
            "discounts": [{ "discountType": "groupbuy", "label": "团购优惠", "amount": up() }],
            "cashInflow": [{ "source": "groupbuy", "label": "团购平台", "platform": "美团", "amount": up() }],
            "cashOutflow": [
                { "group": "operation", "label": "运营支出", "amount": up(), "items": [{ "name": "水电", "amount": up() }] },
                { "group": "fixed", "label": "固定支出", "amount": up(), "items": [{ "name": "房租", "amount": up() }] },
                { "group": "coach", "label": "助教薪酬", "amount": up(), "items": [{ "name": "课时费", "amount": up() }] },
                { "group": "platform", "label": "平台费用", "amount": up(), "items": [{ "name": "美团", "amount": up() }] }
            ],
            "coachAnalysis": { "base": course(), "bonus": course(), "billed": up() },
            "unfiltered":
                ["overview", "recharge", "revenue.items", "discounts", "cashInflow", "cashOutflow", "coachAnalysis"],
            "degraded": []
        },
        "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })
}
