//! `api_key`: a key for a known caller, with the plan that says how often it may call.

use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::emit::cfn::apigateway::{
    ApiKey, ApiStage, PlanQuota, PlanThrottle, Stage, UsagePlan, UsagePlanKey,
};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::Handle;
use crate::emit::graph::Picture;
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::api_key::KIND;
use crate::kinds::route;
use crate::lower::outputs::Outputs;
use crate::lower::{Stack, names};
use crate::model::{self};

/// The key's logical id.
pub(crate) fn handle(name: &str) -> Handle<ApiKey> {
    Handle::new(names::id(name, "ApiKey"))
}

impl Declared for model::ApiKey {
    of_kind!(KIND);

    /// Adds the key, its plan, and that the plan is the key's.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let pascal = names::pascal(&self.name);
        let handle = handle(&self.name);
        // Its value is made by API Gateway and read there by a person: `aws apigateway get-api-key --include-value`.
        let resource = ApiKey {
            name: names::physical(&self.name),
            description: text_of(("Key of ", &self.name)),
            enabled: true,
        };
        stack
            .resources
            .add(&handle, Resource::new(resource, pipe.clone()));

        let plan = Handle::<UsagePlan>::new(text_of((&pascal, "UsagePlan")));
        let resource = UsagePlan {
            usage_plan_name: names::physical(&self.name),
            description: text_of(("How often ", &self.name, " may call")),
            api_stages: stages(stack, &self.name),
            quota: self
                .quota
                .map(|(limit, period)| PlanQuota { limit, period }),
            throttle: PlanThrottle {
                rate_limit: self.rate_per_s,
                burst_limit: self.burst,
            },
        };
        stack
            .resources
            .add(&plan, Resource::new(resource, pipe.clone()));

        let resource = UsagePlanKey {
            key_id: handle.name(),
            key_type: "API_KEY",
            usage_plan_id: plan.name(),
        };
        let id = Handle::<UsagePlanKey>::new(text_of((&pascal, "UsagePlanKey")));
        stack.resources.add(&id, Resource::new(resource, pipe));
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let told = text_of((
            "Id of the key of ",
            &self.name,
            "; its value: aws apigateway get-api-key --include-value",
        ));
        let id = handle(&self.name).name().any();
        outputs.add(&self.name, "ApiKeyId", told, id);
    }

    fn draw(&self, _: &mut Picture<'_>) {}

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

/// The stages with a route that asks for this key. A plan is for whole stages: API Gateway takes any key whose plan has the stage,
/// so the checker lets a stage have one (P0320).
/// `Ref` of a stage makes the plan wait for it.
fn stages(stack: &Stack<'_>, key: &str) -> Vec<ApiStage> {
    let routes = stack.pipeline.routes.iter();
    let routes = routes.filter(|it| it.auth.as_deref() == Some(key) && it.via.is_none());
    let mut stages: Vec<&str> = routes.map(|it| it.stage.as_str()).collect();
    stages.sort_unstable();
    stages.dedup();
    let stage = |name: &str| ApiStage {
        api_id: route::lower::api_handle(name).name(),
        stage: Handle::<Stage>::new(names::id(name, "Stage")).name(),
    };
    stages.into_iter().map(stage).collect()
}
