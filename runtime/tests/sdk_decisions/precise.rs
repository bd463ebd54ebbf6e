//! The rules of the list "Stricter than the SDKs" are precise: each holds for the requests that we refuse by it, and none for a request
//! that we accept. Were one wider, a request that is refused for a wrong reason would pass as stricter.

use super::sdk_decisions::edge_cases;
use super::{decide, listed, rules};

#[test]
fn a_rule_holds_where_we_are_stricter_and_never_for_what_we_accept() {
    let (mut faults, codes) = (Vec::new(), listed("Stricter"));
    let (mut held, mut tried) = (0, 0);
    for (provider, case, line) in edge_cases() {
        let applies = |code: &str| rules::applies(code, &case, &|it| decide(it).is_ok());
        let id = format!("{provider}/{}", line["id"].as_str().unwrap());
        if let Some(code) = line["stricter"].as_str() {
            held += 1;
            if !applies(code) {
                faults.push(format!("{id}: {code} does not hold"));
            }
        }
        if decide(&case).is_ok() {
            tried += 1;
            let wrong = codes.iter().filter(|it| applies(it));
            faults.extend(wrong.map(|it| format!("{id}: accepted, but {it} holds")));
        }
    }
    assert!(held > 300 && tried > 300, "{held} {tried}");
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
