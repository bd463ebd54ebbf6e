//! The currencies of ISO 4217 that are legal tender, with the decimal places of their minor unit.

/// Codes by decimal places. Source: ISO 4217, list one (without the X codes of metals, funds and tests).
const CODES: &[(u32, &str)] = &[
    (
        0,
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    ),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK \
         DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT \
         LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN \
         QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS \
         VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// Decimal places of the currency's minor unit; `None` when there is no such currency.
pub(crate) fn decimals(code: &str) -> Option<u32> {
    // Each code is three letters and stands at a multiple of four, so that no other text is looked at.
    let is_listed = |codes: &str| {
        let mut codes = codes.as_bytes().chunks(4).filter_map(|it| it.get(..3));
        codes.any(|it| it == code.as_bytes())
    };
    CODES
        .iter()
        .find(|(_, codes)| is_listed(codes))
        .map(|(decimals, _)| *decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_differ_between_currencies() {
        for (code, places) in [
            ("USD", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("XTS", None),
            ("", None),
            ("USD EUR", None),
        ] {
            assert_eq!(decimals(code), places, "{code}");
        }
    }

    #[test]
    fn every_code_is_three_capitals_and_listed_once() {
        let mut codes: Vec<&str> = CODES
            .iter()
            .flat_map(|(_, codes)| codes.split_whitespace())
            .collect();
        assert!(
            codes
                .iter()
                .all(|it| it.len() == 3 && it.bytes().all(|byte| byte.is_ascii_uppercase()))
        );
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
