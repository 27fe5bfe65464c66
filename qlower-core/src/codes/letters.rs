//! Short codes that are not tied to one model.

codes! {
    /// How to address an associate (wire key `civility`).
    ///
    /// ```
    /// use qlower_core::codes::Civility;
    ///
    /// assert_eq!(Civility::Company.code(), "SOC");
    /// assert_eq!(Civility::LIST.suggest("Monsieur").map(|entry| entry.code), Some("M"));
    /// ```
    Civility "civility" ["civility"] Text (None) {
        Mr = "M", "Monsieur" / "Mr" ["M." "Mr." "Mister" "Homme"];
        Mrs = "MME", "Madame" / "Mrs" ["Mme." "Mrs." "Ms" "Ms." "Mlle" "Mademoiselle" "Femme"];
        Company = "SOC", "Société" / "Company" ["Sté"];
    }
}

codes! {
    /// Yes or no (wire keys `furnished` and `dismemberedProperty` of a property, `manager` of an associate).
    ///
    /// A field that is not given counts as no. A `bool` converts.
    ///
    /// ```
    /// use qlower_core::codes::YesNo;
    ///
    /// assert_eq!(YesNo::from(true), YesNo::Yes);
    /// assert_eq!(YesNo::from(false).code(), "N");
    /// assert_eq!(YesNo::LIST.when_absent, Some("N"));
    /// assert!(!YesNo::default().is_known(), "the default is: nothing given");
    /// ```
    YesNo "yesNo" ["furnished" "manager" "dismemberedProperty"] Text (Some("N")) {
        Yes = "O", "Oui" / "Yes" ["Y" "True" "Vrai" "1"];
        No = "N", "Non" / "No" ["False" "Faux" "0"];
    }
}

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

codes! {
    /// Currency of a transaction (wire key `ccy`). One that is not given counts as euro.
    ///
    /// ```
    /// use qlower_core::codes::Currency;
    ///
    /// assert_eq!(Currency::Eur.to_string(), "EUR");
    /// assert!("CHF".parse::<Currency>().is_err());
    /// assert!(!Currency::from("CHF").is_known());
    /// ```
    Currency "ccy" ["ccy"] Text (Some("EUR")) {
        Eur = "EUR", "Euro" / "Euro" ["Euros" "€"];
        Usd = "USD", "Dollar américain" / "US dollar" ["$" "US$" "$US" "Dollar" "Dollars"];
        Gbp = "GBP", "Livre sterling" / "Pound sterling" ["£" "Livre" "Livres" "Pound" "Pounds"];
    }
}
