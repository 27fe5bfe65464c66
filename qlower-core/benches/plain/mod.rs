//! The payload as somebody would declare it who parses and does not check.
#![expect(dead_code, reason = "parsing fills the fields, nothing reads them")]

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Payload {
    #[serde(rename = "inigPtynm")]
    partner: String,
    api_key: String,
    #[serde(rename = "creDtTm")]
    created_at: String,
    version_id: String,
    #[serde(default)]
    declarants: Vec<Declarant>,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    transactions: Vec<Transaction>,
    #[serde(default)]
    documents: Vec<Document>,
}

impl Payload {
    /// Whether every section has items: the parse has done its work.
    pub(crate) const fn is_full(&self) -> bool {
        !self.declarants.is_empty()
            && !self.properties.is_empty()
            && !self.transactions.is_empty()
            && !self.documents.is_empty()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declarant {
    id: String,
    siren_id: Option<String>,
    nic_id: Option<String>,
    legal_status_id: String,
    tax_regime_aggregation: Option<String>,
    tax_category_id: Option<String>,
    tax_regime_id: Option<String>,
    corporate_name: String,
    deb_act_date: Option<String>,
    address: String,
    town_name: String,
    post_code: String,
    oga_siret_id: Option<String>,
    oga_name: Option<String>,
    oga_id: Option<String>,
    oga_number: Option<String>,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(default)]
    associates: Vec<Associate>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Associate {
    id: String,
    civility: String,
    first_name: Option<String>,
    last_name: Option<String>,
    address: Option<String>,
    town_name: Option<String>,
    ctry: Option<String>,
    email: String,
    manager: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    id: String,
    declarant_id: Option<String>,
    remove: Option<String>,
    r#type: Option<String>,
    description: String,
    furnished: Option<String>,
    managed: Option<String>,
    bldg_nb: Option<String>,
    street_name: String,
    street_name2: Option<String>,
    town_name: String,
    post_code: String,
    ctry: String,
    last_name: String,
    first_name: String,
    tel_number: Option<String>,
    email: String,
    construction_date: Option<String>,
    acquisition_date: String,
    nbr_rooms: Option<i64>,
    area: Option<f64>,
    terr_area: Option<f64>,
    gard_area: Option<f64>,
    nbr_floors: Option<i64>,
    nbr_park: Option<i64>,
    siret_id: Option<String>,
    tva_option: Option<String>,
    net_reevaluation: Option<f64>,
    deb_act_date: Option<String>,
    tax_regime: i64,
    work_comp_date: Option<String>,
    cost_price: Option<f64>,
    completion_status: Option<String>,
    start_constr_date: Option<String>,
    dismembered_property: Option<String>,
    agency_fee: Option<f64>,
    notary_fee: Option<f64>,
    #[serde(default)]
    documents: Vec<Document>,
}

#[derive(Debug, Deserialize)]
struct Transaction {
    id: String,
    #[serde(rename = "reqdExctnDt")]
    date: String,
    #[serde(rename = "id-prty")]
    property: String,
    #[serde(rename = "id-tenant")]
    tenant: Option<String>,
    amt: f64,
    ccy: Option<String>,
    purpose: Option<String>,
    r#ref: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    property_id: Option<String>,
    declarant_id: Option<String>,
    file_name: String,
    file_type: Option<String>,
    year: String,
    file_link: String,
}
