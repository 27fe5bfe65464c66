/** One item of each row of the export. */

import type { Associate, Declarant, Document, Property, Transaction } from 'qlower'

import { day, decimal, kind, yesNo } from './cells.ts'
import type { Row } from './tables.ts'

/** `mandants.csv`: the agency's clients, who declare the income. */
export function declarant(row: Row, associates: Associate[]): Declarant {
  return {
    id: row.cell('code_mandant'),
    legalStatus: row.cell('forme_juridique'),
    name: row.cell('raison_sociale'),
    siren: row.optional('siren'),
    nic: row.optional('nic'),
    taxAggregation: row.optional('imposition'),
    taxCategory: row.optional('categorie_fiscale'),
    taxRegime: row.optional('regime_fiscal'),
    activityStart: row.optional('debut_activite', day),
    address: row.cell('adresse'),
    postCode: row.cell('code_postal'),
    town: row.cell('ville'),
    ogaSiret: row.optional('oga_siret'),
    ogaName: row.optional('oga_nom'),
    ogaId: row.optional('oga_agrement'),
    ogaNumber: row.optional('oga_adherent'),
    associates,
  }
}

/** `associes.csv`: who holds the shares of a client. */
export function associate(row: Row): Associate {
  return {
    id: row.cell('code_associe'),
    civility: row.cell('civilite'),
    lastName: row.optional('nom'),
    firstName: row.optional('prenom'),
    address: row.optional('adresse'),
    town: row.optional('ville'),
    country: row.optional('pays'),
    email: row.cell('courriel'),
    manager: row.optional('gerant', yesNo),
  }
}

/** `lots.csv`: the properties. */
export function property(row: Row): Property {
  return {
    id: row.cell('code_lot'),
    declarantId: row.optional('code_mandant'),
    kind: row.optional('type_bien', kind),
    description: row.cell('designation'),
    furnished: row.optional('meuble', yesNo),
    managed: row.optional('gestion'),
    streetNumber: row.optional('numero'),
    street: row.cell('rue'),
    street2: row.optional('complement'),
    postCode: row.cell('code_postal'),
    town: row.cell('ville'),
    country: row.cell('pays'),
    lastName: row.cell('nom_proprietaire'),
    firstName: row.cell('prenom_proprietaire'),
    phone: row.optional('telephone'),
    email: row.cell('courriel'),
    constructionDate: row.optional('date_construction', day),
    acquisitionDate: day(row.cell('date_acquisition')),
    rooms: row.optional('nb_pieces'),
    area: row.optional('surface', decimal),
    terraceArea: row.optional('surface_terrasse', decimal),
    gardenArea: row.optional('surface_jardin', decimal),
    floor: row.optional('etage'),
    parkingPlaces: row.optional('nb_parkings'),
    siret: row.optional('siret'),
    vatOption: row.optional('tva'),
    netRevaluation: row.optional('valeur_reevaluee', decimal),
    activityStart: row.optional('debut_activite', day),
    taxRegime: row.cell('regime_fiscal'),
    worksCompleted: row.optional('fin_travaux', day),
    costPrice: row.optional('prix_acquisition', decimal),
    completionStatus: row.optional('etat_acquisition'),
    permitDate: row.optional('depot_permis', day),
    dismembered: row.optional('demembrement', yesNo),
    agencyFee: row.optional('frais_agence', decimal),
    notaryFee: row.optional('frais_notaire', decimal),
  }
}

/** `ecritures.csv`: the transactions. */
export function transaction(row: Row): Transaction {
  return {
    id: row.cell('no_ecriture'),
    date: day(row.cell('date_operation')),
    propertyId: row.cell('code_lot'),
    tenantId: row.optional('code_locataire'),
    reference: row.cell('libelle'),
    category: row.optional('rubrique'),
    amount: decimal(row.cell('montant')),
    currency: row.optional('devise'),
  }
}

/** `documents.csv`: the documents, of a property or of a client. */
export function document(row: Row): Document {
  return {
    id: row.cell('code_document'),
    propertyId: row.optional('code_lot'),
    declarantId: row.optional('code_mandant'),
    fileName: row.cell('nom_fichier'),
    fileType: row.optional('type_document'),
    year: row.cell('annee'),
    fileLink: row.cell('lien'),
  }
}
