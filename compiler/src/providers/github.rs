//! GitHub's events. Their type stands in a header, which is not signed, so it is a hint: what is read by it must still be of its shape.

use super::field::{FieldKind, flag, instant, of, record, text, whole};
use super::{Event, Money, Place, Provider, Record};

pub(super) const PROVIDER: Provider = Provider {
    name: "github",
    schemes: &["github"],
    version: "payload examples of 3a58428aa5c399cf5aa12c8663aea1fb1f515254",
    source: "github.com/octokit/webhooks, payload-examples/api.github.com",
    event_type: Place::Header("X-GitHub-Event"),
    event_id: Some(Place::Header("X-GitHub-Delivery")),
    identity: &[Place::Header("X-GitHub-Delivery")],
    // Prices are in cents of the US dollar, and their names say so.
    money: Money {
        whole: "",
        thousandths: "",
    },
    common: &[],
    records: &[
        USER,
        REPOSITORY,
        ISSUE,
        LABEL,
        PURCHASE,
        ACCOUNT,
        PLAN,
        SPONSORSHIP,
        TIER,
    ],
    events: &[
        Event {
            name: "issues",
            doc: "An issue was opened, closed or changed; `action` says which.",
            fields: &[
                text("action"),
                record("issue", "Issue"),
                record("repository", "Repository"),
                record("sender", "User"),
            ],
        },
        Event {
            name: "marketplace_purchase",
            doc: "Somebody has bought, changed or ended a plan; `action` says which.",
            fields: &[
                text("action"),
                instant("effective_date"),
                record("purchase", "Purchase").at("marketplace_purchase"),
                record("sender", "User"),
            ],
        },
        Event {
            name: "ping",
            doc: "A webhook was set up.",
            fields: &[
                text("zen"),
                whole("hook_id"),
                record("repository", "Repository").maybe(),
                record("sender", "User").maybe(),
            ],
        },
        Event {
            name: "push",
            doc: "Commits, a branch or a tag were pushed or deleted.",
            fields: &[
                text("ref"),
                text("before"),
                text("after"),
                flag("created"),
                flag("deleted"),
                flag("forced"),
                record("repository", "Repository"),
                record("sender", "User").maybe(),
            ],
        },
        Event {
            name: "sponsorship",
            doc: "A sponsorship was begun, changed or ended; `action` says which.",
            fields: &[
                text("action"),
                record("sponsorship", "Sponsorship"),
                record("sender", "User"),
            ],
        },
    ],
};

const USER: Record = Record {
    name: "User",
    doc: "A person, an organisation or a bot.",
    fields: &[whole("id"), text("login"), text("type")],
};

const REPOSITORY: Record = Record {
    name: "Repository",
    doc: "A repository.",
    fields: &[
        whole("id"),
        text("name"),
        text("full_name"),
        flag("private"),
        text("html_url"),
        text("default_branch").maybe(),
    ],
};

const ISSUE: Record = Record {
    name: "Issue",
    doc: "An issue.",
    fields: &[
        whole("id"),
        whole("number"),
        text("title"),
        text("state").maybe(),
        text("body").maybe(),
        record("user", "User").maybe(),
        of("labels", FieldKind::Records("Label")).maybe(),
        text("html_url"),
        instant("created_at"),
        instant("updated_at"),
        instant("closed_at").maybe(),
    ],
};

const LABEL: Record = Record {
    name: "Label",
    doc: "A label of an issue.",
    fields: &[whole("id"), text("name")],
};

const PURCHASE: Record = Record {
    name: "Purchase",
    doc: "What was bought.",
    fields: &[
        record("account", "Account"),
        text("billing_cycle"),
        whole("unit_count"),
        flag("on_free_trial"),
        instant("free_trial_ends_on").maybe(),
        instant("next_billing_date").maybe(),
        record("plan", "Plan"),
    ],
};

const ACCOUNT: Record = Record {
    name: "Account",
    doc: "Who has bought it.",
    fields: &[
        whole("id"),
        text("login"),
        text("type"),
        text("organization_billing_email").maybe(),
    ],
};

const PLAN: Record = Record {
    name: "Plan",
    doc: "What it costs, in cents of the US dollar.",
    fields: &[
        whole("id"),
        text("name"),
        text("price_model"),
        whole("monthly_price_in_cents"),
        whole("yearly_price_in_cents"),
        text("unit_name").maybe(),
    ],
};

const SPONSORSHIP: Record = Record {
    name: "Sponsorship",
    doc: "Who sponsors whom, and with how much.",
    fields: &[
        text("node_id"),
        record("sponsor", "User").maybe(),
        record("sponsorable", "User").maybe(),
        text("privacy_level"),
        record("tier", "Tier"),
        instant("created_at"),
    ],
};

const TIER: Record = Record {
    name: "Tier",
    doc: "A sponsor's monthly price, in cents of the US dollar.",
    fields: &[
        text("node_id"),
        text("name"),
        whole("monthly_price_in_cents"),
        flag("is_one_time"),
        flag("is_custom_amount"),
        instant("created_at"),
    ],
};
