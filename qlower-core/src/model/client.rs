use super::{Declarant, Document, Property, Transaction};
use crate::value::Email;

model! {
    /// The account of one landlord, for whom an agency loads: the `client` block.
    ClientAccount (ClientAccountBuilder) {
        /// E-mail address: it identifies the account in both systems. A known one is reused, otherwise an account is created.
        email: required Email = "email",
        /// First name.
        first_name: required String = "firstName",
        /// Last name.
        last_name: required String = "lastName",
        /// Phone number, used only when the account is created.
        phone: optional String = "phoneNumber",
    }
}

model! {
    /// What is loaded for one account; an entry of `clients`. An entry fails alone, the others go through.
    ClientEntry (ClientEntryBuilder) {
        /// The account.
        client: required ClientAccount = "client",
        /// Its declarants.
        declarants: list Declarant = "declarants",
        /// Its properties that do not stand inside a declarant.
        properties: list Property = "properties",
        /// Its transactions.
        transactions: list Transaction = "transactions",
        /// Its documents that do not stand inside a property.
        documents: list Document = "documents",
    }
}
