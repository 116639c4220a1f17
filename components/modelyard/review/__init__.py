"""What a person wants to know of a plan and its resources, and how it is shown."""
