//! Sinks in their order, over services in memory.

use super::*;
use crate::channel::{Channel, Fifo, Post};
use crate::condition::Relation;
use crate::context::Context;
use crate::entry::tests::{Paid, Payments, paid};
use crate::memory::{Memory, at_once};

#[derive(Clone, Copy)]
struct Lane;
impl Channel for Lane {
    const DESTINATION: Destination = Destination::Queue {
        name: "lane",
        per_provider: true,
        fifo: Some(Fifo {
            group: "id",
            by_content: true,
        }),
    };
}
impl Carries<Paid> for Lane {
    const KIND: &'static str = "Paid";
}

#[derive(Clone, Copy)]
struct Bus;
impl Channel for Bus {
    const DESTINATION: Destination = Destination::Bus {
        name: "bus",
        source: "payment.processor",
    };
}
impl Carries<Paid> for Bus {
    const KIND: &'static str = "Payment Received";
}

#[derive(Clone, Copy)]
struct Archive;
impl Bucket for Archive {
    const NAME: &'static str = "archive";
}

const KEY: &[Piece] = &[
    Piece::Date("at"),
    Piece::Text("/"),
    Piece::Field("id"),
    Piece::Text(".json"),
];
const LARGE: Where = Where::Number("amount", Relation::Greater, "10000");
const ALL: [Sink; 4] = [
    append::<Payments, Paid>(),
    write_event::<Archive, Paid>(KEY),
    send::<Lane, Paid>(),
    send::<Bus, Paid>().only(LARGE),
];

/// A call of a delivery with this body at this instant.
fn call(memory: &Memory, body: &str, at_ms: i64) -> Context {
    let at = Timestamp::from_millis(at_ms).unwrap();
    let mut context = Context::in_memory(memory, "f", "k", at).of_provider("stripe");
    context.call.body = Some(body.as_bytes().into());
    context.call.body_sha256 = crate::Receipt::new(body.as_bytes(), at).body_sha256();
    context
}

fn deliver(context: &Context, value: &impl Output) -> Result<Done, Stopped> {
    at_once(perform(
        &ALL,
        value.values(),
        &context.services,
        &context.call,
    ))
}

fn paid_at(id: &str, amount: &str, at_ms: i64) -> Paid {
    Paid {
        amount: amount.parse().unwrap(),
        at: Timestamp::from_millis(at_ms).unwrap(),
        ..paid(id)
    }
}

#[test]
fn every_sink_is_done_in_order_and_only_where_its_condition_holds() {
    let memory = Memory::default();
    let context = call(&memory, "{}", 1_000);
    let several = vec![paid_at("a", "10000", 5), paid_at("b", "10000.01", 5)];
    let done = deliver(&context, &several).unwrap();
    assert_eq!((done.outcome(), done.values), (Outcome::Recorded, 2));
    let to: Vec<String> = memory.posts().iter().map(|it| it.to().to_owned()).collect();
    assert_eq!(to, ["lane_stripe", "lane_stripe", "bus"]);
    let Some(Post::Bus {
        detail,
        detail_type,
        ..
    }) = memory.posts().pop()
    else {
        panic!("the last one went to the bus")
    };
    assert_eq!(detail_type, "Payment Received");
    assert!(detail.contains(r#""amount":10000.01"#), "{detail}");
    let object = memory.object(Archive, "1970-01-01/a.json").unwrap();
    let object = String::from_utf8(object).unwrap();
    assert!(
        object.contains(r#""_event":"Paid""#) && object.contains(r#""_body":"{}""#),
        "{object}"
    );
    assert!(
        object.contains(r#""_recorded_at":"1970-01-01T00:00:01.000Z""#),
        "{object}"
    );
}

#[test]
fn a_duplicate_goes_on_with_the_event_as_it_was_recorded() {
    let memory = Memory::default();
    let broken = memory.clone().out_of_order("throttled");
    let first = call(&broken, "{}", 1_000);
    assert!(matches!(
        deliver(&first, &paid_at("a", "1", 5)),
        Err(Stopped::NotNow(_))
    ));
    assert!(memory.posts().is_empty() && memory.keys().is_empty());

    memory.in_order_again();
    // The second delivery came later, so what is set on arrival differs.
    let second = call(&memory, "{}", 9_000);
    let done = deliver(&second, &paid_at("a", "1", 7_000)).unwrap();
    assert_eq!(done.outcome(), Outcome::Duplicate);
    let Some(Post::Queue { body, .. }) = memory.posts().pop() else {
        panic!("the queue was sent to")
    };
    assert!(body.contains("1970-01-01T00:00:00.005Z"), "{body}");
    let written = memory.object(Archive, "1970-01-01/a.json").unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(
        written.contains(r#""_recorded_at":"1970-01-01T00:00:01.000Z""#),
        "{written}"
    );

    let third = call(&memory, "{}", 20_000);
    deliver(&third, &paid_at("a", "1", 20_000)).unwrap();
    assert_eq!(
        memory.object(Archive, "1970-01-01/a.json").unwrap(),
        written.into_bytes()
    );
}

/// The amount becomes another one, a note that was not there is made: neither was so when the fact was recorded.
#[test]
fn a_duplicate_of_what_was_changed_since_goes_on_as_at_first() {
    let memory = Memory::default();
    let first = call(&memory, "{}", 1_000);
    deliver(&first, &paid_at("a", "1", 5)).unwrap();
    let key = entry::key_of::<Payments, Paid>(&paid_at("a", "1", 5).to_fields()).unwrap();
    let changes = [
        ("amount", Wire::Number("7".into())),
        ("note", Wire::text("x")),
    ];
    for (field, value) in changes {
        let keys = entry::keys::<Payments>();
        let log = &first.services.log;
        let update = log.update("payments", keys, key.clone(), field, Some(value));
        assert!(at_once(update).unwrap(), "there is an item to change");
    }
    let archived = memory.object(Archive, "1970-01-01/a.json");

    let done = deliver(&call(&memory, "{}", 9_000), &paid_at("a", "1", 5)).unwrap();
    assert_eq!(done.outcome(), Outcome::Duplicate);
    let bodies: Vec<String> = memory
        .posts()
        .into_iter()
        .map(|it| match it {
            Post::Queue { body, .. } => body,
            other => panic!("only the queue is sent to, not {other:?}"),
        })
        .collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies.first(), bodies.last());
    assert_eq!(memory.object(Archive, "1970-01-01/a.json"), archived);
}

/// A provider that counts its attempts in the body sends the same in other bytes; what is kept is the first.
#[test]
fn other_bytes_that_say_the_same_are_a_duplicate_and_leave_the_object_as_it_is() {
    let memory = Memory::default();
    deliver(&call(&memory, "{}", 1_000), &paid_at("a", "1", 1_000)).unwrap();
    let written = memory.object(Archive, "1970-01-01/a.json").unwrap();
    let done = deliver(&call(&memory, "{ }", 9_000), &paid_at("a", "1.0", 9_000)).unwrap();
    assert_eq!(done.outcome(), Outcome::Duplicate);
    assert_eq!(
        memory.object(Archive, "1970-01-01/a.json").unwrap(),
        written
    );
}

#[test]
fn a_mismatch_stops_before_anything_is_sent() {
    let memory = Memory::default();
    deliver(&call(&memory, "{}", 0), &paid_at("a", "1", 5)).unwrap();
    let sent = memory.posts().len();
    let other = deliver(&call(&memory, "{ }", 0), &paid_at("a", "2", 5));
    assert!(
        matches!(other, Err(Stopped::Mismatch { event: "Paid", identity, .. }) if identity == "Paid#a#pending")
    );
    assert_eq!(memory.posts().len(), sent);
}

#[test]
fn nothing_given_is_nothing_done() {
    let memory = Memory::default();
    let done = deliver(&call(&memory, "{}", 0), &None::<Paid>).unwrap();
    assert_eq!((done.outcome(), done.values), (Outcome::Succeeded, 0));
    assert!(memory.posts().is_empty() && memory.keys().is_empty());
}

#[test]
fn what_can_never_be_sent_is_said_to_be_so() {
    let memory = Memory::default();
    let mut context = call(&memory, "{}", 0);
    context.call.provider = None;
    let stopped = deliver(&context, &paid_at("a", "1", 5));
    assert!(matches!(
        stopped,
        Err(Stopped::Never {
            too_large: false,
            ..
        })
    ));
    context.call.body = Some(vec![b'x'; 500 * 1024].into());
    context.call.body_sha256 = "x".to_owned();
    let stopped = deliver(&context, &paid_at("b", "1", 5));
    assert!(matches!(
        stopped,
        Err(Stopped::Never {
            too_large: true,
            ..
        })
    ));
}

/// One that is not as expected, or has nothing to compare, stops all of them: half of an output is no output.
#[test]
fn of_several_values_none_is_recorded_where_one_is_not_as_expected() {
    const SINKS: [Sink; 2] = [expect(LARGE), append::<Payments, Paid>()];
    let memory = Memory::default();
    let context = call(&memory, "{}", 0);
    let deliver =
        |values: Vec<Map>| at_once(perform(&SINKS, values, &context.services, &context.call));
    let large = paid_at("a", "10000.01", 5).to_fields();
    let mut absent = large.clone();
    absent.remove("amount");
    for other in [paid_at("b", "10000", 5).to_fields(), absent] {
        let stopped = deliver(vec![large.clone(), other]);
        assert!(
            matches!(
                stopped,
                Err(Stopped::Unexpected {
                    condition: LARGE,
                    ..
                })
            ),
            "{stopped:?}"
        );
        assert!(memory.keys().is_empty());
    }
    assert_eq!(deliver(vec![large]).unwrap().outcome(), Outcome::Recorded);
    assert_eq!(deliver(Vec::new()).unwrap().values, 0);
}

/// What can be recorded and not written, or not sent, would be lost: each time it comes again it hears the same refusal.
#[test]
fn what_one_sink_refuses_no_sink_does() {
    let memory = Memory::default();
    let long = "x".repeat(1_020);
    let unwritable = paid_at(&long, "1", 5);
    let mut no_lane = call(&memory, "{}", 0);
    no_lane.call.provider = None;
    let lane = call(&memory, "{}", 0);
    let fine = paid_at("a", "1", 5);
    for (context, values) in [
        (&lane, vec![unwritable.clone()]),
        (&lane, vec![fine.clone(), unwritable]),
        (&no_lane, vec![fine.clone()]),
    ] {
        let stopped = deliver(context, &values);
        assert!(matches!(stopped, Err(Stopped::Never { .. })), "{stopped:?}");
        assert!(memory.posts().is_empty() && memory.keys().is_empty());
        for id in ["a", &long] {
            assert_eq!(at_once(lane.read(Payments, id)).unwrap(), []);
        }
    }
    assert_eq!(deliver(&lane, &fine).unwrap().outcome(), Outcome::Recorded);
}
