//! The items that an event becomes, and an event that the crate's other tests record too.

use super::*;
use crate::value::Record;

/// An event for the tests of this crate, as a spec would generate it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paid {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) status: String,
    pub(crate) amount: crate::Decimal,
}

impl Record for Paid {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self {
            id: fields.get("id")?,
            at: fields.get_or_received_at("at")?,
            status: fields.get_or("status", Wire::text("pending"))?,
            amount: fields.get("amount")?,
        })
    }

    fn to_fields(&self) -> Map {
        crate::value::map([
            ("id", self.id.write()),
            ("at", self.at.write()),
            ("status", self.status.write()),
            ("amount", self.amount.write()),
        ])
    }
}

impl Event for Paid {
    const NAME: &'static str = "Paid";
    const ONCE: &'static [&'static str] = &["id", "status"];
}

impl Fact for Paid {
    fn read(event: &str, fields: &Fields<'_>) -> Result<Self, Invalid> {
        if event == "Paid" {
            Record::from_fields(fields)
        } else {
            Err(Invalid::new("is no event of this table").within("_event"))
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Payments;

impl Table for Payments {
    const NAME: &'static str = "payments";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    const UPDATED: &'static [&'static str] = &["amount", "note"];
    type Fact = Paid;
}

impl Holds<Paid> for Payments {}

/// The same with an index, whose sort key is the table's partition key and may be half as long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Indexed;

impl Table for Indexed {
    const NAME: &'static str = "indexed";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    const INDEXES: &'static [IndexKeys] = &[IndexKeys {
        name: "ByStatus",
        partition: "status",
        sort: Some("id"),
    }];
    type Fact = Paid;
}

impl Holds<Paid> for Indexed {}

pub(crate) fn paid(id: &str) -> Paid {
    Paid {
        id: id.to_owned(),
        at: "2026-11-20T19:23:00.123Z".parse().unwrap(),
        status: "pending".to_owned(),
        amount: "99.90".parse().unwrap(),
    }
}

pub(crate) fn provenance(body_sha256: &str) -> Provenance {
    Provenance {
        received_at: crate::Timestamp::UNIX_EPOCH,
        by: "route POST /webhooks".into(),
        recorded_at: "2026-11-20T19:23:01.000Z".parse().unwrap(),
        body_sha256: body_sha256.into(),
        transmission: None,
        trace: Trace::parse(
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        ),
        request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into(),
        body: None,
        notice: None,
    }
}

pub(crate) fn entry(id: &str, body_sha256: &str) -> Result<Entry, Unrecordable> {
    Entry::new::<Payments, Paid>(&paid(id), &provenance(body_sha256))
}

fn json(map: &Map) -> String {
    let fields: Vec<String> = map
        .iter()
        .map(|(name, wire)| match wire {
            Wire::Text(text) => format!("{name}: {text}"),
            Wire::Number(digits) => format!("{name}: N {digits}"),
            other => format!("{name}: {other:?}"),
        })
        .collect();
    fields.join("\n")
}

#[test]
fn the_items_are_those_of_the_architecture() {
    let entry = entry("pay#1", "ab").unwrap();
    assert_eq!(
        json(&entry.claim),
        "_body_sha256: ab\n_by: route POST /webhooks\n_claim: Paid\n\
         _content_sha256: dcc2b5291e302867e42d8a40e590e1aeb1de7a01338dc27f6aa3a19e1e1d10a4\n\
         _first: Record({\"amount\": Number(\"99.9\"), \"note\": Null})\n\
         _partition: pay#1\n_recorded_at: 2026-11-20T19:23:01.000Z\n\
         _sort: 2026-11-20T19:23:00.123Z#Paid#pending\nat: claim\nid: claim#Paid#pay%231#pending"
    );
    assert_eq!(
        json(&entry.fact),
        "_body_sha256: ab\n_by: route POST /webhooks\n_event: Paid\n_recorded_at: 2026-11-20T19:23:01.000Z\n\
         _trace: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\namount: N 99.9\n\
         at: 2026-11-20T19:23:00.123Z#Paid#pending\nid: pay#1\nstatus: pending"
    );
}

#[test]
fn what_was_recorded_is_what_is_read() {
    assert_eq!(
        read_fact::<Payments>(entry("pay_1", "ab").unwrap().fact),
        Ok(paid("pay_1"))
    );
}

#[test]
fn what_can_never_be_an_item_is_refused_before_it_is_sent() {
    let complaint = |id: &str| entry(id, "ab").unwrap_err().to_string();
    assert_eq!(complaint(""), "`id` is empty");
    assert_eq!(
        complaint("claim#Paid#x#pending"),
        "`id` begins as only claims may"
    );
    assert_eq!(complaint(&"x".repeat(2049)), "`id` is too long for a key");
    let large = Paid {
        status: "x".into(),
        ..paid("a")
    };
    assert!(Entry::new::<Payments, Paid>(&large, &provenance("ab")).is_ok());
    let mut large = large;
    large.status = "x".repeat(1020);
    let refusal = Entry::new::<Payments, Paid>(&large, &provenance("ab")).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "`at` makes a sort key that is too long"
    );
    let wide = Map::from([("a".to_owned(), Wire::Text("x".repeat(ITEM_BYTES_MAX)))]);
    assert!(map_bytes(&wide) > ITEM_BYTES_MAX);
}

#[test]
fn what_no_index_takes_as_a_key_is_refused_by_its_name() {
    let of = |id: &str, status: &str| {
        let event = Paid {
            status: status.to_owned(),
            ..paid(id)
        };
        let entry = Entry::new::<Indexed, Paid>(&event, &provenance("ab"));
        entry.map(drop).map_err(|it| it.to_string())
    };
    assert_eq!(of("pay_1", "pending"), Ok(()));
    let empty = "`status` is empty, which no key of an index may be";
    assert_eq!(of("pay_1", ""), Err(empty.to_owned()));
    let long = "`id` is too long for a key of an index";
    assert_eq!(of(&"x".repeat(1025), "pending"), Err(long.to_owned()));
    // The claim is under no status, and still its key must be one that the index takes.
    assert_eq!(of(&"x".repeat(1020), "pending"), Err(long.to_owned()));

    let mut fields = paid("pay_1").to_fields();
    fields.remove("status");
    assert_eq!(fit_indexes(Indexed::INDEXES, &fields), Ok(()));
}

#[test]
fn both_keys_of_an_index_may_be_as_long_as_dynamodb_takes_them() {
    let fits = |name: &str, bytes: usize| {
        let item = Map::from([(name.to_owned(), Wire::Text("x".repeat(bytes)))]);
        fit_indexes(Indexed::INDEXES, &item).is_ok()
    };
    assert_eq!((fits("status", 2048), fits("status", 2049)), (true, false));
    assert_eq!((fits("id", 1024), fits("id", 1025)), (true, false));
}

#[test]
fn an_update_gives_no_index_a_key_that_it_does_not_take() {
    let is_fit = |name: &str, value: Option<Wire>| {
        let fit = fit_update::<Indexed>(name, value.as_ref());
        fit.is_ok()
    };
    assert!(is_fit("status", Some(Wire::text("pending"))) && is_fit("status", None));
    assert!(!is_fit("status", Some(Wire::text(""))));
    assert!(is_fit("note", Some(Wire::text(""))));
}
