//! From what the client gives to what JavaScript gets.
