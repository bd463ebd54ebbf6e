//! `pipec send`: signs a webhook as the provider would, and posts it to the running pipeline.
