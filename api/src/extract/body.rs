use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use domain::text;
use rust_decimal::Decimal;
use serde::{
    Deserialize as _, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Number, Value};

use super::params;
use crate::{
    error::{ApiError, FieldError, Kind},
    state::AppState,
};

/// A JSON body of an unauthenticated route; everywhere else see [`super::Write`].
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let uri = request.uri().clone();
        let bytes = receive_json(request, state).await?;
        params::nothing_in(&uri, None)?;
        parse(&bytes).map(Self)
    }
}

/// What a write takes from its body.
pub trait FromBody: Sized + Send {
    /// The bytes, without a look at them.
    fn receive(request: Request, state: &AppState) -> impl Future<Output = Result<Bytes, ApiError>> + Send;
    /// What they say.
    fn parse(bytes: &Bytes) -> Result<Self, ApiError>;
}

impl<T: DeserializeOwned + Send> FromBody for T {
    async fn receive(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
        receive_json(request, state).await
    }

    fn parse(bytes: &Bytes) -> Result<Self, ApiError> {
        parse(bytes)
    }
}

/// For `deserialize_with`: a JSON number, exactly as it was written; text is none.
pub fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    let written = Number::deserialize(from)?.to_string();
    let read = Decimal::from_str_exact(&written).or_else(|_| Decimal::from_scientific(&written));
    read.map_err(|_| D::Error::custom("a number beyond what is reckoned with"))
}

/// For writes that say everything by their path: no body, or an empty object.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

impl FromBody for NoBody {
    async fn receive(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
        receive(request, state).await
    }

    fn parse(bytes: &Bytes) -> Result<Self, ApiError> {
        match bytes.trim_ascii() {
            b"" => Ok(Self),
            sent => match serde_json::from_slice::<Value>(sent) {
                Ok(Value::Object(fields)) if fields.is_empty() => Ok(Self),
                Ok(Value::Object(fields)) => Err(ApiError::invalid(
                    fields.keys().map(|f| FieldError::new(f, "没有这个字段")).collect(),
                )),
                Ok(_) => Err(ApiError::field("body", "此接口不接受内容")),
                Err(_) => Err(Kind::Unparsable.into()),
            },
        }
    }
}

/// The bytes of a body declared as JSON.
async fn receive_json(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    if !declares_json(request.headers()) {
        return Err(Kind::NotJson.into());
    }
    receive(request, state).await
}

/// The bytes of a body, up to the configured limits of size and time.
async fn receive(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(state.body_timeout, Bytes::from_request(request, state)).await {
        Err(_) => Err(Kind::BodyTooSlow.into()),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) => Err(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Kind::BodyTooLarge.into(),
            _ => Kind::Unparsable.into(),
        }),
    }
}

fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// 400 for what is not JSON, 422 with the field for what does not fit or holds what no text may hold.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // First whether it is JSON at all: else the first wrong field would hide that.
    let value = serde_json::from_slice::<Value>(bytes).map_err(|_| ApiError::from(Kind::Unparsable))?;
    if !value.is_object() {
        return Err(ApiError::field("body", "须为对象"));
    }
    let mut errors = Vec::new();
    unfit_text(&value, "", &mut errors);
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // An item of a list is named like a field: `roles.0`.
        let path = error.path().to_string().replace('[', ".").replace(']', "");
        let said = error.inner().to_string();
        let (field, reason) = explain(&said);
        let path = match (path.as_str(), field) {
            (".", None) => "body".to_owned(),
            (".", Some(field)) => field.to_owned(),
            // The path of an unknown field ends with it already.
            (path, Some(field)) if path != field && !path.ends_with(&format!(".{field}")) => {
                format!("{path}.{field}")
            }
            (path, _) => path.to_owned(),
        };
        ApiError::field(&path, reason)
    })
}

/// Control characters, wherever a string is: what a route takes for one line refuses line breaks by itself.
fn unfit_text(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(words) => {
            if let Err(why) = text::check_lines(words) {
                errors.push(FieldError::new(path, why));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                unfit_text(item, &below(&index.to_string()), errors);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                unfit_text(field, &below(name), errors);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What serde says, for people: the field, where it names one, and the reason.
fn explain(said: &str) -> (Option<&str>, String) {
    // serde_json ends with the position, which says less than the field.
    let said = said.split(" at line ").next().unwrap_or(said);
    let quoted = || said.split('`').nth(1);
    let wanted = || said.split_once("expected ").map(|(_, wanted)| translated(wanted));
    if said.starts_with("missing field") {
        (quoted(), "缺少".to_owned())
    } else if said.starts_with("unknown field") {
        (quoted(), "没有这个字段".to_owned())
    } else if said.starts_with("duplicate field") {
        (quoted(), "只能出现一次".to_owned())
    } else if said.starts_with("unknown variant") {
        (None, format!("须为以下之一:{}", wanted().unwrap_or_default()))
    } else if said.starts_with("invalid type") || said.starts_with("invalid value") {
        (None, format!("类型或取值不对，须为{}", wanted().unwrap_or_default()))
    } else if CHRONO_SAYS.contains(&said) {
        (None, "须为日期或时刻，如 2026-11-22 或 2026-11-22T08:00:00Z".to_owned())
    } else {
        (None, "格式或取值不对".to_owned())
    }
}

/// Of what is neither a date nor an instant.
const CHRONO_SAYS: [&str; 6] = [
    "input is out of range",
    "no possible date and time matching input",
    "input is not enough for unique date and time",
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
];

/// serde's names of types.
fn translated(wanted: &str) -> String {
    match wanted {
        "a string" | "a borrowed string" | "str" => "文字".to_owned(),
        "a boolean" => "true 或 false".to_owned(),
        "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "整数".to_owned(),
        "f32" | "f64" | "a JSON number" => "数字".to_owned(),
        "a sequence" => "列表".to_owned(),
        "a formatted date string" => "日期，如 2026-11-22".to_owned(),
        "an RFC 3339 formatted date and time string" => "时刻，如 2026-11-22T08:00:00Z".to_owned(),
        _ if wanted.starts_with("struct ") || wanted == "a map" => "对象".to_owned(),
        _ if wanted.starts_with("one of ") => wanted.trim_start_matches("one of ").replace('`', ""),
        _ => wanted.replace('`', ""),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Probe {
        name_of_it: String,
        stars: Option<i64>,
        list: Option<Vec<String>>,
        inner: Option<Inner>,
        flag: Option<bool>,
        #[serde(default, deserialize_with = "decimal")]
        amount: Decimal,
        day: Option<chrono::NaiveDate>,
        at: Option<chrono::DateTime<chrono::Utc>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Inner {
        x: i64,
    }

    fn refused(json: &str) -> String {
        format!("{:?}", parse::<Probe>(json.as_bytes()).unwrap_err())
    }

    #[test]
    fn every_refusal_names_its_field_in_chinese() {
        for (json, field, reason) in [
            (r#"{"stars":1}"#, "nameOfIt", "缺少"),
            (r#"{"nameOfIt":1}"#, "nameOfIt", "类型或取值不对，须为文字"),
            (r#"{"nameOfIt":"a","stars":"5"}"#, "stars", "类型或取值不对，须为整数"),
            (r#"{"nameOfIt":"a","stars":1.5}"#, "stars", "类型或取值不对，须为整数"),
            (r#"{"nameOfIt":"a","flag":0}"#, "flag", "类型或取值不对，须为true 或 false"),
            (r#"{"nameOfIt":"a","colour":1}"#, "colour", "没有这个字段"),
            (r#"{"nameOfIt":"a","nameOfIt":"b"}"#, "nameOfIt", "只能出现一次"),
            (r#"{"nameOfIt":"a","inner":{}}"#, "inner.x", "缺少"),
            (r#"{"nameOfIt":"a","inner":{"x":1,"y":2}}"#, "inner.y", "没有这个字段"),
            (r#"{"nameOfIt":"a","list":[1]}"#, "list.0", "类型或取值不对，须为文字"),
            (r#"{"nameOfIt":"a","amount":"8"}"#, "amount", "类型或取值不对，须为数字"),
            (r#"{"nameOfIt":"a","amount":null}"#, "amount", "类型或取值不对，须为数字"),
            (r#"{"nameOfIt":"a","amount":1e400}"#, "amount", "格式或取值不对"),
            (
                r#"{"nameOfIt":"a","amount":8.00000000000000000000000000000000001}"#,
                "amount",
                "格式或取值不对",
            ),
            (r#"{"nameOfIt":"a","day":7}"#, "day", "类型或取值不对，须为日期"),
            (r#"{"nameOfIt":"a","day":"2026-02-30"}"#, "day", "须为日期或时刻，如"),
            (r#"{"nameOfIt":"a","day":"x"}"#, "day", "须为日期或时刻，如"),
            (r#"{"nameOfIt":"a","at":"2026-11-22"}"#, "at", "须为日期或时刻，如"),
            (r#"{"nameOfIt":"a","at":"2026-11-22T08:00:00Zx"}"#, "at", "须为日期或时刻，如"),
            (r#"{"nameOfIt":"a","at":true}"#, "at", "类型或取值不对，须为时刻"),
            (r#"{"nameOfIt":"a\u0000"}"#, "nameOfIt", "不能含有控制字符"),
            (r#"{"nameOfIt":"a","list":["\u0007"]}"#, "list.0", "不能含有控制字符"),
            ("[]", "body", "须为对象"),
            ("3", "body", "须为对象"),
        ] {
            let said = refused(json);
            assert!(said.contains(&format!("field: \"{field}\"")), "{json}: {said}");
            assert!(said.contains(&format!("reason: \"{reason}")), "{json}: {said}");
        }
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for written in ["8", "8.00", "-0.10", "1e1", "2.5E-1"] {
            let json = format!(r#"{{"nameOfIt":"a","amount":{written}}}"#);
            let read = parse::<Probe>(json.as_bytes()).unwrap().amount;
            assert_eq!(read, written.parse().or_else(|_| Decimal::from_scientific(written)).unwrap());
        }
    }

    #[test]
    fn what_is_no_json_is_unparsable_whatever_else_is_wrong() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for bytes in [
            &b""[..],
            b"{",
            b"nul",
            b"\xef\xbb\xbf{}",
            b"{\"nameOfIt\":\"\xff\"}",
            b"{\"a\":1}x",
            deep.as_bytes(),
        ] {
            assert_eq!(parse::<Probe>(bytes).unwrap_err().kind(), Kind::Unparsable, "{bytes:?}");
        }
    }

    #[test]
    fn a_lone_surrogate_is_no_text() {
        assert!(parse::<Probe>(br#"{"nameOfIt":"\ud800"}"#).is_err());
    }

    #[test]
    fn nothing_to_say_is_nothing_or_an_empty_object() {
        for sent in ["", " ", "{}", " {} "] {
            assert!(NoBody::parse(&Bytes::from(sent)).is_ok(), "{sent:?}");
        }
        for (sent, kind) in [
            ("{", Kind::Unparsable),
            ("[]", Kind::Invalid),
            (r#"{"a":1}"#, Kind::Invalid),
            ("null", Kind::Invalid),
        ] {
            assert_eq!(NoBody::parse(&Bytes::from(sent)).unwrap_err().kind(), kind, "{sent:?}");
        }
    }
}
