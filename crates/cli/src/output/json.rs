use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use seatkeeper_proto::FILE_DESCRIPTOR_SET;
use seatkeeper_proto::v1::Batch;
use serde_json::{Value, json};

use crate::status::report_of_rpc;

static CONTRACT: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the build made the descriptors")
});

/// A message of the contract as JSON: field names as in the protos, enums by name, numbers as
/// numbers, times in RFC 3339. `name` is the message's name within `seatkeeper.v1`.
///
/// Zero values are included; absent optional fields are not. The message must contain no
/// `google.rpc.Status`, because the contract does not describe its details.
pub(crate) fn message_json(name: &str, message: &impl Message) -> Value {
    to_json(name, message, false)
}

/// Like [`message_json`], but without zero and empty fields, for messages with mostly empty fields.
pub(crate) fn sparse_json(name: &str, message: &impl Message) -> Value {
    to_json(name, message, true)
}

fn to_json(name: &str, message: &impl Message, sparse: bool) -> Value {
    let descriptor = CONTRACT
        .get_message_by_name(&format!("seatkeeper.v1.{name}"))
        .expect("commands name messages of the contract");
    let bytes = message.encode_to_vec();
    let dynamic = DynamicMessage::decode(descriptor, bytes.as_slice())
        .expect("the same message was just encoded");
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .skip_default_fields(sparse)
        .stringify_64_bit_integers(false);
    dynamic
        .serialize_with_options(serde_json::value::Serializer, &options)
        .unwrap_or_else(|error| json!({ "unreadable": error.to_string() }))
}

/// A batch as JSON, with its error in the same form as an error of a call.
pub(crate) fn batch_json(batch: &Batch) -> Value {
    let mut plain = batch.clone();
    let error = plain.error.take();
    let mut object = message_json("Batch", &plain);
    if let (Some(error), Value::Object(fields)) = (error, &mut object) {
        fields.insert("error".to_owned(), report_of_rpc(&error).to_json());
    }
    object
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::{Customer, User, user};

    use super::*;

    #[test]
    fn fields_are_named_as_in_the_protos_and_enums_by_name() {
        let user = User {
            sign_in_name: "ann@x.example".to_owned(),
            state: user::State::Blocked.into(),
            ..User::default()
        };
        let expected = json!({ "sign_in_name": "ann@x.example", "state": "STATE_BLOCKED" });
        assert_eq!(sparse_json("User", &user), expected);
    }

    #[test]
    fn a_count_of_zero_is_there() {
        let object = message_json("Customer", &Customer::default());
        assert_eq!(object["user_count"], 0);
        assert!(object.get("create_time").is_none());
    }

    #[test]
    fn counts_are_numbers_and_a_batch_has_its_error() {
        let batch = Batch {
            user_count: 5_000_000_000,
            error: Some(tonic_types::Status {
                code: 13,
                message: "a defect".to_owned(),
                details: Vec::new(),
            }),
            ..Batch::default()
        };
        let object = batch_json(&batch);
        assert_eq!(object["user_count"], 5_000_000_000_i64);
        assert_eq!(object["error"]["code"], "INTERNAL");
    }
}
