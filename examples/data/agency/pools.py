"""Names, streets and towns to draw from."""

from __future__ import annotations

from dataclasses import dataclass


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.replace("\n", "|").split("|") if item.strip())


WOMEN = _items("""
Élise|Chloé|Anne-Sophie|Françoise|Zoé|Marie-Thérèse|Hélène|Noémie|Maëlle|Joëlle|Léa
Aurélie|Bénédicte|Inès|Cécile|Gaëlle|Geneviève|Sylvie|Nathalie|Fatima|Mireille|Océane
Solène|Stéphanie|Thérèse|Valérie|Yasmine|Agnès|Béatrice|Camille|Danièle|Émilie|Lucie
""")

MEN = _items("""
Jérôme|Jean-Baptiste|François|Loïc|Raphaël|Mickaël|Étienne|Benoît|Gaëtan|Hervé|Jean-Noël
Rémi|Sébastien|Théo|Noël|Cédric|Aurélien|Frédéric|Grégory|Karim|Ludovic|Mathéo|Olivier
Pascal|Quentin|Régis|Stéphane|Thibault|Vincent|Yann|Joël|André|Clément|Désiré|Éric
""")

SURNAMES = _items("""
Allemand|Bérard|Besançon|Blanc-Garin|Bouchet|Brun|Chabert|Chapuis|Charvet|Clément
Combe|Coste-Lavigne|Crépin|D'Angelo|Dalmais|De La Tour|Deschamps|Drevet|Dufrêne|Dumoulin
Escoffier|Faÿ|Favre|Fayolle|Ferrière|Fougère|Gagnaire|Garçon|Génin|Gonçalves
Gouttenoire|Grange|Grégoire|Guérin|Guichard|Hébert|Jacquemet|Jourdan|Kaddour|L'Hôpital
Lacroix|Laforêt|Le Goff|Lefèvre|Longère|Magnin|Maréchal|Marguerite|Mazuyer|Mérieux-Blot
Meunier|Milliat|Monnet|Morel|Moulin|N'Diaye|Nguyen|Ogier|Pélissier|Perrachon
Peyrard|Philibert|Ponsonnet|Poncet|Quéré|Raffin|Ravier|Réocreux|Revol|Rivoire
Rochette|Rostaing|Roux-Sibilat|Sabatier|Saint-Cyr|Sève|Tardy|Teyssier|Thévenet|Thivolle
Tissot|Trouillet|Vachon|Vallin|Varéon|Verdier|Vernay|Viallet|Villard|Voisin
""")

STREETS = _items("""
rue de la République|rue Victor-Hugo|rue de l'Égalité|avenue Jean-Jaurès|rue Émile-Zola
rue du Général-de-Gaulle|place de la Liberté|rue des Frères-Lumière|chemin des Écoliers
rue de l'Abbé-Grégoire|allée des Tilleuls|rue du Château|cours Gambetta|quai de l'Évêché
rue de la Poste|rue Pierre-Sémard|montée de l'Observatoire|rue Ampère|rue du Puits-Salé
boulevard de l'Hôpital|rue Saint-Exupéry|impasse du Pré-aux-Clercs|rue du 8-Mai-1945
rue Marie-Curie|chemin de la Croix-Rouge|rue du Lavoir|avenue de la Gare|rue d'Alsace
rue des Maraîchers|rue Professeur-Calmette|grande rue|rue de l'Île-Verte|place d'Armes
rue du Maréchal-Leclerc|rue du Vieux-Marché|passage du Théâtre|rue de Bourgogne
rue Aristide-Briand|rue Étienne-Dolet|rue de l'Arbre-Sec|avenue du Onze-Novembre
""")

SEASIDE_STREETS = _items("""
quai du Môle|avenue de l'Océan|rue des Pêcheurs|boulevard du Front-de-Mer|rue du Phare
""")

RESIDENCES = _items("""
Le Clos d'Orphée|Les Terrasses d'Opale|L'Orée du Parc|Le Belvédère|Les Jardins d'Éole
Villa Hélios|Le Hameau des Crêts|Les Allées d'Émeraude|Carré Sévigné|Le Mas des Cèdres
L'Écrin vert|Rive Gauche|Les Balcons d'Hélène|Cœur de Ville|Le Prélude
""")

SHOPS = _items("""
Boulangerie Aux Épis d'Or|Pharmacie du Marché|Cabinet dentaire Bel-Air|Optique Lumière
Salon Élégance|Épicerie Chez Kévin|Cycles du Rhône|Pressing de l'Étoile|Librairie La Ruche
Auto-école du Pont|Fleurs d'Août|Cave L'Échanson|Institut Aïda|Kinésithérapie des Côtes
Agence Voyageur|Boucherie Rey & Fils|Bar-tabac Le Bosquet|Studio Danse Étincelle
""")

BUILDERS = _items("""
Plomberie Génin|Élec'Services|Peintures Drevet|Menuiserie du Môle|Toitures Réocreux
Carrelages Costa|Chauffage Vallin|Rénov'Habitat|Maçonnerie Bérard & Fils|Stores Hébert
""")


@dataclass(frozen=True)
class Town:
    """A town and the level of its market."""

    post_code: str
    name: str
    price: int
    """Price of an old flat in 2024, in euros per m²."""
    rent: int
    """Monthly rent of a bare flat of 63 m², in cents per m²."""
    zone: str
    """Rent zone of the Pinel scheme."""


def _towns(text: str) -> dict[str, Town]:
    towns: dict[str, Town] = {}
    for line in text.strip().splitlines():
        post_code, name, price, rent, zone = line.split("|")
        towns[post_code] = Town(post_code, name, int(price), int(rent), zone)
    return towns


TOWNS = _towns("""
69001|Lyon|5100|1360|A
69003|Lyon|4600|1300|A
69006|Lyon|5600|1390|A
69007|Lyon|4500|1310|A
69008|Lyon|3900|1210|A
69100|Villeurbanne|3500|1180|A
69300|Caluire-et-Cuire|4000|1170|A
69110|Sainte-Foy-lès-Lyon|3900|1150|A
69150|Décines-Charpieu|3300|1110|A
69160|Tassin-la-Demi-Lune|4200|1200|A
69500|Bron|3200|1100|A
69800|Saint-Priest|3000|1060|A
69400|Villefranche-sur-Saône|2300|900|B1
69210|L'Arbresle|2700|930|B1
69700|Givors|1800|850|B1
38000|Grenoble|2500|1060|B1
38100|Grenoble|2200|1020|B1
38400|Saint-Martin-d'Hères|2100|1010|B1
38130|Échirolles|1900|980|B1
38200|Vienne|2000|860|B1
38300|Bourgoin-Jallieu|2200|890|B1
38080|L'Isle-d'Abeau|2300|930|B1
38250|Villard-de-Lans|3300|1050|B2
42000|Saint-Étienne|1250|740|B2
42100|Saint-Étienne|1200|720|B2
42300|Roanne|1150|660|C
42400|Saint-Chamond|1300|690|C
01000|Bourg-en-Bresse|1800|830|B2
01500|Ambérieu-en-Bugey|2000|850|B2
73000|Chambéry|3100|1090|B1
73100|Aix-les-Bains|3900|1130|B1
74000|Annecy|5200|1420|A
74400|Chamonix-Mont-Blanc|8900|1700|A
26000|Valence|1900|850|B1
26100|Romans-sur-Isère|1600|760|B2
07100|Annonay|1200|690|C
71000|Mâcon|1700|800|B2
43000|Le Puy-en-Velay|1400|700|C
03200|Vichy|1700|720|B2
30240|Le Grau-du-Roi|4300|1250|B1
17000|La Rochelle|5000|1300|A
""")

OWNER_TOWNS: tuple[tuple[str, str], ...] = (
    *((town.post_code, town.name) for town in TOWNS.values()),
    ("69130", "Écully"),
    ("69370", "Saint-Didier-au-Mont-d'Or"),
    ("69570", "Dardilly"),
    ("38240", "Meylan"),
    ("75011", "Paris"),
    ("92130", "Issy-les-Moulineaux"),
    ("94240", "L'Haÿ-les-Roses"),
    ("13600", "La Ciotat"),
    ("29200", "Brest"),
    ("33000", "Bordeaux"),
    ("34000", "Montpellier"),
    ("44000", "Nantes"),
    ("59000", "Lille"),
    ("67000", "Strasbourg"),
    ("97400", "Saint-Denis"),
)
