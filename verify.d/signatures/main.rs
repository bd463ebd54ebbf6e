//! The functions of `signatures.pipe`: what is genuine is recorded as it came.

use std::process::ExitCode;

use signatures_handlers::*;

/// All of them are the same.
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
    TakeStandardWebhooks, take_standard_webhooks, TakeStandardWebhooksContext;
    TakeGithub, take_github, TakeGithubContext;
    TakeShopify, take_shopify, TakeShopifyContext;
    TakePaypal, take_paypal, TakePaypalContext;
}

fn main() -> ExitCode {
    run(Signatures)
}
