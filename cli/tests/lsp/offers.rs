//! What is offered where: one row for each place in a spec.

/// Text of the spec that is replaced, what replaces it with `‸` for the cursor, some of what is offered, and some of what is not.
pub(crate) type Offer = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

pub(crate) const OFFERS: &[Offer] = &[
    // Declarations.
    (
        "type Parcel",
        "‸\ntype Parcel",
        &["queue", "workflow", "type"],
        &["fifo", "stripe"],
    ),
    ("type Parcel", "qu‸\ntype Parcel", &["queue"], &["fifo"]),
    // Attributes, on one line and on several, also behind a value with characters of two units.
    (
        "queue inbox {",
        "queue inbox { ‸, ",
        &["fifo", "retention"],
        &["queue", "verify"],
    ),
    (
        "queue inbox {",
        "queue inbox {\n  re‸\n ",
        &["retention"],
        &["queue", "verify"],
    ),
    (
        "\"😀 nobody\" }",
        "\"😀 nobody\", ‸ }",
        &["fifo"],
        &["verify"],
    ),
    (
        "queue inbox {",
        "queue inbox { fifo: ‸, ",
        &["true", "false"],
        &["inbox"],
    ),
    // Names of the kinds that fit.
    (
        "holds: Paid, Packed",
        "holds: Paid, ‸",
        &["Paid", "Packed"],
        &["Parcel", "inbox"],
    ),
    (
        "dead_letter: inbox_dlq",
        "dead_letter: ‸",
        &["inbox", "inbox_dlq"],
        &["ops"],
    ),
    (
        "send: inbox }\nfunction",
        "send: ‸ }\nfunction",
        &["inbox", "ops"],
        &["payments"],
    ),
    (
        "{ by: string }\nworkflow",
        "{ by: ‸ }\nworkflow",
        &["string", "decimal", "Parcel"],
        &["Paid"],
    ),
    (
        "type Parcel {",
        "provider stripe { verify: stripe(secret: hook_key) }\ntype Parcel { from: ‸, ",
        &["string", "Provider", "Parcel"],
        &["Paid", "Request"],
    ),
    (
        "type Parcel {",
        "type Parcel { from: ‸, ",
        &["string", "Parcel"],
        &["Provider"],
    ),
    (
        "function take(Paid)",
        "function take(‸)",
        &["Paid", "Parcel", "Request", "Accepted"],
        &["string", "Provider"],
    ),
    (
        "take(Paid) -> Paid",
        "take(Paid) -> ‸",
        &["Paid", "Parcel"],
        &["Request", "Accepted"],
    ),
    (
        "read: hook_key",
        "read: ‸",
        &["hook_key", "email", "payments"],
        &["inbox", "ops"],
    ),
    // Schemes and their arguments.
    (
        "verify: github(secret: hook_key)",
        "verify: ‸",
        &["stripe", "standard_webhooks"],
        &["hook_key"],
    ),
    (
        "verify: github(secret: hook_key)",
        "verify: hmac_sha256(‸)",
        &["header", "secret", "tolerance"],
        &["stripe"],
    ),
    (
        "verify: github(secret: hook_key)",
        "verify: hmac_sha256(secret: ‸)",
        &["hook_key"],
        &["email"],
    ),
    (
        "verify: github(secret: hook_key)",
        "verify: hmac_sha256(encoding: ‸)",
        &["hex", "base64"],
        &["text"],
    ),
    // Providers and their events.
    (
        "handler: take",
        "accept: ‸, handler: take",
        &["stripe", "github"],
        &["mollie"],
    ),
    (
        "handler: take",
        "accept: stripe.‸, handler: take",
        &["invoice.paid"],
        &["stripe"],
    ),
    (
        "handler: take",
        "accept: stripe.payment_intent.‸, handler: take",
        &["payment_intent.succeeded"],
        &["stripe"],
    ),
    // Workflows: statements, bindings, fields.
    (
        "  append Packed {",
        "  ‸\n  append Packed {",
        &["append", "catch", "publish", "timeout"],
        &["queue"],
    ),
    (
        "  append Packed {",
        "  expect paid.‸\n  append Packed {",
        &["amount", "state"],
        &["by"],
    ),
    (
        "append Packed {",
        "append ‸\n  append Packed {",
        &["Packed"],
        &["payments"],
    ),
    (
        "to payments\n}",
        "to ‸\n}",
        &["payments"],
        &["inbox", "Paid"],
    ),
    (
        "pack(paid)",
        "pack(‸)",
        &["paid", "started_at"],
        &["parcel"],
    ),
    ("by: parcel.by", "by: parcel.‸", &["by"], &["id"]),
    (
        "{ id: paid.id,",
        "{ ‸, id: paid.id,",
        &["by", "timestamp"],
        &["amount"],
    ),
    ("where amount > 5", "where ‸", &["amount", "id"], &["by"]),
    (
        "where amount > 5",
        "where present(‸)",
        &["amount", "id"],
        &["by"],
    ),
    (
        "where amount > 5",
        "where not ‸",
        &["amount", "id"],
        &["by"],
    ),
    // Metrics.
    (
        "ship.failed > 0 for 5m",
        "ship.‸",
        &["failed", "timed_out"],
        &["depth"],
    ),
    (
        "ship.failed > 0 for 5m",
        "‸",
        &["ship", "inbox", "functions", "route"],
        &["Paid"],
    ),
    (
        "ship.failed > 0 for 5m",
        "‸ > 0 for 5m",
        &["ship", "inbox", "functions", "route"],
        &["Paid"],
    ),
    (
        "param email",
        "dashboard all { graph \"A\" { show: ‸ } }\nparam email",
        &["ship", "inbox", "functions", "route"],
        &["Paid"],
    ),
    ("catch any", "catch ‸", &["any", "Timeout"], &["ship"]),
    (
        "type Parcel",
        "defaults ‸\ntype Parcel",
        &["queue", "function"],
        &["fifo"],
    ),
    // Declarations inside of others, and what belongs in them.
    (
        "holds: Paid, Packed }",
        "holds: Paid, Packed\n  ‸\n}",
        &["index", "on_delete"],
        &["graph"],
    ),
    (
        "holds: Paid, Packed }",
        "holds: Paid, Packed\n  index by_name { ‸ }\n}",
        &["partition", "sort"],
        &["holds"],
    ),
    // Statements that are being written: what is sent, where to, and the words between.
    (
        "  append Packed {",
        "  send ‸\n  append Packed {",
        &["paid", "parcel", "Packed", "Parcel"],
        &["inbox", "ops", "queue"],
    ),
    (
        "  append Packed {",
        "  publish ‸\n  append Packed {",
        &["paid", "parcel", "Packed", "Parcel"],
        &["inbox", "ops", "queue"],
    ),
    (
        "  append Packed {",
        "  put ‸\n  append Packed {",
        &["paid", "parcel", "Packed", "Parcel"],
        &["inbox", "ops", "queue"],
    ),
    (
        "  append Packed {",
        "  send paid ‸\n  append Packed {",
        &["to"],
        &["paid", "inbox"],
    ),
    (
        "  append Packed {",
        "  send Parcel { by: paid.id } ‸\n  append Packed {",
        &["to"],
        &["paid", "inbox"],
    ),
    (
        "  append Packed {",
        "  send paid to ‸\n  append Packed {",
        &["inbox"],
        &["ops", "paid"],
    ),
    (
        "  append Packed {",
        "  publish paid to ‸\n  append Packed {",
        &["ops"],
        &["inbox", "paid"],
    ),
    (
        "  append Packed {",
        "  publish \"a\", \"b\" to ‸\n  append Packed {",
        &["ops"],
        &["inbox", "paid"],
    ),
    (
        "  append Packed {",
        "  wait ‸\n  append Packed {",
        &["until"],
        &["paid", "ship"],
    ),
    (
        "  append Packed {",
        "  wait until ‸\n  append Packed {",
        &["started_at", "paid"],
        &["until"],
    ),
    (
        "  append Packed {",
        "  update ‸\n  append Packed {",
        &["payments"],
        &["inbox", "paid"],
    ),
    (
        "  append Packed {",
        "  update payments.‸\n  append Packed {",
        &["amount", "state", "by"],
        &["id", "timestamp"],
    ),
    (
        "  append Packed {",
        "  update payments.‸ = settled for paid\n  append Packed {",
        &["amount", "state"],
        &["id", "timestamp"],
    ),
    (
        "  append Packed {",
        "  update payments.state = ‸\n  append Packed {",
        &["paid", "open", "settled"],
        &["for"],
    ),
    (
        "  append Packed {",
        "  update payments.state = settled ‸\n  append Packed {",
        &["for"],
        &["paid"],
    ),
    (
        "  append Packed {",
        "  update payments.state = settled for ‸\n  append Packed {",
        &["paid"],
        &["for", "settled"],
    ),
    (
        "parcel = pack(paid)",
        "parcel = pack(paid) ‸",
        &["retry"],
        &["paid", "catch"],
    ),
    (
        "holds: Paid, Packed }",
        "holds: Paid, Packed\n  index by_name { partition: ‸ }\n}",
        &["by", "state", "amount"],
        &["payments", "partition"],
    ),
    (
        "holds: Paid, Packed }",
        "holds: Paid, Packed\n  index by_name { partition: by, sort: ‸ }\n}",
        &["amount", "timestamp"],
        &["payments"],
    ),
    (
        "type Parcel {",
        "retry patiently { errors: Throttled }\nfunction call(Paid)\nworkflow again(paid: Paid) { call(paid) retry ‸ }\ntype Parcel {",
        &["patiently"],
        &["retry", "paid"],
    ),
    (
        "type Parcel {",
        "bucket slips { }\nworkflow keep(paid: Paid) { put paid to ‸ }\ntype Parcel {",
        &["slips"],
        &["inbox", "paid"],
    ),
    (
        "type Parcel {",
        "bucket slips { }\nworkflow keep(paid: Paid) { put paid to slips ‸ }\ntype Parcel {",
        &["key"],
        &["slips", "paid"],
    ),
    // What is not closed yet.
    (
        "verify: github(secret: hook_key), handler: take, send: inbox }",
        "verify: hmac_sha256(‸",
        &["header", "secret"],
        &["stripe"],
    ),
    (
        "queue inbox_dlq { watch: off because \"😀 nobody\" }",
        "queue inbox_dlq {\n  re‸\n",
        &["retention"],
        &["queue"],
    ),
    (
        "parcel = pack(paid)",
        "parcel = pa‸",
        &["pack", "record"],
        &["ship", "paid"],
    ),
    (
        "  parcel = pack(paid)",
        "  if ‸\n  parcel = pack(paid)",
        &["paid", "started_at"],
        &["pack"],
    ),
    // Words of clauses, and values of enums.
    (
        "on: inbox batch 10",
        "on: inbox ‸ 10",
        &["batch", "window", "where"],
        &["inbox"],
    ),
    (
        "function take(Paid) -> Paid",
        "function take(Paid) -> Paid ‸",
        &["fails", "per"],
        &["Paid"],
    ),
    (
        "where amount > 5",
        "where state == ‸",
        &["open", "settled"],
        &["amount"],
    ),
    // Nothing inside a text or a comment.
    ("/// Signs.", "/// Si‸gns.", &[], &["queue"]),
];
