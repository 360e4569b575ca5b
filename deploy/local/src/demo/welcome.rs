//! What a person needs to know once it runs.
use super::{directory::Directory, people::Logins, settings::Services};
use crate::console::say;

/// Addresses, logins, and the first thing to try.
pub fn print(directory: &Directory, services: &Services, logins: &Logins) {
    let env = directory.file("env");
    let env = env.display();
    say("");
    say(format!("Neo-ZQYY runs: {}   (routes: {}/docs)", services.api_url, services.api_url));
    say("");
    say("Sign in by name, no password (POST /api/xcx/auth/dev-login), or use the tokens below:");
    for (role, variable, login) in [
        ("coach", "TOKEN_COACH", &logins.coach),
        ("manager", "TOKEN_MANAGER", &logins.manager),
        ("finance", "TOKEN_FINANCE", &logins.finance),
        ("admin", "TOKEN_ADMIN", &logins.admin),
    ] {
        say(format!("  {role:8} {:16} {:14} {}", login.username, variable, login.nickname));
    }
    say("");
    say(
        "Or as a phone does, by WeChat (a fake one: the code wx-NAME-NONCE is anybody, a new user if need be):",
    );
    say(format!("  source {env}"));
    say(
        "  curl -s -H 'Content-Type: application/json' -d '{\"code\":\"wx-'$USER_COACH'-1\"}' $API_URL/api/xcx/auth/login",
    );
    say("");
    say("This morning's tasks of the coach:");
    say(format!("  source {env}"));
    say("  curl -s -H \"Authorization: Bearer $TOKEN_COACH\" \"$API_URL/api/xcx/tasks\"");
    say("");
    say(
        "Write a note for one of them; an appointment in it scores 7 with the demo's AI, and completes the task:",
    );
    say("  curl -s -H \"Authorization: Bearer $TOKEN_COACH\" -H 'Content-Type: application/json' \\");
    say(
        "    -d '{\"targetType\":\"member\",\"targetId\":CUSTOMER,\"taskId\":TASK,\"content\":\"约好下周再来\"}' \\",
    );
    say("    \"$API_URL/api/xcx/notes\"     (CUSTOMER and TASK: customerId and id in the list)");
    say("");
    say("A newcomer's whole week, from the first sign-in on, to be typed: docs/coach-week.md");
    say("");
    say(format!("The queue, for administrators, in a browser: {}", services.board_url));
    say(format!("  name {}, password {}", logins.admin.username, logins.admin_password));
    say("");
    say("In another terminal, live one more day:  cargo demo next-day");
    say("Ctrl-C stops everything; the data stays for the next cargo demo.");
}
