//! Codes of a document.

codes! {
    /// What a document is (wire key `fileType`).
    ///
    /// ```
    /// use qlower_core::codes::DocumentType;
    /// use qlower_core::Lang;
    ///
    /// let kind: DocumentType = "42".parse()?;
    /// assert_eq!(kind, DocumentType::NotarialDeed);
    /// assert_eq!(kind.label(Lang::En), Some("Notarial deed"));
    /// # Ok::<(), qlower_core::codes::UnknownCode>(())
    /// ```
    DocumentType "fileType" ["fileType"] Text (None) {
        TaxReturnPackage = "26", "Liasse fiscale" / "Business tax return and its schedules";
        OtherDocuments = "27", "Autres documents" / "Other documents";
        NotarialDeed = "42", "Acte notarié" / "Notarial deed";
        LoanSchedule = "53", "Tableau d'amortissement du prêt daté" / "Dated loan repayment schedule";
        PreviousPropertyIncomeReturn = "55", "Déclaration de revenus fonciers de l'année précédente (2044)" / "Previous year's property income return (form 2044)" ["2044"];
        BicCarryForward = "56", "Report de résultat BIC (2042-C-PRO)" / "Industrial and commercial result carried forward (form 2042-C-PRO)" ["2042-C-PRO"];
        FixedAssetSchedule = "58", "Tableau des immobilisations" / "Fixed asset schedule";
        KbisExtract = "59", "Extrait K-bis" / "K-bis extract from the trade register" ["Kbis" "K-bis" "Extrait Kbis"];
        PartnerCurrentAccounts = "60", "Tableau des apports et retraits en compte courant d'associés" / "Schedule of contributions to and withdrawals from partners' current accounts";
        TaxMemento = "61", "Memento fiscal" / "Tax summary sheet";
    }
}
