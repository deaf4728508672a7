use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};

use super::lists::{LISTS, ListLimit};
use crate::FILE_DESCRIPTOR_SET;

/// The most repeated fields of one message in a request.
pub(super) const REPEATED_MAX: usize = 8;

/// The index of a message in the schema.
pub(super) type MessageId = usize;

/// The fields of every request of the contract, as far as the check of its limits needs them.
#[derive(Debug)]
pub struct RequestSchema {
    messages: Vec<Message>,
    /// Key: the path, such as `/seatkeeper.v1.BatchService/GetBatch`.
    methods: HashMap<String, RequestMethod>,
}

/// A method of the contract and its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestMethod {
    pub(super) request: MessageId,
    /// Whether callers send a stream of requests.
    pub client_streaming: bool,
    /// Whether the request can hold an explicit list of users.
    pub lists_users: bool,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: String,
    /// The index is the field number.
    fields: Vec<Option<Field>>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) list: Option<List>,
}

/// A repeated field.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// Its index among the repeated fields of its message.
    pub(super) ordinal: usize,
    /// `None` if the field has no limit; a test fails for such a field.
    pub(super) limit: Option<&'static ListLimit>,
    /// Which of the message's repeated fields share its limit; the index is the ordinal.
    pub(super) counted: [bool; REPEATED_MAX],
}

/// The kind of a field, which decides how its elements are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message(MessageId),
    /// Text or bytes.
    Text,
    /// Numbers, which may be packed. The bytes of each, or `None` for varints.
    Number(Option<usize>),
}

static CONTRACT: LazyLock<RequestSchema> = LazyLock::new(|| {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET);
    Builder::new(&files.expect("the build generated the descriptors")).build()
});

impl RequestSchema {
    /// The schema of the contract's requests, built at the first call and cached.
    #[must_use]
    pub fn of_contract() -> &'static Self {
        &CONTRACT
    }

    /// The method at a path; `None` if the contract has no such method.
    #[must_use]
    pub fn method(&self, path: &str) -> Option<RequestMethod> {
        self.methods.get(path).copied()
    }

    /// Every method with its path, in no particular order.
    pub fn methods(&self) -> impl Iterator<Item = (&str, RequestMethod)> {
        self.methods
            .iter()
            .map(|(path, method)| (path.as_str(), *method))
    }

    /// Every list that a request can have: the message's full name, the field's name, and the
    /// limit.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &str, Option<&'static ListLimit>)> {
        self.messages.iter().flat_map(|message| {
            let fields = message.fields.iter().flatten();
            fields.filter_map(|field| {
                let list = field.list?;
                Some((message.name.as_str(), field.name.as_str(), list.limit))
            })
        })
    }

    pub(super) fn message(&self, id: MessageId) -> &Message {
        &self.messages[id]
    }
}

impl Message {
    #[inline]
    pub(super) fn field(&self, number: usize) -> Option<&Field> {
        self.fields.get(number)?.as_ref()
    }

    #[cfg(test)]
    pub(super) fn fields(&self) -> impl Iterator<Item = (usize, &Field)> {
        let numbered = self.fields.iter().enumerate();
        numbered.filter_map(|(number, field)| Some((number, field.as_ref()?)))
    }
}

/// Collects the messages of all requests, with their nested messages.
struct Builder<'a> {
    files: &'a FileDescriptorSet,
    /// Key: the full name with a leading dot, as in references of descriptors.
    descriptors: HashMap<String, &'a DescriptorProto>,
    ids: HashMap<String, MessageId>,
    messages: Vec<Option<Message>>,
}

impl<'a> Builder<'a> {
    fn new(files: &'a FileDescriptorSet) -> Self {
        let mut descriptors = HashMap::new();
        for file in &files.file {
            let package = format!(".{}", file.package());
            gather(&package, &file.message_type, &mut descriptors);
        }
        Self {
            files,
            descriptors,
            ids: HashMap::new(),
            messages: Vec::new(),
        }
    }

    fn build(mut self) -> RequestSchema {
        let mut methods = HashMap::new();
        for file in &self.files.file {
            for service in &file.service {
                for method in &service.method {
                    let (package, service) = (file.package(), service.name());
                    let path = format!("/{package}.{service}/{}", method.name());
                    let request = self.message(method.input_type());
                    let lists_users = self.reaches(method.input_type(), ".seatkeeper.v1.UserList");
                    methods.insert(
                        path,
                        RequestMethod {
                            request,
                            client_streaming: method.client_streaming(),
                            lists_users,
                        },
                    );
                }
            }
        }
        let messages = self.messages.into_iter();
        RequestSchema {
            messages: messages.flatten().collect(),
            methods,
        }
    }

    /// Adds a message and its nested messages, unless they are there already.
    fn message(&mut self, name: &str) -> MessageId {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.messages.len();
        self.ids.insert(name.to_owned(), id);
        self.messages.push(None);
        let mut fields = Vec::new();
        let full_name = name.trim_start_matches('.');
        let descriptor = self.descriptors[name];
        let repeated: Vec<&str> = descriptor
            .field
            .iter()
            .filter(|field| field.label() == Label::Repeated)
            .map(FieldDescriptorProto::name)
            .collect();
        for field in &descriptor.field {
            let number = usize::try_from(field.number()).expect("field numbers are positive");
            if fields.len() <= number {
                fields.resize_with(number + 1, || None);
            }
            fields[number] = Some(Field {
                name: field.name().to_owned(),
                kind: self.kind(field),
                list: list(full_name, field.name(), &repeated),
            });
        }
        self.messages[id] = Some(Message {
            name: full_name.to_owned(),
            fields,
        });
        id
    }

    fn kind(&mut self, field: &FieldDescriptorProto) -> Kind {
        match field.r#type() {
            Type::Message | Type::Group => Kind::Message(self.message(field.type_name())),
            Type::String | Type::Bytes => Kind::Text,
            Type::Double | Type::Fixed64 | Type::Sfixed64 => Kind::Number(Some(8)),
            Type::Float | Type::Fixed32 | Type::Sfixed32 => Kind::Number(Some(4)),
            Type::Int64
            | Type::Uint64
            | Type::Int32
            | Type::Bool
            | Type::Uint32
            | Type::Enum
            | Type::Sint32
            | Type::Sint64 => Kind::Number(None),
        }
    }

    /// Whether a message of type `from` can contain a message of type `to`. The contract has no
    /// recursive types.
    fn reaches(&self, from: &str, to: &str) -> bool {
        from == to
            || self.descriptors[from]
                .field
                .iter()
                .any(|field| field.r#type() == Type::Message && self.reaches(field.type_name(), to))
    }
}

fn gather<'a>(
    outer: &str,
    messages: &'a [DescriptorProto],
    to: &mut HashMap<String, &'a DescriptorProto>,
) {
    for message in messages {
        let name = format!("{outer}.{}", message.name());
        gather(&name, &message.nested_type, to);
        to.insert(name, message);
    }
}

fn list(message: &str, field: &str, repeated: &[&str]) -> Option<List> {
    let ordinal = repeated.iter().position(|name| *name == field)?;
    assert!(repeated.len() <= REPEATED_MAX, "{message} has more lists");
    let limit = LISTS
        .iter()
        .find(|limit| limit.message == message && limit.fields.contains(&field));
    let mut counted = [false; REPEATED_MAX];
    for (index, name) in repeated.iter().enumerate() {
        counted[index] = limit.is_some_and(|limit| limit.fields.contains(name));
    }
    Some(List {
        ordinal,
        limit,
        counted,
    })
}
