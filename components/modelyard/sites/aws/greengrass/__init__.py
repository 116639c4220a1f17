"""AWS IoT Greengrass: models on devices that are their owner's, told by AWS what to run.

pulumi-aws has no resource for component versions and deployments; CloudFormation has, and it is
given them as templates.
"""
