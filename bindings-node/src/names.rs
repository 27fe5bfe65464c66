//! Names as JavaScript spells them.

/// What the client's messages name, and JavaScript spells otherwise.
const SETTINGS: &[&str] = &[
    "access_key_id",
    "allow_http",
    "api_key",
    "base_delay",
    "ca_bundle",
    "ca_bundle_file",
    "connect_timeout",
    "fresh_for",
    "host_key",
    "host_keys",
    "job_limit",
    "key_file",
    "key_passphrase",
    "known_hosts_file",
    "max_attempts",
    "max_body_bytes",
    "max_bytes",
    "max_delay",
    "max_items",
    "max_reply_bytes",
    "per_host",
    "s3_concurrency",
    "s3_endpoint",
    "s3_endpoint_insecure",
    "s3_multipart_threshold",
    "s3_part_size",
    "s3_path_style",
    "secret_access_key",
    "session_token",
    "show_in",
    "side_file",
    "silent_after",
    "stale_after",
    "user_agent",
];

/// The setting of a name: a variable of the environment stays what it is.
pub(crate) fn setting(name: &str) -> String {
    if SETTINGS.contains(&name) { camel(name) } else { name.to_owned() }
}

/// A message of the client's, in which words that name a setting are spelled as in JavaScript.
pub(crate) fn message(text: &str) -> String {
    let words = text.split_inclusive([' ', ',', ':', '(', ')']);
    let spelled = words.fold(String::with_capacity(text.len()), |mut out, word| {
        let name = word.trim_end_matches([' ', ',', ':', '(', ')']);
        let (spelled, rest) = (setting(name), word.get(name.len()..).unwrap_or_default());
        out.push_str(&spelled);
        out.push_str(rest);
        out
    });
    spelled.replace("Checked::split", "split")
}

/// A field's name as JavaScript writes it.
pub(crate) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(letters.as_str());
    }
    out
}
