//! Codes of a declarant.

codes! {
    /// Legal form of a declarant (wire key `legalStatusId`).
    ///
    /// ```
    /// use qlower_core::codes::LegalStatus;
    /// use qlower_core::Lang;
    ///
    /// let status = LegalStatus::from("6540");
    /// assert_eq!(status, LegalStatus::Sci);
    /// assert_eq!(status.label(Lang::Fr), Some("Société civile immobilière"));
    /// ```
    LegalStatus "legalStatusId" ["legalStatusId"] Text (None) {
        SoleTrader = "1000", "Entrepreneur individuel" / "Sole trader" ["EI"];
        JointOwnership = "2110", "Indivision entre personnes physiques" / "Joint ownership between individuals" ["Indivision"];
        SarlPropertyManagement = "5426", "SARL immobilière de gestion" / "SARL (limited liability company) managing property";
        Sas = "5710", "SAS, société par actions simplifiée" / "SAS (simplified joint-stock company)" ["SAS" "Société par actions simplifiée"];
        Sci = "6540", "Société civile immobilière" / "SCI (non-trading property company)" ["SCI"];
        OtherCivilCompany = "6599", "Autre société civile" / "Other non-trading company";
    }
}

codes! {
    /// Category of income that a declarant is taxed in (wire key `taxCategoryId`).
    ///
    /// ```
    /// use qlower_core::codes::TaxCategory;
    /// use qlower_core::Lang;
    ///
    /// assert_eq!(TaxCategory::PropertyIncome.code(), "4");
    /// assert_eq!(TaxCategory::Undecided.label(Lang::Fr), Some("Je ne sais pas"));
    /// ```
    TaxCategory "taxCategoryId" ["taxCategoryId"] Text (None) {
        Agricultural = "1", "Bénéfices agricoles" / "Agricultural profits" ["BA"];
        Commercial = "2", "Bénéfices industriels et commerciaux" / "Industrial and commercial profits" ["BIC"];
        NonCommercial = "3", "Bénéfices non commerciaux" / "Non-commercial profits" ["BNC"];
        PropertyIncome = "4", "Revenus fonciers" / "Property income" ["RF"];
        Undecided = "5", "Je ne sais pas" / "I do not know";
    }
}

codes! {
    /// Tax regime of a declarant (wire key `taxRegimeId`); not that of a property, which is
    /// [`PropertyTaxRegime`](super::PropertyTaxRegime).
    ///
    /// Seven codes of earlier editions are retired since August 2026.
    ///
    /// ```
    /// use qlower_core::codes::DeclarantTaxRegime;
    ///
    /// assert!(!DeclarantTaxRegime::StandardReal.is_retired());
    /// let old = DeclarantTaxRegime::from("9");
    /// assert_eq!(old, DeclarantTaxRegime::ControlledReturn);
    /// assert!(old.is_known() && old.is_retired());
    /// ```
    DeclarantTaxRegime "taxRegimeId" ["taxRegimeId"] Text (None) {
        StandardReal = "3", "Réel normal" / "Standard actual-profit regime";
        SimplifiedReal = "4", "Réel simplifié" / "Simplified actual-profit regime";
        PropertyCompany2072 = "10", "Catégorie fiscale RF des sociétés immobilières déposant des 2072" / "Property income of property companies that file form 2072";
        Micro = "11", "Micro" / "Micro regime (flat-rate allowance)";
        Undecided = "12", "Je ne sais pas" / "I do not know";
        FormerStandardReal = "1", "Régime réel normal" / "Standard actual-profit regime (former code)" retired;
        FormerSimplifiedReal = "2", "Régime réel simplifié" / "Simplified actual-profit regime (former code)" retired;
        TaxGroupMember = "5", "Régime groupe membre du groupe" / "Tax group regime, member of the group" retired;
        TaxGroupHead = "6", "Régime groupe tête de groupe" / "Tax group regime, head of the group" retired;
        SharedMeansOpted = "7", "Sociétés civiles de moyens ayant opté pour un régime d'imposition réel" / "Cost-sharing company that opted for an actual-profit regime" retired;
        SharedMeansNotOpted = "8", "Sociétés civiles de moyens n'ayant pas opté" / "Cost-sharing company that did not opt" retired;
        ControlledReturn = "9", "Régime de la déclaration contrôlée" / "Controlled return regime" retired;
    }
}

codes! {
    /// Which tax a declarant's result falls under (wire key `taxRegimeAggregation`).
    ///
    /// ```
    /// use qlower_core::codes::TaxAggregation;
    ///
    /// assert_eq!("IS".parse(), Ok(TaxAggregation::CorporationTax));
    /// ```
    TaxAggregation "taxRegimeAggregation" ["taxRegimeAggregation"] Text (None) {
        IncomeTax = "IR", "Impôt sur le revenu" / "Income tax";
        CorporationTax = "IS", "Impôt sur les sociétés" / "Corporation tax";
    }
}
