//! The checked-in document is the one that the routes give.

use std::path::Path;

use crate::routes;

#[test]
fn s3_the_checked_in_document_is_the_one_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/doorward.json");
    if std::env::var_os("DOORWARD_WRITE_OPENAPI").is_some() {
        std::fs::write(&path, crate::openapi()).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == crate::openapi(), "openapi/doorward.json is out of date: run `cargo xtask openapi`");
}

#[test]
fn s3_every_api_route_is_described() {
    let routes = routes::all();
    assert!(matches!(routes.document.openapi, utoipa::openapi::OpenApiVersion::Version31));
    let json = serde_json::to_value(&routes.document).expect("json");
    for row in routes.rows.iter().filter(|row| row.path.starts_with("/api/")) {
        let operation = &json["paths"][&row.path][row.method.as_str().to_lowercase()];
        let words = operation["summary"].as_str().or(operation["description"].as_str());
        assert!(words.is_some_and(|words| !words.is_empty()), "{} {} has no words", row.method, row.path);
        assert!(operation["operationId"].is_string(), "{} {}", row.method, row.path);
    }
}

#[test]
fn s3_operation_ids_are_unique() {
    let json = serde_json::to_value(&routes::all().document).expect("json");
    let mut seen = std::collections::BTreeSet::new();
    for (path, item) in json["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(seen.insert(id.clone()), "{method} {path}: {id} is used twice");
        }
    }
}
