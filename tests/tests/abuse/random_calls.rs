//! Calls of every method with random messages, well formed and malformed.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use seatkeeper_tests::{Database, Fixture, assign, listed, on_each_database};
use tokio::task::JoinSet;
use tonic::Code;

use crate::bystander::Bystander;
use crate::raw::{CLIENT, Raw};
use crate::rng::Rng;
use crate::test_server::TestServer;
use crate::wire::{field, prefixed, put_varint};

/// Calls of each method.
const CALLS: usize = 8;
/// The maximum nesting depth of messages.
const DEPTH_MAX: usize = 6;
/// Timeout of a call; some streams never end by themselves.
const TIMEOUT: (&str, &str) = ("grpc-timeout", "300m");
/// Codes that no request may cause.
const WRONG: [Code; 3] = [Code::Internal, Code::Unknown, Code::DataLoss];
const CALLERS: usize = 2;

/// The contract, and texts with a meaning for the server.
struct Maker {
    contract: FileDescriptorSet,
    texts: Vec<String>,
}

struct Method {
    path: String,
    input: String,
    is_stream: bool,
}

/// Finds a message by name among these messages and the messages nested in them.
fn inner<'a>(messages: &'a [DescriptorProto], name: &str) -> Option<&'a DescriptorProto> {
    let (outer, rest) = match name.split_once('.') {
        Some((outer, rest)) => (outer, Some(rest)),
        None => (name, None),
    };
    let message = messages.iter().find(|message| message.name() == outer)?;
    match rest {
        Some(rest) => inner(&message.nested_type, rest),
        None => Some(message),
    }
}

impl Maker {
    fn of(fixture: &Fixture, batch: &str) -> Self {
        let contract = seatkeeper_proto::FILE_DESCRIPTOR_SET;
        let mut texts = vec![
            fixture.customer.clone(),
            fixture.user("u1"),
            fixture.user("-"),
            fixture.entitlement_name("suite"),
            fixture.entitlement_name("lite"),
            batch.to_owned(),
            format!("{}/licenses/suite", fixture.user("u1")),
            format!("{}/selections/saved", fixture.customer),
            format!("{}/selections/-", fixture.customer),
            "x".repeat(300),
            "0198c0de-0000-4000-8000-000000000001".to_owned(),
        ];
        let known = [
            "",
            "saved",
            "suite",
            "products/suite",
            "products/-",
            "products/lite/servicePlans/mail-lite",
            "catalog",
            "CH",
            "display_name desc",
            "state = ACTIVE",
            "(((",
            "\u{0}",
            "*",
            "/",
            "-",
            "\u{202e}\u{1f600}",
            "1",
        ];
        texts.extend(known.map(str::to_owned));
        Self {
            contract: FileDescriptorSet::decode(contract).unwrap(),
            texts,
        }
    }

    fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for file in &self.contract.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    methods.push(Method {
                        path,
                        input: method.input_type().to_owned(),
                        is_stream: method.client_streaming(),
                    });
                }
            }
        }
        methods
    }

    /// Finds a message by its full name, which begins with a dot.
    fn message_named(&self, name: &str) -> &DescriptorProto {
        let mut found = self.contract.file.iter().filter_map(|file| {
            let prefix = format!(".{}.", file.package());
            inner(&file.message_type, name.strip_prefix(&prefix)?)
        });
        let found = found.next();
        found.unwrap_or_else(|| panic!("{name} is in the contract"))
    }

    fn message(&self, name: &str, depth: usize, rng: &mut Rng) -> Vec<u8> {
        let message = self.message_named(name);
        let mut bytes = Vec::new();
        for field in &message.field {
            let count = match field.label() {
                Label::Repeated => rng.below(4),
                Label::Optional | Label::Required => usize::from(rng.below(4) > 0),
            };
            for _ in 0..count {
                self.put(&mut bytes, field, depth, rng);
            }
        }
        if rng.below(40) == 0 {
            let count = rng.below(20);
            bytes.extend(rng.bytes(count));
        }
        bytes
    }

    fn put(
        &self,
        bytes: &mut Vec<u8>,
        described: &FieldDescriptorProto,
        depth: usize,
        rng: &mut Rng,
    ) {
        let number = u32::try_from(described.number()).unwrap();
        match described.r#type() {
            Type::Message | Type::Group => {
                if depth < DEPTH_MAX {
                    let content = self.message(described.type_name(), depth + 1, rng);
                    bytes.extend(field(number, &content));
                }
            }
            Type::String => {
                let text = &self.texts[rng.below(self.texts.len())];
                bytes.extend(field(number, text.as_bytes()));
            }
            Type::Bytes => {
                let count = rng.below(20);
                bytes.extend(field(number, &rng.bytes(count)));
            }
            Type::Double
            | Type::Float
            | Type::Int64
            | Type::Uint64
            | Type::Int32
            | Type::Fixed64
            | Type::Fixed32
            | Type::Bool
            | Type::Uint32
            | Type::Enum
            | Type::Sfixed32
            | Type::Sfixed64
            | Type::Sint32
            | Type::Sint64 => {
                put_varint(bytes, u64::from(number << 3));
                let extremes = [0, 1, 2, 3, 10, 1_000, u64::MAX, i64::MAX.cast_unsigned()];
                put_varint(bytes, extremes[rng.below(extremes.len())]);
            }
        }
    }

    /// Generates the body of a call.
    fn body(&self, method: &Method, rng: &mut Rng) -> Vec<u8> {
        let count = if method.is_stream {
            1 + rng.below(3)
        } else {
            1
        };
        let messages = (0..count).map(|_| {
            let message = self.message(&method.input, 0, rng);
            prefixed(false, &message)
        });
        messages.collect::<Vec<_>>().concat()
    }
}

async fn random_calls_end_with_errors_of_the_contract(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    let fixture = &test_server.fixture;
    let first = listed(fixture.users(&["u1", "u2", "u3"]));
    let batch = fixture
        .change(assign(&["suite"]), first.clone())
        .await
        .batch();
    fixture.save("saved", Some(first)).await;
    let bystander = Bystander::beside(&test_server).await;
    // Random calls delete another customer than the client's.
    let other = Fixture::on(&test_server.server).await;
    other.add_users(3).await;
    other.buy("suite", 3).await;
    let maker = Arc::new(Maker::of(&other, &batch));
    let (imports, others) = maker
        .methods()
        .into_iter()
        .partition(|method: &Method| method.path.ends_with("/ImportCatalog"));
    call_at_random(&maker, &fixture.url, others).await;
    bystander.assert_unharmed_on(&test_server).await;
    // These calls may retire products that the client assigns.
    call_at_random(&maker, &fixture.url, imports).await;
    test_server.finish();
}

/// Calls each of these methods, from several concurrent callers.
async fn call_at_random(maker: &Arc<Maker>, url: &str, methods: Vec<Method>) {
    let methods = Arc::new(methods);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (maker, methods) = (Arc::clone(maker), Arc::clone(&methods));
        let mut raw = Raw::open(url, CLIENT).await;
        callers.spawn(async move {
            let mut rng = Rng::of(caller as u64 + 1);
            for method in methods.iter() {
                for _ in 0..CALLS / CALLERS {
                    let body = maker.body(method, &mut rng);
                    call(&mut raw, method, body.into()).await;
                }
            }
        });
    }
    callers.join_all().await;
}

async fn call(raw: &mut Raw, method: &Method, body: Bytes) {
    let call = raw.call(&method.path, &[TIMEOUT], body.clone()).await;
    let Ok(answer) = call.unwrap().answer().await else {
        panic!("{} was reset: {body:?}", method.path);
    };
    let status = answer.status();
    let is_wrong = WRONG.contains(&status.code());
    assert!(!is_wrong, "{}: {status:?} {body:?}", method.path);
}

on_each_database! {
    random_calls_end_with_errors_of_the_contract,
}
