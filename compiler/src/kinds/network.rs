//! `network NAME { … }`: a private network for functions.

pub(crate) mod lower;

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, KindId, Presence, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::head;
use crate::diag;
use crate::model::Origin;

/// A private network for functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Declared name.
    pub name: String,
    /// Availability zones.
    pub zones: u32,
    /// `egress: nat` (one NAT gateway) or `none`.
    pub nat: bool,
    /// Services that are reached through endpoints: `dynamodb`, `s3` by gateway, every other by interface. In the order written.
    pub endpoints: Vec<String>,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "network",
    doc: "A private network for functions. Without egress they reach AWS through endpoints, and nothing else.",
    form: "network NAME { … }",
    example: "network private { zones: 2, egress: nat }",
    becomes: &[
        "AWS::EC2::EIP",
        "AWS::EC2::FlowLog",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::NatGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
    ],
    attributes: &[
        Attribute {
            name: "zones",
            doc: "Availability zones, each with a private subnet.",
            value: Value::Whole { min: 1, max: 3 },
            presence: Presence::Default("2"),
        },
        Attribute {
            name: "egress",
            doc: "The way out: `nat` is one NAT gateway, `none` is none.",
            value: Value::Choice(&["nat", "none"]),
            presence: Presence::Default("none"),
        },
        Attribute {
            name: "endpoints",
            doc: "Services that are reached without leaving the network; not written, those that its functions use, if it has no egress.",
            value: Value::List("names of services"),
            presence: Presence::Optional,
        },
    ],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

/// Services with an endpoint that functions use without a grant, as AWS names the end of `com.amazonaws.<region>.…`.
const UNGRANTED: [&str; 6] = ["kms", "logs", "xray", "lambda", "monitoring", "sts"];

/// Services with an endpoint in a network.
fn services() -> Vec<&'static str> {
    let granted = KindId::ALL
        .iter()
        .filter_map(|it| Some(it.kind().service?.endpoint));
    let mut services: Vec<&str> = Vec::new();
    for service in granted.chain(UNGRANTED) {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    cx.keep_places(name.text, &attributes);
    let mut endpoints: Vec<String> = Vec::new();
    let services = services();
    for word in cx.words(&attributes, "endpoints") {
        let mut service = word.text;
        if !services.contains(&service) {
            let meant = nearest(word.text, services.iter().copied());
            let it = diag::P0213
                .at(
                    word.span,
                    format!("`{}` is no service with an endpoint", word.text),
                )
                .label("no such endpoint")
                .help(format!("endpoints are {}", services.join(", ")));
            cx.report_slip(it, word.span, meant);
            let Some(meant) = meant else { continue };
            service = meant;
        }
        if endpoints.iter().any(|it| it == service) {
            let message = format!("`{service}` is listed twice");
            cx.report(diag::P0105.at(word.span, message).label("again here"));
        } else {
            endpoints.push(service.to_owned());
        }
    }
    let network = Network {
        name: name.text.to_owned(),
        zones: u32::try_from(cx.quantity(&attributes, "zones")).unwrap_or(u32::MAX),
        nat: cx.choice(&attributes, "egress") == "nat",
        endpoints,
        origin: cx.head_origin(it),
    };
    cx.model.networks.insert(name.text.to_owned(), network);
}
