//! ING-05: the reader of bodies held to JSONTestSuite, which holds what readers of JSON disagree about.

#![cfg(feature = "types")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use pipe_runtime::json::{NotJson, parse};
use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Request, Verifier, scheme};
use serde_json::Value;

/// Names and texts: `y_` is JSON, `n_` is none, and what `i_` is a reader may choose.
fn cases() -> Vec<(String, Vec<u8>)> {
    let lines = include_str!("json_test_suite/cases.jsonl").lines();
    let read = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let times = case[2].as_u64().unwrap_or(1) as usize;
        let text = case[1].as_str().unwrap().repeat(times);
        (case[0].as_str().unwrap().to_owned(), text.into_bytes())
    };
    lines.map(read).collect()
}

/// The kinds that are no UTF-8, and so not in the file: lone and cut sequences, overlong ones, surrogates, other encodings.
const NOT_UTF8: &[&[u8]] = &[
    b"[\xff]",
    b"[a\xe5]",
    b"[1\xe5]",
    b"[0\xe5]",
    b"[1e1\xe5]",
    b"[1.0e\xe5]",
    b"{\"\xb9\":\"0\",}",
    b"[\"\\u\xe5\"]",
    b"[\"\\\xe5\"]",
    b"\xe5",
    b"\xe9",
    b"\xef\xbb{}",
    b"[\"\xff\"]",
    b"[\"\x81\"]",
    b"[\"\xe9\"]",
    b"[\"\xe0\xff\"]",
    b"[\"\xe6\x97\xa5\xd1\x88\xfa\"]",
    b"[\"\xed\xa0\x80\"]",
    b"[\"\xf4\xbf\xbf\xbf\"]",
    b"[\"\xc0\xaf\"]",
    b"[\"\xfc\x83\xbf\xbf\xbf\xbf\"]",
    b"[\"\xfc\x80\x80\x80\x80\x80\"]",
    b"\xff\xfe[\x00\"\x00\xe9\x00\"\x00]\x00",
    b"[\x00\"\x00\xe9\x00\"\x00]\x00",
    b"\x00[\x00\"\x00\xe9\x00\"\x00]",
];

/// JSON that we refuse, since two readers could see two values.
const STRICTER: [&str; 2] = [
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
];

#[test]
fn what_is_json_is_read_and_what_is_none_is_refused() {
    let cases = cases();
    let of_kind = |kind: &str| cases.iter().filter(|it| it.0.starts_with(kind)).count();
    assert_eq!([of_kind("y_"), of_kind("n_"), of_kind("i_")], [95, 176, 22]);
    for (name, text) in &cases {
        let read = parse(text);
        if STRICTER.contains(&name.as_str()) {
            assert_eq!(read, Err(NotJson::DuplicateKey), "{name}");
        } else if name.starts_with("y_") {
            assert!(read.is_ok(), "{name}: {read:?}");
        } else if name.starts_with("n_") {
            assert!(read.is_err(), "{name}: {read:?}");
        }
    }
    for text in NOT_UTF8 {
        assert_eq!(parse(text), Err(NotJson::NotUtf8), "{text:?}");
    }
}

/// The one scheme whose signatures are inside the JSON reads it before anything is proved.
#[test]
fn nothing_of_it_makes_the_reader_of_adyens_items_panic() {
    let adyen = scheme("adyen").unwrap();
    let verifier = Verifier::new(adyen, &[], &[Secret::new(adyen.vector.secret)]).unwrap();
    let headers: [(&str, &str); 0] = [];
    let texts = cases().into_iter().map(|it| it.1);
    for text in texts.chain(NOT_UTF8.iter().map(|it| it.to_vec())) {
        let within = [b"{\"notificationItems\":", text.as_slice(), b"}"].concat();
        for body in [text, within] {
            let request = Request {
                headers: &headers,
                body: &body,
            };
            assert!(verifier.verify(&request, 0).is_err());
        }
    }
}
