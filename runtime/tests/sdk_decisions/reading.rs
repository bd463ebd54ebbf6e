//! What a recorded request says, read slowly and by its scheme: times, signatures, headers that came twice. The rules of the list
//! "Stricter than the SDKs" are judged by it, so it shares nothing with the verifier.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Where a scheme says what.
struct Shape {
    /// Alternative names of one header in each list; all of them are read.
    headers: &'static [&'static [&'static str]],
    list: Option<List>,
    /// Characters before a signature.
    prefix: &'static str,
    /// A signature is hexadecimal, else base64.
    hex: bool,
    /// Bytes of a signature; 0 where they vary.
    bytes: usize,
}

/// A header that is elements with names.
#[derive(Clone, Copy)]
struct List {
    between: char,
    mark: char,
    time: &'static str,
    version: &'static str,
}

const WEBHOOK: &[&[&str]] = &[
    &["webhook-signature", "svix-signature"],
    &["webhook-timestamp", "svix-timestamp"],
    &["webhook-id", "svix-id"],
];

const fn whole(headers: &'static [&'static [&'static str]], prefix: &'static str) -> Shape {
    Shape {
        headers,
        list: None,
        prefix,
        hex: false,
        bytes: 32,
    }
}

const fn listed(headers: &'static [&'static [&'static str]], list: List) -> Shape {
    Shape {
        list: Some(list),
        ..whole(headers, "")
    }
}

const fn list(between: char, mark: char, time: &'static str, version: &'static str) -> List {
    List {
        between,
        mark,
        time,
        version,
    }
}

fn shape(scheme: &str) -> Shape {
    let hex = |it: Shape| Shape { hex: true, ..it };
    match scheme {
        "stripe-v1" => hex(listed(&[&["stripe-signature"]], list(',', '=', "t", "v1"))),
        "paddle-h1" => hex(listed(&[&["paddle-signature"]], list(';', '=', "ts", "h1"))),
        "standard-webhooks-v1" => listed(WEBHOOK, list(' ', ',', "", "v1")),
        "standard-webhooks-v1a" => Shape {
            bytes: 64,
            ..listed(WEBHOOK, list(' ', ',', "", "v1a"))
        },
        "square-hmacsha256" => whole(&[&["x-square-hmacsha256-signature"]], ""),
        "github-sha256" => hex(whole(&[&["x-hub-signature-256"]], "sha256=")),
        "shopify-hmac-sha256" => whole(&[&["x-shopify-hmac-sha256", "shopify-hmac-sha256"]], ""),
        "razorpay-sha256" => hex(whole(&[&["x-razorpay-signature"]], "")),
        "mollie-sha256" => hex(whole(&[&["x-mollie-signature"]], "sha256=")),
        "adyen-platform-body-hmac" => whole(&[&["hmacsignature"]], ""),
        "braintree-sha1" => Shape {
            bytes: 20,
            ..hex(whole(&[], ""))
        },
        "paypal-crc32-rsa" => Shape {
            bytes: 0,
            ..whole(
                &[
                    &["paypal-transmission-sig"],
                    &["paypal-transmission-id"],
                    &["paypal-transmission-time"],
                    &["paypal-cert-url"],
                    &["paypal-auth-algo"],
                ],
                "",
            )
        },
        // Adyen's items hold their signatures; what is generic says in its credentials where they are.
        _ => whole(&[], ""),
    }
}

/// A recorded request with its scheme.
pub(crate) struct Reading<'c> {
    case: &'c Value,
    pub(crate) scheme: &'c str,
    headers: Vec<(String, String)>,
    shape: Shape,
}

impl<'c> Reading<'c> {
    pub(crate) fn new(case: &'c Value) -> Self {
        let scheme = case["scheme"].as_str().unwrap();
        let headers: Vec<(String, String)> =
            serde_json::from_value(case["headers"].clone()).unwrap();
        let trimmed = headers.into_iter().map(|(name, value)| {
            let value = value.trim_matches([' ', '\t']).to_owned();
            (name.to_lowercase(), value)
        });
        let mut shape = shape(scheme);
        if scheme == "hmac" {
            let credentials = &case["credentials"];
            shape.hex = credentials["encoding"] == "hex";
            shape.bytes = if credentials["algorithm"] == "sha512" {
                64
            } else {
                32
            };
        }
        Self {
            case,
            scheme,
            headers: trimmed.collect(),
            shape,
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        STANDARD
            .decode(self.case["body_base64"].as_str().unwrap())
            .unwrap()
    }

    /// The names of each header that the scheme reads: alternatives together.
    fn names(&self) -> Vec<Vec<String>> {
        let fixed = self.shape.headers.iter();
        let fixed = fixed.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
        let chosen = ["header", "timestamp_header"].map(|it| &self.case["credentials"][it]);
        let chosen = chosen.iter().filter_map(|it| it.as_str());
        fixed
            .chain(chosen.map(|it| vec![it.to_lowercase()]))
            .collect()
    }

    /// Every value of a header, under all of its names.
    pub(crate) fn values(&self, names: &[impl AsRef<str>]) -> Vec<&str> {
        let is_it = |name: &str| names.iter().any(|it| it.as_ref() == name);
        let named = self.headers.iter().filter(|(name, _)| is_it(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The header with the signature: the first of those that are read.
    fn signature_headers(&self) -> Vec<&str> {
        let names = self.names();
        let first = names.first().cloned().unwrap_or_default();
        let named = self
            .headers
            .iter()
            .filter(move |(it, _)| first.contains(it));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Name and value of the elements of the header with the signatures; `None` for one without a name.
    fn elements(&self) -> Vec<Option<(&str, &str)>> {
        let Some(list) = self.shape.list else {
            return Vec::new();
        };
        let headers = self.signature_headers().into_iter();
        headers
            .flat_map(|it| it.split(list.between).map(|it| it.split_once(list.mark)))
            .collect()
    }

    pub(crate) fn has_nameless_element(&self) -> bool {
        self.elements().iter().any(Option::is_none)
    }

    /// Texts of the times of signing, wherever they stand.
    pub(crate) fn times(&self) -> Vec<&str> {
        let Some(list) = self.shape.list.filter(|it| !it.time.is_empty()) else {
            let of_header = self.names().into_iter().flatten();
            let of_header: Vec<String> = of_header
                .filter(|it| {
                    it.ends_with("-timestamp")
                        || self.case["credentials"]["timestamp_header"]
                            .as_str()
                            .is_some_and(|name| name.eq_ignore_ascii_case(it))
                })
                .collect();
            let named = self.headers.iter().filter(|(it, _)| of_header.contains(it));
            return named.map(|(_, value)| value.as_str()).collect();
        };
        let named = self.elements().into_iter().flatten();
        named
            .filter(|it| it.0 == list.time)
            .map(|it| it.1)
            .collect()
    }

    /// How far a time may be from our clock.
    pub(crate) fn tolerance_s(&self) -> i64 {
        let usual = if self.scheme == "paddle-h1" { 5 } else { 300 };
        self.case["tolerance_seconds"].as_i64().unwrap_or(usual)
    }

    /// All that stands for a signature of our scheme.
    pub(crate) fn signatures(&self) -> Vec<String> {
        match self.scheme {
            "adyen-payments-item-hmac" => self
                .adyen_items()
                .iter()
                .filter_map(|it| it["additionalData"]["hmacSignature"].as_str())
                .map(str::to_owned)
                .collect(),
            "braintree-sha1" => self.braintree_signatures(),
            _ => match self.shape.list {
                Some(list) => {
                    let named = self.elements().into_iter().flatten();
                    let ours = named.filter(|it| it.0 == list.version);
                    ours.map(|it| it.1.to_owned()).collect()
                }
                None => {
                    let headers = self.signature_headers().into_iter();
                    let prefix = self.case["credentials"]["prefix"].as_str();
                    let prefix = prefix.unwrap_or(self.shape.prefix);
                    headers
                        .map(|it| it.strip_prefix(prefix).unwrap_or(it).to_owned())
                        .collect()
                }
            },
        }
    }

    /// Whether it is the one spelling of as many bytes as a signature has.
    pub(crate) fn is_spelled_right(&self, signature: &str) -> bool {
        let bytes = self.shape.bytes;
        if self.shape.hex {
            let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
            return signature.len() == bytes * 2 && signature.bytes().all(is_hex);
        }
        STANDARD
            .decode(signature)
            .is_ok_and(|it| (bytes == 0 && signature.len() <= 1368) || it.len() == bytes)
    }

    /// The same characters in the one spelling that their bytes have.
    pub(crate) fn respelled(&self, signature: &str) -> String {
        let bytes = self.shape.bytes;
        if self.shape.hex {
            let digits = signature.chars().take_while(char::is_ascii_hexdigit);
            return digits.take(bytes * 2).collect::<String>().to_lowercase();
        }
        let translated = signature.replace('-', "+").replace('_', "/");
        let in_alphabet = |it: &char| it.is_ascii_alphanumeric() || "+/".contains(*it);
        let kept: String = translated
            .chars()
            .filter(|it| !it.is_whitespace())
            .take_while(in_alphabet)
            .take(if bytes == 0 {
                usize::MAX
            } else {
                (bytes * 4).div_ceil(3)
            })
            .collect();
        let engine = base64::engine::GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            base64::engine::GeneralPurposeConfig::new()
                .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
                .with_decode_allow_trailing_bits(true),
        );
        engine
            .decode(kept)
            .map_or_else(|_| signature.to_owned(), |it| STANDARD.encode(it))
    }

    /// A header that is read came twice, or under both of its names with two values, or says two times.
    pub(crate) fn is_ambiguous(&self) -> bool {
        let two_lines = |name: &String| self.headers.iter().filter(|it| it.0 == *name).count() > 1;
        let two_values = |names: &Vec<String>| {
            let values = self.values(names);
            values.iter().any(|it| Some(it) != values.first())
        };
        let names = self.names();
        let in_pairs = self.shape.list.is_some_and(|it| !it.time.is_empty());
        names.iter().flatten().any(two_lines)
            || names.iter().any(two_values)
            || in_pairs && self.times().len() > 1
    }

    /// The items of Adyen's notification; of another body none.
    pub(crate) fn adyen_items(&self) -> Vec<Value> {
        let notification: Value = serde_json::from_slice(&self.body()).unwrap_or_default();
        let items = notification["notificationItems"].as_array().into_iter();
        items
            .flatten()
            .map(|it| it["NotificationRequestItem"].clone())
            .collect()
    }

    /// Name and value of the fields of a form, decoded.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        let body = String::from_utf8_lossy(&self.body()).into_owned();
        let fields = body
            .split('&')
            .map(|it| it.split_once('=').unwrap_or((it, "")));
        fields
            .map(|(name, value)| (unescaped(name), unescaped(value)))
            .collect()
    }

    fn braintree_signatures(&self) -> Vec<String> {
        let key = self.case["credentials"]["public_key"].as_str();
        let key = format!("{}|", key.unwrap_or_default());
        let form = self.form();
        let signatures = form.iter().filter(|it| it.0 == "bt_signature");
        signatures
            .flat_map(|it| it.1.split('&'))
            .filter_map(|it| it.strip_prefix(&key).map(str::to_owned))
            .collect()
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|it| char::from(it).to_digit(16));
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(), digit()) {
                (Some(high), Some(low)) => (high * 16 + low) as u8,
                _ => b'?',
            },
            plain => plain,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
