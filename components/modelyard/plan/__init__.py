"""Blueprint to plan: placement, sizing, cost. Pure Python: neither Pulumi nor a cloud's SDK."""
