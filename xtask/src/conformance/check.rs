//! Expectations of a step: values, constraints, names saved for later. Compares; runs nothing.

use serde_json::{Map, Value};

use super::cluster::octets;
use super::names::enum_value;
use super::suite::text_of;

/// Values by name: the file's configuration, and what steps saved.
pub type Names = Map<String, Value>;

/// What a written value stands for: a saved name, a sum with one, an enum member, or itself.
pub fn resolve(value: &Value, names: &Names) -> Value {
    match value {
        Value::String(text) => resolve_text(text, names).unwrap_or_else(|| value.clone()),
        Value::Array(list) => list.iter().map(|v| resolve(v, names)).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, v)| (key.clone(), resolve(v, names))).collect())
        }
        other => other.clone(),
    }
}

fn resolve_text(text: &str, names: &Names) -> Option<Value> {
    if let Some(value) = names.get(text) {
        return Some(value.get("defaultValue").unwrap_or(value).clone());
    }
    if let Some(number) = enum_value(text) {
        return Some(Value::from(number));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    if rest.is_empty() || rest.len() % 2 != 0 || !names.contains_key(*first) {
        return None;
    }
    let term = |word: &str| word.parse().ok().or_else(|| names.get(word).and_then(Value::as_i64));
    let mut sum: i64 = term(first)?;
    for pair in rest.chunks(2) {
        let [sign, word] = pair else { return None };
        let value = term(word)?;
        sum = match *sign {
            "+" => sum.checked_add(value)?,
            "-" => sum.checked_sub(value)?,
            "*" => sum.checked_mul(value)?,
            _ => return None,
        };
    }
    Some(Value::from(sum))
}

/// Whether an answer is what was expected. Of a struct only the named fields count.
pub fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.iter().all(|(key, value)| same(value, actual.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| same(e, a))
        }
        (Value::String(_), Value::String(_)) => octets(expected) == octets(actual),
        (Value::Bool(flag), Value::Number(n)) | (Value::Number(n), Value::Bool(flag)) => {
            n.as_u64() == Some(u64::from(*flag))
        }
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (expected, actual) => expected == actual,
    }
}

/// Checks one `value`/`constraints`/`saveAs` block against an answer.
///
/// # Errors
/// What did not hold.
pub fn block(expected: &Map<String, Value>, actual: &Value, names: &mut Names) -> Result<(), String> {
    if let Some(value) = expected.get("value") {
        let value = resolve(value, names);
        if !same(&value, actual) {
            return Err(format!("expected {value}, got {actual}"));
        }
    }
    if let Some(Value::Object(constraints)) = expected.get("constraints") {
        for (name, limit) in constraints {
            let limit = if name == "type" { limit.clone() } else { resolve(limit, names) };
            if !constraint(name, &limit, actual)? {
                return Err(format!("{actual} breaks {name}: {limit}"));
            }
        }
    }
    if let Some(name) = expected.get("saveAs") {
        names.insert(text_of(name), actual.clone());
    }
    Ok(())
}

fn constraint(name: &str, limit: &Value, actual: &Value) -> Result<bool, String> {
    let number = actual.as_i64().or_else(|| actual.as_bool().map(i64::from));
    let length = match actual {
        Value::Array(list) => Some(list.len()),
        Value::String(_) => octets(actual).map(|bytes| bytes.len()),
        _ => None,
    }
    .and_then(|n| i64::try_from(n).ok());
    let against = |value: Option<i64>, holds: fn(i64, i64) -> bool| match (value, limit.as_i64()) {
        (Some(value), Some(limit)) => holds(value, limit),
        // null is outside every range test: whether it may be null is said by `hasValue`
        _ => actual.is_null(),
    };
    let items = |holds: &dyn Fn(&Value, &[Value]) -> bool| match (limit, actual) {
        (Value::Array(wanted), Value::Array(list)) => wanted.iter().all(|item| holds(item, list)),
        _ => false,
    };
    Ok(match name {
        "type" => of_type(&text_of(limit), actual),
        "hasValue" => limit.as_bool() == Some(!actual.is_null()),
        "minValue" => against(number, |value, limit| value >= limit),
        "maxValue" => against(number, |value, limit| value <= limit),
        "minLength" => against(length, |value, limit| value >= limit),
        "maxLength" => against(length, |value, limit| value <= limit),
        "notValue" => !same(limit, actual),
        "hasMasksSet" | "hasMasksClear" => {
            let Some(value) = actual.as_u64() else { return Ok(false) };
            let masks = limit.as_array().into_iter().flatten().filter_map(Value::as_u64);
            let set = name == "hasMasksSet";
            masks.into_iter().all(|mask| if set { value & mask == mask } else { value & mask == 0 })
        }
        "contains" => items(&|item, list| list.iter().any(|have| same(item, have))),
        "excludes" => items(&|item, list| !list.iter().any(|have| same(item, have))),
        "anyOf" => limit.as_array().is_some_and(|list| list.iter().any(|item| same(item, actual))),
        "startsWith" => text_of(actual).starts_with(&text_of(limit)),
        "endsWith" => text_of(actual).ends_with(&text_of(limit)),
        "isHexString" | "isUpperCase" | "isLowerCase" => {
            return Err(format!("constraint {name} has no use here"));
        }
        other => return Err(format!("constraint {other} is not known")),
    })
}

fn of_type(name: &str, actual: &Value) -> bool {
    if actual.is_null() {
        return true;
    }
    let bits = |name: &str| -> Option<u32> {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "bool" | "boolean" => actual.is_boolean(),
        "char_string" | "string" | "long_char_string" | "octet_string" | "octstr" | "long_octet_string" => {
            actual.is_string()
        }
        "list" | "array" => actual.is_array(),
        "struct" => actual.is_object(),
        n if n.starts_with("int")
            || n.starts_with("uint")
            || n.starts_with("enum")
            || n.starts_with("bitmap") =>
        {
            let Some(value) = actual.as_u64() else { return false };
            bits(n).is_none_or(|bits| bits >= 64 || value >> bits == 0)
        }
        n if n.ends_with("struct") => actual.is_object(),
        // named enums, bitmaps and derived numbers (epoch-s, user index, ...)
        _ => actual.is_u64() || actual.is_i64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_sums_and_enums_are_resolved_and_text_stays_text() {
        let Value::Object(names) =
            json!({ "N": 10, "payload": { "type": "char_string", "defaultValue": "MT" } })
        else {
            panic!("an object")
        };
        for (written, meant) in [
            (json!("N + 1"), json!(11)),
            (json!("payload"), json!("MT")),
            (json!("UserStatusEnum.UnknownEnumValue(2)"), json!(2)),
            (json!("LockDataTypeEnum.PIN"), json!(6)),
            (json!("123456"), json!("123456")),
            (json!({ "a": ["N"] }), json!({ "a": [10] })),
        ] {
            assert_eq!(resolve(&written, &names), meant);
        }
    }

    #[test]
    fn a_wrong_answer_is_seen() {
        let mut names = Names::new();
        let mut fails = |expected: Value, actual: Value| {
            block(expected.as_object().expect("a block"), &actual, &mut names).is_err()
        };
        assert!(fails(json!({ "value": 1 }), json!(2)));
        assert!(fails(json!({ "value": null }), json!(0)));
        assert!(fails(json!({ "value": [1] }), json!([1, 2])));
        assert!(fails(json!({ "constraints": { "maxValue": 5 } }), json!(6)));
        assert!(fails(json!({ "constraints": { "type": "int8u" } }), json!(256)));
        assert!(fails(json!({ "constraints": { "hasMasksClear": [1] } }), json!(3)));
        assert!(!fails(json!({ "value": { "A": 1 }, "saveAs": "x" }), json!({ "A": 1, "B": 2 })));
        assert!(names.contains_key("x"));
    }
}
