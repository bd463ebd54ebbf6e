//! `network`: a VPC that functions run in, over some zones, with a way out through one NAT gateway or none at all.
//!
//! The VPC's default security group cannot be closed by CloudFormation (CDK does it with a hidden function); nothing here uses
//! it: every network interface of the stack names a group of its own.

mod endpoint;
mod flow_log;

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::ec2::{
    Eip, InternetGateway, NatGateway, Route, RouteTable, SecurityGroup, SecurityRule, Subnet,
    SubnetRouteTableAssociation, Tag, Vpc, VpcGatewayAttachment,
};
use crate::emit::cfn::iam::Effect;
use crate::emit::cfn::lambda::VpcConfig;
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Id, Name, Sub, Value};
use crate::emit::graph::Picture;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::network::KIND;
use crate::lower::outputs::Outputs;
use crate::lower::policy::{self, Right};
use crate::lower::{Stack, names};
use crate::model::{self};

/// Addresses of a network. Each subnet takes 256 of them.
const CIDR: &str = "10.0.0.0/16";

/// The third number of the first public subnet's addresses; private ones count from 0.
const PUBLIC_FROM: u32 = 128;

/// Everywhere.
const ANYWHERE: &str = "0.0.0.0/0";

/// What Lambda does with a role to connect a function to a network. AWS: "Giving Lambda functions access to resources in an
/// Amazon VPC".
const INTERFACES: [&str; 6] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// The network's VPC.
pub(crate) fn vpc(name: &str) -> Handle<Vpc> {
    Handle::new(names::id(name, "Vpc"))
}

impl Declared for model::Network {
    of_kind!(KIND);

    /// Adds the network. Comes after the functions: endpoints let through what these may do and nothing else.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let at = At::new(stack, self);
        let resource = Vpc {
            cidr_block: CIDR,
            enable_dns_support: true,
            enable_dns_hostnames: true,
            tags: at.tags(""),
        };
        at.add(stack, &vpc(&self.name), resource);
        subnets(stack, &at);
        if self.nat {
            way_out(stack, &at);
        }
        function_group(stack, &at);
        endpoint::lower(stack, &at);
        flow_log::lower(stack, &at);
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let value = vpc(&self.name).name().any();
        outputs.add(
            &self.name,
            "VpcId",
            text_of(("Network ", &self.name)),
            value,
        );
    }

    fn draw(&self, _: &mut Picture<'_>) {}

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

/// A network while it is lowered: where it is declared and what its parts are called.
struct At<'a> {
    network: &'a model::Network,
    pascal: String,
    pipe: SpecLine,
}

impl<'a> At<'a> {
    fn new(stack: &Stack<'_>, network: &'a model::Network) -> Self {
        Self {
            network,
            pascal: names::pascal(&network.name),
            pipe: stack.at(&network.origin),
        }
    }

    fn handle<R>(&self, part: &str) -> Handle<R> {
        Handle::new(text_of((&self.pascal, part)))
    }

    fn vpc(&self) -> Value<Name<Vpc>> {
        vpc(&self.network.name).name()
    }

    /// `Name`: the network's physical name, and which part of it this is.
    fn tags(&self, part: &str) -> Vec<Tag> {
        let name = if part.is_empty() {
            self.network.name.clone()
        } else {
            text_of((&self.network.name, "_", part))
        };
        vec![Tag {
            key: "Name",
            value: names::physical(&name),
        }]
    }

    fn private_subnet(&self, zone: u32) -> Handle<Subnet> {
        self.handle(&text_of(("Subnet", zone + 1)))
    }

    fn private_subnets(&self) -> Vec<Value<Name<Subnet>>> {
        let zones = 0..self.network.zones;
        zones.map(|it| self.private_subnet(it).name()).collect()
    }

    fn private_routes(&self) -> Handle<RouteTable> {
        self.handle("RouteTable")
    }

    fn add<R>(&self, stack: &mut Stack<'_>, handle: &Handle<R>, properties: R)
    where
        R: crate::emit::cfn::value::Resource + Into<crate::emit::cfn::template::Properties>,
    {
        let resource = Resource::new(properties, self.pipe.clone());
        stack.resources.add(handle, resource);
    }
}

/// A private subnet in each zone, all with one table of routes, which leads nowhere by itself.
fn subnets(stack: &mut Stack<'_>, at: &At<'_>) {
    let routes = at.private_routes();
    let table = RouteTable {
        vpc_id: at.vpc(),
        tags: at.tags("private"),
    };
    at.add(stack, &routes, table);
    for zone in 0..at.network.zones {
        let handle = at.private_subnet(zone);
        subnet(stack, at, &handle, zone, zone, "private");
        let part = text_of(("Subnet", zone + 1, "Routes"));
        associate(stack, at, &part, &handle, &routes);
    }
}

fn subnet(
    stack: &mut Stack<'_>,
    at: &At<'_>,
    handle: &Handle<Subnet>,
    zone: u32,
    third: u32,
    part: &str,
) {
    let resource = Subnet {
        vpc_id: at.vpc(),
        availability_zone: Value::zone(zone),
        cidr_block: text_of(("10.0.", third, ".0/24")),
        map_public_ip_on_launch: false,
        tags: at.tags(&text_of((part, "_", zone + 1))),
    };
    at.add(stack, handle, resource);
}

fn associate(
    stack: &mut Stack<'_>,
    at: &At<'_>,
    part: &str,
    subnet: &Handle<Subnet>,
    routes: &Handle<RouteTable>,
) {
    let resource = SubnetRouteTableAssociation {
        subnet_id: subnet.name(),
        route_table_id: routes.name(),
    };
    at.add(stack, &at.handle(part), resource);
}

/// Public subnets, and one NAT gateway in the first: all zones go out through it, and under one address.
fn way_out(stack: &mut Stack<'_>, at: &At<'_>) {
    let gateway = at.handle::<InternetGateway>("InternetGateway");
    let attachment = at.handle::<VpcGatewayAttachment>("InternetGatewayAttachment");
    let public = at.handle::<RouteTable>("PublicRouteTable");
    let resource = InternetGateway { tags: at.tags("") };
    at.add(stack, &gateway, resource);
    let resource = VpcGatewayAttachment {
        vpc_id: at.vpc(),
        internet_gateway_id: gateway.name(),
    };
    at.add(stack, &attachment, resource);
    let resource = RouteTable {
        vpc_id: at.vpc(),
        tags: at.tags("public"),
    };
    at.add(stack, &public, resource);
    let out = Route {
        route_table_id: public.name(),
        destination_cidr_block: ANYWHERE,
        gateway_id: Some(gateway.name()),
        nat_gateway_id: None,
    };
    // A route to a gateway that is not attached yet is refused, and no reference says so.
    let resource = Resource::new(out, at.pipe.clone()).after(vec![attachment.id.clone()]);
    let public_route = at.handle::<Route>("PublicRoute");
    stack.resources.add(&public_route, resource);
    for zone in 0..at.network.zones {
        let number = zone + 1;
        let handle = at.handle::<Subnet>(&text_of(("PublicSubnet", number)));
        subnet(stack, at, &handle, zone, PUBLIC_FROM + zone, "public");
        let part = text_of(("PublicSubnet", number, "Routes"));
        associate(stack, at, &part, &handle, &public);
    }
    nat(stack, at, attachment.id, public_route.id);
}

fn nat(stack: &mut Stack<'_>, at: &At<'_>, attachment: Id, public_route: Id) {
    let address = at.handle::<Eip>("NatAddress");
    let gateway = at.handle::<NatGateway>("NatGateway");
    let resource = Eip {
        domain: "vpc",
        tags: at.tags("nat"),
    };
    // An address can be let go only before its gateway is detached.
    let resource = Resource::new(resource, at.pipe.clone()).after(vec![attachment]);
    stack.resources.add(&address, resource);
    let resource = NatGateway {
        allocation_id: address.attribute("AllocationId"),
        subnet_id: at.handle::<Subnet>("PublicSubnet1").name(),
        tags: at.tags(""),
    };
    // It goes out by these, so it comes after them and goes before them.
    let routes = at.handle::<SubnetRouteTableAssociation>("PublicSubnet1Routes");
    let after = vec![public_route, routes.id];
    let resource = Resource::new(resource, at.pipe.clone()).after(after);
    stack.resources.add(&gateway, resource);
    let out = Route {
        route_table_id: at.private_routes().name(),
        destination_cidr_block: ANYWHERE,
        gateway_id: None,
        nat_gateway_id: Some(gateway.name()),
    };
    at.add(stack, &at.handle("Route"), out);
}

/// The group of the functions: nothing comes in, and only TLS goes out. Without a way out, that leads to the endpoints alone.
fn function_group(stack: &mut Stack<'_>, at: &At<'_>) {
    let name = &at.network.name;
    let group = SecurityGroup {
        group_description: text_of(("Functions in the network ", name, ": only TLS goes out")),
        vpc_id: at.vpc(),
        security_group_ingress: Vec::new(),
        security_group_egress: vec![SecurityRule {
            description: if at.network.nat {
                "TLS to AWS and to whom the functions call"
            } else {
                "TLS to the endpoints of the network, where all its routes end"
            },
            ip_protocol: "tcp",
            from_port: 443,
            to_port: 443,
            cidr_ip: Some(ANYWHERE),
            source_security_group_id: None,
        }],
        tags: at.tags("functions"),
    };
    at.add(stack, &function_security_group(name), group);
}

fn function_security_group(name: &str) -> Handle<SecurityGroup> {
    Handle::new(names::id(name, "FunctionSecurityGroup"))
}

/// Where a function runs: the private subnets of its network, with the functions' group.
pub(crate) fn config(stack: &Stack<'_>, function: &model::Function) -> Option<VpcConfig> {
    let network = stack.pipeline.networks.get(function.network.as_ref()?)?;
    Some(VpcConfig {
        security_group_ids: vec![group_id(&function_security_group(&network.name))],
        subnet_ids: At::new(stack, network).private_subnets(),
    })
}

fn group_id(group: &Handle<SecurityGroup>) -> Value<Any> {
    group.attribute("GroupId")
}

/// What Lambda needs of the function's role to connect it, and that the function's own code gets nothing of it.
pub(crate) fn rights(function: &model::Function, pipe: &SpecLine) -> Vec<Right> {
    if function.network.is_none() {
        return Vec::new();
    }
    let connect = policy::unscoped(
        "ConnectToNetwork",
        "have Lambda connect it to its network",
        pipe,
        &INTERFACES,
        "the network interfaces do not exist before Lambda makes them, and EC2's Describe actions know no resources; in this region only",
    )
    .when(
        "StringEquals",
        "aws:RequestedRegion",
        Value::parameter("AWS::Region").any(),
    )
    .found(
        "RESOURCE_STAR",
        "what Lambda does with the role of a function in a network is allowed for `*` in AWS's own instruction, \"Giving Lambda functions access to resources in an Amazon VPC\"",
    );
    let arn = names::named(Sub::arn_of("lambda").text("function:"), &function.name).done();
    let mut keep = policy::unscoped(
        "KeepCodeFromNetwork",
        "keep its own code from the network interfaces",
        pipe,
        &INTERFACES,
        "a denial for everything: Lambda connects the function, the code of the function has no business there",
    )
    .when("ArnEquals", "lambda:SourceFunctionArn", arn)
    .found(
        "UNKNOWN_CONDITION_FOR_ACTION",
        "the key with which AWS's instruction, \"Giving Lambda functions access to resources in an Amazon VPC\", denies them to the function's own code; parliament's data has it for no action of EC2",
    );
    keep.statement.effect = Effect::Deny;
    vec![connect, keep]
}
