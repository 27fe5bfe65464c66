use super::Document;
use crate::codes::{CompletionStatus, Management, PropertyKind, PropertyTaxRegime, Removal, VatOption, YesNo};
use crate::value::{Amount, Country, Day, Email, Integer, PostCode, Siret};

model! {
    /// A rented property; stands inside its declarant, or in a section of its own.
    Property (PropertyBuilder) {
        /// The partner's own key.
        id: required String = "id",
        /// Id of the declarant it belongs to, for a property at section level.
        declarant_id: optional String = "declarantId",
        /// Asks Qlower to erase the property and everything in it. This cannot be undone.
        remove: optional Removal = "remove",
        /// What it is: flat, house, commercial, parking.
        kind: optional PropertyKind = "type",
        /// Full name of the property.
        description: required String = "description",
        /// Whether it is let furnished; no when absent.
        furnished: optional YesNo = "furnished",
        /// Who manages it.
        managed: optional Management = "managed",
        /// Number in the street; empty when absent.
        street_number: optional String = "bldgNb",
        /// Street.
        street: required String = "streetName",
        /// Second line of the address.
        street2: optional String = "streetName2",
        /// Town.
        town: required String = "townName",
        /// Post code.
        post_code: required PostCode = "postCode",
        /// Country code.
        country: required Country = "ctry",
        /// Last name of the owner.
        last_name: required String = "lastName",
        /// First name of the owner.
        first_name: required String = "firstName",
        /// Phone number of the owner.
        phone: optional String = "telNumber",
        /// E-mail address of the owner.
        email: required Email = "email",
        /// Date of construction.
        construction_date: optional Day = "constructionDate",
        /// Date of acquisition.
        acquisition_date: required Day = "acquisitionDate",
        /// Number of rooms, 0 or more.
        rooms: optional Integer = "nbrRooms",
        /// Living area, in square metres.
        area: optional Amount = "area",
        /// Area of the terrace, in square metres.
        terrace_area: optional Amount = "terrArea",
        /// Area of the garden, in square metres.
        garden_area: optional Amount = "gardArea",
        /// Floor on which it lies; negative below ground.
        floor: optional Integer = "nbrFloors",
        /// Number of parking places, 0 or more.
        parking_places: optional Integer = "nbrPark",
        /// SIRET of the letting activity, 14 digits.
        siret: optional Siret = "siretId",
        /// VAT option.
        vat_option: optional VatOption = "tvaOption",
        /// Revalued worth, in euros.
        net_revaluation: optional Amount = "netReevaluation",
        /// Date on which the activity began (form P0i).
        activity_start: optional Day = "debActDate",
        /// Tax regime of the property. `Undecided` is the documented default for those who do not know.
        tax_regime: required PropertyTaxRegime = "taxRegime",
        /// Date on which the works were completed.
        works_completed: optional Day = "workCompDate",
        /// Cost price, in euros.
        cost_price: optional Amount = "costPrice",
        /// State at the purchase: new, off plan, old.
        completion_status: optional CompletionStatus = "completionStatus",
        /// Date of the application for the building permit.
        permit_date: optional Day = "startConstrDate",
        /// Whether usufruct and bare ownership are separate; no when absent.
        dismembered: optional YesNo = "dismemberedProperty",
        /// Agency's fee at the purchase, in euros.
        agency_fee: optional Amount = "agencyFee",
        /// Notary's fee at the purchase, in euros.
        notary_fee: optional Amount = "notaryFee",
        /// Documents of this property.
        documents: list Document = "documents",
    }
}
