"""What the checks of ./verify share: emulators, the AWS CLI, templates with references resolved, signed webhooks."""
