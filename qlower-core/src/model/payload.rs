use super::{ClientEntry, Declarant, Document, Property, Transaction};
use crate::secret::ApiKey;
use crate::value::{Timestamp, Version};

model! {
    /// One load: the header and either the flat sections or `clients`, not both.
    Payload (PayloadBuilder) {
        /// The partner's id, given by Qlower (initiating party name; the spelling is the wire's).
        partner: required String = "inigPtynm",
        /// The access key, given by Qlower. It is never printed.
        api_key: required ApiKey = "apiKey",
        /// When the payload was made.
        created_at: required Timestamp = "creDtTm",
        /// Edition of the format; `2.0` when not named.
        version: preset Version = "versionId",
        /// Declarants (flat layout).
        declarants: list Declarant = "declarants",
        /// Properties that do not stand inside a declarant (flat layout).
        properties: list Property = "properties",
        /// Transactions (flat layout).
        transactions: list Transaction = "transactions",
        /// Documents that do not stand inside a property (flat layout).
        documents: list Document = "documents",
        /// One entry an account (clients layout).
        clients: list ClientEntry = "clients",
    }
}
