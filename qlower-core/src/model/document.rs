use crate::codes::DocumentType;
use crate::value::{FileLink, Year};

model! {
    /// A file that belongs to a property or to a declarant.
    Document (DocumentBuilder) {
        /// The partner's own key.
        id: required String = "id",
        /// Id of the property. Needed at section level, unless `declarant_id` is given; may be left out inside a property.
        property_id: optional String = "propertyId",
        /// Id of the declarant, for a document that concerns no single property.
        declarant_id: optional String = "declarantId",
        /// Name of the file for people.
        file_name: required String = "fileName",
        /// Type of the document.
        file_type: optional DocumentType = "fileType",
        /// Year that the document concerns.
        year: required Year = "year",
        /// URL from which Qlower fetches the file.
        file_link: required FileLink = "fileLink",
    }
}
