//! Every cause that is looked for: its code and its texts.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::lang::Lang;

macro_rules! causes {
    ($($Variant:ident = $code:literal, $en:literal / $fr:literal;)+) => {
        /// What kind of cause it is. The code (`body_reserialized`) is stable; its texts may become clearer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum CauseCode {
            $(#[doc = concat!($en, " Code `", $code, "`.")] $Variant,)+
        }

        impl CauseCode {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The stable code.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Variant => $code,)+ }
            }

            /// The message's template: `{which}` stands for the secret or the key, `{seconds}` for a length of time.
            #[must_use]
            pub const fn template(self, lang: Lang) -> &'static str {
                match self { $(Self::$Variant => lang.pick($en, $fr),)+ }
            }
        }
    };
}

causes! {
    SignatureMissing = "signature_missing",
        "No X-Qlower-Signature came: a proxy removes it, it is read under another name, or no secret was agreed."
        / "Aucun en-tête X-Qlower-Signature n'est arrivé : un proxy le retire, il est lu sous un autre nom, ou aucun secret n'a été convenu.";
    OnlyApiKeyAgreed = "only_api_key_agreed",
        "X-API-KEY came without a signature: perhaps only a key was agreed, and no secret."
        / "X-API-KEY est arrivé sans signature : peut-être seule une clé a-t-elle été convenue, sans secret.";
    HeaderNameIncluded = "header_name_included",
        "The name of the header stands in its value: give only what comes after the colon."
        / "Le nom de l'en-tête figure dans sa valeur : ne donner que ce qui suit les deux-points.";
    HeaderQuoted = "header_quoted",
        "The value of the header stands in quotation marks or brackets."
        / "La valeur de l'en-tête est entre guillemets ou entre crochets.";
    HeaderEncoded = "header_encoded",
        "The value of the header was encoded for a URL, or its commas were replaced."
        / "La valeur de l'en-tête a été encodée pour une URL, ou ses virgules ont été remplacées.";
    HeaderRepeated = "header_repeated",
        "Two lines of the header were joined: the time stands twice. A proxy or a test sets a second one."
        / "Deux lignes de l'en-tête ont été réunies : l'heure y figure deux fois. Un proxy ou un test en ajoute une seconde.";
    HeaderIncomplete = "header_incomplete",
        "The header has no time \"t=…\" or no signature \"v1=…\": pass it whole."
        / "L'en-tête n'a pas d'heure « t=… » ou pas de signature « v1=… » : le transmettre en entier.";
    TimeMalformed = "time_malformed",
        "The time \"t\" of the header is no number of seconds."
        / "L'heure « t » de l'en-tête n'est pas un nombre de secondes.";
    SignatureTruncated = "signature_truncated",
        "The signature \"v1\" was cut: 64 hexadecimal digits are wanted."
        / "La signature « v1 » a été coupée : il faut 64 chiffres hexadécimaux.";
    SignatureNotHex = "signature_not_hex",
        "The signature \"v1\" is in base64; it is to be in hexadecimal digits."
        / "La signature « v1 » est en base64 ; il la faut en chiffres hexadécimaux.";
    OtherScheme = "other_scheme",
        "The signature \"v1\" has not the form of an HMAC-SHA256 in hexadecimal digits: it was made in another way."
        / "La signature « v1 » n'a pas la forme d'un HMAC-SHA256 en chiffres hexadécimaux : elle a été faite autrement.";
    TimeNotSigned = "time_not_signed",
        "The signature was made over the body alone; the time \"t\" and a point are to come before it."
        / "La signature porte sur le corps seul ; l'heure « t » et un point doivent le précéder.";
    TimeInMilliseconds = "time_in_milliseconds",
        "A time is in milliseconds: both the header's and the one to compare with are to be in seconds."
        / "Une heure est en millisecondes : celle de l'en-tête et celle de comparaison doivent être en secondes.";
    TimeZone = "time_zone",
        "The times differ by whole hours ({seconds} s): one of them is local time, taken for UTC."
        / "Les heures diffèrent d'heures entières ({seconds} s) : l'une est locale, prise pour de l'UTC.";
    ClockAhead = "clock_ahead",
        "This machine's clock is {seconds} s ahead of the sender's, or the webhook took so long: compare the clock with a time server."
        / "L'horloge de cette machine avance de {seconds} s sur celle de l'expéditeur, ou le webhook a mis ce temps : la comparer à un serveur de temps.";
    ClockBehind = "clock_behind",
        "This machine's clock is {seconds} s behind the sender's: compare it with a time server."
        / "L'horloge de cette machine retarde de {seconds} s sur celle de l'expéditeur : la comparer à un serveur de temps.";
    Replayed = "replayed",
        "It was signed {seconds} s ago, longer than the sender goes on trying: a stored request is being replayed."
        / "Il a été signé il y a {seconds} s, plus longtemps que l'expéditeur ne réessaie : une requête conservée est rejouée.";
    SecretMissing = "secret_missing",
        "No secret is set, or only an empty one: the setting was not found."
        / "Aucun secret n'est défini, ou seulement un secret vide : le réglage n'a pas été trouvé.";
    SecretEmpty = "secret_empty",
        "{which} is empty: its setting was not found."
        / "{which} est vide : son réglage n'a pas été trouvé.";
    SecretSpaces = "secret_spaces",
        "{which} differs from the sender's by white space, a line end or a byte order mark around it."
        / "{which} diffère de l'original par des espaces, une fin de ligne ou une marque d'ordre des octets (BOM) autour.";
    SecretQuoted = "secret_quoted",
        "{which} differs from the sender's by quotation marks around it."
        / "{which} diffère de l'original par des guillemets autour.";
    SecretPrefix = "secret_prefix",
        "{which} differs from the sender's by the prefix \"whsec_\"."
        / "{which} diffère de l'original par le préfixe « whsec_ ».";
    SecretEncoded = "secret_encoded",
        "{which} stands here in another encoding than the sender's: one side decodes it (hexadecimal, base64, URL), the other does not."
        / "{which} est ici dans un autre codage que l'original : un côté le décode (hexadécimal, base64, URL), l'autre non.";
    SecretCase = "secret_case",
        "{which} differs from the sender's by capital letters."
        / "{which} diffère de l'original par des majuscules.";
    WrongSecret = "wrong_secret",
        "No secret here gives the signature: it may be that of another endpoint or environment, from before a rotation, or another kind of key."
        / "Aucun secret d'ici ne donne la signature : c'est peut-être celui d'une autre adresse ou d'un autre environnement, d'avant une rotation, ou une clé d'une autre sorte.";
    BodyEmpty = "body_empty",
        "The body is empty: a framework has read it before, so read its bytes first, or ask for the raw body."
        / "Le corps est vide : un framework l'a déjà lu ; en lire les octets d'abord, ou demander le corps brut.";
    BodyReserialized = "body_reserialized",
        "The body was parsed and written again, with other spaces or escapes: verify the bytes as they came."
        / "Le corps a été analysé puis réécrit, avec d'autres espaces ou échappements : vérifier les octets tels qu'ils sont arrivés.";
    NumbersRewritten = "numbers_rewritten",
        "Amounts were written again in another form (315.0 as 315): verify the bytes as they came."
        / "Des montants ont été réécrits sous une autre forme (315.0 en 315) : vérifier les octets tels qu'ils sont arrivés.";
    KeysReordered = "keys_reordered",
        "The keys of the body stand in another order than Qlower writes: it was parsed and written again."
        / "Les clés du corps sont dans un autre ordre que celui de Qlower : il a été analysé puis réécrit.";
    BodyWrapped = "body_wrapped",
        "The body stands inside something else (a JSON string, or the event of a gateway with a \"body\"): verify what is inside."
        / "Le corps est dans une enveloppe (une chaîne JSON, ou l'événement d'une passerelle avec un « body ») : vérifier ce qu'elle contient.";
    BodyBase64 = "body_base64",
        "The body is in base64, as a gateway passes it on: decode it first."
        / "Le corps est en base64, comme une passerelle le transmet : le décoder d'abord.";
    BodyCompressed = "body_compressed",
        "The body is compressed: a proxy did that, so undo it before verifying."
        / "Le corps est compressé : un proxy l'a fait ; le décompresser avant de vérifier.";
    NotJson = "not_json",
        "The body is no JSON: it is the text of an object of the language, or a form, and not what came."
        / "Le corps n'est pas du JSON : c'est le texte d'un objet du langage, ou un formulaire, et non ce qui est arrivé.";
    LineEndsChanged = "line_ends_changed",
        "Line ends or white space at the ends of the body were added, removed or changed: verify the bytes as they came."
        / "Des fins de ligne, ou des espaces aux extrémités du corps, ont été ajoutés, retirés ou changés : vérifier les octets tels qu'ils sont arrivés.";
    ByteOrderMark = "byte_order_mark",
        "A byte order mark was added to the body, or removed: verify the bytes as they came."
        / "Une marque d'ordre des octets (BOM) a été ajoutée au corps, ou retirée : vérifier les octets tels qu'ils sont arrivés.";
    BodyTranscoded = "body_transcoded",
        "The body was decoded and encoded with another character set than UTF-8: verify the bytes as they came."
        / "Le corps a été décodé et encodé avec un autre jeu de caractères que l'UTF-8 : vérifier les octets tels qu'ils sont arrivés.";
    BodyAltered = "body_altered",
        "The body is not the one that was signed: something on the way changes it, or it belongs to another signature."
        / "Le corps n'est pas celui qui a été signé : quelque chose le modifie en route, ou il va avec une autre signature.";
    ApiKeyMissing = "api_key_missing",
        "No X-API-KEY came: a proxy removes it, or no key was agreed."
        / "Aucun en-tête X-API-KEY n'est arrivé : un proxy le retire, ou aucune clé n'a été convenue.";
    WrongApiKey = "wrong_api_key",
        "X-API-KEY has another value than the key that is set here."
        / "X-API-KEY a une autre valeur que la clé définie ici.";
}

impl fmt::Display for CauseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How sure a [`Cause`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// It was proved: once undone the webhook is genuine, or without it no webhook can be.
    Certain,
    /// It looks so; it could not be proved.
    Likely,
}

impl Certainty {
    /// Its name: `certain` or `likely`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
        }
    }
}

/// What a cause is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// Nothing in particular.
    Webhook,
    /// A length of time, in seconds.
    Seconds(u64),
    /// The secret at this index.
    Secret(usize),
    /// The key in `X-API-KEY`.
    ApiKey,
}

/// One cause for which a webhook is refused.
///
/// It tells nothing of a secret, of what would have been the right signature, or of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cause {
    code: CauseCode,
    certainty: Certainty,
    about: About,
}

impl Cause {
    pub(super) const fn new(code: CauseCode, certainty: Certainty, about: About) -> Self {
        Self { code, certainty, about }
    }

    pub(super) fn is_about(self, about: About) -> bool {
        self.about == about
    }

    /// What kind of cause it is.
    #[must_use]
    pub const fn code(self) -> CauseCode {
        self.code
    }

    /// Whether it was proved, or looks so.
    #[must_use]
    pub const fn certainty(self) -> Certainty {
        self.certainty
    }

    /// Index of the secret that it is about, counted from 0; `None` if it is about none in particular.
    #[must_use]
    pub const fn secret(self) -> Option<usize> {
        match self.about {
            About::Secret(index) => Some(index),
            _ => None,
        }
    }

    /// What to know and what to do, for whoever writes the program.
    #[must_use]
    pub fn message(self, lang: Lang) -> String {
        let template = self.code.template(lang);
        match self.about {
            About::Webhook => template.to_owned(),
            About::Seconds(seconds) => template.replace("{seconds}", &seconds.to_string()),
            About::Secret(index) => {
                let number = index.saturating_add(1);
                let which = lang.pick("Secret number", "Le secret n°");
                template.replace("{which}", &format!("{which} {number}"))
            }
            About::ApiKey => template.replace("{which}", lang.pick("The key for X-API-KEY", "La clé pour X-API-KEY")),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.certainty.name(), self.message(Lang::En))
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.name())?;
        map.serialize_entry("certainty", self.certainty.name())?;
        map.serialize_entry("secret", &self.secret())?;
        map.serialize_entry("message", &self.message(Lang::En))?;
        map.serialize_entry("message_fr", &self.message(Lang::Fr))?;
        map.end()
    }
}
