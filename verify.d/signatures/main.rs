//! The functions of `signatures.pipe`: what is genuine is recorded as it came.

use std::process::ExitCode;

use signatures_handlers::*;

/// All of them are the same, but for Braintree's, whose XML gives the event nothing that it needs.
#[derive(Debug)]
struct Signatures;

macro_rules! takes {
    ($($contract:ident, $method:ident, $context:ident;)*) => {
        $(impl $contract for Signatures {
            async fn $method(&self, input: Delivered, _: &$context) -> Result<Delivered, Fault> {
                Ok(input)
            }
        })*
    };
}

takes! {
    TakeStripe, take_stripe, TakeStripeContext;
    TakeSquare, take_square, TakeSquareContext;
    TakeAdyen, take_adyen, TakeAdyenContext;
    TakeAdyenPlatform, take_adyen_platform, TakeAdyenPlatformContext;
    TakeStandardWebhooks, take_standard_webhooks, TakeStandardWebhooksContext;
    TakeGithub, take_github, TakeGithubContext;
    TakeShopify, take_shopify, TakeShopifyContext;
    TakePaddle, take_paddle, TakePaddleContext;
    TakeRazorpay, take_razorpay, TakeRazorpayContext;
    TakeMollie, take_mollie, TakeMollieContext;
    TakePaypal, take_paypal, TakePaypalContext;
}

impl TakeBraintree for Signatures {
    async fn take_braintree(&self, _: Request, context: &TakeBraintreeContext) -> Result<Delivered, Fault> {
        Ok(Delivered { id: "braintree".into(), at: context.received_at() })
    }
}

fn main() -> ExitCode {
    run(Signatures)
}
