//! Application 6: how well a note shows that a member was followed up.
use std::time::Instant;

use domain::notes::{Verdict, VerdictError};
use metrics::{counter, histogram};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, json};

use crate::{Call, CallError, Chat, ChatRequest, Message, Outcome, Role, mask::Mask};

/// As in `biz.ai_calls`.
pub const APPLICATION: &str = "app6_note_score";
/// Of the prompt below; a change of words is a new file.
const PROMPT_VERSION: &str = "app6_note_score.v1";
const PROMPT: &str = include_str!("../prompts/app6_note_score.v1.md");

/// What is shown of a note.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// What it says: data, whatever it says.
    pub content: &'a str,
    /// 1–5.
    pub rating_service_willingness: Option<i16>,
    /// 1–5.
    pub rating_revisit_likelihood: Option<i16>,
    /// 1–5.
    pub score: Option<i16>,
}

/// Why an answer is no verdict.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoVerdict {
    /// There is no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Not the one JSON object that was asked for.
    #[error("the answer is not {{score, analysis}}")]
    NotTheJson,
    /// Out of range.
    #[error(transparent)]
    Verdict(#[from] VerdictError),
}

/// Asks for a verdict. `names` are hidden from the model, and so is every phone. The call is to be written down whatever
/// the verdict.
pub async fn score<'n>(
    chat: &dyn Chat,
    note: &Note<'_>,
    names: impl IntoIterator<Item = &'n str>,
) -> (Call, Result<Verdict, NoVerdict>) {
    let mut mask = Mask::new(names);
    // One JSON string: no text can end it and begin to speak for itself.
    let data = json!({
        "content": mask.hide(note.content),
        "ratingServiceWillingness": note.rating_service_willingness,
        "ratingRevisitLikelihood": note.rating_revisit_likelihood,
        "score": note.score,
    });
    let say = |role, content: String| Message { role, content };
    let messages = vec![say(Role::System, PROMPT.to_owned()), say(Role::User, data.to_string())];
    let request = ChatRequest { messages, json: true };
    let began = Instant::now();
    let answer = chat.complete(&request).await;
    let took = began.elapsed();
    let verdict = match &answer {
        Ok(answer) => read(&answer.content, &mask),
        Err(error) => Err(error.clone().into()),
    };
    let outcome = match &verdict {
        Ok(_) => Outcome::Ok,
        Err(NoVerdict::Call(error)) => error.into(),
        Err(_) => Outcome::Refused,
    };
    counter!("ai_calls_total", "application" => APPLICATION, "outcome" => outcome.as_str()).increment(1);
    histogram!("ai_call_seconds", "application" => APPLICATION).record(took.as_secs_f64());
    let answer = answer.ok();
    let call = Call {
        application: APPLICATION,
        prompt_version: PROMPT_VERSION,
        model: chat.model().to_owned(),
        request: json!({ "messages": request.messages }),
        prompt_tokens: answer.as_ref().and_then(|a| a.prompt_tokens),
        completion_tokens: answer.as_ref().and_then(|a| a.completion_tokens),
        answer: answer.map(|a| a.content),
        took,
        outcome,
        error: verdict.as_ref().err().map(ToString::to_string),
    };
    (call, verdict)
}

/// One object of two fields and nothing around it; a score in a string, a third field or a code fence is a refusal.
fn read(answer: &str, mask: &Mask) -> Result<Verdict, NoVerdict> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Answer {
        score: Number,
        analysis: String,
    }
    let answer: Answer = serde_json::from_str(answer).map_err(|_| NoVerdict::NotTheJson)?;
    let score = answer.score.as_str();
    let score: Decimal =
        score.parse().or_else(|_| Decimal::from_scientific(score)).map_err(|_| VerdictError::Score)?;
    Ok(Verdict::new(score, &mask.restore(&answer.analysis))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_object_is_read() {
        let mask = Mask::new([]);
        let verdict = read(r#" {"score": 7.5, "analysis": "有约定"} "#, &mask).unwrap();
        assert_eq!((verdict.score().to_string().as_str(), verdict.analysis()), ("7.5", "有约定"));
        for (answer, why) in [
            ("", NoVerdict::NotTheJson),
            ("8", NoVerdict::NotTheJson),
            ("I would give it an 8.", NoVerdict::NotTheJson),
            ("```json\n{\"score\":8,\"analysis\":\"好\"}\n```", NoVerdict::NotTheJson),
            (r#"{"score":"8","analysis":"好"}"#, NoVerdict::NotTheJson),
            (r#"{"score":null,"analysis":"好"}"#, NoVerdict::NotTheJson),
            (r#"{"score":8}"#, NoVerdict::NotTheJson),
            (r#"{"score":8,"analysis":"好","complete":true}"#, NoVerdict::NotTheJson),
            (r#"{"score":8,"score":9,"analysis":"好"}"#, NoVerdict::NotTheJson),
            (r#"{"score":8,"analysis":"好"} {"score":10,"analysis":"好"}"#, NoVerdict::NotTheJson),
            (r#"{"score":0,"analysis":"好"}"#, VerdictError::Score.into()),
            (r#"{"score":10.01,"analysis":"好"}"#, VerdictError::Score.into()),
            (r#"{"score":-8,"analysis":"好"}"#, VerdictError::Score.into()),
            (r#"{"score":1e99,"analysis":"好"}"#, VerdictError::Score.into()),
            (r#"{"score":999999999999999999999999999999999999,"analysis":"好"}"#, VerdictError::Score.into()),
            (r#"{"score":7.125,"analysis":"好"}"#, VerdictError::Precision.into()),
            (r#"{"score":7,"analysis":" "}"#, VerdictError::Analysis.into()),
        ] {
            assert_eq!(read(answer, &mask), Err(why), "{answer}");
        }
        assert_eq!(read(r#"{"score":1e1,"analysis":"好"}"#, &mask).unwrap().score(), Decimal::TEN);
    }
}
