//! Measures the memory of an accepted request, for the worst messages of every method. The
//! allocator counts bytes, so the result is the same on any machine. It also counts the allocations
//! of concurrent tests, so this is the only test of its program.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::alloc::System;

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use seatkeeper_proto::wire::{RequestMethod, RequestSchema};
use seatkeeper_proto::{FILE_DESCRIPTOR_SET, v1};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The most memory of an accepted message, in bytes for each byte of the message.
const BYTES_PER_BYTE: usize = 8;

/// The memory that any accepted message may take, in bytes.
const BYTES_ALWAYS: usize = 8 * 1024 * 1024;

/// Decodes the request of a method and drops it.
type Decode = fn(&[u8]);

macro_rules! requests {
    ($($request:ident)*) => {
        [$((stringify!($request), (|bytes| drop(v1::$request::decode(bytes))) as Decode)),*]
    };
}

/// Every request that has lists. The test fails if a request is missing.
const REQUESTS: [(&str, Decode); 19] = requests! {
    BatchUpdateLicensesRequest StreamBatchUpdateLicensesRequest UpdateUserLicensesRequest
    SummarizeLicensesRequest ListAssignedUsersRequest CheckProductEligibilityRequest
    ImportUsersRequest UpdateUserRequest ImportCatalogRequest
    CreateSelectionRequest CombineSelectionsRequest UpdateSelectionRequest
    AddSelectionUsersRequest RemoveSelectionUsersRequest
    ReduceSeatsRequest RetryFailedBatchRequest UpdateCustomerRequest UpdateWaitlistEntryRequest
    CreateUserRequest
};

/// The fields that lead from a request to a list.
type Chain = Vec<FieldDescriptor>;

/// Appends every list that a message can have.
fn chains(message: &MessageDescriptor, outer: &Chain, to: &mut Vec<Chain>) {
    for field in message.fields() {
        let chain: Chain = outer.iter().cloned().chain([field.clone()]).collect();
        if field.is_list() {
            to.push(chain.clone());
        }
        if let Kind::Message(inner) = field.kind() {
            chains(&inner, &chain, to);
        }
    }
}

/// A message whose list has `elements` elements, in each of `outer` messages of the outermost list.
fn message(chain: &Chain, elements: usize, outer: usize, element: &[u8]) -> Vec<u8> {
    let outermost = chain.iter().position(FieldDescriptor::is_list);
    let mut contents = element.to_vec();
    for (index, field) in chain.iter().enumerate().rev() {
        let times = if index + 1 == chain.len() {
            elements
        } else if Some(index) == outermost {
            outer
        } else {
            1
        };
        let mut one = Vec::new();
        encode_key(field.number(), WireType::LengthDelimited, &mut one);
        encode_varint(contents.len() as u64, &mut one);
        one.extend_from_slice(&contents);
        contents = one.repeat(times);
    }
    contents
}

/// The most elements of a list, and of all lists with the same total in a message.
fn limits(field: &FieldDescriptor) -> (usize, usize) {
    let message = field.parent_message();
    let schema = RequestSchema::of_contract();
    let found = schema
        .lists()
        .find(|(name, list, _)| *name == message.full_name() && *list == field.name());
    let (_, _, limit) = found.unwrap();
    let limit = limit.unwrap();
    (limit.max, limit.total.max())
}

/// The worst messages for a list: with empty and tiny elements, in one list and in many.
fn worst(method: RequestMethod, chain: &Chain) -> Vec<Vec<u8>> {
    let list = chain.last().unwrap();
    let (max, total) = limits(list);
    let outermost = chain.iter().find(|field| field.is_list()).unwrap();
    let (outer_max, _) = limits(outermost);
    // A list of numbers is packed into one element.
    let packed = matches!(list.kind(), Kind::Enum(_));
    let elements: &[&[u8]] = if packed {
        &[&[1; 100]]
    } else if list.kind() == Kind::String {
        &[b"", b"a"]
    } else {
        &[b""]
    };
    let max = if packed { 1 } else { max };
    let mut messages = Vec::new();
    for element in elements {
        messages.push(message(chain, max, 1, element));
        for inner in [1, 4, 5, 17, 1_000] {
            if element.is_empty() && outermost.full_name() != list.full_name() {
                let outer = outer_max.min(total / inner);
                messages.push(message(chain, inner, outer, element));
            }
        }
    }
    let schema = RequestSchema::of_contract();
    messages.retain(|bytes| schema.check(method, bytes).is_ok());
    messages
}

fn taken(decode: Decode, bytes: &[u8]) -> usize {
    let region = Region::new(ALLOCATOR);
    decode(bytes);
    region.change().bytes_allocated
}

#[test]
fn an_accepted_message_takes_at_most_eight_times_its_bytes() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let schema = RequestSchema::of_contract();
    let mut worst_ratio = (0, String::new());
    for service in pool.services() {
        for rpc in service.methods() {
            let path = format!("/{}/{}", service.full_name(), rpc.name());
            let method = schema.method(&path).unwrap();
            let mut lists = Vec::new();
            chains(&rpc.input(), &Vec::new(), &mut lists);
            if lists.is_empty() {
                continue;
            }
            let decode = REQUESTS
                .iter()
                .find(|(name, _)| *name == rpc.input().name());
            let (_, decode) = decode.unwrap_or_else(|| panic!("add {}", rpc.input().name()));
            let (mut messages, mut worst_of_each) = (Vec::new(), Vec::new());
            for chain in &lists {
                let of_list = worst(method, chain);
                let most = of_list.iter().max_by_key(|bytes| taken(*decode, bytes));
                worst_of_each.extend(most.cloned());
                messages.extend(of_list);
            }
            assert!(!messages.is_empty(), "{path}");
            // The decoder merges messages that are concatenated.
            for (index, one) in worst_of_each.iter().enumerate() {
                let others = worst_of_each[index..].iter();
                let both = others.map(|other| [&one[..], other].concat());
                messages.extend(both.filter(|both| schema.check(method, both).is_ok()));
            }
            for bytes in messages {
                let decoded = schema.check(method, &bytes).unwrap();
                let taken = taken(*decode, &bytes);
                let allowed = BYTES_ALWAYS.max(BYTES_PER_BYTE * bytes.len());
                assert!(
                    taken <= allowed,
                    "{path}: {} bytes take {taken}",
                    bytes.len()
                );
                assert!(
                    taken <= decoded.bytes + 4_096,
                    "{path}: {} bytes take {taken}, estimated {}",
                    bytes.len(),
                    decoded.bytes
                );
                if taken > worst_ratio.0 {
                    worst_ratio = (taken, format!("{path}, {} bytes", bytes.len()));
                }
            }
        }
    }
    assert!(worst_ratio.0 > 1024 * 1024, "{worst_ratio:?}");
    println!("{worst_ratio:?}");
}
