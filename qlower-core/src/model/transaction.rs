use crate::codes::Currency;
use crate::value::{Amount, Day};

model! {
    /// A money movement on a property.
    Transaction (TransactionBuilder) {
        /// The partner's own key. Qlower ignores a transaction whose id it already knows.
        id: required String = "id",
        /// Date of execution.
        date: required Day = "reqdExctnDt",
        /// Id of the property concerned.
        property_id: required String = "id-prty",
        /// Id of the tenant concerned.
        tenant_id: optional String = "id-tenant",
        /// Amount including tax, in the currency's unit: positive for a credit, negative for a debit.
        amount: required Amount = "amt",
        /// Currency; euro when absent.
        currency: optional Currency = "ccy",
        /// The partner's own category code.
        category: optional String = "purpose",
        /// Description.
        reference: required String = "ref",
    }
}
