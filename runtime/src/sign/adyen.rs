//! Adyen's payment notifications: every item of the JSON body carries a signature over eight of its fields.

use super::scheme::{Certificates, KeyForm, KeyRule, Method, Parameter, Rotation, Scheme, Vector};

pub(super) const SCHEME: Scheme = Scheme {
    name: "adyen",
    doc: "Adyen's `hmacSignature` inside each item of a standard payment webhook.",
    source: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    parameters: &[Parameter::secret("The HMAC key in hexadecimal, as the Customer Area shows it.")],
    covers: "pspReference, originalReference, merchantAccountCode, merchantReference, amount, eventCode and success of each item; everything \
             else, such as reason, eventDate and additionalData, is a hint",
    rotation: Rotation::Overlap,
    feature: Some("sign-json"),
    vector: Vector {
        origin: "computed with Python's hmac and hashlib",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        headers: &[],
        body: concat!(
            r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"pspReference":"7914073381342284","merchantAc"#,
            r#"countCode":"TestMerchant","merchantReference":"order:42","amount":{"value":1130,"currency":"EUR"},"eventCode":"#,
            r#""AUTHORISATION","success":"true","additionalData":{"hmacSignature":"wvwVHV0zRTOYZ/TuTcPS49CZxzbYihzVs/oyqTRaQP"#,
            r#"8="}}}]}"#,
        )
        .as_bytes(),
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::AdyenItems(KeyRule { form: KeyForm::Hex, bytes_min: 32, bytes_max: 64 }),
};
