//! Values held against the OpenAPI document's schemas, as a client's validator takes them.
use serde_json::Value;

/// What in `value` is not as `schema` says, each with its place. A field that is not described is a fault, too.
///
/// `components` are the document's own. Fails for a schema that is none.
pub fn violations(schema: &Value, components: &Value, value: &Value) -> anyhow::Result<Vec<String>> {
    let mut schema = schema.clone();
    schema["components"] = components.clone();
    close(&mut schema["components"]["schemas"]);
    let validator = jsonschema::draft202012::new(&schema).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(validator.iter_errors(value).map(|error| format!("at {}: {error}", error.instance_path())).collect())
}

/// No object has more than its schema names.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::violations;
    use serde_json::json;

    #[test]
    fn a_missing_a_wrong_and_an_unsaid_field_are_each_found() {
        let schema = json!({"$ref": "#/components/schemas/Out"});
        let out = json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]});
        let components = json!({"schemas": {"Out": out}});
        let faults = |value| violations(&schema, &components, &value).unwrap().len();
        assert_eq!(faults(json!({"id": 1})), 0);
        assert_eq!(faults(json!({})), 1);
        assert_eq!(faults(json!({"id": "1"})), 1);
        assert_eq!(faults(json!({"id": 1, "more": 2})), 1);
    }
}
