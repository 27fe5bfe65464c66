//! Codes of a property.

codes! {
    /// Tax regime or incentive scheme of a property (wire key `taxRegime`, a number on the wire).
    ///
    /// The numbers 34 and 46 to 89 are not assigned. [`Undecided`](Self::Undecided) is the documented choice for
    /// somebody who does not know; the field is required all the same, and the check warns of it.
    ///
    /// ```
    /// use qlower_core::codes::PropertyTaxRegime;
    ///
    /// assert_eq!(serde_json::to_string(&PropertyTaxRegime::LmnpReal)?, "5");
    /// let read: PropertyTaxRegime = serde_json::from_str(r#""5""#)?;
    /// assert_eq!(read, PropertyTaxRegime::LmnpReal);
    ///
    /// // A code of a later edition comes through unchanged.
    /// let newer: PropertyTaxRegime = serde_json::from_str("96")?;
    /// assert!(!newer.is_known());
    /// assert_eq!(serde_json::to_string(&newer)?, "96");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    PropertyTaxRegime "taxRegime" ["taxRegime"] Integer (Some("7")) {
        PinelSixYears = "1", "Pinel 6 ans" / "Pinel scheme, 6 years";
        PinelNineYears = "2", "Pinel 9 ans" / "Pinel scheme, 9 years";
        UnfurnishedReal = "3", "Revenu foncier classique Réel" / "Ordinary property income, actual expenses";
        UnfurnishedMicro = "4", "Revenu foncier classique Micro" / "Ordinary property income, micro regime" ["Micro-foncier" "Micro foncier"];
        LmnpReal = "5", "BIC Réel / location meublée LMNP" / "Furnished letting, non-professional (LMNP), actual expenses" ["LMNP réel" "LMNP au réel"];
        FurnishedMicro = "6", "BIC Micro / location meublée" / "Furnished letting, micro regime" ["Micro-BIC" "Micro BIC"];
        Undecided = "7", "Je ne sais pas" / "I do not know";
        OtherRegime = "8", "Autres" / "Other regimes" ["Autre" "Other"];
        PinelRenovation = "9", "Pinel Réhabilitation" / "Pinel scheme, renovation";
        CensiBouvard = "10", "Censi-Bouvard" / "Censi-Bouvard scheme";
        HistoricMonument = "11", "Monument Historique" / "Historic monument scheme";
        Malraux = "12", "Malraux" / "Malraux scheme";
        Girardin = "13", "Girardin" / "Girardin scheme";
        GirardinIntermediate = "14", "Girardin intermédiaire" / "Girardin scheme, intermediate rent";
        Paul = "15", "Paul" / "Paul scheme";
        PaulIntermediate = "16", "Paul intermédiaire" / "Paul scheme, intermediate rent";
        SplitOwnership = "17", "Démembrement usufruitier/nu-propriétaire" / "Split ownership (usufructuary and bare owner)" ["Démembrement"];
        BessonNew = "18", "Besson neuf" / "Besson scheme, new build";
        BessonOld = "19", "Besson ancien" / "Besson scheme, existing building";
        BessonRenovated = "20", "Besson réhabilité" / "Besson scheme, renovated";
        RobienNew = "21", "Robien neuf" / "Robien scheme, new build";
        RobienRefocused = "22", "Robien recentré" / "Robien scheme, refocused";
        RobienRefocusedRenovated = "23", "Robien recentré réhabilité" / "Robien scheme, refocused, renovated";
        BorlooNew = "24", "Borloo neuf" / "Borloo scheme, new build";
        BorlooOld = "25", "Borloo ancien" / "Borloo scheme, existing building";
        BorlooRenovated = "26", "Borloo réhabilité" / "Borloo scheme, renovated";
        Demessine = "27", "Demessine" / "Demessine scheme";
        Zrr = "28", "ZRR" / "Rural revitalisation area (ZRR)";
        Perissol = "29", "Perissol" / "Perissol scheme";
        Scellier = "30", "Scellier" / "Scellier scheme";
        ScellierIntermediate = "31", "Scellier intermédiaire" / "Scellier scheme, intermediate rent";
        ScellierRenovation = "32", "Scellier réhabilitation" / "Scellier scheme, renovation";
        Denormandie = "33", "Denormandie" / "Denormandie scheme";
        DuflotRenovation = "35", "Duflot réhabilitation" / "Duflot scheme, renovation";
        SciCorporationTax = "36", "SCI à l'IS" / "SCI (property company) under corporation tax";
        SciIncomeTax = "37", "SCI à l'IR" / "SCI (property company) under income tax";
        Sarl = "38", "SARL" / "SARL (limited liability company)";
        FamilySarl = "39", "SARL de famille" / "Family SARL (limited liability company)";
        Sas = "40", "SAS" / "SAS (simplified joint-stock company)";
        OtherCompany = "41", "Autres formes de société" / "Other forms of company";
        Foreign = "42", "Régimes étranger" / "Foreign regimes" ["Régime étranger" "Régimes étrangers"];
        LmpReal = "43", "BIC Réel / location meublée LMP" / "Furnished letting, professional (LMP), actual expenses" ["LMP réel" "LMP au réel" "LMP"];
        ClassifiedTouristMicro = "44", "BIC Micro / location meublée de tourisme (classé)" / "Classified furnished tourist letting, micro regime";
        UnclassifiedTouristMicro = "45", "BIC Micro / location meublée de tourisme (non classé)" / "Unclassified furnished tourist letting, micro regime";
        SbpNewIntermediate = "90", "SBP - Intermédiaire NEUF 3,5%" / "Private landlord status (SBP), new build, intermediate rent, 3.5%";
        SbpNewSocial = "91", "SBP - Social NEUF 4,5%" / "Private landlord status (SBP), new build, social rent, 4.5%";
        SbpNewVerySocial = "92", "SBP - Très social NEUF 5,5%" / "Private landlord status (SBP), new build, very social rent, 5.5%";
        SbpOldIntermediate = "93", "SBP - Intermédiaire ANCIEN - 3%" / "Private landlord status (SBP), existing building, intermediate rent, 3%";
        SbpOldSocial = "94", "SBP - Social ANCIEN - 3,5%" / "Private landlord status (SBP), existing building, social rent, 3.5%";
        SbpOldVerySocial = "95", "SBP - Très social ANCIEN - 4%" / "Private landlord status (SBP), existing building, very social rent, 4%";
    }
}

codes! {
    /// What kind of premises a property is (wire key `type`).
    ///
    /// ```
    /// use qlower_core::codes::PropertyKind;
    ///
    /// assert_eq!(PropertyKind::from("CL"), PropertyKind::Commercial);
    /// ```
    PropertyKind "type" ["type"] Text (None) {
        Flat = "A", "Appartement" / "Flat" ["Apartment" "Appart"];
        House = "H", "Maison" / "House";
        Commercial = "CL", "Local commercial" / "Commercial premises";
        Parking = "P", "Parking" / "Parking space" ["Garage" "Place de parking"];
    }
}

codes! {
    /// Who manages a property (wire key `managed`).
    ///
    /// ```
    /// use qlower_core::codes::Management;
    ///
    /// assert_eq!(Management::ShortTermPlatform.code(), "STRP");
    /// ```
    Management "managed" ["managed"] Text (None) {
        Direct = "D", "Gestion directe" / "Managed by the owner" ["Direct" "En direct"];
        Agency = "A", "Agence" / "Managed by an agency" ["Agency"];
        ShortTermPlatform = "STRP", "Plateforme de location courte durée" / "Short-term rental platform" ["Airbnb" "Booking"];
        MandateHolder = "M", "Mandataire" / "Managed by a mandate holder" ["Mandate holder"];
    }
}

codes! {
    /// Option for value added tax (wire key `tvaOption`).
    ///
    /// ```
    /// use qlower_core::codes::VatOption;
    ///
    /// assert_eq!(VatOption::LIST.suggest("20 %").map(|entry| entry.code), Some("20"));
    /// ```
    VatOption "tvaOption" ["tvaOption"] Text (None) {
        NoVat = "N", "Sans TVA" / "No VAT" ["Non" "No" "0"];
        TenPercent = "10", "TVA à 10 %" / "VAT at 10%" ["10%"];
        TwentyPercent = "20", "TVA à 20 %" / "VAT at 20%" ["20%"];
    }
}

codes! {
    /// State of the building when it was bought (wire key `completionStatus`).
    ///
    /// ```
    /// use qlower_core::codes::CompletionStatus;
    /// use qlower_core::Lang;
    ///
    /// assert_eq!(CompletionStatus::OffPlan.code(), "VEFA");
    /// assert_eq!(CompletionStatus::OffPlan.label(Lang::En), Some("Sold off plan"));
    /// ```
    CompletionStatus "completionStatus" ["completionStatus"] Text (None) {
        New = "NEW", "Neuf" / "New";
        OffPlan = "VEFA", "Vente en l'état futur d'achèvement" / "Sold off plan";
        Old = "OLD", "Ancien" / "Existing building" ["Existing"];
    }
}

codes! {
    /// Whether a property shall be erased (wire key `remove`).
    ///
    /// Erasure takes leases, documents and transactions of the property with it and cannot be undone; the check always
    /// warns of it. The empty text is a code here: it keeps the property, and so does a field that is not given.
    ///
    /// ```
    /// use qlower_core::codes::Removal;
    ///
    /// assert_eq!(Removal::default(), Removal::Keep);
    /// assert_eq!(Removal::Erase.code(), "R");
    /// ```
    Removal "remove" ["remove"] Text (Some("")) {
        Keep = "", "Conserver" / "Keep" ["N" "Non" "No" "False" "0"];
        Erase = "R", "Effacer le bien et tout ce qu'il contient" / "Erase the property and everything in it";
    }
}
