//! What the document shows of the pages.
use serde_json::{Value, json};

fn item() -> Value {
    json!({
        "id": 1154, "assistantId": 1011, "taskType": "relationship_building", "taskTypeLabel": "关系构建",
        "status": "active", "isPinned": true, "priorityScore": 4.09, "expiresAt": null,
        "createdAt": "2026-09-23T20:00:00Z", "customerId": 1_000_291, "memberName": "沈欣怡",
        "memberPhone": "199****9006", "rsScore": 0.0, "heartIcon": "💙", "lastVisitDays": 58, "balance": 914.0,
        "aiSuggestion": "周末晚上约一局", "abandonReason": null,
        "reason": {
            "sentence": "与您的关系强度 0.00 低于 6.00，多陪打、多问候（数据截至 2026-11-21）", "wbi": 4.09, "nci": null,
            "rs": 0.0, "statDate": "2026-11-21", "thresholds": { "high": 7.0, "priority": 5.0, "relationship": 6.0 }
        }
    })
}

fn answer(data: &Value) -> Value {
    json!({
        "code": 0, "data": data, "message": "ok", "runtime": { "mode": "live", "date": "2026-11-22", "revised": false }
    })
}

/// Of TASK-1.
pub(super) fn list() -> Value {
    answer(&json!({
        "list": [item()], "total": 222, "page": 1, "pageSize": 20, "hasMore": true,
        "performance": {
            "monthHours": 122.5, "income": 8628.25, "tierName": "一档", "nextTierHours": 130.0, "hoursToNext": 7.5,
            "statDate": "2026-11-21"
        },
        "statDate": "2026-11-21", "lastVisitStatDate": "2026-11-21", "degraded": []
    }))
}

/// Of TASK-2.
pub(super) fn detail() -> Value {
    answer(&json!({
        "task": item(),
        "customer": {
            "id": 1_000_291, "name": "沈欣怡", "phone": "199****9006", "gradeName": "金卡",
            "registerTime": "2025-06-02T04:00:00Z", "balance": 914.0, "lastVisitDays": 58, "visitCount60d": 1,
            "consumption60d": 168.0, "statDate": "2026-11-21"
        },
        "serviceRecords": [{
            "id": 880_123, "createTime": "2026-09-25T13:30:00Z", "startTime": "2026-09-25T12:00:00Z",
            "endTime": "2026-09-25T13:30:00Z", "tableId": 7, "courseType": "基础课", "skillName": "中式八球", "hours": 1.5,
            "income": 270.0
        }],
        "notes": [{
            "id": 88, "type": "normal", "content": "约好周五来打球", "ratingServiceWillingness": 4,
            "ratingRevisitLikelihood": 5, "score": null, "aiScore": null, "aiAnalysis": null, "authorName": "小雨",
            "createdAt": "2026-11-21T14:00:00Z", "removed": false
        }],
        "history": [{
            "id": 4021, "action": "created", "oldStatus": null, "newStatus": "active", "oldTaskType": null,
            "newTaskType": "relationship_building", "actorName": null, "detail": {}, "createdAt": "2026-09-23T20:00:00Z"
        }],
        "talkingPoints": ["问问新球杆用得怎么样"],
        "retentionClues": [{
            "id": 5, "memberId": 1_000_291, "category": "爱好", "summary": "喜欢斯诺克", "detail": null,
            "source": "manual", "recordedByName": "店长", "version": 1, "createdAt": "2026-11-20T03:00:00Z",
            "updatedAt": "2026-11-20T03:00:00Z"
        }],
        "statDate": "2026-11-21", "lastVisitStatDate": "2026-11-21", "degraded": []
    }))
}
