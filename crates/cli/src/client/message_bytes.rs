use prost::Message;

/// Size of a message that is filled item by item and must not exceed the server's limit.
#[derive(Debug)]
pub(crate) struct MessageBytes {
    used: usize,
    max: usize,
}

/// Upper bound for the bytes that an item adds to its own length: field key and length prefix.
const ITEM_OVERHEAD: usize = 8;

impl MessageBytes {
    /// An empty message with a limit of `max` bytes.
    pub(crate) fn new(max: usize) -> Self {
        Self { used: 0, max }
    }

    /// Adds an item. Returns false and adds nothing if the message has other items and would exceed
    /// the limit.
    pub(crate) fn add(&mut self, item: &impl Message) -> bool {
        let used = self.used + item.encoded_len() + ITEM_OVERHEAD;
        if self.used > 0 && used > self.max {
            return false;
        }
        self.used = used;
        true
    }

    /// Starts the next message with an item.
    pub(crate) fn restart(&mut self, item: &impl Message) {
        self.used = item.encoded_len() + ITEM_OVERHEAD;
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::Customer;

    use super::*;

    #[test]
    fn a_message_ends_before_it_is_too_large_and_has_one_item_at_least() {
        let item = Customer {
            name: "x".repeat(50),
            ..Customer::default()
        };
        let mut bytes = MessageBytes::new(130);
        assert!(bytes.add(&item) && bytes.add(&item) && !bytes.add(&item));
        bytes.restart(&item);
        assert!(bytes.add(&item) && !bytes.add(&item));
        assert!(MessageBytes::new(10).add(&item));
    }
}
