//! Rules of the contract that `buf lint` does not check.

use std::collections::BTreeSet;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};
use seatkeeper_proto::FILE_DESCRIPTOR_SET;

const PACKAGE: &str = "seatkeeper.v1";

/// The values of `google.api.FieldBehavior` that the contract uses, and the beginning of a comment
/// with each.
const BEHAVIORS: [(i32, &str); 4] = [
    (1, "Optional. "),
    (2, "Required. "),
    (3, "Output only. "),
    (8, "Identifier. "),
];

fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the descriptors are whole")
}

fn ours(pool: &DescriptorPool) -> impl Iterator<Item = MessageDescriptor> {
    pool.all_messages()
        .filter(|message| message.package_name() == PACKAGE)
}

/// The messages that callers send, and the resources, with their nested messages.
fn annotated_messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let resource = pool
        .get_extension_by_name("google.api.resource")
        .expect("the option is imported");
    let mut todo: Vec<_> = ours(pool)
        .filter(|message| {
            message.name().ends_with("Request") || message.options().has_extension(&resource)
        })
        .collect();
    let mut seen = BTreeSet::new();
    let mut messages = Vec::new();
    while let Some(message) = todo.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind()
                && inner.package_name() == PACKAGE
            {
                todo.push(inner);
            }
        }
        messages.push(message);
    }
    messages
}

fn behaviors(pool: &DescriptorPool, field: &FieldDescriptor) -> Vec<i32> {
    let option = pool
        .get_extension_by_name("google.api.field_behavior")
        .expect("the option is imported");
    let options = field.options();
    let Some(values) = options.get_extension(&option).as_list().map(<[_]>::to_vec) else {
        return Vec::new();
    };
    values.iter().filter_map(Value::as_enum_number).collect()
}

fn comment(field: &FieldDescriptor) -> String {
    let message = field.parent_message();
    let file = message.parent_file();
    let path = field.path();
    file.file_descriptor_proto()
        .source_code_info
        .iter()
        .flat_map(|info| &info.location)
        .find(|location| location.path == path)
        .map(|location| location.leading_comments().trim_start().to_owned())
        .unwrap_or_default()
}

#[test]
fn the_comment_of_a_field_begins_with_its_behavior() {
    let pool = pool();
    let messages = annotated_messages(&pool);
    assert!(messages.len() > 50, "found only {}", messages.len());
    let mut wrong = Vec::new();
    for field in messages.iter().flat_map(MessageDescriptor::fields) {
        let behaviors = behaviors(&pool, &field);
        let fits = BEHAVIORS
            .iter()
            .any(|&(value, word)| behaviors == [value] && comment(&field).starts_with(word));
        if !fits {
            wrong.push(field.full_name().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_resource_begins_with_its_name() {
    let pool = pool();
    let resource = pool
        .get_extension_by_name("google.api.resource")
        .expect("the option is imported");
    let resources: Vec<_> = ours(&pool)
        .filter(|message| message.options().has_extension(&resource))
        .collect();
    assert!(!resources.is_empty());
    for message in resources {
        let first = message.get_field(1).expect("a resource has a field 1");
        assert_eq!(first.name(), "name", "{}", message.full_name());
    }
}

#[test]
fn times_and_counts_have_one_type_each() {
    let pool = pool();
    for field in ours(&pool).flat_map(|message| message.fields().collect::<Vec<_>>()) {
        let kind = field.kind();
        let name = field.full_name();
        if field.name().ends_with("_time") {
            let timestamp = kind
                .as_message()
                .map(|message| message.full_name().to_owned());
            assert_eq!(
                timestamp.as_deref(),
                Some("google.protobuf.Timestamp"),
                "{name}"
            );
        }
        if field.name().ends_with("_count") {
            assert_eq!(kind, Kind::Int64, "{name}");
        }
        assert!(
            !matches!(kind, Kind::Float | Kind::Double),
            "{name} is a float"
        );
    }
}

#[test]
fn every_list_pages() {
    let pool = pool();
    let mut lists = 0;
    for method in pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
    {
        if !method.name().starts_with("List") {
            continue;
        }
        lists += 1;
        for field in ["page_size", "page_token"] {
            assert!(
                method.input().get_field_by_name(field).is_some(),
                "{}: {field}",
                method.name()
            );
        }
        assert!(
            method
                .output()
                .get_field_by_name("next_page_token")
                .is_some(),
            "{}",
            method.name()
        );
    }
    assert!(lists > 0);
}

#[test]
fn error_reasons_named_by_methods_exist() {
    let pool = pool();
    let reasons: EnumDescriptor = pool
        .get_enum_by_name("seatkeeper.v1.ErrorReason")
        .expect("the contract has reasons");
    let mut named = 0;
    for service in pool
        .services()
        .filter(|service| service.package_name() == PACKAGE)
    {
        let file = service.parent_file();
        let info = file
            .file_descriptor_proto()
            .source_code_info
            .clone()
            .unwrap_or_default();
        for text in info
            .location
            .iter()
            .filter_map(|location| location.leading_comments.as_deref())
        {
            for reason in reasons_of(text) {
                named += 1;
                let value = format!("ERROR_REASON_{reason}");
                assert!(
                    reasons.get_value_by_name(&value).is_some(),
                    "{} names {reason}",
                    file.name()
                );
            }
        }
    }
    assert!(named > 100, "found only {named}");
}

/// The words in capitals within parentheses, after the word "Errors:".
fn reasons_of(comment: &str) -> Vec<String> {
    let Some((_, errors)) = comment.split_once("Errors:") else {
        return Vec::new();
    };
    errors
        .split('(')
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .flat_map(|(inside, _)| {
            inside.split(|character: char| !(character.is_ascii_uppercase() || character == '_'))
        })
        .filter(|word| word.len() > 4)
        .map(str::to_owned)
        .collect()
}
