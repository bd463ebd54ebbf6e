//! AWS::EC2: VPC, Subnet, route tables, gateways, security groups, endpoints, FlowLog.

use serde::Serialize;

use super::iam::{Policy, Role};
use super::logs::LogGroup;
use super::size::Limits;
use super::value::{Any, Arn, Name, Naming, Resource, Text, Value};

/// AWS::EC2::VPC
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vpc {
    /// Its addresses.
    pub cidr_block: &'static str,
    /// Names are resolved inside.
    pub enable_dns_support: bool,
    /// Endpoints answer under the services' own names.
    pub enable_dns_hostnames: bool,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for Vpc {
    const TYPE: &'static str = "AWS::EC2::VPC";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// A tag. The console shows `Name`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Such as `Name`.
    pub key: &'static str,
    /// Such as the name.
    pub value: Value<Text>,
}

/// AWS::EC2::Subnet
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnet {
    /// Its network.
    pub vpc_id: Value<Name<Vpc>>,
    /// Where it is.
    pub availability_zone: Value<Text>,
    /// Its addresses.
    pub cidr_block: String,
    /// Nothing in it gets a public address by itself.
    pub map_public_ip_on_launch: bool,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for Subnet {
    const TYPE: &'static str = "AWS::EC2::Subnet";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::RouteTable
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    /// Its network.
    pub vpc_id: Value<Name<Vpc>>,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for RouteTable {
    const TYPE: &'static str = "AWS::EC2::RouteTable";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::SubnetRouteTableAssociation
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SubnetRouteTableAssociation {
    /// The subnet.
    pub subnet_id: Value<Name<Subnet>>,
    /// Its routes.
    pub route_table_id: Value<Name<RouteTable>>,
}

impl Resource for SubnetRouteTableAssociation {
    const TYPE: &'static str = "AWS::EC2::SubnetRouteTableAssociation";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::Route to everywhere, over one of two gateways.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// Where it belongs.
    pub route_table_id: Value<Name<RouteTable>>,
    /// `0.0.0.0/0`
    pub destination_cidr_block: &'static str,
    /// In and out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<Value<Name<InternetGateway>>>,
    /// Out only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<Value<Name<NatGateway>>>,
}

impl Resource for Route {
    const TYPE: &'static str = "AWS::EC2::Route";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::InternetGateway
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGateway {
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for InternetGateway {
    const TYPE: &'static str = "AWS::EC2::InternetGateway";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::VPCGatewayAttachment
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcGatewayAttachment {
    /// The network.
    pub vpc_id: Value<Name<Vpc>>,
    /// Its gateway.
    pub internet_gateway_id: Value<Name<InternetGateway>>,
}

impl Resource for VpcGatewayAttachment {
    const TYPE: &'static str = "AWS::EC2::VPCGatewayAttachment";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::EIP, a public address.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Eip {
    /// `vpc`
    pub domain: &'static str,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for Eip {
    const TYPE: &'static str = "AWS::EC2::EIP";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::NatGateway
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGateway {
    /// The address that everything inside appears under outside.
    pub allocation_id: Value<Any>,
    /// A subnet with a route to the internet.
    pub subnet_id: Value<Name<Subnet>>,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for NatGateway {
    const TYPE: &'static str = "AWS::EC2::NatGateway";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::SecurityGroup
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroup {
    /// What it is for.
    pub group_description: String,
    /// Its network.
    pub vpc_id: Value<Name<Vpc>>,
    /// What may come in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_group_ingress: Vec<SecurityRule>,
    /// What may go out. Without any, EC2 would let everything out.
    pub security_group_egress: Vec<SecurityRule>,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for SecurityGroup {
    const TYPE: &'static str = "AWS::EC2::SecurityGroup";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// One rule of a security group: TCP, one port, with an address range or a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityRule {
    /// Why.
    pub description: &'static str,
    /// `tcp`
    pub ip_protocol: &'static str,
    /// First port.
    pub from_port: u16,
    /// Last port.
    pub to_port: u16,
    /// These addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_ip: Option<&'static str>,
    /// What has this group; only of what comes in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_security_group_id: Option<Value<Any>>,
}

/// AWS::EC2::VPCEndpoint
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcEndpoint {
    /// The network.
    pub vpc_id: Value<Name<Vpc>>,
    /// `com.amazonaws.<region>.sqs`
    pub service_name: Value<Text>,
    /// `Gateway` or `Interface`
    pub vpc_endpoint_type: &'static str,
    /// Of a gateway: the tables that get its route.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub route_table_ids: Vec<Value<Name<RouteTable>>>,
    /// Of an interface: where it has an address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnet_ids: Vec<Value<Name<Subnet>>>,
    /// Of an interface: who reaches it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_group_ids: Vec<Value<Any>>,
    /// Of an interface: the service's own name leads to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_dns_enabled: Option<bool>,
    /// What may be asked through it.
    pub policy_document: Policy,
}

impl Resource for VpcEndpoint {
    const TYPE: &'static str = "AWS::EC2::VPCEndpoint";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}

/// AWS::EC2::FlowLog
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlowLog {
    /// The network.
    pub resource_id: Value<Name<Vpc>>,
    /// `VPC`
    pub resource_type: &'static str,
    /// `ALL`, `ACCEPT` or `REJECT`
    pub traffic_type: &'static str,
    /// Seconds that are summed in one line: 60 or 600.
    pub max_aggregation_interval: u32,
    /// `cloud-watch-logs`
    pub log_destination_type: &'static str,
    /// Where to.
    pub log_group_name: Value<Name<LogGroup>>,
    /// With which role.
    pub deliver_logs_permission_arn: Value<Arn<Role>>,
    /// What the console shows.
    pub tags: Vec<Tag>,
}

impl Resource for FlowLog {
    const TYPE: &'static str = "AWS::EC2::FlowLog";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}
