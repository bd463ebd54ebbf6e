//! The one list of diagnostic codes. Hundreds are areas; a line here and a page in `docs/errors` make a code.

use super::{Code, Severity};

macro_rules! codes {
    ($($id:ident $severity:ident $title:literal;)*) => {
        $(
            #[doc = $title]
            pub static $id: Code = Code {
                id: stringify!($id),
                severity: Severity::$severity,
                title: $title,
                page: include_str!(concat!("../../../docs/errors/", stringify!($id), ".md")),
            };
        )*
        /// Every code, in order.
        pub static CODES: &[&Code] = &[$(&$id),*];
    };
}

codes! {
    // 00: syntax
    P0001 Error "text that does not belong here";
    P0002 Error "string without its closing quote";
    P0003 Error "bracket without its partner";
    P0004 Error "brackets nested too deep";
    P0005 Error "unknown escape in a string";
    P0006 Error "character that cannot be seen";
    P0007 Error "letter of another alphabet outside a string";
    P0008 Error "file that is not UTF-8 text";
    P0009 Error "file that is too large";
    P0010 Error "declaration of the wrong form";
    // 01: names and kinds
    P0101 Error "unknown kind";
    P0102 Error "unknown attribute";
    P0103 Error "unknown name";
    P0104 Error "name declared twice";
    P0105 Error "attribute given twice";
    P0106 Error "missing attribute";
    P0107 Error "construct that this version does not compile";
    P0108 Error "name of the wrong kind";
    P0109 Error "file without its pipeline declaration";
    P0110 Error "pipeline named otherwise than its file";
    P0111 Error "reserved name";
    P0112 Error "name in the wrong case";
    P0113 Error "names that become the same";
    P0114 Error "field given twice";
    P0115 Warning "declaration that nothing uses";
    P0116 Warning "function that nothing calls";
    P0117 Warning "secret that nobody reads";
    P0118 Warning "event that nothing records";
    P0119 Warning "channel with a loose end";
    P0120 Warning "failure that nobody is told about";
    P0121 Warning "key that does not tell its object";
    P0122 Warning "workflow that nothing starts";
    P0123 Warning "names that two specs would both make";
    // 02: types
    P0201 Error "unfit type";
    P0202 Error "value of the wrong type";
    P0203 Error "unknown variant";
    P0204 Error "order of things that have none";
    P0205 Error "default that does not fit";
    P0206 Error "missing field";
    P0207 Error "identity that cannot identify";
    P0208 Error "unfit table key";
    P0209 Error "output that cannot be recorded";
    P0210 Error "condition that cannot be compiled";
    P0211 Error "type that contains itself";
    P0212 Error "value that may be absent";
    P0213 Error "value of the wrong form";
    P0214 Error "unknown field";
    P0215 Error "sink that does not fit the value";
    P0216 Error "text with a value that it cannot have";
    P0217 Error "unfit metric";
    P0218 Error "gap between cases";
    P0219 Error "cases that overlap";
    P0220 Error "condition that never holds";
    P0221 Error "messages of several types";
    P0222 Error "unknown provider event";
    P0223 Error "event that cannot come here";
    P0224 Error "event that cannot record a delivery";
    // 03: flow
    P0301 Error "catch of an error that cannot occur";
    P0302 Error "statement that is never reached";
    P0303 Error "binding that may not be set";
    P0304 Warning "error that nobody catches";
    P0305 Error "failure that is not declared";
    P0306 Error "unknown statement";
    P0307 Warning "workflow that may start itself";
    P0308 Warning "declared failure that never happens";
    P0309 Error "function with two kinds of callers";
    P0310 Error "route without exactly one answerer";
    P0311 Error "route declared twice";
    P0312 Error "binding with a name that is taken";
    P0313 Error "routes on different stages";
    P0314 Error "value that a workflow cannot carry";
    P0315 Error "queue with two consumers";
    P0316 Error "family where one is wanted";
    P0317 Error "attribute without effect";
    P0318 Error "service that a network does not reach";
    P0319 Error "accepted events without taker or record";
    P0320 Error "stage with two keys";
    P0330 Error "match that leaves variants out";
    P0331 Error "start of a workflow that starts by itself";
    P0332 Warning "retry of an error that cannot occur";
    P0333 Error "expectation that lets everything pass";
    // 04: limits
    P0401 Error "quantity out of range";
    P0402 Error "retention that CloudWatch does not offer";
    P0403 Error "name that is too long";
    P0404 Error "handler slower than API Gateway waits";
    P0405 Warning "handler time that no caller waits for";
    P0406 Error "reserved concurrency beyond the account";
    P0407 Error "retries longer than their workflow";
    P0408 Error "too many of something";
    P0409 Error "message shown again too early";
    P0410 Error "unfit queue";
    P0411 Warning "body larger than where it goes";
    P0412 Error "consumer with too little concurrency";
    P0413 Error "number that a bus cannot compare";
    P0420 Error "template that CloudFormation does not take";
    P0421 Error "more than AWS takes";
    // 05: signatures and secrets
    P0501 Error "unknown signature scheme";
    P0502 Error "unfit argument of a signature scheme";
    P0503 Error "route that verifies nothing";
    P0504 Error "secret in the source";
    P0505 Error "dynamic reference in a string";
    P0506 Warning "sender that nothing proves";
    P0507 Warning "transmission that nothing remembers";
    P0508 Warning "amount that nothing compares";
    // 06: grants
    P0601 Error "use without its grant";
    P0602 Error "permission granted twice";
    P0603 Warning "grant that nothing can use";
    P0604 Error "verb that does not fit";
}
