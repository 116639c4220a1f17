"""The resource graph as a Terraform plan, for scanners that read nothing else.

    plan = terraform_plan(graph)
    Path("plan.json").write_text(json.dumps(plan))

It is for reading only: no Terraform can apply it.
"""

from __future__ import annotations

from modelyard.review.terraform.plan_json import terraform_plan
from modelyard.review.terraform.types import TerraformType, UnmappedTypeError, terraform_type

__all__ = ["TerraformType", "UnmappedTypeError", "terraform_plan", "terraform_type"]
