use crate::codes::{Civility, YesNo};
use crate::value::{Country, Email};

model! {
    /// Someone who holds a share of a declarant; stands inside it.
    Associate (AssociateBuilder) {
        /// The partner's own key.
        id: required String = "id",
        /// Form of address, or company.
        civility: required Civility = "civility",
        /// First name.
        first_name: optional String = "firstName",
        /// Last name, or name of the company.
        last_name: optional String = "lastName",
        /// Postal address.
        address: optional String = "address",
        /// Town.
        town: optional String = "townName",
        /// Country code.
        country: optional Country = "ctry",
        /// E-mail address.
        email: required Email = "email",
        /// Whether this associate manages the entity; no when absent.
        manager: optional YesNo = "manager",
    }
}
