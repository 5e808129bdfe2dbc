//! Texts with a value of a known kind, and texts that merely look like it, from a seed.

use super::form;

/// A text and what is in it.
#[derive(Debug, Clone)]
pub struct Case {
    pub text: String,
    /// The detector whose value it holds; for a near miss, the one it must not fool.
    pub id: String,
    /// Where the value is; `None` for a near miss.
    pub span: Option<(usize, usize)>,
}

/// A small generator of random numbers (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    pub fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length)
            .map(|_| alphabet[self.below(alphabet.len())] as char)
            .collect()
    }
}

const HEX: &str = "0123456789abcdef";
const WORD: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

const CARRIERS: [&str; 7] = [
    "@",
    "Please use @ for the staging run.",
    "VALUE=@\nDEBUG=1\n",
    "{\"id\": 17, \"value\": \"@\", \"ok\": true}",
    "curl -s -H 'X-Value: @' https://api.internal.io/v2/items",
    "line one\nthe value was \"@\", it said\nline three",
    "call(\"@\", retries=3)",
];

const NAMED: [&str; 5] = [
    "%=@",
    "export %='@'",
    "{\"%\": \"@\", \"n\": 4}",
    "%: @\nnext: 1",
    "the % is @ now",
];

fn carried(id: &str, carrier: &str, name: &str, value: &str) -> Case {
    let carrier = carrier.replace('%', name);
    let start = carrier.find('@').unwrap_or(0);
    let text = carrier.replacen('@', value, 1);
    let span = Some((start, start + value.len()));
    Case {
        text,
        id: id.to_owned(),
        span,
    }
}

fn miss(mut case: Case) -> Case {
    case.span = None;
    case
}

/// Texts with a value each.
pub fn positives(seed: u64, each: usize) -> Vec<Case> {
    let mut draw = Draw(seed);
    let mut cases = Vec::new();
    for (id, name, pattern) in formats() {
        for _ in 0..each {
            let value = form::random(pattern, &mut draw);
            let value = form::complete(id, value);
            if name.starts_with('&') {
                cases.push(carried(
                    id,
                    "https://a.blob.core.windows.net/c/f?sv=2022-11-02&sig=@",
                    "",
                    &value,
                ));
            } else if name.is_empty() {
                cases.push(carried(id, draw.of(&CARRIERS), "", &value));
            } else {
                let upper = name.to_uppercase();
                let name = if draw.below(2) == 0 { name } else { &upper };
                cases.push(carried(id, draw.of(&NAMED[..4]), name, &value));
            }
        }
    }
    for (id, words, value) in numbers("valid") {
        let carrier = if words.is_empty() {
            draw.of(&CARRIERS)
        } else {
            draw.of(&["% @", "%: @", "his % is @."])
        };
        cases.push(carried(id, carrier, words, value));
    }
    for _ in 0..each * 10 {
        cases.extend(structured(&mut draw));
    }
    cases
}

/// Values whose form is no row of characters.
fn structured(draw: &mut Draw) -> Vec<Case> {
    let user = draw.of(&[
        "maria.keller",
        "j.oconnor",
        "dev+build",
        "li_wei",
        "sales.emea",
    ]);
    let host = draw.of(&[
        "acme-corp.com",
        "mail.kontor.de",
        "univ-lyon.fr",
        "shop.co.uk",
        "data.io",
    ]);
    let octet = |draw: &mut Draw| 1 + draw.below(254);
    let ip = format!(
        "{}.{}.{}.{}",
        11 + draw.below(80),
        octet(draw),
        octet(draw),
        octet(draw)
    );
    let ip6 = format!(
        "2a{}:{}::{}:{}",
        draw.text(HEX, 2),
        draw.text("123456789", 3),
        draw.text("abcdef", 2),
        draw.text("123456789", 3)
    );
    let mac: Vec<String> = (0..6)
        .map(|place| {
            if place == 0 {
                "0a".to_owned()
            } else {
                draw.text(HEX, 2)
            }
        })
        .collect();
    let password = format!(
        "{}{}{}",
        draw.text(WORD, 7),
        draw.of(&["!", "#", "-"]),
        draw.text("23456789", 3)
    );
    let scheme = draw.of(&[
        "postgres",
        "mysql",
        "mongodb+srv",
        "redis",
        "amqp",
        "https",
        "clickhouse",
    ]);
    let url = format!("{scheme}://app:{password}@db.{host}");
    let id = match scheme {
        "mongodb+srv" => "mongodb-url".to_owned(),
        "https" => "url-password".to_owned(),
        "clickhouse" => "database-url".to_owned(),
        other => format!("{other}-url"),
    };
    let lines: Vec<String> = (0..12).map(|_| draw.text(BASE64, 64)).collect();
    let kind = draw.of(&["RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED "]);
    let breaks = draw.of(&["\n", "\\n"]);
    let pem = format!(
        "-----BEGIN {kind}PRIVATE KEY-----{breaks}{}{breaks}-----END {kind}PRIVATE KEY-----",
        lines.join(breaks)
    );
    let pem_id = match kind {
        "RSA " => "private-key-rsa",
        "EC " => "private-key-ec",
        "OPENSSH " => "private-key-openssh",
        "" => "private-key-pkcs8",
        _ => "private-key-encrypted",
    };
    let header = form::base64url("{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
    let claims = form::base64url(&format!(
        "{{\"sub\":\"{}\",\"exp\":{}}}",
        draw.text(WORD, 9),
        1_700_000_000 + draw.below(99_999_999)
    ));
    let jwt = format!("{header}.{claims}.{}", draw.text(WORD, 86));
    let basic = format!("Basic {}", form::base64(&format!("svc:{password}")));
    let secret = draw.text(WORD, 40);
    let discord = format!(
        "{}.{}.{}",
        form::base64url(&format!("9{}", draw.text("0123456789", 17))),
        draw.text(WORD, 6),
        draw.text(WORD, 38)
    );
    let ado = format!(
        "Server=tcp:db.{host},1433;Database=crm;User Id=app;Password={password};Encrypt=True"
    );
    let simple =
        |id: &str, draw: &mut Draw, value: &str| carried(id, draw.of(&CARRIERS), "", value);
    vec![
        simple(
            "email-address",
            draw,
            &format!("{user}@{host}").replace('@', "\u{1}"),
        ),
        simple("ip-address", draw, &ip),
        simple("ip-address", draw, &ip6),
        simple("mac-address", draw, &mac.join(":")),
        simple(&id, draw, &url),
        simple(pem_id, draw, &pem),
        simple("jwt", draw, &jwt),
        simple("discord-bot-token", draw, &discord),
        simple("ado-connection-string", draw, &ado),
        carried(
            "basic-auth-header",
            "Authorization: @\r\nAccept: */*",
            "",
            &basic,
        ),
        carried(
            "generic-password",
            draw.of(&NAMED),
            draw.of(&["password", "db_password", "DB_PASSWD", "passphrase"]),
            &password,
        ),
        carried(
            "generic-secret",
            draw.of(&NAMED[..4]),
            draw.of(&["api_key", "client_secret", "AUTH_TOKEN", "signing-secret"]),
            &secret,
        ),
        carried("bearer-token", "Authorization: Bearer @\r\n", "", &secret),
    ]
    .into_iter()
    .map(|mut case| {
        // The at sign of an address is not the place for the value.
        case.text = case.text.replace('\u{1}', "@");
        case
    })
    .collect()
}

/// Texts that hold no value of theirs.
pub fn near_misses(seed: u64, each: usize) -> Vec<Case> {
    let mut draw = Draw(seed);
    let mut cases = Vec::new();
    for (id, name, pattern) in formats() {
        if !name.is_empty() {
            continue;
        }
        for _ in 0..each {
            let value = form::complete(id, form::random(pattern, &mut draw));
            for wrong in form::spoiled(id, &value, &mut draw) {
                cases.push(miss(carried(id, draw.of(&CARRIERS), "", &wrong)));
            }
        }
    }
    for (id, words, value) in numbers("invalid") {
        let carrier = if words.is_empty() {
            "Reference @ as discussed."
        } else {
            "% @"
        };
        cases.push(miss(carried(id, carrier, words, value)));
    }
    let lines: Vec<&str> = include_str!("../data/harmless.txt").lines().collect();
    for line in lines.iter().filter(|line| !line.starts_with('#')) {
        for _ in 0..each {
            let text = form::random(line, &mut draw).replace("\\n", "\n");
            cases.push(Case {
                text,
                id: "harmless".to_owned(),
                span: None,
            });
        }
    }
    cases
}

fn formats() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = include_str!("../data/formats.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).map(fields)
}

fn fields(line: &'static str) -> (&'static str, &'static str, &'static str) {
    let mut fields = line.split('\t');
    let mut next = || fields.next().unwrap_or_default();
    (next(), next(), next())
}

fn numbers(verdict: &str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = include_str!("../data/numbers.tsv").lines();
    let rows = lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap_or_default());
    rows.filter_map(move |(id, rest)| {
        let rest = rest.strip_prefix(verdict)?.strip_prefix('\t')?;
        let (words, value) = rest.split_once('\t')?;
        Some((id, words, value))
    })
}
