use super::lists::{ListLimit, Total};
use super::reader::{Malformed, Reader, Wire};
use super::schema::{Field, Kind, List, MessageId, REPEATED_MAX, RequestMethod, RequestSchema};
use crate::limits::REQUEST_FIELDS_MAX;

/// The most nesting levels of messages in a request. Unknown fields do not count.
pub(super) const DEPTH_MAX: usize = 12;

/// The allocator's overhead for each text, in bytes.
const TEXT_OVERHEAD: usize = 16;

/// A growing list takes this many times the memory of its elements.
const LIST_GROWTH: usize = 2;

/// Additional elements that even the shortest list allocates memory for.
const LIST_START: usize = 2;

/// Why the bytes of a message are rejected before decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are not a message of the contract.
    Malformed,
    /// A list has too many elements.
    ListTooLong {
        /// The path of the list; of the message around it when several lists are counted together.
        field: String,
        /// The number of elements in the message.
        given: usize,
        /// The most elements that are allowed.
        max: usize,
        /// The limit, with the alternative for the caller.
        limit: &'static ListLimit,
    },
    /// The message has more fields than any request needs.
    TooManyFields {
        /// The most fields that are allowed.
        max: usize,
    },
}

/// The size of a message after decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// The most bytes of memory, including the encoded message.
    pub bytes: usize,
    /// The number of elements of all its lists.
    pub elements: usize,
}

impl From<Malformed> for Refusal {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// A message that is being read.
#[derive(Debug, Clone, Copy)]
struct Frame {
    message: MessageId,
    /// The position where its bytes end.
    end: usize,
    /// The number of elements of each of its lists so far; the index is the ordinal.
    counts: [usize; REPEATED_MAX],
    /// The number of the field that is being read.
    field: usize,
}

impl Frame {
    const fn new(message: MessageId, end: usize) -> Self {
        Self {
            message,
            end,
            counts: [0; REPEATED_MAX],
            field: 0,
        }
    }
}

impl RequestSchema {
    /// Counts the elements of every list in a request's bytes, without allocating memory.
    ///
    /// # Errors
    /// [`Refusal`] when the bytes exceed a limit or are malformed. Texts are not decoded, so
    /// invalid UTF-8 passes.
    pub fn check(&self, method: RequestMethod, bytes: &[u8]) -> Result<Decoded, Refusal> {
        let mut check = Check {
            schema: self,
            reader: Reader::new(bytes),
            frames: [Frame::new(0, 0); DEPTH_MAX],
            depth: 0,
            totals: [0; Total::COUNT],
            fields: 0,
            decoded: Decoded {
                bytes: bytes.len(),
                elements: 0,
            },
        };
        check.frames[0] = Frame::new(method.request, bytes.len());
        check.run()?;
        Ok(check.decoded)
    }
}

struct Check<'a> {
    schema: &'a RequestSchema,
    reader: Reader<'a>,
    frames: [Frame; DEPTH_MAX],
    /// The index of the innermost message.
    depth: usize,
    totals: [usize; Total::COUNT],
    fields: usize,
    decoded: Decoded,
}

impl<'a> Check<'a> {
    fn run(&mut self) -> Result<(), Refusal> {
        loop {
            let frame = &mut self.frames[self.depth];
            let end = frame.end;
            if self.reader.position == end {
                if self.depth == 0 {
                    return Ok(());
                }
                self.depth -= 1;
                continue;
            }
            let (number, wire) = self.reader.key(end)?;
            frame.field = number;
            let schema = self.schema;
            let field = schema.message(frame.message).field(number);
            self.fields += 1;
            if self.fields > REQUEST_FIELDS_MAX {
                let max = REQUEST_FIELDS_MAX;
                return Err(Refusal::TooManyFields { max });
            }
            match field {
                Some(field) => self.field(field, wire, end)?,
                None => {
                    self.reader.skip(wire, end)?;
                }
            }
        }
    }

    fn field(&mut self, field: &'a Field, wire: Wire, end: usize) -> Result<(), Refusal> {
        match (field.kind, wire) {
            (Kind::Message(message), Wire::Delimited) => {
                let value_end = self.reader.delimited(end)?;
                self.count(field, 1, value_end)?;
                self.depth += 1;
                let frame = self.frames.get_mut(self.depth).ok_or(Malformed)?;
                *frame = Frame::new(message, value_end);
            }
            (Kind::Text, Wire::Delimited) => {
                self.reader.skip(wire, end)?;
                self.count(field, 1, self.reader.position)?;
                self.decoded.bytes += TEXT_OVERHEAD;
            }
            (Kind::Message(_) | Kind::Text, _) => return Err(Refusal::Malformed),
            (Kind::Number(width), Wire::Delimited) if field.list.is_some() => {
                let packed = self.reader.skip(wire, end)?;
                self.count(field, numbers(packed, width), self.reader.position)?;
            }
            (Kind::Number(_), _) => {
                self.reader.skip(wire, end)?;
                self.count(field, 1, self.reader.position)?;
            }
        }
        Ok(())
    }

    /// Counts elements of a field of the innermost message, if the field is a list. The next field
    /// begins at `next`.
    #[inline]
    fn count(&mut self, field: &Field, elements: usize, next: usize) -> Result<(), Refusal> {
        let Some(list) = &field.list else {
            return Ok(());
        };
        let Some(limit) = list.limit else {
            return Ok(());
        };
        let frame = &mut self.frames[self.depth];
        let is_first = frame.counts[list.ordinal] == 0;
        frame.counts[list.ordinal] += elements;
        let counted = frame.counts.iter().zip(list.counted);
        let given: usize = counted
            .filter_map(|(count, counted)| counted.then_some(*count))
            .sum();
        let total = &mut self.totals[limit.total as usize];
        *total += elements;
        let (total, total_max) = (*total, limit.total.max());
        if given > limit.max {
            return Err(self.too_long(list, limit, given, limit.max, next));
        }
        if total > total_max {
            return Err(self.too_long(list, limit, total, total_max, next));
        }
        self.decoded.elements += elements;
        let room = elements * LIST_GROWTH + if is_first { LIST_START } else { 0 };
        self.decoded.bytes += room * limit.element_bytes;
        Ok(())
    }

    #[cold]
    fn too_long(
        &self,
        list: &List,
        limit: &'static ListLimit,
        counted: usize,
        max: usize,
        next: usize,
    ) -> Refusal {
        Refusal::ListTooLong {
            field: self.path(limit.fields.len() > 1),
            given: counted + self.rest(list, next).unwrap_or(0),
            max,
            limit,
        }
    }

    /// The number of elements of a list that follow after `next` in the innermost message.
    fn rest(&self, list: &List, next: usize) -> Result<usize, Malformed> {
        let mut reader = self.reader;
        reader.position = next;
        let frame = &self.frames[self.depth];
        let message = self.schema.message(frame.message);
        let mut elements = 0;
        while reader.position < frame.end {
            let (number, wire) = reader.key(frame.end)?;
            let value = reader.skip(wire, frame.end)?;
            let Some(field) = message.field(number) else {
                continue;
            };
            if field.list.is_some_and(|other| list.counted[other.ordinal]) {
                elements += match (field.kind, wire) {
                    (Kind::Number(width), Wire::Delimited) => numbers(value, width),
                    (_, _) => 1,
                };
            }
        }
        Ok(elements)
    }

    /// The path of the field that is being read; with `outer`, that of the message around it.
    fn path(&self, outer: bool) -> String {
        let mut path = String::new();
        let depth = if outer { self.depth } else { self.depth + 1 };
        for (index, frame) in self.frames.iter().take(depth).enumerate() {
            let Some(field) = self.schema.message(frame.message).field(frame.field) else {
                continue;
            };
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&field.name);
            if let Some(list) = field.list.filter(|_| index < self.depth) {
                let index = frame.counts[list.ordinal].saturating_sub(1);
                path.extend(["[", &index.to_string(), "]"]);
            }
        }
        path
    }
}

/// The count of numbers in a packed list.
fn numbers(packed: &[u8], width: Option<usize>) -> usize {
    match width {
        Some(width) => packed.len().div_ceil(width),
        // A varint ends with the byte whose highest bit is not set.
        None => packed.iter().filter(|byte| **byte < 0x80).count(),
    }
}
