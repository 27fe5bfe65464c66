//! What people read of producers that are not in order, in both languages: what is wrong, and what to do.

use std::time::Duration;

use qlower_client::core::Lang;
use qlower_client::live::{Auth, Probe, probe};

use crate::live_certificates::{Leaf, authority, days, self_signed};
use crate::live_probe::{CORS, good, run, with};
use crate::live_support::{Act, Got, Server, answer};

/// The lines of a report that are about something amiss, with the host's name for its address.
async fn amiss(examination: Probe, host: &str) -> [Vec<String>; 2] {
    let report = run(examination).await;
    let lines = |lang| {
        let text = report.text(lang).replace(host, "HOST");
        assert!(!text.contains("s3cr3t"), "{text}");
        let all: Vec<&str> = text.lines().collect();
        let amiss = all.iter().filter(|line| line.starts_with(['✗', '!']));
        amiss.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    [lines(Lang::En), lines(Lang::Fr)]
}

#[tokio::test]
async fn each_thing_amiss_is_told_with_what_to_do() {
    let page = |_: &Got| Act::Send(answer("200 OK", &format!("Content-Type: application/json\r\n{CORS}"), "<html>"));
    let status = |status: &'static str, headers: &'static str| move |_: &Got| Act::Send(answer(status, headers, ""));
    let tls = || Leaf::good().config();
    let expired = Leaf::good().valid(days(-100), days(-10)).config();
    let challenge = "WWW-Authenticate: basic realm=\"s3cr3t words\"\r\n";
    let cases = [
        (
            Server::tls(expired, good).await,
            ["✗ Certificate expired 10 days ago: renew it"].as_slice(),
            ["✗ Certificat expiré depuis 10 jours : renouvelez-le"].as_slice(),
        ),
        (
            Server::tls(self_signed("127.0.0.1"), good).await,
            &["✗ Certificate self-signed: no browser trusts it; use one of a public authority, such as Let's Encrypt"],
            &[
                "✗ Certificat auto-signé : aucun navigateur ne le reconnaît ; utilisez celui d'une autorité publique, comme Let's Encrypt",
            ],
        ),
        (
            Server::tls(tls(), page).await,
            &[
                "✗ JSON the reply is a page, and not JSON: it may be one for people, or ask for a login; set the URL of the JSON document",
            ],
            &[
                "✗ JSON la réponse est une page, et non du JSON : elle s'adresse peut-être à des lecteurs, ou demande de se connecter ; \
             donnez l'URL du document JSON",
            ],
        ),
        (
            Server::tls(tls(), with("{\"current_power\": \"42,5 kW\"}")).await,
            &["✗ Number current_power is a text, and not a number: write the number alone, without quotes or unit"],
            &[
                "✗ Nombre current_power est un texte, et non un nombre : écrivez le nombre seul, sans guillemets ni unité",
            ],
        ),
        (
            Server::tls(tls(), with("{\"current_power\": null}")).await,
            &[
                "✗ Number current_power is null, and not a number: write 0 for none, or answer 503 while there is no value",
            ],
            &[
                "✗ Nombre current_power est null, et non un nombre : écrivez 0 s'il n'y a rien, ou répondez 503 faute de valeur",
            ],
        ),
        (
            Server::tls(tls(), status("404 Not Found", "")).await,
            &["✗ HTTP status HOST answered with HTTP 404: there is nothing at this URL; look at its path"],
            &["✗ Statut HTTP HOST a répondu HTTP 404 : il n'y a rien à cette URL ; vérifiez son chemin"],
        ),
        (
            Server::tls(tls(), status("500 Oops", CORS)).await,
            &[
                "✗ HTTP status HOST answered with HTTP 500: it has a fault; its log tells why, or examine it again later",
            ],
            &[
                "✗ Statut HTTP HOST a répondu HTTP 500 : il a une panne ; voyez son journal, ou refaites l'examen plus tard",
            ],
        ),
        (
            Server::tls(tls(), status("401 Unauthorized", challenge)).await,
            &[
                "✗ HTTP status HTTP 401: it does not take these credentials; it asks for Basic",
                "! Authentication these credentials are refused",
                "✗ Browser's question (preflight) OPTIONS is answered with HTTP 401: a browser sends no credentials with it, so answer \
             without them",
            ],
            &[
                "✗ Statut HTTP HTTP 401 : il n'accepte pas ces identifiants ; il demande Basic",
                "! Authentification ces identifiants sont refusés",
                "✗ Question du navigateur (preflight) OPTIONS répond HTTP 401 : un navigateur n'y joint pas d'identifiants, répondez \
             sans eux",
            ],
        ),
        (
            Server::tls(tls(), status("302 Found", "Location: https://login.example/?t=s3cr3t\r\n")).await,
            &[
                "✗ HTTP status HOST redirects to another host or port, where credentials do not go; set the URL that it leads to, if that \
             one is right",
            ],
            &[
                "✗ Statut HTTP HOST redirige vers un autre hôte ou port, où les identifiants ne vont pas ; donnez l'URL à laquelle il \
             mène, si c'est la bonne",
            ],
        ),
        // It listens, and never says a word.
        (
            Server::new(|_| Act::Stall(Vec::new())).await,
            &[
                "✗ Reachable no connection to HOST within 1 s; look at host, port and firewall, and whether https is spoken there",
            ],
            &[
                "✗ Joignable pas de connexion à HOST en 1 s ; vérifiez l'hôte, le port et le pare-feu, et que le serveur y parle https",
            ],
        ),
    ];
    for (server, english, french) in &cases {
        let url = server.url.replace("http:", "https:");
        let host = url.trim_start_matches("https://").trim_end_matches("/power");
        let examination = probe(&url, "current_power").ca_bundle(authority()).timeout(Duration::from_secs(1));
        let [en, fr] = amiss(examination.auth(Auth::bearer("s3cr3t")), host).await;
        for (told, expected) in [(en, english), (fr, french)] {
            let told: Vec<_> =
                told.iter().filter(|line| !line.contains("answers without") && !line.contains("aussi sans")).collect();
            assert_eq!(told.len(), expected.len(), "{told:#?}");
            assert!(told.iter().zip(*expected).all(|(told, expected)| told.starts_with(expected)), "{told:#?}");
        }
    }
    assert!(cases.iter().all(|(server, ..)| server.connections() > 0), "each was met");
}

#[tokio::test]
async fn who_is_not_there_is_told_with_what_to_look_at() {
    let vacant = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = vacant.local_addr().unwrap().to_string();
    drop(vacant);
    let [en, fr] = amiss(probe(format!("https://{host}/power"), "current_power"), &host).await;
    assert_eq!(
        en,
        ["✗ Reachable no connection to HOST: nobody listens there; look at host and port, and whether the server runs"]
    );
    assert_eq!(
        fr,
        [
            "✗ Joignable pas de connexion à HOST : personne n'écoute à cette adresse ; vérifiez l'hôte et le port, et que le serveur \
         fonctionne"
        ]
    );
    let [en, fr] = amiss(probe("http://api.example/power?apikey=s3cr3t", "current_power"), "api.example").await;
    assert!(en.len() == 1 && en[0].ends_with("use https") && fr[0].ends_with("utilisez https"), "{en:?} {fr:?}");
}
