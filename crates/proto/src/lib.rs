//! The generated contract of Seatkeeper: messages, services and the descriptor set.
