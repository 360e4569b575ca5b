//! The three requests. Every one carries a secret, so that none of them is ever logged.
use std::time::Duration;

use outbound::{Call, Verdict};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Wechat, error::Refusal};

/// Who signed in. The `session_key` that comes with it is not even read.
#[derive(Clone, Debug, Deserialize)]
pub struct Person {
    /// In this mini-program.
    pub openid: String,
    /// Across the company's programs, if it has several.
    pub unionid: Option<String>,
}

/// `GET /sns/jscode2session`
pub(super) struct CodeToSession<'a> {
    pub(super) wechat: &'a Wechat,
    pub(super) code: &'a str,
}

impl Call for CodeToSession<'_> {
    const SERVICE: &'static str = "wechat";
    const NAME: &'static str = "code2session";
    // The code may be spent.
    const REPEATABLE: bool = false;
    type Answer = Person;
    type Refusal = Refusal;

    fn request(&self, client: &Client) -> RequestBuilder {
        client.get(format!("{}/sns/jscode2session", self.wechat.base_url)).query(&[
            ("appid", self.wechat.app_id.as_str()),
            ("secret", self.wechat.secret.expose()),
            ("js_code", self.code),
            ("grant_type", "authorization_code"),
        ])
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Verdict<Person, Refusal> {
        read(status, body, |person: &Person| !person.openid.is_empty())
    }
}

/// `POST /cgi-bin/stable_token`
pub(super) struct StableToken<'a> {
    pub(super) wechat: &'a Wechat,
    /// A new one although the old one lives.
    pub(super) force: bool,
}

/// An access token, and for how long.
#[derive(Deserialize)]
pub(super) struct AccessToken {
    pub(super) access_token: String,
    expires_in: u64,
}

impl AccessToken {
    /// How long it may be used: it is replaced a little before its end, so that none ends on its way.
    pub(super) fn life(&self) -> Duration {
        let whole = Duration::from_secs(self.expires_in.min(7200));
        whole - (whole / 10).min(Duration::from_secs(300))
    }
}

impl Call for StableToken<'_> {
    const SERVICE: &'static str = "wechat";
    const NAME: &'static str = "stable_token";
    const REPEATABLE: bool = true;
    type Answer = AccessToken;
    type Refusal = Refusal;

    fn request(&self, client: &Client) -> RequestBuilder {
        client.post(format!("{}/cgi-bin/stable_token", self.wechat.base_url)).json(&json!({
            "grant_type": "client_credential",
            "appid": self.wechat.app_id,
            "secret": self.wechat.secret.expose(),
            "force_refresh": self.force,
        }))
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Verdict<AccessToken, Refusal> {
        read(status, body, |token: &AccessToken| !token.access_token.is_empty())
    }
}

/// `POST /wxa/business/getuserphonenumber`
pub(super) struct PhoneNumber<'a> {
    pub(super) wechat: &'a Wechat,
    pub(super) token: &'a str,
    pub(super) code: &'a str,
}

#[derive(Deserialize)]
struct PhoneAnswer {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
struct PhoneInfo {
    #[serde(rename = "phoneNumber")]
    whole: String,
    #[serde(rename = "purePhoneNumber")]
    without_country: String,
    #[serde(rename = "countryCode", deserialize_with = "number_or_text")]
    country: String,
}

impl Call for PhoneNumber<'_> {
    const SERVICE: &'static str = "wechat";
    const NAME: &'static str = "getuserphonenumber";
    const REPEATABLE: bool = false;
    type Answer = String;
    type Refusal = Refusal;

    fn request(&self, client: &Client) -> RequestBuilder {
        client
            .post(format!("{}/wxa/business/getuserphonenumber", self.wechat.base_url))
            .query(&[("access_token", self.token)])
            .json(&json!({ "code": self.code }))
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Verdict<String, Refusal> {
        match read(status, body, |_: &PhoneAnswer| true) {
            Verdict::Refused(why) => Verdict::Refused(why),
            Verdict::Busy(why) => Verdict::Busy(why),
            Verdict::Done(PhoneAnswer { phone_info }) => {
                let number = match phone_info.country.as_str() {
                    "86" => phone_info.without_country,
                    country if phone_info.whole.starts_with('+') || country.is_empty() => phone_info.whole,
                    country => format!("+{country}{}", phone_info.without_country),
                };
                match domain::accounts::entries::phone(&number) {
                    Ok(number) => Verdict::Done(number),
                    Err(_) => Verdict::Refused(not_theirs(status)),
                }
            }
        }
    }
}

/// Errors come with status 200, and `errcode` may be a number or a string; 0 or none at all means success.
fn read<T: DeserializeOwned>(
    status: StatusCode,
    body: &[u8],
    is_whole: impl Fn(&T) -> bool,
) -> Verdict<T, Refusal> {
    let Ok(said) = serde_json::from_slice::<Value>(body) else {
        let why = not_theirs(status);
        return if status.is_server_error() { Verdict::Busy(why) } else { Verdict::Refused(why) };
    };
    let code = match &said["errcode"] {
        Value::Null => Some(0),
        Value::Number(code) => code.as_i64(),
        Value::String(code) => code.trim().parse().ok(),
        _ => None,
    };
    let words = said["errmsg"].as_str().unwrap_or_default().chars().take(200).collect();
    match code {
        Some(0) if status.is_success() => match serde_json::from_value::<T>(said) {
            Ok(answer) if is_whole(&answer) => Verdict::Done(answer),
            _ => Verdict::Refused(not_theirs(status)),
        },
        Some(-1) => Verdict::Busy(Refusal { code: -1, words }),
        Some(code) if code != 0 => Verdict::Refused(Refusal { code, words }),
        _ if status.is_server_error() => Verdict::Busy(not_theirs(status)),
        _ => Verdict::Refused(not_theirs(status)),
    }
}

/// What no answer of WeChat's looks like; its words may hold secrets and are not kept.
fn not_theirs(status: StatusCode) -> Refusal {
    Refusal { code: 0, words: format!("an answer that is none of WeChat's, with status {}", status.as_u16()) }
}

fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, body: &str) -> (&'static str, i64) {
        match read(StatusCode::from_u16(status).unwrap(), body.as_bytes(), |p: &Person| !p.openid.is_empty())
        {
            Verdict::Done(_) => ("done", 0),
            Verdict::Refused(why) => ("refused", why.code),
            Verdict::Busy(why) => ("busy", why.code),
        }
    }

    #[test]
    fn an_errcode_is_read_as_number_and_as_text_and_whatever_is_not_wechats_is_no_answer() {
        for (status, body, meaning) in [
            (200, r#"{"openid":"o1","session_key":"k"}"#, ("done", 0)),
            (200, r#"{"openid":"o1","errcode":0}"#, ("done", 0)),
            (200, r#"{"openid":"o1","errcode":"0"}"#, ("done", 0)),
            (200, r#"{"errcode":40029,"errmsg":"invalid code"}"#, ("refused", 40029)),
            (200, r#"{"errcode":"40029","errmsg":"invalid code"}"#, ("refused", 40029)),
            (200, r#"{"errcode":-1}"#, ("busy", -1)),
            (200, r#"{"errcode":"-1"}"#, ("busy", -1)),
            (200, r#"{"errcode":[1]}"#, ("refused", 0)),
            (200, r#"{"errcode":0}"#, ("refused", 0)),
            (200, r#"{"openid":""}"#, ("refused", 0)),
            (200, r#"{"openid":7}"#, ("refused", 0)),
            (200, "<html>", ("refused", 0)),
            (200, "", ("refused", 0)),
            (200, "[]", ("refused", 0)),
            (502, "<html>", ("busy", 0)),
            (503, "{}", ("busy", 0)),
            (404, r#"{"openid":"o1"}"#, ("refused", 0)),
        ] {
            assert_eq!(verdict(status, body), meaning, "{status} {body}");
        }
    }

    #[test]
    fn a_token_is_replaced_before_its_end() {
        let life = |expires_in| AccessToken { access_token: "t".into(), expires_in }.life().as_secs();
        assert_eq!((life(7200), life(100), life(0)), (6900, 90, 0));
        assert_eq!(life(u64::MAX), 6900);
    }
}
